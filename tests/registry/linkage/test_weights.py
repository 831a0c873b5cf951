"""The model: weights in bits that say what they should about one another, and files that are refused."""

import json
from pathlib import Path

import pytest

from registry.linkage import Model, default_model, weights
from registry.linkage.compare import Field, Level
from registry.linkage.names import clean_name, read_name

MODEL = default_model()
STORED = json.loads(Path(weights.__file__).with_name("model.json").read_text("utf-8"))


def bits(name: str) -> float:
    return MODEL.rarity.bits(read_name(clean_name(name)))


@pytest.mark.parametrize("field", [field for field in Field if field is not Field.NAME])
def test_agreement_weighs_more_than_difference(field):
    assert MODEL.weight(field, Level.SAME) > 0 > MODEL.weight(field, Level.DIFFERS)


@pytest.mark.parametrize("field", [Field.NUMBER, Field.PERMIT])
def test_contradiction_weighs_least_of_all(field):
    assert MODEL.weight(field, Level.CONTRADICTS) == min(MODEL.weights[field].values())


def test_level_that_the_model_does_not_know_weighs_nothing():
    assert MODEL.weight(Field.SEX, Level.BUILDING) == 0.0


def test_shares_of_one_person_are_no_more_than_one():
    shares = {field: sum(m for m, _u in levels.values()) for field, levels in STORED["levels"].items()}
    # Last four are compared where the whole number is not known of both: a population of its own.
    shares["id_number"] -= STORED["levels"]["id_number"]["last4"][0]
    assert {field: share for field, share in shares.items() if share > 1.0} == {}


@pytest.mark.parametrize(
    ("commoner", "rarer"),
    [
        ("王伟", "欧阳伟"),
        ("王伟", "王小明"),
        ("王小明", "覃小明"),
        ("古丽娜尔", "古丽娜尔·阿不都"),
        ("Maria", "Maria Santos"),
    ],
)
def test_rarer_name_surprises_more(commoner, rarer):
    assert bits(commoner) < bits(rarer)


def test_name_says_no_more_than_the_model_allows():
    rare = read_name("司马相如")
    assert MODEL.rarity.bits(rare) > MODEL.most_name
    assert MODEL.name_weight(Level.SAME, rare) < MODEL.most_name


def test_name_in_another_script_says_less_than_the_same_characters():
    name = read_name("王小明")
    assert MODEL.name_weight(Level.SOUND, name) < MODEL.name_weight(Level.SAME, name)


@pytest.mark.parametrize("level", [Level.DIFFERS, Level.ONE_OFF])
def test_other_name_weighs_the_same_however_rare(level):
    assert MODEL.name_weight(level, read_name("王伟")) == MODEL.name_weight(level, read_name("司马相如"))


def test_silent_name_weighs_nothing():
    assert MODEL.name_weight(Level.UNKNOWN, read_name("王伟")) == 0.0


def test_model_of_another_format_is_refused():
    with pytest.raises(ValueError, match="format"):
        Model.read(json.dumps(STORED | {"format": 99}))


@pytest.mark.parametrize("part", ["version", "thresholds", "most", "levels", "names", "rarity"])
def test_model_that_lacks_a_part_is_refused(part):
    with pytest.raises(KeyError, match=part):
        Model.read(json.dumps({name: value for name, value in STORED.items() if name != part}))


def test_no_surname_is_listed_twice():
    listed = [surname for surname, _ in weights.SURNAME.findall(STORED["rarity"]["surnames"])]
    listed += [*STORED["rarity"]["other_surname_characters"], *STORED["rarity"]["compound_surnames"].split()]
    assert sorted({surname for surname in listed if listed.count(surname) > 1}) == []
