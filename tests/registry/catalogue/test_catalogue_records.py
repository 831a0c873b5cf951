"""Record types: one declaration yields parsing, schema, time, natural key and what is negative."""

from datetime import date

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.catalogue import ISSUE_CODES, RECORD_TYPES, Issue, jurisdiction

EXAMPLES = {
    code: {name: field.example for name, field in record_type.fields.items()}
    for code, record_type in RECORD_TYPES.items()
}
TODAY = date(2026, 11, 24)


def issues_of(code: str, fields: dict[str, str], today: date | None = TODAY) -> list[Issue]:
    return RECORD_TYPES[code].parse(fields, today=today)[1]


def test_catalogue_holds_the_domains_types_and_fields():
    assert {code: list(record_type.fields) for code, record_type in RECORD_TYPES.items()} == {
        "residence": [
            "resident_since",
            "reason",
            "household_registration",
            "registration_date",
            "housing",
            "household_size",
        ],
        "participation": ["period", "activity", "hours", "points"],
        "employment": ["start", "end", "end_reason", "employer_code", "occupation", "industry", "contract"],
        "wage": ["month", "gross", "net", "currency", "due_on", "paid_on"],
        "social_insurance": ["month", "schemes", "paid", "base", "currency"],
        "housing_fund": ["month", "paid", "base", "currency"],
        "platform_work": ["month", "active_days", "gross", "jobs", "currency"],
        "account": ["service", "opened_on", "closed_on", "holder"],
        "bill": ["service", "period", "amount_due", "currency", "due_on", "paid_on", "amount_paid", "status"],
        "tradeline": [
            "product",
            "opened_on",
            "month",
            "status",
            "days_past_due",
            "credit_limit",
            "balance",
            "currency",
        ],
    }


@pytest.mark.parametrize("code", RECORD_TYPES)
def test_every_fields_example_is_read_without_a_fault(code):
    record, issues = RECORD_TYPES[code].parse(EXAMPLES[code], today=TODAY)
    assert issues == []
    assert set(record) >= set(EXAMPLES[code])


@pytest.mark.parametrize("code", RECORD_TYPES)
def test_record_read_again_is_unchanged(code):
    record_type = RECORD_TYPES[code]
    record, _ = record_type.parse(EXAMPLES[code])
    cells = {
        name: ",".join(value) if isinstance(value, list) else str(value) for name, value in record.items()
    }
    assert record_type.parse(cells) == (record, [])


@pytest.mark.parametrize("code", RECORD_TYPES)
def test_schema_is_valid_and_accepts_what_is_parsed(code):
    schema = RECORD_TYPES[code].schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    record, _ = RECORD_TYPES[code].parse(EXAMPLES[code])
    jsonschema.Draft202012Validator(schema).validate(record)


@pytest.mark.parametrize("code", RECORD_TYPES)
def test_schema_refuses_unknown_fields(code):
    record, _ = RECORD_TYPES[code].parse(EXAMPLES[code])
    faults = list(
        jsonschema.Draft202012Validator(RECORD_TYPES[code].schema()).iter_errors(record | {"blood": "A"})
    )
    assert [fault.validator for fault in faults] == ["additionalProperties"]


@pytest.mark.parametrize("code", RECORD_TYPES)
def test_empty_row_names_every_required_field(code):
    record_type = RECORD_TYPES[code]
    assert issues_of(code, {}) == [Issue("required", name) for name in record_type.required]


def test_schema_carries_labels_units_and_synonyms():
    properties = RECORD_TYPES["bill"].schema()["properties"]
    assert properties["amount_due"]["x-title-zh"] == "应缴金额"
    assert properties["amount_due"]["x-unit"] == "currency"
    assert "自来水" in properties["service"]["x-labels"]["water"]["also"]


def test_wage_as_a_clerk_writes_it():
    record, issues = RECORD_TYPES["wage"].parse(
        {
            "month": "2026年3月",
            "gross": "¥8,650.1",
            "net": "７４２０．３５",
            "paid_on": "2026/4/10",
            "note": "ignored",
        }
    )
    assert issues == []
    assert record == {
        "month": "2026-03",
        "gross": "8650.10",
        "net": "7420.35",
        "currency": "CNY",
        "paid_on": "2026-04-10",
    }


def test_all_faults_of_a_record_are_named_with_those_between_fields():
    fields = {
        "service": "茶水",
        "period": "2026-3",
        "amount_due": "80",
        "amount_paid": "90",
        "status": "未缴",
        "due_on": "2026-02-30",
        "paid_on": "2027-01-01",
    }
    record, issues = RECORD_TYPES["bill"].parse(fields, today=TODAY)
    assert sorted(issues) == [
        Issue("date_impossible", "due_on"),
        Issue("date_in_future", "paid_on"),
        Issue("not_in_list", "service"),
        Issue("status_inconsistent", "status"),
    ]
    assert record["amount_due"] == "80.00"


def test_issues_never_hold_the_value():
    issues = issues_of("wage", {"month": "secret-month", "gross": "secret-amount"})
    assert "secret" not in repr(issues)


def test_day_ahead_is_allowed_only_where_it_makes_sense():
    future = {"month": "2026-11", "gross": "1", "due_on": "2026-12-10", "paid_on": "2026-12-10"}
    assert issues_of("wage", future) == [Issue("date_in_future", "paid_on")]
    assert issues_of("wage", {"month": "2026-12", "gross": "1"}) == [Issue("date_in_future", "month")]
    assert issues_of("wage", {"month": "2026-11", "gross": "1"}) == []


def test_net_above_gross_only_warns():
    assert issues_of("wage", {"month": "2026-03", "gross": "1", "net": "2"}) == [
        Issue("amounts_inconsistent", "net", warning=True)
    ]


def test_end_before_start_is_out_of_order():
    assert issues_of("employment", {"start": "2026-03-01", "end": "2026-02-01"}) == [
        Issue("dates_out_of_order", "end")
    ]


def test_end_that_is_still_open_is_absent():
    record, issues = RECORD_TYPES["employment"].parse({"start": "2026-03-01", "end": "至今"})
    assert (record, issues) == ({"start": "2026-03-01"}, [])


def test_local_registration_contradicts_registration_elsewhere():
    fields = {
        "resident_since": "2024-01-01",
        "household_registration": "外地",
        "registration_date": "2024-02-01",
    }
    assert issues_of("residence", fields) == [Issue("status_inconsistent", "registration_date")]


@pytest.mark.parametrize(
    ("text", "schemes"),
    [
        ("五险", ["pension", "medical", "unemployment", "injury", "maternity"]),
        ("养老、医疗", ["pension", "medical"]),
        ("失业保险;养老", ["pension", "unemployment"]),
        ("medical", ["medical"]),
        ("ALL", ["pension", "medical", "unemployment", "injury", "maternity"]),
    ],
)
def test_schemes_as_clerks_write_them(text, schemes):
    record, issues = RECORD_TYPES["social_insurance"].parse(
        {"month": "202603", "schemes": text, "paid": "是"}
    )
    assert (record["schemes"], issues) == (schemes, [])


def test_unpaid_insurance_is_told_as_such():
    record, _ = RECORD_TYPES["housing_fund"].parse({"month": "2026-03", "paid": "无"})
    assert record["paid"] is False


def bill(**fields: str) -> dict:
    record, issues = RECORD_TYPES["bill"].parse(
        {"service": "水", "period": "2026-03", "amount_due": "80"} | fields
    )
    assert issues == []
    return record


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"amount_paid": "80"}, "paid"),
        ({"amount_paid": "20"}, "partial"),
        ({"amount_paid": "0"}, "unpaid"),
        ({"paid_on": "2026-04-01"}, "paid"),
        ({"status": "核销", "amount_paid": "20"}, "written_off"),
        ({}, None),
    ],
)
def test_bill_says_how_far_it_is_settled(fields, status):
    assert bill(**fields).get("status") == status


@pytest.mark.parametrize(
    ("fields", "negative", "ended"),
    [
        ({"due_on": "2026-04-20", "paid_on": "2026-04-20"}, False, date(2026, 4, 20)),
        ({"due_on": "2026-04-20", "paid_on": "2026-04-21"}, True, date(2026, 4, 21)),
        ({"due_on": "2026-04-20", "status": "未缴"}, True, None),
        ({"due_on": "2026-04-20", "amount_paid": "20"}, True, None),
        ({"status": "核销"}, True, date(2026, 3, 31)),
        ({}, False, None),
    ],
)
def test_bill_speaks_against_the_resident_only_when_late(fields, negative, ended):
    record = bill(**fields)
    assert RECORD_TYPES["bill"].negative(record) is negative
    assert RECORD_TYPES["bill"].event_end(record) == ended


def test_unpaid_bill_is_not_negative_before_its_due_day_has_passed():
    record = bill(due_on="2026-04-20", status="未缴")
    assert not RECORD_TYPES["bill"].negative(record, on=date(2026, 4, 20))
    assert RECORD_TYPES["bill"].negative(record, on=date(2026, 4, 21))


def tradeline(**fields: str) -> dict:
    base = {
        "product": "消费贷",
        "opened_on": "2025-07-01",
        "month": "2026-02",
        "status": "正常",
        "days_past_due": "0",
    }
    record, issues = RECORD_TYPES["tradeline"].parse(base | fields)
    assert issues == []
    return record


def test_tradeline_past_due_is_negative_until_its_months_end():
    late, fine = tradeline(status="逾期", days_past_due="31"), tradeline()
    assert RECORD_TYPES["tradeline"].negative(late)
    assert RECORD_TYPES["tradeline"].event_end(late) == date(2026, 2, 28)
    assert not RECORD_TYPES["tradeline"].negative(fine)
    assert RECORD_TYPES["tradeline"].event_end(fine) is None


def test_tradeline_status_must_agree_with_its_days():
    fields = {
        "product": "房贷",
        "opened_on": "2025-07-01",
        "month": "2025-06",
        "status": "正常",
        "days_past_due": "5",
    }
    assert issues_of("tradeline", fields) == [
        Issue("dates_out_of_order", "month"),
        Issue("status_inconsistent", "days_past_due"),
    ]


def test_wages_are_never_negative():
    assert not RECORD_TYPES["wage"].negative({"month": "2026-03", "gross": "0.00"}, on=TODAY)


def test_record_stands_in_its_month():
    assert RECORD_TYPES["wage"].period_of({"month": "2026-03"}) == "2026-03"
    assert RECORD_TYPES["residence"].period_of({"resident_since": "2024-05-20"}) == "2024-05"


def test_natural_key_tells_the_same_record_again():
    insurance = RECORD_TYPES["social_insurance"]
    first, _ = insurance.parse({"month": "2026-03", "schemes": "医疗、养老", "paid": "否"})
    again, _ = insurance.parse({"month": "2026年3月", "schemes": "养老,医疗", "paid": "是", "base": "6000"})
    other, _ = insurance.parse({"month": "2026-03", "schemes": "工伤", "paid": "是"})
    assert (
        insurance.natural_values(first) == insurance.natural_values(again) == ("2026-03", "pension,medical")
    )
    assert insurance.natural_values(other) != insurance.natural_values(first)


@pytest.mark.parametrize("code", RECORD_TYPES)
def test_category_and_furnishers_are_known_to_the_jurisdiction(code):
    record_type, rules = RECORD_TYPES[code], jurisdiction("CN")
    assert record_type.category in rules.categories
    assert all(code in rules.record_types_of(kind) for kind in record_type.furnishers)


CELLS = st.one_of(
    st.text(max_size=30), st.sampled_from(["2026-03", "是", "80", "水费", "正常", "2026-02-30", "-5", "1E+9"])
)


@pytest.mark.parametrize("code", RECORD_TYPES)
@settings(deadline=None)
@given(data=st.data())
def test_any_cells_give_a_valid_record_or_known_issues(code, data):
    record_type = RECORD_TYPES[code]
    fields = data.draw(st.dictionaries(st.sampled_from(sorted(record_type.fields)), CELLS))
    record, issues = record_type.parse(fields, today=TODAY)
    assert {issue.code for issue in issues} <= ISSUE_CODES
    assert {issue.field for issue in issues} <= record_type.fields.keys()
    if not [issue for issue in issues if not issue.warning]:
        jsonschema.Draft202012Validator(record_type.schema()).validate(record)
