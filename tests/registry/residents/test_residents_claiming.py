"""Claiming, freezing, addressing: what a resident does about themselves."""

from uuid import UUID, uuid4

import pytest
from django.db import transaction

from registry import residents
from registry.errors import Conflict, NotFound
from registry.models import Identifier, Identity, LedgerEntry, Resident
from registry.residents import ClaimRefused
from tests.factories import residents as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def who() -> UUID:
    return make.make_resident(1)


def claim(**changes: str) -> UUID:
    person = make.person(1)
    said = {"mobile": person["mobile"], "name": person["name"], "document": person["id_number"]} | changes
    return residents.claim(**said, by=make.BY, method="sms", at=make.AT)


def test_claim_makes_the_resident_active_with_an_account(who: UUID) -> None:
    assert claim() == who
    resident = Resident.objects.get(id=who)
    assert (resident.status, resident.claimed_at) == ("active", make.AT)
    assert residents.claimant(mobile=make.person(1)["mobile"]) == who
    assert list(Identity.objects.values_list("resident", flat=True)) == [who, who]
    entry = LedgerEntry.objects.get(event="resident_claimed")
    assert entry.subject == who
    assert '"details":{"assisted":false,"method":"sms"}' in entry.body


@pytest.mark.parametrize(
    "said",
    [
        {"mobile": f"+86 {make.person(1)['mobile'][:3]}-{make.person(1)['mobile'][3:]}"},
        {"document": make.number_of(1).lower()},
        {"document": f"{make.number_of(1)[:6]} {make.number_of(1)[6:]}"},
        {"name": "ZHANG FANGWEI"},
    ],
)
def test_claim_takes_details_as_people_write_them(said: dict[str, str]) -> None:
    who = make.make_resident(1, name="张芳伟")
    assert claim(**{"name": "张芳伟"} | said) == who


@pytest.mark.parametrize(
    "said",
    [
        {"mobile": "13900001111"},
        {"mobile": ""},
        {"name": "欧阳修"},
        {"name": ""},
        {"document": make.number_of(2)},
        {"document": make.number_of(1)[-4:]},
        {"document": make.number_of(1)[:-1] + ("0" if make.number_of(1)[-1] != "0" else "1")},
        {"document": ""},
    ],
)
def test_claim_with_one_detail_of_another_is_refused_in_one_way(who: UUID, said: dict[str, str]) -> None:
    with pytest.raises(ClaimRefused) as refused:
        claim(**said)
    assert (refused.value.code, refused.value.context) == ("claim_refused", {})
    assert Resident.objects.get(id=who).status == "unclaimed"
    assert LedgerEntry.objects.filter(event="resident_claimed").count() == 0
    assert residents.claimant(mobile=make.person(1)["mobile"]) is None


def test_claim_by_passport() -> None:
    who = make.make_resident(1, id_number="", passport="E12345678")
    assert claim(document="e1234 5678") == who


def test_details_of_two_furnishers_together_make_a_claim() -> None:
    """The community knows number and name, the utility name and mobile of the same person."""
    who = make.make_resident(1, mobile="", birth_date="")
    make.keep(make.person(1))
    assert claim() == who


def test_mobile_that_one_furnisher_names_against_another_makes_no_claim(who: UUID) -> None:
    """A clerk who knows somebody's number and name must not be able to add a telephone and take over."""
    make.keep(make.person(1, mobile="13900001111"))
    for mobile in ("13900001111", make.person(1)["mobile"]):
        with pytest.raises(ClaimRefused):
            claim(mobile=mobile)


def test_mobile_that_two_furnishers_name_makes_a_claim_whatever_a_third_says(who: UUID) -> None:
    make.keep(make.person(1, birth_date="1990-01-01"))
    make.keep(make.person(1, mobile="13900001111"))
    with pytest.raises(ClaimRefused):
        claim(mobile="13900001111")
    assert claim() == who


def test_new_mobile_of_the_only_furnisher_makes_a_claim() -> None:
    furnisher = make.make_organisation().id
    who = make.keep(make.person(1), organisation=furnisher)[0].resident
    make.keep(make.person(1, mobile="13900001111"), organisation=furnisher)
    assert claim(mobile="13900001111") == who


class TestSquatting:
    """Somebody's number stands under another name first; the person's own row is held for review."""

    @pytest.fixture
    def squatter(self) -> UUID:
        return make.make_resident(2, id_number=make.number_of(1))

    @pytest.fixture
    def herself(self, squatter: UUID) -> UUID:
        found = make.keep(make.person(1))[0]
        assert (found.decision, found.is_new) == ("review", True)
        return found.resident

    def test_number_named_under_another_name_first_does_not_bar_the_claim(
        self, squatter: UUID, herself: UUID
    ) -> None:
        assert claim() == herself
        assert residents.claimant(mobile=make.person(1)["mobile"]) == herself
        assert Resident.objects.get(id=squatter).status == "unclaimed"

    @pytest.mark.parametrize("field", ["name", "mobile"])
    def test_details_that_agree_with_two_people_in_part_are_refused(self, herself: UUID, field: str) -> None:
        with pytest.raises(ClaimRefused) as refused:
            claim(**{field: make.person(2)[field]})
        assert (refused.value.code, refused.value.context) == ("claim_refused", {})
        assert set(Resident.objects.values_list("status", flat=True)) == {"unclaimed"}

    def test_details_that_agree_with_two_people_are_refused(self, squatter: UUID, herself: UUID) -> None:
        """Somebody of her name and mobile was merged with the squatter: who is who, a person must say."""
        other = make.make_resident(1, id_number=make.number_of(3))
        make.keep(make.person(1, id_number=make.number_of(3), address="苏州市姑苏区桂花新村8号"))
        act = residents.merge(resident=other, into=squatter, by=make.BY, reasons=["same_person"], at=make.AT)
        with pytest.raises(ClaimRefused):
            claim()
        residents.split(merge_id=act, by=make.BY, at=make.AT)
        assert claim() == herself

    def test_person_merged_with_the_squatter_claims_as_one(self, squatter: UUID, herself: UUID) -> None:
        """A merge by review: the number's owner of old holds the account."""
        residents.merge(resident=herself, into=squatter, by=make.BY, reasons=["same_person"], at=make.AT)
        make.keep(make.person(1, birth_date="1990-01-01"))
        assert residents.root_of([claim()]).popitem()[1] == squatter


def test_second_claim_of_one_person_is_refused(who: UUID) -> None:
    claim()
    with pytest.raises(ClaimRefused):
        claim()
    assert LedgerEntry.objects.filter(event="resident_claimed").count() == 1


def test_mobile_of_another_account_makes_no_second_one(who: UUID) -> None:
    claim()
    make.make_resident(2, mobile=make.person(1)["mobile"])
    with pytest.raises(ClaimRefused):
        claim(name=make.person(2)["name"], document=make.person(2)["id_number"])


def test_claim_of_an_erased_person_is_refused(who: UUID) -> None:
    residents.erase(resident=who, by=make.BY, reason="resident_asked", at=make.AT)
    with pytest.raises(ClaimRefused):
        claim()


def test_claim_without_its_entry_leaves_no_account(who: UUID, refusing_ledger: None) -> None:
    with pytest.raises(Exception, match="append-only"), transaction.atomic():
        claim()
    assert Resident.objects.get(id=who).status == "unclaimed"
    assert Identifier.objects.filter(kind="sign_in").count() == 0


def test_mobile_to_sign_in_is_another_digest_than_the_mobile_for_linking(who: UUID) -> None:
    mobile = make.person(1)["mobile"]
    assert residents.mobile_digest(f"0086{mobile}") == residents.mobile_digest(mobile)
    assert residents.mobile_digest(mobile) != bytes(Identifier.objects.get(kind="mobile").digest)


def test_contact_of_a_claimed_resident_is_the_proven_mobile(who: UUID) -> None:
    claim()
    make.keep(make.person(1, mobile="13700000001"))
    assert residents.contact(resident=who) == make.person(1)["mobile"]


def test_contacts_are_found_for_many_at_once(who: UUID) -> None:
    other, silent = make.make_resident(2), make.make_resident(3, mobile="")
    assert residents.contacts(residents=[who, other, silent]) == {
        who: make.person(1)["mobile"],
        other: make.person(2)["mobile"],
    }


def test_display_name_of_nobody_is_empty() -> None:
    assert residents.display_name(resident=uuid4()) == ""


class TestFreezing:
    def test_freeze_and_unfreeze_turn_the_standing_with_an_entry_each(self) -> None:
        who = make.make_account(1)
        residents.freeze(resident=who, by=f"resident:{who}", at=make.AT)
        assert Resident.objects.get(id=who).status == "frozen"
        residents.unfreeze(resident=who, by=f"resident:{who}", at=make.AT)
        assert Resident.objects.get(id=who).status == "active"
        events = LedgerEntry.objects.order_by("id").values_list("event", "subject")
        assert list(events)[-2:] == [("resident_frozen", who), ("resident_unfrozen", who)]

    def test_freeze_of_the_frozen_and_of_the_unclaimed_is_a_conflict(self, who: UUID) -> None:
        with pytest.raises(Conflict):
            residents.freeze(resident=who, by=make.BY, at=make.AT)
        claim()
        residents.freeze(resident=who, by=make.BY, at=make.AT)
        with pytest.raises(Conflict):
            residents.freeze(resident=who, by=make.BY, at=make.AT)

    def test_unfreeze_of_the_active_is_a_conflict(self) -> None:
        who = make.make_account(1)
        with pytest.raises(Conflict):
            residents.unfreeze(resident=who, by=make.BY, at=make.AT)

    def test_freeze_of_nobody_is_not_found(self) -> None:
        with pytest.raises(NotFound):
            residents.freeze(resident=uuid4(), by=make.BY, at=make.AT)

    def test_freeze_without_its_entry_changes_nothing(self, refusing_ledger: None) -> None:
        """The account is made past the ledger, which takes no entry any more."""
        who = Resident.objects.create(status="active", claimed_at=make.AT).id
        with pytest.raises(Exception, match="append-only"), transaction.atomic():
            residents.freeze(resident=who, by=make.BY, at=make.AT)
        assert Resident.objects.get(id=who).status == "active"


class TestAsking:
    """The person a lender describes."""

    @pytest.mark.parametrize(
        ("said", "level"),
        [
            ({}, "full"),
            ({"mobile": "13900001111"}, "full"),
            ({"name": "欧阳修"}, "document"),
            ({"name": ""}, "document"),
            ({"id_number": ""}, "mobile"),
            ({"id_number": "", "name": ""}, "none"),
            ({"id_number": "", "name": "欧阳修"}, "none"),
            ({"id_number": make.number_of(1)[-4:]}, "mobile"),
            ({"id_number": make.number_of(2), "mobile": "", "name": ""}, "none"),
        ],
    )
    def test_match_level_says_how_much_fits(self, who: UUID, said: dict[str, str], level: str) -> None:
        request = uuid4()
        sealed = residents.seal_asked(request=request, identity=make.person(1, **said))
        assert residents.match_level(request=request, sealed=sealed, resident=who) == level

    def test_match_level_of_somebody_else_is_none(self, who: UUID) -> None:
        request = uuid4()
        sealed = residents.seal_asked(request=request, identity=make.person(2))
        assert residents.match_level(request=request, sealed=sealed, resident=who) == "none"

    def test_asked_digest_is_the_same_for_the_same_document(self) -> None:
        digest = residents.asked_digest(make.person(1))
        assert digest == residents.asked_digest({"id_number": make.number_of(1), "name": "欧阳修"})
        assert digest != residents.asked_digest(make.person(2))

    @pytest.mark.parametrize("said", [{}, {"mobile": "13900001111"}, {"id_number": ""}])
    def test_asked_digest_is_among_those_of_who_is_meant(self, who: UUID, said: dict[str, str]) -> None:
        other = make.make_resident(2)
        digest = residents.asked_digest(make.person(1, **said))
        assert digest in residents.asked_digests(resident=who)
        assert digest not in residents.asked_digests(resident=other)

    def test_asked_digest_without_document_is_of_name_and_mobile(self) -> None:
        said = make.person(1, id_number="")
        assert residents.asked_digest(said) == residents.asked_digest(said | {"address": "苏州"})
        assert residents.asked_digest(said) != residents.asked_digest(said | {"mobile": "13900001111"})
