"""Telling a resident that an organisation looked at their data: queued with the read, delivered after it."""

from datetime import datetime
from uuid import UUID

from registry import messages, residents
from registry.models import Organisation

# In both languages, and without a word of what was seen.
_TEXT = (
    "{zh} 今天查看了您的信用身份。登录后在“谁看过我的资料”里可以看到原因，不对可以提出异议。"
    " / {en} read your credit identity today. Sign in to see why, or to object."
)


def tell_resident(*, resident: UUID, organisation: Organisation, at: datetime) -> None:
    """Queue a notice in the acting transaction, if there is a mobile number to send it to."""
    mobile = residents.contact(resident=resident)
    if mobile is None:
        return
    text = _TEXT.format(zh=organisation.name, en=organisation.name_en or organisation.name)
    messages.queue(kind="report_read", mobile=mobile, text=text, at=at)
