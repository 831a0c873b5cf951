"""Consent coverage: how many rows lack one, and slips for the people they are about."""

import re

import pytest
from django.utils import timezone

from consent.models import Consent, Invitation
from tests.factories.organisations import make_furnisher, make_person, signed_in
from tests.factories.uploads import ingest, wage

pytestmark = pytest.mark.django_db


@pytest.fixture
def employer():
    return make_furnisher()


@pytest.fixture
def clerk(employer):
    return signed_in(make_person("clerk", employer.pk))


@pytest.fixture
def upload(employer):
    """One row with a consent; two rows of one person and one of another without."""
    lacking = [wage(2, signed=False), wage(2, signed=False, month="2026-02"), wage(3, signed=False)]
    return ingest(employer, [wage(1), *lacking])


def text(answer):
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def page(upload, name="coverage"):
    return f"/desk/uploads/{upload.pk}/{name}"


def test_page_says_how_many_rows_lack_a_consent(clerk, upload):
    said = text(clerk.get(page(upload), headers={"Accept-Language": "en"}))
    assert re.search(r"Without a consent</dt><dd class=\"stat-value\">3<", said)
    assert "25.0%" in said


def test_sheet_has_a_slip_for_each_person_and_names_their_rows(clerk, upload):
    answer = clerk.post(page(upload, "invite"))
    assert answer["Location"] == page(upload, "invitations")
    sheet = clerk.get(answer["Location"], headers={"Accept-Language": "en"})
    said = text(sheet)
    assert re.findall(r'class="slip-name">([^<]+)<', said) == [wage(2)["name"], wage(3)["name"]]
    assert re.findall(r"Rows: ([\d, ]+)<", said) == ["2, 3", "4"]
    assert f"/join/{Invitation.objects.get().code}" in said
    assert "no-store" in sheet["Cache-Control"]


def test_invitation_is_for_the_category_of_the_file(clerk, upload, employer):
    clerk.post(page(upload, "invite"))
    clerk.post(page(upload, "invite"))
    made = Invitation.objects.get()
    assert (set(made.categories), made.organisation_id) == ({"income", "identity"}, employer.pk)


def test_sheet_before_an_invitation_leads_to_the_coverage(clerk, upload):
    assert clerk.get(page(upload, "invitations"))["Location"] == page(upload)


def test_sheet_after_the_file_is_gone_has_one_slip_without_a_name(clerk, upload):
    b"".join(clerk.get(f"/desk/uploads/{upload.pk}/result").streaming_content)
    clerk.post(page(upload, "invite"))
    said = text(clerk.get(page(upload, "invitations"), headers={"Accept-Language": "en"}))
    assert (said.count('class="slip"'), said.count("slip-name")) == (1, 0)


def test_file_without_gaps_says_so(clerk, employer):
    said = text(clerk.get(page(ingest(employer, [wage(1)])), headers={"Accept-Language": "en"}))
    assert "Every row is covered" in said


def test_viewer_sees_figures_and_makes_no_invitation(employer, upload):
    viewer = signed_in(make_person("viewer", employer.pk))
    assert "Make the sheet" not in text(viewer.get(page(upload), headers={"Accept-Language": "en"}))
    assert [
        viewer.post(page(upload, "invite")).status_code,
        viewer.get(page(upload, "invitations")).status_code,
    ] == [403, 403]


def test_another_organisations_file_is_not_there(upload):
    stranger = signed_in(make_person("clerk", make_furnisher().pk))
    assert [stranger.get(page(upload)).status_code, stranger.post(page(upload, "invite")).status_code] == [
        404,
        404,
    ]


def test_invitation_can_be_shown_and_taken_back(clerk, upload):
    clerk.post(page(upload, "invite"))
    made = Invitation.objects.get()
    assert made.code in text(clerk.get("/desk/invitations"))
    assert "<svg" in text(clerk.get(f"/desk/invitations/{made.pk}"))
    clerk.post(f"/desk/invitations/{made.pk}/revoke")
    made.refresh_from_db()
    assert made.revoked_at is not None
    assert clerk.get(f"/desk/invitations/{made.pk}").status_code == 404
    assert Consent.objects.filter(how="self_service").count() == 0


def test_another_organisations_invitation_is_not_there(clerk, upload):
    clerk.post(page(upload, "invite"))
    made = Invitation.objects.get()
    stranger = signed_in(make_person("clerk", make_furnisher().pk))
    assert [
        stranger.get(f"/desk/invitations/{made.pk}").status_code,
        stranger.post(f"/desk/invitations/{made.pk}/revoke").status_code,
    ] == [404, 404]
    assert Invitation.objects.filter(revoked_at__isnull=True, ends_at__gt=timezone.now()).count() == 1
