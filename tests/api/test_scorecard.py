"""The scorecard: bounded, explained, indifferent to what is not known."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.scorecard import BANDS, CHARACTERISTICS, HIGHEST, LOWEST, MONTHS_NEEDED, REASONS, START, Facts, score

MONTHS = st.none() | st.integers(0, 600)
FACTS = st.builds(
    Facts,
    months=st.integers(0, 24),
    bills_on_time_share=st.none() | st.floats(0, 1),
    bills_unpaid=MONTHS,
    bill_months=MONTHS,
    residence_months=MONTHS,
    job_months=MONTHS,
    insured_months=MONTHS,
    wage_months=MONTHS,
    arrears_days=MONTHS,
    community_months=MONTHS,
)


@given(FACTS)
def test_score_stays_on_its_scale_with_at_most_four_reasons(facts: Facts) -> None:
    found = score(facts)
    if facts.months < MONTHS_NEEDED:
        assert found is None
        return
    assert found is not None
    assert LOWEST <= found.value <= HIGHEST
    assert len(found.reasons) <= REASONS
    assert found.band in {name for _, name in BANDS}
    assert [reason.direction == "raises" for reason in found.reasons] == [r.points > 0 for r in found.reasons]


@given(FACTS)
def test_reasons_that_lower_come_first_and_the_weightiest_of_each(facts: Facts) -> None:
    found = score(facts)
    points = [reason.points for reason in found.reasons] if found else []
    lowering = [each for each in points if each < 0]
    assert points == sorted(lowering) + sorted((each for each in points if each > 0), reverse=True)


@given(FACTS, st.sampled_from([line.fact for line in CHARACTERISTICS]))
def test_what_is_not_known_adds_and_takes_nothing(facts: Facts, fact: str) -> None:
    with_it, without = score(facts), score(dataclasses.replace(facts, **{fact: None}))
    if with_it is None or without is None:
        return
    line = next(each for each in CHARACTERISTICS if each.fact == fact)
    total = START + sum(each.of(getattr(facts, each.fact)) for each in CHARACTERISTICS)
    less = total - line.of(getattr(facts, fact))
    assert without.value == min(HIGHEST, max(LOWEST, less))


def test_nothing_known_but_months_scores_the_start() -> None:
    found = score(Facts(months=MONTHS_NEEDED))
    assert found is not None
    assert (found.value, found.reasons) == (START, ())


@pytest.mark.parametrize("line", CHARACTERISTICS, ids=lambda line: line.fact)
def test_steps_rise_and_begin_at_nothing(line: object) -> None:
    points = line.points  # type: ignore[attr-defined]  # a Characteristic
    starts = [start for start, _ in points]
    assert starts == sorted(set(starts))
    assert starts[0] == 0


@pytest.mark.parametrize("line", CHARACTERISTICS, ids=lambda line: line.fact)
def test_better_conduct_never_lowers_the_points(line: object) -> None:
    points = [worth for _, worth in line.points]  # type: ignore[attr-defined]  # a Characteristic
    falling = line.fact in ("bills_unpaid", "arrears_days")  # type: ignore[attr-defined]  # a Characteristic
    assert points == sorted(points, reverse=falling)
