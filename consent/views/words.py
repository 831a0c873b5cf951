"""Names and labels in the reader's language."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext_lazy as _

from consent.models import CONTRIBUTION_PURPOSE, Consent
from registry.catalogue import RECORD_TYPES, Jurisdiction, jurisdiction
from registry.models import Inquiry, Organisation

STAFF = _("Staff of this registry")
MYSELF = _("You")
_OTHER_PURPOSES: dict[str, str | Promise] = {
    CONTRIBUTION_PURPOSE: _("Adds facts to your credit identity"),
    "dispute": _("Looking into a dispute"),
    "link_review": _("Checking whether records are yours"),
    "resident_request": _("Helping you at your request"),
    "supervision": _("Supervision"),
}


def language() -> str:
    """The reader's language."""
    return get_language() or settings.LANGUAGE_CODE


def pack() -> Jurisdiction:
    """The rules that hold here."""
    return jurisdiction(settings.JURISDICTION)


def joined(words: Iterable[object]) -> str:
    """Words in a row, as the language sets them apart."""
    return pgettext("between the words of a list", ", ").join(str(word) for word in words)


def name_of(organisation: Organisation | None) -> str:
    """An organisation's name; none stands for our own staff."""
    if organisation is None:
        return str(STAFF)
    return name_in_language(organisation.name, organisation.name_en)


def name_in_language(name: str, name_en: str) -> str:
    """The Chinese name for Chinese readers, the English one for others where there is one."""
    return name if language().startswith("zh") else name_en or name


def purpose(code: str) -> str:
    """What somebody looks or furnishes for."""
    known = pack().purposes.get(code)
    if known is not None:
        return known.label.in_language(language())
    return str(_OTHER_PURPOSES.get(code, code.replace("_", " ")))


def category(code: str) -> str:
    """A category's label."""
    known = pack().categories.get(code)
    return known.label.in_language(language()) if known else code


def categories(codes: Iterable[str]) -> str:
    """Several categories in the order of the rules."""
    order = list(pack().categories)
    return joined(category(code) for code in sorted(codes, key=order.index))


def record_type(code: str) -> str:
    """A record type's label."""
    kind = RECORD_TYPES[code]
    return kind.zh if language().startswith("zh") else kind.en


def looker(inquiry: Inquiry) -> str:
    """Who looked."""
    return str(MYSELF) if inquiry.kind == Inquiry.Kind.OWN else name_of(inquiry.organisation)


def last_day(consent: Consent) -> date | None:
    """The last day on which a consent holds."""
    end = consent.valid_until
    return timezone.localdate(end - timedelta(microseconds=1)) if end else None
