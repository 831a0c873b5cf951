"""Values that lenders send: identity fields in the catalogue's writing, and references that name nobody."""

import re

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError

from registry.catalogue import IDENTITY_FIELDS, Unreadable
from registry.catalogue.citizen import birth_of, check_holds, is_shaped
from registry.errors import InvalidRequest

_REFERENCE = re.compile(r"[A-Za-z0-9._-]{1,64}")
_UUID = re.compile(r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")
_SEPARATORS = re.compile(r"[._-]")
_CITIZEN = re.compile(
    r"(?<!\d)[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)"
)
_MOBILE = re.compile(r"(?<!\d)(?:86)?1[3-9]\d{9}(?!\d)")


def plain_reference(text: str) -> None:
    """Raise ValidationError for a reference that is malformed or holds what looks like a person's number.

    References stand readable in the database, so neither a citizen number nor a mobile number may be one.
    """
    if not _REFERENCE.fullmatch(text):
        raise ValidationError(
            _("Use 1 to 64 letters, digits and the signs . _ - here."), code="reference_format"
        )
    if names_person(text):
        raise ValidationError(
            _("This looks like a citizen or mobile number. Use a reference that names nobody."),
            code="reference_personal",
        )


def names_person(text: str) -> bool:
    """Whether a text holds what looks like a citizen or mobile number, with or without separators.

    A UUID never does: among its random digits such a number would be chance.
    """
    if _UUID.fullmatch(text):
        return False
    written = (text, _SEPARATORS.sub("", text))
    return any(number.search(one) for number in (_CITIZEN, _MOBILE) for one in written)


def require_idempotency_key(header: str | None) -> str | None:
    """The Idempotency-Key without the quotes of a structured field; raises InvalidRequest."""
    if header is None:
        return None
    key = header[1:-1] if len(header) > 1 and header[0] == header[-1] == '"' else header
    try:
        plain_reference(key)
    except ValidationError as error:
        said = [str(each) for each in error.detail]
        raise InvalidRequest(fields={"Idempotency-Key": said}) from error
    return key


def require_identity_field(name: str, text: str) -> str:
    """The canonical value of an identity field; raises ValidationError with the catalogue's code."""
    try:
        value = str(IDENTITY_FIELDS[name].kind.read(text))
    except Unreadable as error:
        raise ValidationError(_("This value cannot be read."), code=error.code) from error
    if name == "id_number" and not (is_shaped(value) and check_holds(value) and birth_of(value)):
        raise ValidationError(_("This is no valid citizen number."), code="id_number_check")
    return value
