"""Which attested consents are on file already, and which withdrawals outlast the paper that is shown now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.utils import timezone

from consent.models import Consent
from consent.services.attestations import Attestation, digests, document
from registry import residents

Terms = tuple[object, ...]


@dataclass(slots=True)
class OnFile:
    """One furnisher's attested consents for the people of one call; `roots` says who is one person."""

    roots: Mapping[UUID, UUID]
    by_terms: dict[Terms, UUID] = field(default_factory=dict)
    withdrawn: dict[UUID, list[Consent]] = field(default_factory=dict)

    def find(self, attestation: Attestation) -> UUID | None:
        """The consent that answers an attestation: the same evidence, or a withdrawal that came after it."""
        root = self.roots[attestation.resident]
        for digest in digests(attestation):
            if consent := self.by_terms.get((root, *_terms(attestation, digest))):
                return consent
        later = (each.id for each in self.withdrawn.get(root, ()) if _outlasts(each, attestation))
        return next(later, None)

    def add(self, attestation: Attestation, consent: UUID) -> None:
        """Remember a consent that this very call makes."""
        root = self.roots[attestation.resident]
        self.by_terms[root, *_terms(attestation, digests(attestation)[0])] = consent


def on_file(organisation: UUID, people: set[UUID]) -> OnFile:
    """What this furnisher attested for these people or whoever is merged with them; three queries."""
    roots = residents.root_of(people)
    clusters = residents.clusters(roots.values())
    root_by_member = {member: root for root, members in clusters.items() for member in members}
    found = Consent.objects.filter(
        organisation=organisation, resident__in=root_by_member, how=Consent.How.FURNISHER_ATTESTED
    )
    known = OnFile(roots)
    for consent in found.filter(supersedes=None).order_by():
        root = root_by_member[consent.resident_id]  # type: ignore[index]  # the query names it
        known.by_terms[root, *_stored_terms(consent)] = consent.id
        if consent.status == Consent.Status.WITHDRAWN:
            known.withdrawn.setdefault(root, []).append(consent)
    return known


def _stored_terms(consent: Consent) -> Terms:
    reference = consent.reference_digest and bytes(consent.reference_digest)
    evidence = bytes(consent.evidence_document or b""), consent.evidence_signed_on
    return reference, *evidence, *_covered(consent.categories, consent.separate_categories)


def _terms(attestation: Attestation, reference: bytes | None) -> Terms:
    evidence = document(attestation), attestation.signed_on
    return reference, *evidence, *_covered(attestation.categories, attestation.separate)


def _covered(*lists: Iterable[str]) -> Terms:
    return tuple(tuple(sorted(set(codes))) for codes in lists)


def _outlasts(withdrawn: Consent, attestation: Attestation) -> bool:
    """Whether a withdrawal came after what is attested was signed, for the same kind of information."""
    same = bytes(withdrawn.evidence_document or b"") == document(attestation)
    if same and withdrawn.evidence_signed_on == attestation.signed_on:
        return True
    ended = withdrawn.ended_at
    earlier = ended is not None and attestation.signed_on < timezone.localdate(ended)
    return earlier and bool(set(withdrawn.categories) & set(attestation.categories) - {"identity"})
