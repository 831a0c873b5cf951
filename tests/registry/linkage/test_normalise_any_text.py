"""Whatever a clerk typed, a row is read; and reading what was read changes nothing."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from registry.linkage import Person, blocking_keys, contradicts, decide, default_model, normalise
from registry.linkage.decide import Candidate

FIELDS = (
    "name",
    "id_number",
    "id_last4",
    "passport",
    "residence_permit",
    "mobile",
    "birth_date",
    "sex",
    "address",
)

cells = st.one_of(
    st.text(max_size=220),
    st.text(alphabet="0123456789X*- +/年月日号室楼栋区市·王李小明aé\u200b\u202e０１", max_size=40),
)
rows = st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, cells))


@given(rows)
@example({"address": "A´"})
@settings(max_examples=300)
def test_normalise_any_text_gives_a_person_that_reads_as_itself(fields):
    person = normalise(fields)
    assert normalise(person.fields()) == person


@given(rows)
@settings(max_examples=200)
def test_person_stored_and_read_back_is_equal(fields):
    person = normalise(fields)
    assert Person.from_json(person.to_json().encode()) == person
    assert json.loads(person.to_json())["v"] == 1


@given(rows, rows)
@settings(max_examples=200)
def test_comparing_any_two_people_is_symmetric_and_never_raises(one, other):
    a, b = normalise(one), normalise(other)
    assert contradicts(a, b) is contradicts(b, a)
    there = decide(a, [Candidate(1, [b])], default_model())
    back = decide(b, [Candidate(1, [a])], default_model())
    assert (there.kind, round(there.weight, 6)) == (back.kind, round(back.weight, 6))


@given(rows)
@settings(max_examples=200)
def test_keys_are_short_and_never_a_name_alone(fields):
    for key in blocking_keys(normalise(fields)):
        assert len(key.kind) <= 20
        assert key.kind != "name"
        assert key.value


def test_person_of_another_layout_is_refused():
    with pytest.raises(ValueError, match="version"):
        Person.from_json('{"v":99}')
