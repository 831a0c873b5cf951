"""Who the people of a chunk are, decided on real tables."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from registry import residents
from registry.errors import RegistryError
from registry.models import Identifier, Identity, LedgerEntry, Link, Resident
from registry.residents.candidates import COMMON
from tests.factories import residents as make

pytestmark = pytest.mark.django_db

HOME = "江苏省苏州市工业园区星湖街328号5栋301室"


@pytest.fixture
def furnisher() -> UUID:
    return make.make_organisation().id


def match(*identities: dict[str, str], references: dict[int, UUID] | None = None) -> list[residents.Match]:
    with transaction.atomic():
        return residents.match(
            identities=identities, organisation=None, references=references or {}, at=make.AT
        )


def test_new_person_becomes_a_resident_with_key_identity_and_entry(furnisher: UUID) -> None:
    (found,) = make.keep(make.person(1), organisation=furnisher)
    assert (found.decision, found.is_new, found.known, found.mismatch) == ("new", True, False, False)
    assert found.holder == found.resident == Resident.objects.get().id
    assert Identity.objects.get().organisation_id == furnisher
    entry = LedgerEntry.objects.get()
    assert '"details":{"created":1,"identities":1,"linked":0,"review":0}' in entry.body


def test_match_alone_writes_nothing() -> None:
    match(make.person(1), make.person(2))
    assert Resident.objects.count() == Identity.objects.count() == LedgerEntry.objects.count() == 0


def test_match_outside_a_transaction_is_refused(transactional_db: None) -> None:
    with pytest.raises(RegistryError):
        residents.match(identities=[make.person(1)], organisation=None, references={}, at=make.AT)


def test_one_person_in_many_rows_is_one_resident(furnisher: UUID) -> None:
    found = make.keep(*[make.person(1)] * 5, make.person(2), organisation=furnisher)
    assert len({m.resident for m in found[:5]}) == 1
    assert Resident.objects.count() == Identity.objects.count() == 2


def test_person_in_two_forms_in_one_chunk_is_one_resident(furnisher: UUID) -> None:
    found = make.keep(
        make.person(1), make.person(1, address=HOME, mobile="13911112222"), organisation=furnisher
    )
    assert found[0].resident == found[1].resident
    assert (Resident.objects.count(), Identity.objects.count()) == (1, 2)


def test_same_identity_from_the_same_furnisher_is_known_and_opens_nothing(furnisher: UUID) -> None:
    (first,) = make.keep(make.person(1), organisation=furnisher)
    with CaptureQueriesContext(connection) as queries:
        (again,) = make.keep(make.person(1), organisation=furnisher)
    assert (again.known, again.holder) == (True, first.holder)
    assert Identity.objects.count() == 1
    assert [query["sql"] for query in queries if "sealed" in query["sql"]] == []


def test_person_from_another_furnisher_is_linked(furnisher: UUID) -> None:
    (first,) = make.keep(make.person(1), organisation=furnisher)
    (other,) = make.keep(make.person(1), organisation=make.make_organisation().id)
    assert (other.decision, other.resident, other.is_new) == ("linked", first.resident, False)
    assert list(Link.objects.order_by("id").values_list("decision", flat=True)) == ["new", "linked"]


def test_two_whole_numbers_on_one_mobile_and_name_stay_two_people(furnisher: UUID) -> None:
    make.keep(make.person(1), organisation=furnisher)
    (other,) = make.keep(
        make.person(1, id_number=make.number_of(77)), organisation=make.make_organisation().id
    )
    assert other.is_new
    assert Resident.objects.count() == 2


def test_number_that_two_people_show_stays_with_the_first_and_is_left_for_review(furnisher: UUID) -> None:
    (first,) = make.keep(make.person(1), organisation=furnisher)
    (other,) = make.keep(make.person(2, id_number=make.number_of(1)), organisation=furnisher)
    assert (other.decision, other.doubt, other.is_new) == ("review", first.resident, True)
    assert Identifier.objects.get(kind="id_number", strong=True).resident_id == first.resident
    assert Identifier.objects.get(kind="id_number", strong=False).resident_id == other.resident
    assert Link.objects.get(decision="review").candidate_id == first.resident


def test_two_people_of_one_number_in_one_chunk_are_kept_apart(furnisher: UUID) -> None:
    found = make.keep(make.person(1), make.person(2, id_number=make.number_of(1)), organisation=furnisher)
    assert found[0].resident != found[1].resident
    assert Identifier.objects.get(kind="id_number", strong=True).resident_id == found[0].resident


def test_number_owned_again_after_its_first_row_was_not_kept_is_strong(furnisher: UUID) -> None:
    """The first row has no consent; the second, of the same new person, has."""
    with transaction.atomic():
        found = residents.match(
            identities=[make.person(1), make.person(1, address=HOME)],
            organisation=furnisher,
            references={},
            at=make.AT,
        )
        residents.keep(matches=found[1:], by=make.BY, at=make.AT)
    assert Identifier.objects.get(kind="id_number").strong
    assert Resident.objects.count() == 1


def test_doubt_about_somebody_who_was_not_kept_is_no_doubt(furnisher: UUID) -> None:
    with transaction.atomic():
        found = residents.match(
            identities=[make.person(1), make.person(2, id_number=make.number_of(1))],
            organisation=furnisher,
            references={},
            at=make.AT,
        )
        residents.keep(matches=found[1:], by=make.BY, at=make.AT)
    assert (found[1].decision, Link.objects.get().decision, Link.objects.get().candidate) == (
        "review",
        "new",
        None,
    )


def test_reference_of_the_same_person_links_where_the_details_alone_would_not(furnisher: UUID) -> None:
    (first,) = make.keep(make.person(1), organisation=furnisher)
    (found,) = match({"name": make.person(1)["name"]}, references={0: first.resident})
    assert (found.decision, found.resident, found.mismatch) == ("reference", first.resident, False)


def test_reference_of_somebody_else_is_a_mismatch_and_is_not_kept(furnisher: UUID) -> None:
    first, second = make.keep(make.person(1), make.person(2), organisation=furnisher)
    (found,) = make.keep(
        make.person(1, address=HOME), organisation=furnisher, references={0: second.resident}
    )
    assert (found.mismatch, found.resident) == (True, first.resident)
    assert Identity.objects.count() == 2


def test_known_identity_under_another_persons_reference_is_a_mismatch(furnisher: UUID) -> None:
    _first, second = make.keep(make.person(1), make.person(2), organisation=furnisher)
    (found,) = make.keep(make.person(1), organisation=furnisher, references={0: second.resident})
    assert (found.known, found.mismatch) == (True, True)


def test_reference_of_an_erased_person_says_nothing(furnisher: UUID) -> None:
    gone = make.make_resident(1, organisation=furnisher)
    residents.erase(resident=gone, by=make.BY, reason="resident_asked", at=make.AT)
    (found,) = make.keep(make.person(1), organisation=furnisher, references={0: gone})
    assert (found.decision, found.is_new) == ("new", True)
    assert found.resident != gone


def test_erased_person_is_never_met_again(furnisher: UUID) -> None:
    gone = make.make_resident(1, organisation=furnisher)
    residents.erase(resident=gone, by=make.BY, reason="resident_asked", at=make.AT)
    found = make.keep(make.person(1), make.person(1, address=HOME), organisation=furnisher)
    assert {m.resident for m in found} == {found[0].resident}
    assert found[0].resident != gone


def test_frozen_person_is_met_so_that_no_double_is_made(furnisher: UUID) -> None:
    who = make.make_account(1, organisation=furnisher)
    residents.freeze(resident=who, by=f"resident:{who}", at=make.AT)
    (found,) = make.keep(make.person(1, address=HOME), organisation=make.make_organisation().id)
    assert found.resident == who


def test_keep_for_a_person_erased_meanwhile_raises(furnisher: UUID) -> None:
    gone = make.make_resident(1, organisation=furnisher)
    found = match(make.person(1, address=HOME))
    residents.erase(resident=gone, by=make.BY, reason="resident_asked", at=make.AT)
    with pytest.raises(residents.Overtaken), transaction.atomic():
        residents.keep(matches=found, by=make.BY, at=make.AT)


def test_strong_number_taken_past_the_claims_raises(furnisher: UUID) -> None:
    found = match(make.person(1))
    make.keep(make.person(1), organisation=furnisher)
    with pytest.raises(IntegrityError), transaction.atomic():
        residents.keep(matches=found, by=make.BY, at=make.AT)
    assert Resident.objects.count() == 1


def test_mobile_of_a_whole_dormitory_is_not_followed(furnisher: UUID) -> None:
    office = "15000001234"
    people = [make.person(place, mobile=office) for place in range(COMMON + 5)]
    make.keep(*people, organisation=furnisher)
    (found,) = make.keep(make.person(500, mobile=office), organisation=furnisher)
    assert (found.decision, found.evidence) == ("new", [])
    assert Resident.objects.count() == COMMON + 6


def test_owner_of_a_number_that_many_share_is_still_found(furnisher: UUID) -> None:
    """Numbers that were typed for many people: the owner's row must not be lost among theirs."""
    (owner,) = make.keep(make.person(1), organisation=furnisher)
    others = Resident.objects.bulk_create(Resident() for _ in range(3 * COMMON))
    for held in list(Identifier.objects.filter(resident=owner.resident)):
        Identifier.objects.bulk_create(
            Identifier(resident=other, kind=held.kind, version=1, digest=held.digest) for other in others
        )
    Identifier.objects.filter(resident=owner.resident, strong=False).delete()
    (found,) = make.keep(make.person(1, address=HOME), organisation=make.make_organisation().id)
    assert (found.decision, found.resident) == ("linked", owner.resident)


def test_queries_do_not_grow_with_the_chunk(
    furnisher: UUID, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make.keep(make.person(999), organisation=furnisher)
    counts = []
    for first, size in ((0, 1), (100, 40)):
        with CaptureQueriesContext(connection) as queries:
            make.keep(*(make.person(first + n) for n in range(size)), organisation=furnisher)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_evidence_holds_no_value(furnisher: UUID) -> None:
    make.keep(make.person(1), organisation=furnisher)
    make.keep(make.person(1, address=HOME), organisation=make.make_organisation().id)
    said = str(list(Link.objects.values_list("evidence", flat=True)))
    assert "id_number" in said
    assert [value for value in make.person(1).values() if value in said] == []


def test_identity_without_anything_usable_is_somebody_new_each_time_but_known_by_its_row(
    furnisher: UUID,
) -> None:
    first, second = make.keep({"name": "王伟"}, {"name": "李娜"}, organisation=furnisher)
    (again,) = make.keep({"name": "王伟"}, organisation=furnisher)
    assert first.resident != second.resident
    assert (again.known, again.resident) == (True, first.resident)


def test_identities_made_at_the_same_moment_keep_their_own_seals(furnisher: UUID) -> None:
    who = [make.make_resident(place, organisation=furnisher) for place in range(3)]
    assert [residents.display_name(resident=one) for one in who] == [make.person(n)["name"] for n in range(3)]


def test_contact_is_the_newest_furnished_mobile(furnisher: UUID) -> None:
    who = make.make_resident(1, organisation=furnisher)
    with transaction.atomic():
        later = make.AT + timedelta(days=1)
        found = residents.match(
            identities=[make.person(1, mobile="13700000001")], organisation=furnisher, references={}, at=later
        )
        residents.keep(matches=found, by=make.BY, at=later)
    assert residents.contact(resident=who) == "13700000001"
    assert residents.contact(resident=uuid4()) is None
