"""Records and consents sent singly, and the catalogue they are told by."""

import io
from datetime import date

import pytest
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from consent.models import Consent
from ingest.mapping import guess
from ingest.readers import read
from ingest.results.blank import SHEETS
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


TEMPLATES = [(type, language) for type in sorted(RECORD_TYPES) for language in ("zh-hans", "en")]


@pytest.mark.parametrize(("type", "language"), TEMPLATES)
def test_every_template_is_understood_when_it_comes_back(machine, type, language):
    table, mapping = filled_in(machine, type, language)
    wanted = {*RECORD_TYPES[type].fields, *IDENTITY_FIELDS, *CONSENT_FIELDS}
    assert (mapping.problems, set(mapping.fields)) == ((), wanted)
    assert len(list(table.rows)) == 1


@pytest.mark.parametrize(("type", "language"), TEMPLATES)
def test_every_templates_example_is_a_row_without_fault(machine, type, language):
    table, mapping = filled_in(machine, type, language)
    checked = validate(list(table.rows), mapping=mapping, number_policy="refuse", today=date(2026, 11, 24))
    assert [(row.errors, row.warnings) for row in checked] == [((), ())]
    assert set(checked[0].record) >= set(RECORD_TYPES[type].fields)


@pytest.mark.parametrize(("type", "language"), TEMPLATES)
def test_every_word_of_a_templates_lists_is_understood(machine, type, language):
    fields = {**IDENTITY_FIELDS, **RECORD_TYPES[type].fields, **CONSENT_FIELDS}
    book = template(machine, type, language)
    lists = book[SHEETS["zh" if language == "zh-hans" else "en"][3]]
    for place, field in enumerate(fields.values(), 1):
        words = [cell.value for (cell,) in lists.iter_rows(min_col=place, max_col=place) if cell.value]
        assert len({str(field.kind.read(word)) for word in words}) == len(words)


def filled_in(machine, type, language):
    """The type's template with its example among the rows, read and mapped as an upload is."""
    book = template(machine, type, language)
    data, example, *_ = book.worksheets
    data.append([cell.value for cell in list(example.iter_rows())[1]])
    filled = io.BytesIO()
    book.save(filled)
    filled.seek(0)
    table = read(filled, filename="x.xlsx")
    return table, guess(table.columns, record_type=type, furnisher_kind=None)


def template(machine, type, language):
    answer = machine.get(
        f"/api/v1/catalogue/templates/{type}.xlsx",
        **{"Accept": "application/octet-stream", "Accept-Language": language},
    )
    return load_workbook(io.BytesIO(answer.content))


@pytest.mark.parametrize(("language", "word"), [("zh-hans", "租赁住房"), ("en", "Rented")])
def test_template_lists_the_words_of_its_language(machine, language, word):
    book = template(machine, "residence", language)
    data, _example, _notes, lists = book.worksheets
    lists_of = {str(c.sqref): c.formula1 for c in data.data_validations.dataValidation if c.type == "list"}
    column = 1 + [cell.value for cell in data[1]].index(next(c.value for c in data[1] if "住房" in c.value))
    letter = get_column_letter(column)
    assert lists_of[f"{letter}2:{letter}5000"].startswith(f"'{lists.title}'!${letter}$1")
    assert word in [cell.value for (cell,) in lists.iter_rows(min_col=column, max_col=column)]
    assert lists.sheet_state == "hidden"


@pytest.mark.parametrize(
    ("language", "hint"), [("zh-hans", "例如:2024-05-20"), ("en", "For example: 2024-05-20")]
)
def test_templates_column_tells_its_example(machine, language, hint):
    data = template(machine, "residence", language).worksheets[0]
    assert any(hint in (choice.prompt or "") for choice in data.data_validations.dataValidation)


def test_template_of_no_type_is_not_there(machine):
    assert machine.get("/api/v1/catalogue/templates/gossip.xlsx").status_code == 404
