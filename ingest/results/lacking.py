"""Whose rows were refused for want of a consent: read from the partner's own file while it is staged."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ingest import queries
from ingest.models import Upload
from ingest.results.together import opened
from registry.staging import StagedFileGone

NO_CONSENT = frozenset({"consent_missing", "consent_withdrawn", "separate_consent_missing"})
"""Row faults that the person's own yes would cure."""

_IDENTITY = ("name", "id_number", "passport", "residence_permit", "mobile", "birth_date")


@dataclass(slots=True)
class Lacking:
    """One person as the file describes them, and the rows of theirs that lack a consent."""

    name: str = field(repr=False)
    rows: list[int]


def people_lacking(upload: Upload, *, most: int) -> list[Lacking]:
    """At most so many people, in the order of the file; [] once the file is destroyed.

    Rows that describe somebody in the same words are one person's.
    """
    if upload.file_key is None:
        return []
    people: dict[tuple[str, ...], Lacking] = {}
    try:
        for row, said in _rows(upload):
            key = tuple(said.get(name, "") for name in _IDENTITY)
            if key in people:
                people[key].rows.append(row)
            elif len(people) < most:
                people[key] = Lacking(said.get("name", ""), [row])
    except StagedFileGone:  # its disk was lost
        return []
    return list(people.values())


def _rows(upload: Upload) -> Iterator[tuple[int, dict[str, str]]]:
    mapping = queries.mapping_of(upload)
    assert mapping is not None
    with opened(upload) as found:
        for row, result in found.pairs:
            if result is not None and not row.fault and any(code in NO_CONSENT for code, _ in result.errors):
                yield row.number, mapping.apply(row.cells)
