"""What lenders get, as the views answer it and the OpenAPI document describes it."""

from typing import Any

from rest_framework import serializers

from registry.models import Inquiry


class ConsentAskedOut(serializers.Serializer[Any]):
    """A request that was made: where to send the resident."""

    id = serializers.UUIDField(help_text="The request's id; ask for its state with it.")
    state = serializers.ChoiceField(("requested",))
    code = serializers.CharField(help_text="Short code that the resident can type; shown this once.")
    link = serializers.URLField(help_text="Page where the resident answers; shown this once.")
    expires_at = serializers.DateTimeField(help_text="Until when the resident can answer.")


class ConsentRequestOut(serializers.Serializer[Any]):
    """How a request to a resident stands."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(("requested", "granted", "declined", "expired", "withdrawn"))
    consent_id = serializers.UUIDField(allow_null=True, help_text="Set once granted; reports are read by it.")
    expires_at = serializers.DateTimeField(help_text="Until when the resident can answer.")


class InquiryOut(serializers.ModelSerializer[Inquiry]):
    """One read of the lender's own."""

    class Meta:
        model = Inquiry
        fields = ("id", "consent_id", "purpose", "categories", "reference", "at", "ledger_entry")
        read_only_fields = fields


class InquiriesOut(serializers.Serializer[Any]):
    """A page of inquiries."""

    inquiries = InquiryOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class Names(serializers.Serializer[Any]):
    """An organisation as lenders see it."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    name_en = serializers.CharField(allow_blank=True)


class LicenceOut(serializers.Serializer[Any]):
    """The licence in force."""

    number = serializers.CharField()
    valid_from = serializers.DateField()
    valid_until = serializers.DateField()


class QuotaOut(serializers.Serializer[Any]):
    """How much a client may ask."""

    requests_per_minute = serializers.IntegerField()


class StandingOut(serializers.Serializer[Any]):
    """What a client is and may do."""

    client_id = serializers.UUIDField()
    organisation = Names()
    licence = LicenceOut()
    purposes = serializers.ListField(child=serializers.CharField())
    categories = serializers.ListField(child=serializers.CharField())
    scopes = serializers.ListField(child=serializers.CharField())
    quotas = QuotaOut()
