"""The invented town: the same every time, and made of numbers that check and belong to nobody."""

from collections import Counter
from datetime import date

import pytest

from registry.catalogue.citizen import birth_of, check_holds, sex_of
from registry.catalogue.codes import read_credit_code
from registry.demo.cast import AINIWAR, CAST, CHEN, FURNISHERS, LENDER
from registry.demo.numbers import INVENTED_MOBILES
from registry.demo.town import Town, build

TODAY = date(2026, 11, 25)


@pytest.fixture(scope="module")
def town() -> Town:
    """Six hundred people over two years."""
    return build(600, 24, seed=7, today=TODAY)


def numbers(people):
    """The citizen numbers among them."""
    return {person.id_number for person in people if person.id_number}


def test_same_seed_gives_the_same_town(town):
    assert build(600, 24, seed=7, today=TODAY) == town


def test_other_seed_gives_other_people(town):
    others = build(600, 24, seed=8, today=TODAY).people
    assert numbers(others) & numbers(town.people) == numbers(town.people[number] for number in CAST)


def test_smaller_town_is_the_beginning_of_a_larger_one(town):
    assert build(100, 24, seed=7, today=TODAY).people == town.people[:100]


@pytest.mark.parametrize("months", [2, 3])
def test_shortest_town_can_be_built_in_spring(months):
    """In June three months begin with February, the shortest of all."""
    small = build(60, months, seed=7, today=date(2027, 6, 1))
    assert len(small.lives) == 60
    assert small.months == ["2027-02", "2027-03", "2027-04"][-months:]


def test_every_citizen_number_checks_and_tells_birth_and_sex(town):
    numbers = [(person, person.id_number) for person in town.people if not person.foreign]
    told = [(check_holds(number), birth_of(number), sex_of(number)) for _, number in numbers]
    assert told == [(True, person.birth, person.sex) for person, _ in numbers]


def test_no_number_can_be_a_real_persons(town):
    assert {person.id_number[2:4] for person in town.people if not person.foreign} == {"99"}
    assert {person.passport[:2] for person in town.people if person.foreign} == {"ZZ"}
    assert {mobile[:3] for person in town.people for mobile in person.mobiles} == set(INVENTED_MOBILES)


def test_nobody_shares_a_document_number(town):
    counts = Counter(person.id_number or person.passport for person in town.people)
    assert max(counts.values()) == 1


def test_town_has_households_twins_namesakes_and_people_from_abroad(town):
    tags = Counter(tag for person in town.people for tag in person.tags)
    assert min(tags["household"], tags["twin"], tags["namesake"]) > 0
    assert 0 < sum(person.foreign for person in town.people) < 30
    assert 10 < sum("·" in person.name for person in town.people) < 70


def test_households_share_a_phone(town):
    second = next(person for person in town.people if "household" in person.tags)
    assert second.mobiles[0] == town.people[second.number - 1].mobiles[0]


def test_all_are_of_age_when_they_come(town):
    assert min((TODAY - person.birth).days for person in town.people) >= 19 * 365


def test_wages_are_of_whole_months_at_work(town):
    for life in town.lives:
        worked = {(job.start.strftime("%Y-%m"), job.end and job.end.strftime("%Y-%m")) for job in life.jobs}
        for wage in life.wages:
            assert any(start < wage.month and (end is None or wage.month < end) for start, end in worked)


def test_no_bill_is_paid_after_today(town):
    paid = [bill.paid_on for life in town.lives for bill in life.bills if bill.paid_on]
    assert max(paid) <= TODAY


def test_most_bills_are_paid_in_time_and_some_are_not(town):
    bills = [bill for life in town.lives for bill in life.bills]
    in_time = sum(bill.paid_on is not None and bill.paid_on <= bill.due_on for bill in bills)
    assert 0.85 < in_time / len(bills) < 0.97
    assert sum(bill.paid_on is None for bill in bills) > 0


def test_chen_lost_a_job_and_found_another(town):
    chen = town.lives[CHEN]
    months = [wage.month for wage in chen.wages]
    assert (chen.person.name, len(chen.jobs)) == ("陈雨晴", 2)
    assert set(town.months) - set(months) == {"2025-09", "2025-10", "2025-11", "2025-12"}


def test_ainiwar_has_a_name_of_two_parts(town):
    assert town.people[AINIWAR].name == "艾尼瓦尔·吐尔逊"


def test_partners_have_credit_codes_that_check():
    codes = [partner.credit_code for partner in (*FURNISHERS, LENDER)]
    assert [read_credit_code(code) for code in codes] == codes
