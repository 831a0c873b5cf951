"""What the operator's pages show, each in a fixed number of queries. No personal data of residents."""

from dataclasses import dataclass

from django.db.models import Count, Prefetch, Q, QuerySet

from registry.models import Licence, LicenceDecision, Link, Organisation


def organisations(*, search: str = "") -> QuerySet[Organisation]:
    """All organisations by name, each with its licences; `search` is in a name, or is the credit code."""
    every = Organisation.objects.order_by("name", "id").prefetch_related(
        Prefetch("licences", Licence.objects.order_by("-created_at"))
    )
    if not search:
        return every
    return every.filter(
        Q(name__icontains=search) | Q(name_en__icontains=search) | Q(credit_code=search.upper())
    )


def licences_of(organisation: Organisation) -> list[Licence]:
    """An organisation's licences, the newest first."""
    return list(organisation.licences.order_by("-created_at"))


def decisions_of(licence: Licence) -> list[LicenceDecision]:
    """The life of a licence, from the application on."""
    return list(licence.decisions.all())


def doubtful_links() -> QuerySet[Link]:
    """Identities that may belong to two residents, the newest first. Reads levels and weights, no value."""
    return (
        Link.objects.filter(decision=Link.Decision.REVIEW, state=Link.State.AUTOMATIC)
        .select_related("identity__organisation")
        .defer("identity__sealed", "identity__fingerprint")
        .order_by("-decided_at", "-id")
    )


@dataclass(frozen=True)
class Waiting:
    """What waits for the operator."""

    licences: int
    links: int


def waiting() -> Waiting:
    """How many applications and doubtful links wait for a decision."""
    counted = Licence.objects.aggregate(applied=Count("pk", filter=Q(status=Licence.Status.APPLIED)))
    links = Link.objects.filter(decision=Link.Decision.REVIEW, state=Link.State.AUTOMATIC).count()
    return Waiting(counted["applied"], links)
