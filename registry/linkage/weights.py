"""The model: what each level of agreement is worth, in bits: log2(m/u), after Fellegi and Sunter.

m is the share of pairs of one person that show a level, u the share of pairs of two people. For a name, u
follows how rare that name is (term frequency): `names` holds m and how many times commoner than the very name
its variants at that level are. `docs/linkage.md` describes the file field by field.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from math import log2
from pathlib import Path
from typing import Any, Self

from registry.linkage.compare import Field, Level
from registry.linkage.names import Name

FORMAT = 1
_DEFAULT = Path(__file__).with_name("model.json")
SURNAME = re.compile(r"(\D+?)(\d+(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class Rarity:
    """How common names are: shares of the population, 0 to 1."""

    surnames: Mapping[str, float]
    given_character: float
    shared_part: float
    further_part: float
    word: float
    further_word: float

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """Surnames with a share per thousand of their own, then all other known ones at one share."""
        other = stored["other_surnames"]
        known = dict.fromkeys(
            [*stored["other_surname_characters"], *stored["compound_surnames"].split()], other
        )
        known |= {surname: float(share) / 1000 for surname, share in SURNAME.findall(stored["surnames"])}
        return cls(
            known,
            stored["given_character"],
            stored["shared_part"],
            stored["further_part"],
            stored["word"],
            stored["further_word"],
        )

    def bits(self, name: Name) -> float:
        """How much meeting this very name by chance would surprise, in bits. Names with few bearers' variety
        (names with a dot, given names that a whole people shares, names in letters) are taken as common.
        """
        if not name.hanzi:
            return -log2(self.word) - log2(self.further_word) * min(len(name.words) - 1, 2)
        if len(name.words) > 1:
            return -log2(self.shared_part) - log2(self.further_part) * min(len(name.words) - 1, 2)
        surname = (
            name.hanzi[:2] if name.hanzi[:2] in self.surnames and len(name.hanzi) > 2 else name.hanzi[:1]
        )
        given = len(name.hanzi) - len(surname)
        if surname not in self.surnames or not 1 <= given <= 2:
            return -log2(self.shared_part) - (log2(self.further_part) if len(name.hanzi) > 4 else 0.0)
        return -log2(self.surnames[surname]) - log2(self.given_character) * given


@dataclass(frozen=True, eq=False)
class Model:
    """Weights and thresholds of one version, in bits. Immutable; compared and cached by identity.

    `most_name` bounds what a name may say, however rare; `namesake` what name, birth date and sex may say
    together.
    """

    version: str
    link: float
    review: float
    tie: float
    most_name: float
    namesake: float
    weights: Mapping[Field, Mapping[Level, float]]
    names: Mapping[Level, tuple[float, float]]
    rarity: Rarity

    @classmethod
    def read(cls, text: str) -> Self:
        """A model file. Raises ValueError for another format, KeyError where a part is missing."""
        stored = json.loads(text)
        if stored["format"] != FORMAT:
            raise ValueError("unknown format of a linkage model")
        levels = {
            Field(field): {Level(level): log2(m / u) for level, (m, u) in pairs.items()}
            for field, pairs in stored["levels"].items()
        }
        thresholds = stored["thresholds"]
        return cls(
            version=stored["version"],
            link=thresholds["link"],
            review=thresholds["review"],
            tie=thresholds["tie"],
            most_name=stored["most"]["name"],
            namesake=stored["most"]["namesake"],
            weights=levels,
            names={Level(level): (m, wider) for level, (m, wider) in stored["names"].items()},
            rarity=Rarity.read(stored["rarity"]),
        )

    def weight(self, field: Field, level: Level) -> float:
        """Bits for a level of any field but the name; 0 for a level the model does not know."""
        return self.weights[field].get(level, 0.0)

    def name_weight(self, level: Level, shared: Name) -> float:
        """Bits for a level of the name; `shared` is the shorter of the two, whose rarity counts."""
        return _name_weight(self, level, shared)


@lru_cache(maxsize=16384)
def _name_weight(model: Model, level: Level, shared: Name) -> float:
    if level is Level.UNKNOWN:
        return 0.0
    m, wider = model.names[level]
    if level in (Level.ONE_OFF, Level.DIFFERS):
        return log2(m / wider)
    rarity = min(model.rarity.bits(shared), model.most_name)
    return log2(m / wider) + rarity


@cache
def default_model() -> Model:
    """The model that ships with the product, read once."""
    return Model.read(_DEFAULT.read_text(encoding="utf-8"))
