"""Addresses: the same front door in all the forms that bills and registers carry."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.linkage.addresses import NOWHERE, Address, clean_address, read_address
from registry.linkage.compare import Level, compare_homes

HOME = "杭州市余杭区五常街道阳光花园5号楼301室"


def home(text: str) -> Address:
    return read_address(clean_address(text))


def level(one: str, other: str) -> Level:
    there, back = compare_homes(home(one), home(other)), compare_homes(home(other), home(one))
    assert there is back
    return there


def test_address_is_taken_apart_from_both_ends():
    assert home("浙江省杭州市余杭区五常街道阳光花园5号楼2单元301室") == Address(
        "余杭区", "五常街道", "阳光花园", "5", "301"
    )


@pytest.mark.parametrize(
    "written",
    [
        "余杭区阳光花园5栋301",
        "五常街道阳光花园5-301",
        "杭州市余杭区五常街道阳光花园5号301",
        "阳光花园5号楼301室",
        "杭州市余杭区 五常街道 阳光花园 5#301",
        "杭州市余杭区五常街道阳光花园五号楼301室",
        "陽光花園5號樓301室",
        "浙江省杭州市余杭区五常街道阳光花园5幢1单元301",
        "阳光花园05号楼0301室",
    ],
)
def test_one_front_door_is_the_same_in_every_form(written):
    assert level(HOME, written) is Level.SAME


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("阳光花园5号楼302室", Level.BUILDING),
        ("阳光花园6号楼301室", Level.COMPOUND),
        ("杭州市余杭区五常街道幸福小区5号楼301室", Level.DISTRICT),
        ("杭州市西湖区五常街道阳光花园5号楼301室", Level.DIFFERS),
        ("幸福小区5号楼301室", Level.DIFFERS),
    ],
)
def test_another_door_says_how_far_away_it_is(written, expected):
    assert level(HOME, written) is expected


@pytest.mark.parametrize("text", ["", "无", "北京市", "。。。"])
def test_text_without_a_home_says_nothing(text):
    assert level(HOME, text) is Level.UNKNOWN


def test_blank_address_is_nowhere():
    assert home("") == NOWHERE


@given(st.text(alphabet="省市区县镇街道路号栋楼室单元0123456789-#一二十 阳光花园AB", max_size=60))
def test_any_address_is_at_home_with_itself(text):
    found = home(text)
    assert compare_homes(found, found) in (Level.SAME, Level.BUILDING, Level.COMPOUND, Level.UNKNOWN)
