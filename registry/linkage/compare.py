"""Two people side by side: one level of agreement per field, from `Level`.

A level says how the two forms relate, never what they are, so evidence built of levels holds no personal
data. `UNKNOWN` stands where one side is silent; it weighs nothing.
"""

from enum import StrEnum

from rapidfuzz.distance import OSA

from registry.linkage.addresses import Address
from registry.linkage.names import Name, is_pinyin, look_alike, readings, sound
from registry.linkage.person import Person


class Field(StrEnum):
    """What is compared, in the order evidence is shown."""

    NUMBER = "id_number"
    PASSPORT = "passport"
    PERMIT = "residence_permit"
    NAME = "name"
    BIRTH = "birth_date"
    SEX = "sex"
    MOBILE = "mobile"
    ADDRESS = "address"


class Level(StrEnum):
    """How two forms of a field relate."""

    UNKNOWN = "unknown"
    SAME = "same"
    CONTRADICTS = "contradicts"  # two whole and valid numbers of one kind that differ
    NEAR = "near"  # one slip of the pen apart
    LAST4 = "last4"  # the last four characters agree, the rest is not known of both
    DIFFERS = "differs"
    ORDER = "order"  # the same characters in another order
    ALIKE = "alike"  # characters of one sound or shape
    SOUND = "sound"  # Hanzi on one side, its letters on the other
    PART = "part"  # one form is a part of the other
    ONE_OFF = "one_off"  # one character differs, in sound and in shape
    SWAPPED = "swapped"  # day and month changed places
    BUILDING = "building"
    COMPOUND = "compound"
    DISTRICT = "district"


def slip(a: str, b: str) -> bool:
    """Whether one keystroke lies between two forms: changed, left out, added, or two neighbours swapped."""
    return OSA.distance(a, b, score_cutoff=1) == 1


def compare_numbers(a: Person, b: Person) -> Level:
    """Citizen numbers: whole, one slip apart, or by the last four."""
    if not a.id_last4 or not b.id_last4:
        return Level.UNKNOWN
    if a.id_number and b.id_number:
        if a.id_number == b.id_number:
            return Level.SAME
        if a.id_number_valid and b.id_number_valid:
            return Level.CONTRADICTS
        return Level.NEAR if slip(a.id_number, b.id_number) else Level.DIFFERS
    return Level.LAST4 if a.id_last4 == b.id_last4 else _last4_differ(a, b)


def _last4_differ(a: Person, b: Person) -> Level:
    """A number known to hold a slip may hold it in its last four."""
    doubtful = any(person.id_number and not person.id_number_valid for person in (a, b))
    return Level.UNKNOWN if doubtful and slip(a.id_last4, b.id_last4) else Level.DIFFERS


def compare_passports(a: Person, b: Person) -> Level:
    """Passports: a renewal brings a new number, so a difference speaks softly."""
    if not a.passport or not b.passport:
        return Level.UNKNOWN
    if a.passport == b.passport:
        return Level.SAME
    return Level.NEAR if slip(a.passport, b.passport) else Level.DIFFERS


def compare_permits(a: Person, b: Person) -> Level:
    """Residence permits; two whole numbers in the citizen number's layout contradict each other."""
    if not a.residence_permit or not b.residence_permit:
        return Level.UNKNOWN
    if a.residence_permit == b.residence_permit:
        return Level.SAME
    if a.strong_permit and b.strong_permit and len(a.residence_permit) == len(b.residence_permit) == 18:
        return Level.CONTRADICTS
    return Level.NEAR if slip(a.residence_permit, b.residence_permit) else Level.DIFFERS


def compare_names(a: Name, b: Name) -> Level:
    """Names in whatever script."""
    if not a.letters or not b.letters:
        return Level.UNKNOWN
    if a.hanzi and b.hanzi:
        return _compare_hanzi(a, b)
    if a.hanzi or b.hanzi:
        return _compare_scripts(a, b) if a.hanzi else _compare_scripts(b, a)
    return _compare_words(a, b)


def _compare_hanzi(a: Name, b: Name) -> Level:
    if a.hanzi == b.hanzi:
        return Level.SAME
    if len(a.hanzi) == len(b.hanzi) > 2 and sorted(a.hanzi) == sorted(b.hanzi):
        return Level.ORDER
    if a.letters == b.letters or _alike(a.hanzi, b.hanzi):
        return Level.ALIKE
    if _is_part(a, b) or _is_part(b, a):
        return Level.PART
    longest = max(len(a.hanzi), len(b.hanzi))
    return (
        Level.ONE_OFF
        if longest > 2 and OSA.distance(a.hanzi, b.hanzi, score_cutoff=1) <= 1
        else Level.DIFFERS
    )


def _alike(a: str, b: str) -> bool:
    return len(a) == len(b) and all(map(_one_alike, a, b))


def _one_alike(a: str, b: str) -> bool:
    return a == b or sound(a) == sound(b) or look_alike(a, b)


def _is_part(part: Name, whole: Name) -> bool:
    """A given name alone of a name with a dot, or a stretch of a long name."""
    if len(part.words) < len(whole.words) and part.hanzi in whole.words:
        return True
    return (
        2 <= len(part.hanzi) < len(whole.hanzi)
        and len(whole.hanzi) >= 5
        and whole.hanzi.startswith(part.hanzi)
    )


def _compare_scripts(han: Name, letters: Name) -> Level:
    """Hanzi against letters: its Pinyin, another reading of it, or a name of another language altogether."""
    if letters.letters in han.keys:
        return Level.SOUND
    written = "".join(letters.words)
    if _reads_as(han.hanzi, written) or _reads_as(han.hanzi[1:] + han.hanzi[:1], written):
        return Level.SOUND
    return Level.DIFFERS if is_pinyin(letters.words) else Level.UNKNOWN


def _reads_as(hanzi: str, written: str) -> bool:
    """Whether letters spell these characters in some of their readings."""
    ends = {0}
    for character in hanzi:
        ends = {
            end + len(reading)
            for end in ends
            for reading in readings(character)
            if written.startswith(reading, end)
        }
    return len(written) in ends


def _compare_words(a: Name, b: Name) -> Level:
    if a.letters == b.letters:
        return Level.SAME
    shorter, longer = sorted((set(a.words), set(b.words)), key=len)
    if shorter < longer and any(len(word) > 2 for word in shorter):
        return Level.PART
    if _initials(a.words, b.words):
        return Level.PART
    return (
        Level.ALIKE
        if OSA.normalized_similarity("".join(sorted(a.words)), "".join(sorted(b.words))) > 0.84
        else Level.DIFFERS
    )


def _initials(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    """Whether one side shortens some words of the other to initials and shares at least one whole word."""
    if len(a) != len(b) or not set(a) & set(b):
        return False
    ours, theirs = sorted(set(a) - set(b)), sorted(set(b) - set(a))
    return all(x[0] == y[0] and 1 in (len(x), len(y)) for x, y in zip(ours, theirs, strict=False))


def compare_births(a: Person, b: Person) -> Level:
    """The closest pair of the birth dates each side speaks for."""
    best = Level.UNKNOWN
    for ours in a.births:
        for theirs in b.births:
            if ours == theirs:
                return Level.SAME
            level = _compare_dates(ours, theirs)
            if best in (Level.UNKNOWN, Level.DIFFERS) or level is Level.SWAPPED:
                best = level
    return best


def _compare_dates(a: str, b: str) -> Level:
    if a[:4] == b[:4] and a[5:7] == b[8:] and a[8:] == b[5:7]:
        return Level.SWAPPED
    equal = (a[:4] == b[:4]) + (a[5:7] == b[5:7]) + (a[8:] == b[8:])
    return Level.NEAR if equal == 2 else Level.DIFFERS


def compare_sexes(a: Person, b: Person) -> Level:
    """Sex as stated, or as the number says."""
    ours, theirs = a.known_sex, b.known_sex
    if not ours or not theirs:
        return Level.UNKNOWN
    return Level.SAME if ours == theirs else Level.DIFFERS


def compare_mobiles(a: Person, b: Person) -> Level:
    """Mobiles: equal, one slip apart, or another number."""
    if not a.mobile or not b.mobile:
        return Level.UNKNOWN
    if a.mobile == b.mobile:
        return Level.SAME
    return Level.NEAR if slip(a.mobile, b.mobile) else Level.DIFFERS


def compare_homes(a: Address, b: Address) -> Level:
    """Addresses, from one front door to another district."""
    if not (a.compound and b.compound):
        return Level.UNKNOWN
    if not _same_compound(a, b):
        return (
            Level.DISTRICT
            if a.district and a.district == b.district and a.street == b.street
            else Level.DIFFERS
        )
    if a.building and a.building == b.building:
        return Level.SAME if a.room and a.room == b.room else Level.BUILDING
    if not a.building and not b.building and a.room and a.room == b.room:
        return Level.SAME
    return Level.COMPOUND


def _same_compound(a: Address, b: Address) -> bool:
    if a.district and b.district and a.district != b.district:
        return False
    if a.street and b.street and a.street != b.street:
        return False
    return a.compound == b.compound or (len(a.compound) > 3 and slip(a.compound, b.compound))
