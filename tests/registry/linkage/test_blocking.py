"""Keys under which people are found: enough of them, and none that a name alone would betray."""

from hypothesis import given
from hypothesis import strategies as st

from registry.linkage import Key, blocking_keys, normalise

NUMBER = "11010519491231002X"
WHOLE = {
    "name": "王小明",
    "id_number": NUMBER,
    "mobile": "13812345678",
    "birth_date": "1949-12-31",
    "address": "余杭区阳光花园5号楼301室",
}


def keys(**fields: str) -> list[Key]:
    return blocking_keys(normalise(fields))


def shared(one: dict[str, str], other: dict[str, str]) -> set[str]:
    return {key.kind for key in set(keys(**one)) & set(keys(**other))}


def test_whole_person_has_every_kind_of_key():
    assert [key.kind for key in keys(**WHOLE)] == [
        "id_number",
        "mobile",
        "last4_birth",
        "name_birth",
        "name_mobile",
        "name_last4",
        "name_home",
    ]


def test_name_alone_has_no_key():
    assert keys(name="王小明", sex="男") == []


def test_valid_citizen_number_is_a_strong_key():
    assert keys(id_number=NUMBER)[0] == Key("id_number", NUMBER, strong=True)


def test_citizen_number_with_a_wrong_check_is_a_weak_key():
    assert keys(id_number="110105194912310021")[0] == Key("id_number", "110105194912310021", strong=False)


def test_passport_is_a_strong_key():
    assert keys(passport="E12345678") == [Key("passport", "E12345678", strong=True)]


def test_permit_that_is_not_whole_is_a_weak_key():
    assert keys(residence_permit="A1234567") == [Key("residence_permit", "A1234567", strong=False)]


def test_scripts_and_orders_of_a_name_meet_under_one_key():
    born = {"birth_date": "1990-03-07"}
    assert shared({"name": "王小明", **born}, {"name": "Xiaoming WANG", **born}) == {"name_birth"}


def test_rare_reading_of_a_surname_meets_its_pinyin():
    born = {"birth_date": "1990-03-07"}
    assert shared({"name": "单雄信", **born}, {"name": "Shan Xiongxin", **born}) == {"name_birth"}


def test_given_name_alone_meets_the_name_with_a_dot():
    born = {"birth_date": "1990-03-07"}
    assert shared({"name": "古丽娜尔·阿不都", **born}, {"name": "古丽娜尔", **born}) == {"name_birth"}


def test_last_four_meet_the_whole_number_by_birth_date_and_by_name():
    assert shared(WHOLE, {"name": "王小明", "id_last4": "002X", "birth_date": "1949-12-31"}) == {
        "last4_birth",
        "name_birth",
        "name_last4",
    }


def test_birth_date_inside_the_number_serves_as_a_stated_one():
    assert shared(
        {"name": "王小明", "id_number": NUMBER}, {"name": "王小明", "birth_date": "1949-12-31"}
    ) == {"name_birth"}


def test_slip_in_the_mobile_still_meets_by_name_and_its_last_four_digits():
    assert shared(
        {"name": "王小明", "mobile": "13812345678"}, {"name": "王小明", "mobile": "13912345678"}
    ) == {"name_mobile"}


def test_two_people_behind_one_front_door_do_not_meet_by_it_alone():
    door = {"address": "余杭区阳光花园5号楼301室"}
    assert shared({"name": "王小明", **door}, {"name": "李大华", **door}) == set()


@given(st.permutations(list(WHOLE.items())))
def test_keys_do_not_depend_on_the_order_of_columns(columns):
    assert keys(**dict(columns)) == keys(**WHOLE)
