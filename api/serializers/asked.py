"""The shape of what lenders send and get. Unknown members are refused, never ignored."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from api.validation import plain_reference, require_identity_field
from registry.catalogue import jurisdiction

MODES = ("view", "store")
FETCHES = ("once", "periodic")
LANGUAGES = {"zh": "zh-hans", "en": "en"}


def purposes() -> list[str]:
    """Codes of the purposes that a lender can ever have."""
    pack = jurisdiction(settings.JURISDICTION)
    return [code for code, purpose in pack.purposes.items() if purpose.kinds]


def categories() -> list[str]:
    """Codes of the categories of the jurisdiction."""
    return list(jurisdiction(settings.JURISDICTION).categories)


class Closed(serializers.Serializer[Any]):
    """An object whose members are all known; another one is an error with code unknown_field."""

    def to_internal_value(self, data: Any) -> Any:
        """Read the object. Raises ValidationError."""
        if isinstance(data, Mapping) and (unknown := data.keys() - self.fields.keys()):
            said = _("There is no such field here.")
            raise serializers.ValidationError(
                {name: [serializers.ErrorDetail(str(said), code="unknown_field")] for name in sorted(unknown)}
            )
        return super().to_internal_value(data)


class Text(serializers.CharField):
    """A string that was sent as a string: a number would have lost its leading zeros."""

    def to_internal_value(self, data: Any) -> str:
        """The text, trimmed. Raises ValidationError."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class IdentityField(Text):
    """One identity field of the catalogue, in canonical writing."""

    def to_internal_value(self, data: Any) -> str:
        """The canonical value. Raises ValidationError with the catalogue's code."""
        return require_identity_field(str(self.field_name), super().to_internal_value(data))


class Reference(Text):
    """The lender's own reference, which must not name a person."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=64, validators=[plain_reference], **options)


class Language(Text):
    """A language tag; what counts is its main language, Chinese or English."""

    def to_internal_value(self, data: Any) -> str:
        """Chinese or English, as the project names them. Raises ValidationError with `unknown_language`."""
        main = super().to_internal_value(data).lower().partition("-")[0]
        if main not in LANGUAGES:
            raise serializers.ValidationError(
                _("This is not one of the known values."), code="unknown_language"
            )
        return LANGUAGES[main]


class Choice(serializers.ChoiceField):
    """One of a list of codes, taken when asked for the first time, with an error code of its own."""

    def __init__(self, choices: Any, *, unknown: str, **options: Any) -> None:
        super().__init__(choices, **options)
        self.unknown = unknown

    def to_internal_value(self, data: Any) -> str:
        """The code. Raises ValidationError with the code `unknown`."""
        if not isinstance(data, str) or data not in self.choices:
            raise serializers.ValidationError(_("This is not one of the known values."), code=self.unknown)
        return data


class Identity(Closed):
    """Who is asked: a name, and a document or a mobile number."""

    name = IdentityField(max_length=80)
    id_number = IdentityField(required=False, max_length=30)
    passport = IdentityField(required=False, max_length=30)
    mobile = IdentityField(required=False, max_length=20)

    def validate(self, attrs: dict[str, str]) -> dict[str, str]:
        """A name alone finds nobody."""
        if len(attrs) < 2:
            said = _("Give a citizen number, a passport or a mobile number beside the name.")
            raise serializers.ValidationError(
                {"id_number": [serializers.ErrorDetail(str(said), code="required")]}
            )
        return attrs


class Period(Closed):
    """How long the consent is to last, and from when on records may be read."""

    days = serializers.IntegerField(required=False, min_value=1, max_value=1095)
    until = serializers.DateField(required=False)
    records_from = serializers.DateField(required=False)
    records_until = serializers.DateField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Days or a last day, not both."""
        if ("days" in attrs) == ("until" in attrs):
            raise serializers.ValidationError(_("Give either days or until."), code="days_or_until")
        return attrs


class ConsentRequestIn(Closed):
    """What a lender sends to ask a resident for consent."""

    identity = Identity()
    purpose = Choice(purposes(), unknown="unknown_purpose")
    categories = serializers.ListField(
        child=Choice(categories(), unknown="unknown_category"), allow_empty=False, max_length=20
    )
    period = Period()
    language = Language(default="zh-hans", help_text="zh-hans or en, as a language tag")
    reference = Reference(required=False, allow_blank=True, default="")
    mode = Choice(MODES, unknown="unknown_mode", default="view")
    fetch = Choice(FETCHES, unknown="unknown_fetch", default="periodic")
    frequency_days = serializers.IntegerField(
        required=False, min_value=1, max_value=365, help_text="At most one new report in so many days."
    )
    data_life_days = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=1825,
        help_text="How long you keep a report; mode store only.",
    )

    def validate_categories(self, value: list[str]) -> list[str]:
        """Each category once."""
        if len(set(value)) != len(value):
            raise serializers.ValidationError(_("A category stands twice."), code="duplicate")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """What is kept needs a last day, what is read once has no frequency."""
        if ("data_life_days" in attrs) != (attrs["mode"] == "store"):
            said = _("Say how long you keep a report exactly where mode is store.")
            raise serializers.ValidationError(
                {"data_life_days": [serializers.ErrorDetail(str(said), code="store_only")]}
            )
        if "frequency_days" in attrs and attrs["fetch"] != "periodic":
            said = _("Only fetch periodic has a frequency.")
            raise serializers.ValidationError(
                {"frequency_days": [serializers.ErrorDetail(str(said), code="periodic_only")]}
            )
        return attrs


class ReportIn(Closed):
    """What a lender sends to read a report."""

    consent_id = serializers.UUIDField(format="hex_verbose")
    purpose = Choice(purposes(), unknown="unknown_purpose")
    reference = Reference(required=False, allow_blank=True, default="")
