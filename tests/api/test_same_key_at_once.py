"""Two requests with one Idempotency-Key at the same moment: one report, handed to both."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from api.models import Report
from registry.models import Inquiry
from tests.factories.lenders import lender
from tests.factories.reports import borrower


@pytest.mark.django_db(transaction=True)
def test_same_key_at_once_gives_one_report() -> None:
    her = borrower(lender().sign_in(), bills=2, wages=0)
    asked = {"consent_id": str(her.consent), "purpose": "credit_application"}

    def ask(_: int) -> Any:
        try:
            answer = her.machine.call("POST", "/api/v1/reports", asked, Idempotency_Key="k-1")
            return answer.status_code, answer.content
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(ask, range(4)))
    assert [status for status, _ in answers] == [200]
    assert Report.objects.count() == 1
    assert Inquiry.objects.count() == 4
