"""Records and consents sent singly, and the catalogue they are told by."""

import io
from datetime import date

import pytest
from openpyxl import load_workbook

from consent.models import Consent
from ingest.mapping import guess
from ingest.readers import read
from ingest.validation import validate
from registry.catalogue import CONSENT_FIELDS, IDENTITY_FIELDS, RECORD_TYPES
from registry.models import Identity, Record, Resident
from tests.factories.uploads import evidence, person, wage

pytestmark = pytest.mark.django_db


def batch(machine, *records, type="wage"):
    return machine.post("/api/v1/records:batch", {"type": type, "records": list(records)})


def attest(machine, *consents):
    return machine.post("/api/v1/consents", {"consents": list(consents)})


def consent(number, **changes):
    said = {name.removeprefix("consent_"): value for name, value in evidence(number).items()}
    said |= {"categories": ["income", "identity"], "separate": ["income"], "method": "paper_form"}
    return person(number) | said | changes


def outcomes(answer):
    return [
        (one["outcome"], [(fault["code"], fault["field"]) for fault in one["errors"]])
        for one in answer.json()["results"]
    ]


def test_each_record_has_an_outcome_of_its_own(machine):
    answer = batch(machine, wage(1), wage(2, signed=False), wage(3) | {"gross": "much"})
    assert answer.status_code == 200
    assert outcomes(answer) == [
        ("accepted", []),
        ("refused", [("consent_missing", "")]),
        ("refused", [("amount_format", "gross")]),
    ]
    assert (Record.objects.count(), Resident.objects.count()) == (1, 1)


def test_same_record_again_changes_nothing(machine):
    batch(machine, wage(1))
    assert outcomes(batch(machine, wage(1), wage(1, gross="9000.00"))) == [
        ("unchanged", []),
        ("corrected", []),
    ]


def test_numbers_keep_their_digits_as_written(machine):
    body = '{{"type": "wage", "records": [{}]}}'.format(
        __import__("json").dumps(wage(1)).replace('"6500.00"', "6500.10")
    )
    answer = machine.client.post(
        "/api/v1/records:batch", body, content_type="application/json", headers=machine.headers
    )
    assert outcomes(answer) == [("accepted", [])]


@pytest.mark.parametrize(
    ("record", "fault"),
    [
        ({"name": {"first": "x"}}, ("json_nested", "name")),
        ({"nickname": "x"}, ("json_unknown_key", "")),
    ],
)
def test_odd_records_are_refused(machine, record, fault):
    assert outcomes(batch(machine, record)) == [("refused", [fault])]


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"type": "wage"},
        {"type": "wage", "records": []},
        {"type": "wage", "records": [1]},
        {"type": "wage", "records": [{}] * 1001},
        {"type": "gossip", "records": [{}]},
        {"records": [{}]},
    ],
)
def test_odd_batches_are_refused(machine, body):
    assert machine.post("/api/v1/records:batch", body).status_code == 422


def test_forbidden_data_refuse_the_whole_batch(machine):
    answer = batch(machine, wage(1), wage(2) | {"religion": "x"})
    assert (answer.status_code, answer.json()["code"]) == (422, "forbidden_column")
    assert Record.objects.count() == 0


def test_body_that_is_no_json_is_malformed(machine):
    answer = machine.client.post(
        "/api/v1/records:batch", "{", content_type="application/json", headers=machine.headers
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")


def test_attested_consent_lets_records_in(machine):
    answer = attest(machine, consent(1))
    assert outcomes(answer) == [("granted", [])]
    assert answer.json()["results"][0]["consent_id"] == str(Consent.objects.get().id)
    assert outcomes(batch(machine, wage(1, signed=False))) == [("accepted", [])]


def test_same_consent_again_is_the_one_on_file(machine):
    first, second = attest(machine, consent(1)), attest(machine, consent(1))
    assert first.json() == second.json()
    assert Consent.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"document_sha256": ""}, ("consent_evidence_incomplete", "document_sha256")),
        ({"document_sha256": "abc"}, ("digest_format", "document_sha256")),
        ({"separate": []}, ("separate_consent_missing", "separate")),
        ({"categories": []}, ("category_unknown", "categories")),
        ({"categories": ["gossip"]}, ("category_unknown", "categories")),
        ({"categories": ["utility_payments"]}, ("category_not_licensed", "categories")),
        ({"signed_on": "2100-12-31"}, ("date_in_future", "signed_on")),
        ({"until": "2020-01-01", "signed_on": "2019-01-01"}, ("consent_withdrawn", "until")),
        ({"name": ""}, ("identity_insufficient", "name")),
        ({"method": "telepathy"}, ("not_in_list", "method")),
        ({"colour": "red"}, ("json_unknown_key", "")),
    ],
)
def test_faulty_consent_is_refused_and_leaves_nothing(machine, changes, fault):
    assert fault in outcomes(attest(machine, consent(1, **changes)))[0][1]
    assert (Consent.objects.count(), Identity.objects.count()) == (0, 0)


def test_reference_of_another_person_is_refused(machine):
    attest(machine, consent(1))
    answer = attest(machine, consent(2, reference="SQ-1"))
    assert outcomes(answer) == [("refused", [("identity_mismatch", "reference")])]
    assert Resident.objects.count() == 1


def test_consents_need_their_own_scope(make_machine):
    assert attest(make_machine("employer", "uploads"), consent(1)).status_code == 403


def test_catalogue_holds_every_type_as_json_schema(machine):
    told = machine.get("/api/v1/catalogue").json()
    assert set(told["record_types"]) == set(RECORD_TYPES)
    assert set(told["identity"]) == set(IDENTITY_FIELDS)
    assert set(told["consent"]) == set(CONSENT_FIELDS)
    assert told["categories"]["income"]["separate_consent"] is True


@pytest.mark.parametrize("type", sorted(RECORD_TYPES))
def test_every_template_is_understood_when_it_comes_back(machine, type):
    table, mapping = filled_in(machine, type)
    wanted = {*RECORD_TYPES[type].fields, *IDENTITY_FIELDS, *CONSENT_FIELDS}
    assert (mapping.problems, set(mapping.fields)) == ((), wanted)
    assert len(list(table.rows)) == 1


@pytest.mark.parametrize("type", sorted(RECORD_TYPES))
def test_every_templates_example_is_a_row_without_fault(machine, type):
    table, mapping = filled_in(machine, type)
    checked = validate(list(table.rows), mapping=mapping, number_policy="refuse", today=date(2026, 11, 24))
    assert [(row.errors, row.warnings) for row in checked] == [((), ())]
    assert set(checked[0].record) >= set(RECORD_TYPES[type].fields)


def filled_in(machine, type):
    """The type's template with its example among the rows, read and mapped as an upload is."""
    answer = machine.get(f"/api/v1/catalogue/templates/{type}.xlsx", Accept="application/octet-stream")
    book = load_workbook(io.BytesIO(answer.content))
    example = [[cell.value for cell in row] for row in book["示例 Example"].iter_rows()]
    book["数据 Data"].append(example[1])
    filled = io.BytesIO()
    book.save(filled)
    filled.seek(0)
    table = read(filled, filename="x.xlsx")
    return table, guess(table.columns, record_type=type, furnisher_kind=None)


def test_template_lists_the_words_to_choose_from(machine):
    book = load_workbook(io.BytesIO(machine.get("/api/v1/catalogue/templates/residence.xlsx").content))
    lists = {
        str(choice.sqref).split(":")[0][0:2].rstrip("2"): choice.formula1
        for choice in book["数据 Data"].data_validations.dataValidation
    }
    assert lists
    assert book["词表 Lists"].sheet_state == "hidden"


def test_template_of_no_type_is_not_there(machine):
    assert machine.get("/api/v1/catalogue/templates/gossip.xlsx").status_code == 404
