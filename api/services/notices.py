"""Telling a resident that an organisation looked at their data: queued with the read, delivered after it."""

from datetime import datetime
from uuid import UUID

from django.db import connection
from django.utils import timezone

from registry import messages, residents
from registry.models import Organisation

# In both languages, and without a word of what was seen.
_TEXT = (
    "{zh} 今天查看了您的信用身份。登录后在“谁看过我的资料”里可以看到原因，不想再给看可以撤回授权。"
    " / {en} read your credit identity today. Sign in to see why, or to withdraw your consent."
)
_TODAY = """
SELECT 1 FROM registry_inquiry
WHERE resident_id = %s AND at >= %s AND organisation_id = %s AND kind = 'report' LIMIT 2
"""


def tell_resident(*, resident: UUID, organisation: Organisation, at: datetime) -> None:
    """Queue a notice in the acting transaction, once a day and organisation, if there is a mobile number.

    To be called once the read stands on record. Each read shows in the portal; a lender that repeats itself
    must not be able to flood a telephone.
    """
    if not _first_today(resident, organisation, at):
        return
    mobile = residents.contact(resident=resident)
    if mobile is None:
        return
    text = _TEXT.format(zh=organisation.name, en=organisation.name_en or organisation.name)
    messages.queue(kind="report_read", mobile=mobile, text=text, at=at)


def _first_today(resident: UUID, organisation: Organisation, at: datetime) -> bool:
    midnight = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(_TODAY, [resident, midnight, organisation.pk])
        return len(cursor.fetchall()) == 1
