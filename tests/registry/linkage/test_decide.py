"""Decisions: what links by itself, what a person must look at, and what stays apart."""

import json
import random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.linkage import Candidate, Decision, Person, contradicts, decide, default_model, normalise
from registry.linkage.compare import Field, Level
from registry.linkage.numbers import upgrade

MODEL = default_model()
NUMBER, OTHER = upgrade("410122900307123"), upgrade("511681900307125")
WRONG = NUMBER[:-1] + ("0" if NUMBER[-1] != "0" else "1")
HOME, ELSEWHERE = "杭州市余杭区五常街道阳光花园5号楼301室", "深圳市龙华区民治街道翠湖小区9号楼102室"
BORN = "1990-03-07"
MOBILE, CHANGED = "13812345678", "15987654321"
WHOLE = {
    "name": "覃晓明",
    "id_number": NUMBER,
    "mobile": MOBILE,
    "birth_date": BORN,
    "sex": "男",
    "address": HOME,
}


def resident(number: int, *known: dict[str, str]) -> Candidate:
    return Candidate(UUID(int=number), [normalise(fields) for fields in known])


def meet(row: dict[str, str], *known: dict[str, str]) -> Decision:
    """The decision where each of these descriptions is a resident of their own: 1, 2, …"""
    candidates = [resident(number, fields) for number, fields in enumerate(known, 1)]
    return decide(normalise(row), candidates, MODEL)


def without(*fields: str, **others: str) -> dict[str, str]:
    return {field: value for field, value in WHOLE.items() if field not in fields} | others


def test_nobody_to_compare_with_is_new():
    assert meet(WHOLE) == Decision("new", None, 0.0, ())


def test_same_person_is_linked():
    found = meet(WHOLE, WHOLE)
    assert (found.kind, found.resident) == ("linked", UUID(int=1))


@pytest.mark.parametrize(
    "row",
    [
        {"name": "覃晓明", "id_number": NUMBER},
        {"name": "Qin Xiaoming", "id_number": NUMBER},
        {"id_number": NUMBER},
        {"name": "覃晓明", "mobile": MOBILE},
        {"name": "覃晓明", "address": HOME},
        {"name": "覃晓明", "birth_date": BORN},
        {"name": "覃晓明", "id_last4": NUMBER[-4:], "birth_date": BORN},
        without("id_number", mobile=CHANGED),
        without("name", "mobile", "address"),
        without(id_number=WRONG, mobile=CHANGED),
    ],
)
def test_enough_agreement_is_linked(row):
    assert meet(row, WHOLE).kind == "linked"


@pytest.mark.parametrize(
    "row",
    [
        {"name": "覃晓明"},
        {"name": "覃晓明", "sex": "男"},
        {"birth_date": BORN, "sex": "男"},
        {"address": HOME},
        {"name": "李大华", "birth_date": BORN, "sex": "男"},
        {"name": "李大华", "address": HOME},
    ],
)
def test_too_little_agreement_is_new(row):
    assert meet(row, WHOLE).kind == "new"


def test_number_that_contradicts_never_links():
    found = meet(without(id_number=OTHER), WHOLE)
    assert (found.kind, found.evidence[0].level) == ("review", Level.CONTRADICTS)


def test_number_that_contradicts_one_of_many_descriptions_bars_them_all():
    cluster = resident(1, without("id_number"), WHOLE)
    assert decide(normalise(without(id_number=OTHER)), [cluster], MODEL).kind != "linked"


@given(st.data())
def test_no_agreement_of_other_fields_outvotes_a_contradiction(data):
    chosen = data.draw(st.sets(st.sampled_from([name for name in WHOLE if name != "id_number"])))
    row = {name: WHOLE[name] for name in chosen} | {"id_number": OTHER}
    assert meet(row, WHOLE).kind != "linked"


def test_last_four_that_differ_never_link():
    row = {"name": "覃晓明", "id_last4": "1234", "mobile": MOBILE, "birth_date": BORN}
    assert meet(row, WHOLE).kind == "review"


def test_whole_number_under_another_name_is_for_review():
    assert meet({"name": "李大华", "id_number": NUMBER}, WHOLE).kind == "review"


def test_household_on_one_phone_stays_two_people():
    assert meet({"name": "李大华", "mobile": MOBILE, "address": HOME}, WHOLE).kind == "new"


def test_twins_do_not_link_by_what_they_share():
    twin = {"name": "覃晓刚", "birth_date": BORN, "sex": "男", "address": HOME, "mobile": MOBILE}
    assert meet(twin, WHOLE).kind != "linked"


def test_name_one_character_off_links_by_its_document():
    assert meet({"name": "覃大明", "id_number": NUMBER}, WHOLE).kind == "linked"


@pytest.mark.parametrize("door", [ELSEWHERE, "杭州市余杭区五常街道阳光花园6号楼301室"])
def test_namesake_born_on_the_same_day_behind_another_door_is_for_review(door):
    row = {"name": "覃晓明", "birth_date": BORN, "sex": "男", "address": door}
    assert meet(row, WHOLE).kind == "review"


def test_common_name_born_on_the_same_day_is_for_review():
    assert meet({"name": "王伟", "birth_date": BORN}, {"name": "王伟", "birth_date": BORN}).kind == "review"


def test_two_equal_candidates_are_a_tie_for_review():
    row = {"name": "覃晓明", "birth_date": BORN}
    assert meet(row, without(), without(id_number=OTHER, mobile=CHANGED)).kind == "review"


def test_doubt_between_equal_candidates_is_about_the_same_one_in_any_order():
    twice = [resident(1, WHOLE), resident(2, without(id_number=OTHER))]
    row = normalise({"name": "覃晓明", "mobile": MOBILE, "birth_date": BORN})
    found = decide(row, twice, MODEL)
    assert (found.kind, found.resident) == ("review", UUID(int=1))
    assert decide(row, twice[::-1], MODEL) == found


def test_second_candidate_who_is_plainly_the_same_person_is_no_tie():
    assert meet(WHOLE, without("address"), without("sex")).kind == "linked"


def test_heavier_candidate_wins_over_a_distant_second():
    found = meet(WHOLE, {"name": "覃晓明", "birth_date": BORN}, WHOLE)
    assert (found.kind, found.resident) == ("linked", UUID(int=2))


def test_cluster_gathers_evidence_from_all_its_descriptions():
    known = resident(1, {"name": "覃晓明", "mobile": CHANGED}, {"name": "覃晓明", "address": HOME})
    row = {"name": "覃晓明", "mobile": CHANGED, "address": HOME}
    both = {e.field: e.level for e in decide(normalise(row), [known], MODEL).evidence}
    assert both == {Field.NAME: Level.SAME, Field.MOBILE: Level.SAME, Field.ADDRESS: Level.SAME}


def test_birth_date_inside_an_equal_number_adds_nothing():
    evidence = {e.field: e.weight for e in meet(WHOLE, WHOLE).evidence}
    assert (evidence[Field.BIRTH], evidence[Field.SEX]) == (0.0, 0.0)


def test_name_and_birth_date_never_add_up_to_more_than_a_namesake_leaves():
    found = meet(
        {"name": "司马相如", "birth_date": BORN, "sex": "男"},
        {"name": "司马相如", "birth_date": BORN, "sex": "男"},
    )
    assert MODEL.link < found.weight < MODEL.namesake


def test_evidence_holds_levels_and_weights_and_no_value():
    text = json.dumps(meet(WHOLE, WHOLE).evidence_json(), ensure_ascii=False)
    assert [value for value in WHOLE.values() if value in text] == []
    assert json.loads(text)[0] == {"field": "id_number", "level": "same", "weight": 29.78}


ROWS = st.fixed_dictionaries(
    {"name": st.sampled_from(["覃晓明", "王伟", "Wang Wei", "王微"])},
    optional={
        "id_number": st.sampled_from([NUMBER, OTHER, WRONG, NUMBER[-4:]]),
        "mobile": st.sampled_from([MOBILE, CHANGED]),
        "birth_date": st.sampled_from([BORN, "1990-07-03"]),
        "address": st.sampled_from([HOME, ELSEWHERE]),
    },
)


@given(ROWS, st.lists(st.lists(ROWS, min_size=1, max_size=3), max_size=5), st.randoms(use_true_random=False))
def test_order_of_candidates_and_their_descriptions_does_not_matter(row, clusters, chance: random.Random):
    candidates = [resident(number, *known) for number, known in enumerate(clusters, 1)]
    shuffled = [Candidate(c.resident, chance.sample(list(c.persons), len(c.persons))) for c in candidates]
    chance.shuffle(shuffled)
    assert decide(normalise(row), shuffled, MODEL) == decide(normalise(row), candidates, MODEL)


@given(ROWS, st.lists(ROWS, min_size=1, max_size=4))
def test_nobody_is_linked_below_the_threshold(row, known):
    found = meet(row, *known)
    assert (found.kind == "linked") <= (found.weight >= MODEL.link)
    assert (found.kind == "new") == (found.resident is None)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (WHOLE, without(id_number=OTHER), True),
        (WHOLE, {"name": "李大华", "birth_date": "1985-01-02"}, True),
        (WHOLE, {"name": "李大华", "sex": "女"}, True),
        (WHOLE, {"name": "李大华"}, False),
        (WHOLE, {"name": "李大华", "id_number": NUMBER, "birth_date": "1985-01-02"}, False),
        (WHOLE, {"birth_date": "1985-01-02"}, False),
        (WHOLE, {"name": "覃晓明", "mobile": CHANGED, "address": ELSEWHERE}, False),
        ({}, {}, False),
    ],
)
def test_contradiction_needs_two_numbers_or_another_name_and_more(one, other, expected):
    assert contradicts(normalise(one), normalise(other)) is expected


def test_unknown_person_meets_nobody():
    assert decide(Person(), [resident(1, WHOLE)], MODEL).kind == "new"
