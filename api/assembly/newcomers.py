"""Whether somebody is a new resident, of which segment, and which records say so. Evidence only, no guess."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from api.assembly.records import OpenRecord, of_type, within
from registry.catalogue import Jurisdiction

# Sections of GB/T 4754: what a segment's industries are.
_SITES, _SERVICES, _PROFESSIONS = frozenset("E"), frozenset("FGHO"), frozenset("IMR")
_RECENT = 12  # months


@dataclass(frozen=True, slots=True)
class Evidence:
    """A record that speaks, and the field in it."""

    record: OpenRecord
    field: str

    def answer(self) -> dict[str, str]:
        """As the report shows it."""
        return {"record_id": str(self.record.id), "type": self.record.type, "field": self.field}


def new_resident(records: list[OpenRecord], *, pack: Jurisdiction, on: date) -> dict[str, object]:
    """The report's `new_resident`; `is` is None where no record tells."""
    home = next((r for r in of_type(records, "residence") if r.fields.get("household_registration")), None)
    newcomer = None if home is None else _is_new(home, pack.new_resident.max_local_years, on)
    segment, spoken = _segment(records, home, on) if newcomer else (None, None)
    evidence = [Evidence(home, "household_registration")] if home else []
    return {
        "is": newcomer,
        "rule": pack.new_resident.code,
        "segment": segment,
        "evidence": [each.answer() for each in [*evidence, *([spoken] if spoken else [])]],
        "since": home.fields["resident_since"] if home else None,
    }


def _is_new(home: OpenRecord, years: int, on: date) -> bool:
    if home.fields["household_registration"] == "elsewhere":
        return True
    registered = home.fields.get("registration_date")
    if registered is None:
        return bool(home.fields["household_registration"] == "local_under_3y")
    since = date.fromisoformat(registered)
    return (on.year - since.year) - ((on.month, on.day) < (since.month, since.day)) < years


def _segment(
    records: list[OpenRecord], home: OpenRecord | None, on: date
) -> tuple[str | None, Evidence | None]:
    jobs = [job for job in of_type(records, "employment") if job.fields.get("end", "9999") >= on.isoformat()]
    gigs = [work for work in of_type(records, "platform_work") if within(work, _RECENT, on)]
    for code, among, field, fits in _SEGMENTS:
        for record in {"home": [home] if home else [], "jobs": jobs, "gigs": gigs}[among]:
            if field in record.fields and fits(str(record.fields[field])):
                return code, Evidence(record, field)
    return None, None


def _one_of(*words: str) -> Callable[[str], bool]:
    return lambda value: value in words


def _section(letters: frozenset[str]) -> Callable[[str], bool]:
    return lambda value: value[:1] in letters


_SEGMENTS: tuple[tuple[str, str, str, Callable[[str], bool]], ...] = (
    ("graduate", "home", "reason", _one_of("graduate")),
    ("platform_worker", "jobs", "contract", _one_of("platform")),
    ("platform_worker", "gigs", "active_days", lambda days: int(days) > 0),
    ("dispatched_worker", "jobs", "contract", _one_of("dispatch")),
    ("dispatched_worker", "jobs", "industry", _section(_SITES)),
    ("professional", "jobs", "industry", _section(_PROFESSIONS)),
    ("service_worker", "jobs", "industry", _section(_SERVICES)),
    ("self_employed", "home", "reason", _one_of("business")),
    ("family", "home", "reason", _one_of("family")),
)
