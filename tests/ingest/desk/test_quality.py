"""The quality of one's own data over time: right figures, by month and by type, and nobody else's."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from ingest import quality
from ingest.models import Upload
from tests.factories.organisations import make_furnisher, make_person, signed_in

pytestmark = pytest.mark.django_db


def local(*moment):
    return datetime(*moment, tzinfo=ZoneInfo("Asia/Shanghai"))


AT = local(2026, 11, 25, 12)
PAGE = "/desk/quality"


def finished(organisation, *, at=AT, type="wage", refused=0, undone=False, reasons=(), **quality):
    rows = quality.get("rows", 10) + refused
    return Upload.objects.create(
        organisation=organisation,
        licence=organisation.licences.get(),
        by="system:test",
        status="done_with_errors" if refused else "done",
        type=type,
        bytes=1,
        content=timezone.now().isoformat().encode()[-16:],
        rows=rows,
        accepted=rows - refused,
        refused=refused,
        reasons=[reason(*each) for each in reasons],
        quality={"rows": 10, "filled": {}, "lag_days": 0, "dated": 0} | quality,
        received_at=at,
        finished_at=at,
        undone_at=at if undone else None,
    )


def reason(code, field, count, *, warning=False):
    outcome = "accepted" if warning else "refused"
    return {"code": code, "field": field, "outcome": outcome, "warning": warning, "count": count}


def told(organisation, **options):
    return quality.scorecard(organisation=organisation.pk, at=AT, **options)


def test_scorecard_of_nobody_is_empty():
    assert told(make_furnisher()) == quality.Scorecard([], [])


def test_month_sums_its_files():
    own = make_furnisher()
    finished(own, refused=5, filled={"net": 10, "due_on": 4}, lag_days=100, dated=10)
    finished(own, refused=5, filled={"net": 10, "due_on": 6}, lag_days=300, dated=10)
    (month,) = told(own).months
    assert (month.files, month.rows, month.refusals) == (2, 30, 10 / 30)
    assert (month.completeness, month.delay) == (30 / 40, 20.0)
    assert told(own).fields == [("due_on", 0.5), ("net", 1.0)]


def test_month_of_which_nothing_is_known_says_so():
    own = make_furnisher()
    finished(own)
    (month,) = told(own).months
    assert (month.completeness, month.delay, month.refusals) == (None, None, 0.0)


def test_months_begin_where_the_site_is():
    own = make_furnisher()
    finished(own, at=local(2026, 11, 1, 0, 30))
    finished(own, at=local(2026, 10, 31, 23, 30))
    assert [f"{month.month:%Y-%m}" for month in told(own).months] == ["2026-10", "2026-11"]


def test_files_of_more_than_a_year_ago_do_not_count():
    own = make_furnisher()
    finished(own, at=local(2025, 11, 30, 12))
    finished(own, at=local(2025, 12, 1, 0, 1))
    assert [f"{month.month:%Y-%m}" for month in told(own).months] == ["2025-12"]


def test_undone_and_foreign_files_do_not_count():
    own, other = make_furnisher(), make_furnisher()
    finished(own, undone=True)
    finished(other)
    assert told(own).months == []


def test_type_narrows_the_scorecard():
    own = make_furnisher()
    finished(own, type="wage", reasons=[("date_format", "due_on", 2)], refused=2)
    finished(own, type="employment", at=AT - timedelta(minutes=1))
    found = told(own, type="employment")
    assert ([month.files for month in found.months], found.reasons) == ([1], [])


def test_reasons_are_summed_and_warnings_left_out():
    own = make_furnisher()
    finished(own, refused=3, reasons=[("date_format", "due_on", 3)])
    again = [("date_format", "due_on", 2), ("consent_missing", "", 9)]
    finished(own, refused=11, reasons=again, at=AT - timedelta(days=40))
    found = finished(own, at=AT - timedelta(minutes=1))
    found.reasons = [reason("county_unknown", "id_number", 50, warning=True)]
    found.save()
    assert told(own).reasons == [("consent_missing", "", 9), ("date_format", "due_on", 5)]


def test_calendar_has_twelve_months_and_ends_with_this_one():
    days = quality.calendar(local(2026, 3, 31, 23))
    assert (days[0].isoformat(), days[-1].isoformat(), len(days)) == ("2025-04-01", "2026-03-01", 12)


def test_total_of_all_months():
    own = make_furnisher()
    finished(own, filled={"net": 10})
    finished(own, filled={"net": 5}, at=AT - timedelta(days=40))
    whole = quality.total(told(own).months)
    assert (whole.files, whole.rows, whole.completeness) == (2, 20, 15 / 20)


def test_page_shows_figures_charts_and_reasons():
    own = make_furnisher()
    now = timezone.now()
    finished(
        own,
        at=now,
        refused=10,
        filled={"net": 8},
        lag_days=120,
        dated=10,
        reasons=[("name_format", "name", 10)],
    )
    page = text(signed_in(make_person("viewer", own.pk)).get(PAGE, headers={"Accept-Language": "en"}))
    assert "50.0%" in page
    assert "80.0%" in page
    assert "12 days" in page
    assert "Name: This is not a person's name." in page.replace("&#x27;", "'")


@pytest.mark.parametrize(
    ("filled", "shown"),
    [
        ({"net": 1000, "gross": 999, "due_on": 4}, [("Due on", "0"), ("Gross wage", "99")]),
        ({"net": 1000}, []),
    ],
)
def test_columns_that_are_always_filled_are_not_among_the_emptiest(filled, shown):
    own = make_furnisher()
    finished(own, at=timezone.now(), rows=1000, filled=filled)
    page = text(signed_in(make_person("viewer", own.pk)).get(PAGE, headers={"Accept-Language": "en"}))
    _before, heading, section = page.partition("Columns that are filled in least")
    assert bool(heading) is bool(shown)
    rows = re.findall(r"<dt>([^<]+)</dt><dd><span[^>]*>(\d+)<", section.partition("</section>")[0])
    assert rows == shown


def test_page_without_files_leads_to_sending_one():
    page = text(
        signed_in(make_person("clerk", make_furnisher().pk)).get(PAGE, headers={"Accept-Language": "en"})
    )
    assert "Nothing to measure yet" in page


def test_page_of_an_unknown_type_shows_all():
    own = make_furnisher()
    finished(own, at=timezone.now())
    page = text(signed_in(make_person("clerk", own.pk)).get(f"{PAGE}?type=gossip"))
    assert 'value="" selected' not in page
    assert "table-cards" in page


def text(answer):
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())
