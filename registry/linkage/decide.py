"""One person against whole residents: linked, for review, or new, with the reason.

1. compare the person with every known identity of every candidate; per field the kindest level counts, except
   that a contradiction anywhere stays one
2. add the weights; a field that only repeats another (the birth date inside an equal number) adds nothing,
   and name, birth date and sex together never add more than a namesake born on the same day leaves them
3. bar from automatic linking what no weight may outvote: two numbers that differ, two names that differ, a
   namesake behind another door
4. take the heaviest; a second candidate nearly as heavy who is not the same person makes it a tie
5. above one threshold it is a link, between the two it is for review, below it is a new person
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log2
from typing import NamedTuple
from uuid import UUID

from registry.linkage import compare
from registry.linkage.compare import Field, Level
from registry.linkage.names import Name
from registry.linkage.person import Person
from registry.linkage.weights import Model


class Candidate(NamedTuple):
    """A resident and everything furnished about who they are, over their whole cluster."""

    resident: UUID
    persons: Sequence[Person]


class Evidence(NamedTuple):
    """One field's part in a decision: the level of agreement and its weight in bits. Holds no value."""

    field: Field
    level: Level
    weight: float


class Score(NamedTuple):
    """A candidate weighed: the sum in bits, its parts, and whether no weight may link it unseen."""

    weight: float
    evidence: tuple[Evidence, ...]
    barred: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided. `resident` is the one linked to, or for review the one in question; None for new."""

    kind: str
    resident: UUID | None
    weight: float
    evidence: tuple[Evidence, ...]
    reason: str = ""

    def evidence_json(self) -> list[dict[str, object]]:
        """The evidence as plain JSON values: field, level and weight, and never a value of a field."""
        return [
            {"field": str(e.field), "level": str(e.level), "weight": round(e.weight, 2)}
            for e in self.evidence
        ]


NOBODY = Decision("new", None, 0.0, ())


def decide(person: Person, candidates: Sequence[Candidate], model: Model) -> Decision:
    """Decide who this person is. The same input gives the same decision, whatever the candidates' order."""
    if not candidates:
        return NOBODY
    scored = sorted(
        ((score(person, candidate.persons, model), candidate) for candidate in candidates),
        key=lambda pair: (pair[0].barred, -pair[0].weight, pair[1].resident),
    )
    best, candidate = scored[0]
    if best.weight < model.link or best.barred:
        best, candidate = max(scored, key=lambda pair: pair[0].weight)
        kind = "review" if best.weight >= model.review or _same_number(best) else "new"
    elif any(_rivals(best, candidate, other, rival, model) for other, rival in scored[1:]):
        kind = "review"
    else:
        kind = "linked"
    return Decision(kind, None if kind == "new" else candidate.resident, best.weight, best.evidence)


def _same_number(found: Score) -> bool:
    """A whole number held by two different people is somebody's mistake: a person must look."""
    return any(
        e.level is Level.SAME and e.field in (Field.NUMBER, Field.PASSPORT, Field.PERMIT)
        for e in found.evidence
    )


def _rivals(best: Score, candidate: Candidate, other: Score, rival: Candidate, model: Model) -> bool:
    """Whether a second candidate is as likely, and is not simply the same person not yet joined."""
    if other.barred or other.weight < model.review or best.weight - other.weight >= model.tie:
        return False
    between = (score(known, candidate.persons, model) for known in rival.persons)
    return not any(found.weight >= model.review and not found.barred for found in between)


def score(person: Person, known: Sequence[Person], model: Model) -> Score:
    """Weigh one person against all that is known of a resident."""
    found = [
        _of_documents(person, known, model, Field.NUMBER),
        _of_documents(person, known, model, Field.PASSPORT),
        _of_documents(person, known, model, Field.PERMIT),
        _of_names(person, known, model),
        _best(Field.BIRTH, {compare.compare_births(person, other) for other in known}, model),
        _best(Field.SEX, {compare.compare_sexes(person, other) for other in known}, model),
        _best(Field.MOBILE, {compare.compare_mobiles(person, other) for other in known}, model),
        _best(Field.ADDRESS, {compare.compare_homes(person.home, other.home) for other in known}, model),
    ]
    spoken = _independent({e.field: e for e in found if e.level is not Level.UNKNOWN}, model)
    return Score(sum(e.weight for e in spoken.values()), tuple(spoken.values()), _is_barred(spoken))


def _is_barred(spoken: Mapping[Field, Evidence]) -> bool:
    """What no weight may outvote: another number, another name, a twin, a namesake behind another door."""
    levels = {field: e.level for field, e in spoken.items()}
    name = levels.get(Field.NAME)
    if Level.CONTRADICTS in levels.values() or Level.DIFFERS in (name, levels.get(Field.NUMBER)):
        return True
    if name is Level.ONE_OFF or name is None:
        return not _ON_PAPER & set(levels.items())
    return levels.get(Field.ADDRESS) in _ANOTHER_DOOR and _rests_on_birth(spoken)


_ON_PAPER = frozenset(
    {(Field.NUMBER, level) for level in (Level.SAME, Level.NEAR, Level.LAST4)}
    | {(field, level) for field in (Field.PASSPORT, Field.PERMIT) for level in (Level.SAME, Level.NEAR)}
)
"""Agreements of documents, which twins and households do not share."""
_ANOTHER_DOOR = frozenset({Level.DIFFERS, Level.DISTRICT, Level.COMPOUND})
_OF_EVERYBODY = frozenset({Field.NAME, Field.BIRTH, Field.SEX})


def _rests_on_birth(spoken: Mapping[Field, Evidence]) -> bool:
    """Whether nothing but name, birth date and sex agrees: so do namesakes born on one day."""
    return not any(e.weight > 0 and field not in _OF_EVERYBODY for field, e in spoken.items())


_COMPARE_DOCUMENTS = {
    Field.NUMBER: compare.compare_numbers,
    Field.PASSPORT: compare.compare_passports,
    Field.PERMIT: compare.compare_permits,
}


def _of_documents(person: Person, known: Sequence[Person], model: Model, field: Field) -> Evidence:
    levels = {_COMPARE_DOCUMENTS[field](person, other) for other in known}
    if Level.CONTRADICTS in levels:
        return Evidence(field, Level.CONTRADICTS, model.weight(field, Level.CONTRADICTS))
    return _best(field, levels, model)


def _best(field: Field, levels: set[Level], model: Model) -> Evidence:
    levels.discard(Level.UNKNOWN)
    if not levels:
        return Evidence(field, Level.UNKNOWN, 0.0)
    weight, level = max((model.weight(field, level), level) for level in levels)
    return Evidence(field, level, weight)


def _of_names(person: Person, known: Sequence[Person], model: Model) -> Evidence:
    best = Evidence(Field.NAME, Level.UNKNOWN, 0.0)
    ours = person.parsed_name
    for theirs in {other.parsed_name for other in known}:
        level = compare.compare_names(ours, theirs)
        weight = model.name_weight(level, _shared(ours, theirs))
        if level is not Level.UNKNOWN and (best.level is Level.UNKNOWN or weight > best.weight):
            best = Evidence(Field.NAME, level, weight)
    return best


def _shared(a: Name, b: Name) -> Name:
    """The name whose rarity counts: Hanzi before letters, the shorter where one is a part of the other."""
    return min(a, b, key=lambda name: (not name.hanzi, len(name.letters), name.hanzi))


def _independent(spoken: dict[Field, Evidence], model: Model) -> dict[Field, Evidence]:
    """Take back weight that only repeats another field."""
    number, name, birth = (spoken.get(field) for field in (Field.NUMBER, Field.NAME, Field.BIRTH))
    if number and number.level in (Level.SAME, Level.NEAR):
        for field in (Field.BIRTH, Field.SEX):
            if field in spoken and spoken[field].weight > 0:
                spoken[field] = spoken[field]._replace(weight=0.0)
    elif birth and birth.weight > 0 and _rests_on_birth(spoken):
        bits = sum(e.weight for field, e in spoken.items() if field in _OF_EVERYBODY)
        spoken[Field.BIRTH] = birth._replace(weight=birth.weight - bits + _soft(bits, model.namesake))
    if name and name.level in (Level.DIFFERS, Level.ONE_OFF):
        _one_household(spoken)
    return spoken


def _soft(bits: float, most: float) -> float:
    """Bits that come ever closer to `most`: two ways to agree by chance, each as likely as its bits say."""
    return -log2(2.0**-bits + 2.0**-most)


def _one_household(spoken: dict[Field, Evidence]) -> None:
    """Two names on one phone in one home are a household: the two agreements are one."""
    mobile, home = spoken.get(Field.MOBILE), spoken.get(Field.ADDRESS)
    if mobile and home and mobile.weight > 0 and home.weight > 0:
        weaker = min(mobile, home, key=lambda e: e.weight)
        spoken[weaker.field] = weaker._replace(weight=0.0)


def contradicts(a: Person, b: Person) -> bool:
    """Whether two identities can hardly be one person: two whole numbers that differ, or another name
    together with another birth date, sex or number. Silence never contradicts.
    """
    numbers = (compare.compare_numbers(a, b), compare.compare_passports(a, b), compare.compare_permits(a, b))
    if Level.CONTRADICTS in numbers:
        return True
    if Level.SAME in numbers or compare.compare_names(a.parsed_name, b.parsed_name) is not Level.DIFFERS:
        return False
    others = (compare.compare_births(a, b), compare.compare_sexes(a, b), *numbers)
    return Level.DIFFERS in others
