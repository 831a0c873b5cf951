"""By which consent each row of a chunk may be kept, decided without a query of its own.

- a reference on file, in force and covering the category: that consent
- any consent of this person for this furnisher, in force and covering it: the newest
- signed evidence in the row, or in another row of the chunk under its reference: a consent to be attested
- otherwise the row is refused, and it says why
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from consent.checks import Covering, Referenced, contributions_in_force
from consent.services import Attestation, attest_checked, attestation_fault
from ingest.validation import Checked, RowError
from registry.catalogue import IDENTITY, Jurisdiction
from registry.residents import Match

_REFERENCE = "consent_reference"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the rows of a chunk need: a furnisher, a category, the consents on file under their references."""

    organisation: UUID
    category: str
    rules: Jurisdiction
    referenced: Mapping[str, Referenced]
    at: datetime


class Verdict(NamedTuple):
    """One row's consent: on file, to be attested, or why the row must be refused."""

    consent: UUID | None = None
    attestation: Attestation | None = None
    fault: RowError | None = None


@dataclass(slots=True)
class _Chunk:
    asked: Asked
    in_force: Mapping[UUID, list[Covering]]
    ended: Collection[Attestation]
    evidence: dict[str, tuple[UUID, Verdict]] = field(default_factory=dict)
    judged: dict[tuple[int, UUID], Verdict] = field(default_factory=dict)
    unfit: dict[tuple[object, ...], RowError | None] = field(default_factory=dict)

    def judge(self, row: Checked, match: Match) -> Verdict:
        if match.mismatch:
            return _MISMATCH
        reference = row.identity.get(_REFERENCE, "")
        referenced = self.asked.referenced.get(reference)
        covering = self._covering(match.resident, referenced)
        if row.consent and (referenced is None or covering is None):
            return self._attest(reference, row.consent, row, match)
        if covering is not None and (referenced is not None or not reference):
            return Verdict(consent=covering)
        return self._elsewhere(reference, referenced, match)

    def _covering(self, resident: UUID, referenced: Referenced | None) -> UUID | None:
        """The consent in force that covers the category: the one referred to, else the newest."""
        in_force = self.in_force.get(resident)
        if not in_force:
            return None
        found = [c.consent_id for c in in_force if self.asked.category in c.categories]
        if referenced is not None and referenced.consent_id in found:
            return referenced.consent_id
        return found[0] if found else None

    def _attest(self, reference: str, said: Mapping[str, Any], row: Checked, match: Match) -> Verdict:
        """Rows that say the same share their evidence (`ingest.validation`): it is judged once."""
        key = id(said), match.holder
        verdict = self.judged.get(key)
        if verdict is None:
            verdict = self.judged[key] = self._evidence(self._attestation(reference, said, row, match), said)
        if verdict.attestation is not None:
            first, _verdict = self.evidence.setdefault(reference, (match.resident, verdict))
            if first != match.resident:
                return _MISMATCH
        return verdict

    def _evidence(self, attestation: Attestation, said: Mapping[str, Any]) -> Verdict:
        """Whether an attestation can be right depends on little of it, which many share."""
        key = (said["signed_on"], said["until"], said["method"], attestation.separate)
        if key not in self.unfit:
            self.unfit[key] = self._fault(attestation)
        if (fault := self.unfit[key]) is not None:
            return Verdict(fault=fault)
        if self.ended and attestation in self.ended:
            return _refused("consent_withdrawn", _REFERENCE)
        return Verdict(attestation=attestation)

    def _fault(self, attestation: Attestation) -> RowError | None:
        category, rules = self.asked.category, self.asked.rules
        if rules.needs_separate_consent(category) and category not in attestation.separate:
            return RowError("separate_consent_missing", "consent_separate")
        fault = attestation_fault(attestation, at=self.asked.at)
        code = "consent_withdrawn" if fault == "until" else "consent_missing"
        return RowError(code, f"consent_{fault}") if fault else None

    def _attestation(
        self, reference: str, said: Mapping[str, Any], row: Checked, match: Match
    ) -> Attestation:
        category, separate, until = self.asked.category, said["separate"], said["until"]
        return Attestation(
            resident=match.holder,
            reference=reference,
            categories=(category, IDENTITY),
            separate=tuple(each for each in separate if each == category) if separate else (),
            signed_on=date.fromisoformat(said["signed_on"]),
            method=said["method"],
            document_sha256=said["document_sha256"],
            until=date.fromisoformat(until) if until else None,
            mobile=row.identity.get("mobile"),
        )

    def _elsewhere(self, reference: str, referenced: Referenced | None, match: Match) -> Verdict:
        """A row that only names a reference: another row of the chunk may have brought the evidence."""
        if reference in self.evidence:
            resident, verdict = self.evidence[reference]
            return verdict if resident == match.resident else _MISMATCH
        if referenced is not None and all(
            covering.consent_id != referenced.consent_id for covering in self.in_force.get(match.resident, ())
        ):
            return _refused("consent_withdrawn", _REFERENCE)
        return _refused("consent_missing", _REFERENCE if reference else "")


def judge(
    rows: Sequence[Checked], matches: Sequence[Match], asked: Asked, *, ended: Collection[Attestation]
) -> list[Verdict]:
    """One verdict a row, in order; consents in force are locked against withdrawal until commit.

    `ended` are attestations that turned out to be in force no more.
    """
    known = list({match.resident for match in matches if not match.is_new})
    in_force = contributions_in_force(organisation=asked.organisation, residents=known, at=asked.at)
    chunk = _Chunk(asked, in_force, frozenset(ended))
    # Rows with evidence come first: it counts for every row of the chunk under the same reference.
    order = sorted(range(len(rows)), key=lambda place: rows[place].consent is None)
    verdicts = {place: chunk.judge(rows[place], matches[place]) for place in order}
    return [verdicts[place] for place in range(len(rows))]


def attest(
    attestations: Sequence[Attestation], asked: Asked, *, licence: UUID, by: str
) -> tuple[dict[int, UUID], list[Attestation]]:
    """Attest consents of residents who are kept; returns their ids, and those that are in force no more.

    The ids go by the attestations' `id()`: rows of the same evidence share one object.

    A withdrawal outlasts the paper signed before it: then what is on file is answered, and nothing may be
    kept under it.
    """
    distinct = list({id(each): each for each in attestations}.values())
    if not distinct:
        return {}, []
    answered = attest_checked(
        organisation=asked.organisation, licence=licence, attestations=distinct, by=by, at=asked.at
    )
    made = {id(each): consent for each, (consent, _stands) in zip(distinct, answered, strict=True)}
    return made, [each for each, (_consent, stands) in zip(distinct, answered, strict=True) if not stands]


def _refused(code: str, field: str) -> Verdict:
    return Verdict(fault=RowError(code, field))


_MISMATCH = _refused("identity_mismatch", _REFERENCE)
