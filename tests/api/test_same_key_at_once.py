"""Two requests with one Idempotency-Key at the same moment: one report, handed to both."""

from typing import Any

import pytest

from api.models import Report
from registry.models import Inquiry
from tests.factories.lenders import lender
from tests.factories.parallel import at_once
from tests.factories.reports import borrower


@pytest.mark.django_db(transaction=True)
def test_same_key_at_once_gives_one_report() -> None:
    her = borrower(lender().sign_in(), bills=2, wages=0)
    asked = {"consent_id": str(her.consent), "purpose": "credit_application"}

    def ask() -> Any:
        answer = her.machine.call("POST", "/api/v1/reports", asked, Idempotency_Key="k-1")
        return answer.status_code, answer.content

    answers = set(at_once([ask] * 4))
    assert [status for status, _ in answers] == [200]
    assert Report.objects.count() == 1
    assert Inquiry.objects.count() == 4
