"""Which column is which field: by Chinese and English headers, and what keeps a mapping from being used."""

import pytest

from ingest.errors import ColumnsAmbiguous, ColumnsMissing, ForbiddenColumn, RecordTypeUnknown
from ingest.mapping import Mapping, guess

WAGE = ["姓名", "身份证号码", "工资月份", "应发工资(元)", "实发工资", "发放日期", "备注"]


def fields_of(columns, **options):
    mapping = guess(columns, **{"record_type": "wage", "furnisher_kind": "employer"} | options)
    return dict(zip(mapping.columns, mapping.fields, strict=True))


def test_chinese_headers_are_recognised():
    found = fields_of(WAGE)
    assert [found[name] for name in WAGE[:5]] == ["name", "id_number", "month", "gross", "net"]


def test_english_headers_are_recognised():
    assert list(fields_of(["Name", "Citizen number", "Month", "Gross"]).values()) == [
        "name",
        "id_number",
        "month",
        "gross",
    ]


def test_type_is_found_from_the_columns():
    mapping = guess(WAGE, record_type=None, furnisher_kind="employer")
    assert (mapping.record_type, mapping.usable) == ("wage", True)


def test_column_that_fills_no_field_is_not_used():
    mapping = guess(WAGE, record_type="wage", furnisher_kind="employer")
    assert "备注" in mapping.unmatched
    assert [mapping.columns[place] for place in mapping.used] == [
        c for c in WAGE if c not in mapping.unmatched
    ]


def test_chosen_field_overrules_the_guess():
    found = fields_of([*WAGE, "x"], chosen={"应发工资(元)": "", "x": "gross"})
    assert (found["应发工资(元)"], found["x"]) == ("", "gross")


@pytest.mark.parametrize("column", ["宗教信仰", "血型", "blood type", "Religion", "指纹", "病史"])
def test_forbidden_column_makes_a_mapping_unusable(column):
    with pytest.raises(ForbiddenColumn):
        guess([*WAGE, column], record_type="wage", furnisher_kind="employer").require_usable()


def test_missing_column_is_named():
    with pytest.raises(ColumnsMissing) as caught:
        guess(["姓名", "应发工资"], record_type="wage", furnisher_kind="employer").require_usable()
    assert "month" in caught.value.context["fields"]


def test_two_columns_for_one_field_are_a_doubt():
    with pytest.raises(ColumnsAmbiguous):
        guess(
            ["姓名", "月份", "应发工资", "手机", "手机号码"], record_type="wage", furnisher_kind=None
        ).require_usable()


def test_columns_that_say_nothing_leave_the_type_unknown():
    with pytest.raises(RecordTypeUnknown):
        guess(["a", "b"], record_type=None, furnisher_kind="employer").require_usable()


def test_mapping_survives_being_stored():
    mapping = guess([*WAGE, "血型"], record_type="wage", furnisher_kind="employer")
    assert Mapping.from_json(mapping.to_json()) == mapping


def test_row_is_read_by_field_without_blank_cells():
    mapping = Mapping("wage", ("a", "b", "c"), ("name", "", "month"))
    assert mapping.apply(["张伟", "x", " "]) == {"name": "张伟"}
