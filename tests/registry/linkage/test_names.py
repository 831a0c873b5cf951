"""Names, in whatever script, order and punctuation clerks wrote them."""

import pytest

from registry.linkage.compare import Level, compare_names
from registry.linkage.names import NO_NAME, clean_name, read_name


def level(one: str, other: str) -> Level:
    there = compare_names(read_name(clean_name(one)), read_name(clean_name(other)))
    back = compare_names(read_name(clean_name(other)), read_name(clean_name(one)))
    assert there is back
    return there


@pytest.mark.parametrize(
    "written",
    ["王小明", " 王 小 明 ", "王\u200b小明", "王小明（租户）", "王小明先生", "王小明\u3000", "王小明*"],
)
def test_name_with_clerks_additions_is_the_same(written):
    assert level("王小明", written) is Level.SAME


@pytest.mark.parametrize(
    ("traditional", "simplified"), [("劉曉慶", "刘晓庆"), ("張偉", "张伟"), ("靜婷", "静婷")]
)
def test_name_in_traditional_characters_is_the_same(traditional, simplified):
    assert level(traditional, simplified) is Level.SAME


@pytest.mark.parametrize(
    "letters",
    [
        "Wang Xiaoming",
        "XIAO MING WANG",
        "Wáng Xiǎomíng",
        "wang2 xiao3 ming2",
        "Wang Xiao-ming",
        "wangxiaoming",
    ],
)
def test_name_in_pinyin_sounds_like_its_characters(letters):
    assert level("王小明", letters) is Level.SOUND


@pytest.mark.parametrize("letters", ["Lü Bu", "Lv Bu", "LYU BU", "Lǚ Bù", "Lu Bu"])
def test_name_with_u_umlaut_is_read_in_every_spelling(letters):
    assert level("吕布", letters) is Level.SOUND


@pytest.mark.parametrize(
    ("name", "letters"), [("赵琳玉", "Linyu Zhao"), ("女娲", "NYU WA"), ("赵小吕", "Zhao Xiaolyu")]
)
def test_yu_behind_n_is_read_by_its_syllable(name, letters):
    assert level(name, letters) is Level.SOUND


@pytest.mark.parametrize(
    ("name", "letters"), [("单雄信", "Shan Xiongxin"), ("曾国藩", "Zeng Guofan"), ("仇英", "Qiu Ying")]
)
def test_surname_is_read_as_surnames_are(name, letters):
    assert level(name, letters) is Level.SOUND


def test_surname_in_the_characters_usual_reading_is_accepted_too():
    assert level("单雄信", "Dan Xiongxin") is Level.SOUND


def test_pinyin_of_another_name_differs():
    assert level("王小明", "Li Dahua") is Level.DIFFERS


def test_letters_of_another_language_say_nothing_about_characters():
    assert level("古丽娜尔·阿不都", "Gulnar Abdu") is Level.UNKNOWN


@pytest.mark.parametrize("dot", "·•‧∙⋅・･．.。◦●")
def test_middle_dot_is_one_sign_in_all_its_forms(dot):
    assert clean_name(f"古丽娜尔{dot}阿不都") == "古丽娜尔·阿不都"


@pytest.mark.parametrize("written", ["古丽娜尔阿不都", "古丽娜尔 阿不都", "古丽娜尔 · 阿不都"])
def test_name_with_its_dot_left_out_is_the_same(written):
    assert level("古丽娜尔·阿不都", written) is Level.SAME


def test_given_name_alone_of_a_name_with_a_dot_is_a_part():
    assert level("古丽娜尔·阿不都", "古丽娜尔") is Level.PART


def test_two_parts_that_share_one_word_differ():
    assert level("古丽娜尔·阿不都", "古丽娜尔·热合曼") is Level.DIFFERS


def test_order_of_surname_and_given_name_is_noticed():
    assert level("王小明", "小明王") is Level.ORDER


@pytest.mark.parametrize(
    ("one", "other"), [("王小明", "王晓明"), ("杨洋", "扬洋"), ("李己", "李已"), ("肖红", "萧红")]
)
def test_characters_of_one_sound_or_shape_are_alike(one, other):
    assert level(one, other) is Level.ALIKE


def test_one_other_character_is_one_off():
    assert level("王小明", "王大明") is Level.ONE_OFF


def test_one_other_character_of_two_differs():
    assert level("王明", "王刚") is Level.DIFFERS


@pytest.mark.parametrize(
    "written", ["SANTOS Maria", "Santos, Maria", "Mariа Santos", "Ms. Maria Santos", "maria santos"]
)
def test_letters_in_another_order_case_or_script_are_the_same(written):
    assert level("Maria Santos", written) is Level.SAME


def test_marks_of_letters_say_nothing():
    assert level("Nguyen Van Tran", "Nguyễn Văn Trần") is Level.SAME


@pytest.mark.parametrize("written", ["M. Santos", "Maria", "Maria Luz Santos"])
def test_initials_and_left_out_words_are_a_part(written):
    assert level("Maria Santos", written) is Level.PART


@pytest.mark.parametrize("text", ["", "无", "N/A", "???", "·", "123", "（）"])
def test_text_without_a_name_is_no_name(text):
    assert read_name(clean_name(text)) == NO_NAME
    assert level("王小明", text) is Level.UNKNOWN
