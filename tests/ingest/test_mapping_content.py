"""What stands below a header that says nothing: proposed as a field, and never against a clear header."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ingest.errors import ForbiddenColumn
from ingest.mapping import guess
from ingest.mapping.headers import kinds_left_open, named
from registry.catalogue import CONSENT_FIELDS, IDENTITY_FIELDS, RECORD_TYPES
from tests.factories.uploads import person

PEOPLE = [person(number) for number in range(1, 13)]
NAMES = [one["name"] for one in PEOPLE]
NUMBERS = [one["id_number"] for one in PEOPLE]
MOBILES = [one["mobile"] for one in PEOPLE]
MONTHS = ["2026-03"] * len(PEOPLE)
AMOUNTS = [f"{8000 + place}.50" for place in range(len(PEOPLE))]
STREETS = [f"浙江省杭州市余杭区文一西路{place}号{place}幢50{place}室" for place in range(len(PEOPLE))]
SILENT = [
    "列1",
    "备注2",
    "",
    "F3",
    "Column 7",
    "字段12",
    "Unnamed: 4",
    "其他",
    "数据",
    "ext1",
    "B",
    "自定义字段3",
]


def table(**columns):
    """Headers and rows from columns of cells."""
    return list(columns), [list(row) for row in zip(*columns.values(), strict=True)]


def mapped(columns, rows, record_type="wage", kind="employer", **options):
    return guess(columns, record_type=record_type, furnisher_kind=kind, sample=rows, **options)


def field_under(header, cells, **options):
    """The field of one column beside a table of wages that has everything a record needs."""
    columns, rows = table(月份=MONTHS, 应发工资=AMOUNTS)
    rows = [[cell, *row] for cell, row in zip(cells, rows, strict=False)]
    mapping = mapped([header, *columns], rows, **options)
    return mapping.fields[0], mapping.match(0).how


@pytest.mark.parametrize("header", SILENT)
def test_citizen_numbers_are_found_under_a_header_that_says_nothing(header):
    assert field_under(header, NUMBERS) == ("id_number", "content")


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        (NAMES, "name"),
        (MOBILES, "mobile"),
        ([f"+86 {mobile}" for mobile in MOBILES], "mobile"),
        (STREETS, "address"),
        (["男", "女"] * 6, "sex"),
        ([f"19{60 + place}-05-1{place % 10}" for place in range(12)], "birth_date"),
        (["纸质签字", "电子签名"] * 6, "consent_method"),
        ([f"{place:064x}" for place in range(12)], "consent_document_sha256"),
        (["1.10105194912310E+17"] * 12, "id_number"),
        (["CNY"] * 12, "currency"),
    ],
)
def test_cells_that_can_hardly_be_anything_else_are_recognised(cells, field):
    assert field_under("列1", cells) == (field, "content")


@pytest.mark.parametrize(
    "cells",
    [
        ["是", "否"] * 6,
        ["1", "2"] * 6,
        [str(place) for place in range(12)],
        ["财务部", "人事部", "仓储部"] * 4,
        ["司机", "保安", "厨师"] * 4,
        ["高级工", "钢筋工", "安全员"] * 4,
        ["2026-03-05"] * 12,  # due or paid: nobody can tell
        ["8650.00"] * 12,  # the wage is there by name; any other amount may be anything
        [f"E{place:07d}" for place in range(12)],
        NUMBERS[:2],  # too few to judge by
        NUMBERS[:6] + ["见附件"] * 6,
    ],
)
def test_cells_that_may_be_anything_are_left_alone(cells):
    assert field_under("列1", cells) == ("", "")


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("推荐人手机", MOBILES),
        ("紧急联系人", NAMES),
        ("配偶身份证号", NUMBERS),
        ("经办人", NAMES),
        ("办公电话2", MOBILES),
        ("部门", NAMES),
        ("referrer", NAMES),
        ("employer's phone", MOBILES),
        ("工号", NUMBERS),
    ],
)
def test_clear_header_is_never_overruled_by_what_stands_below_it(header, cells):
    assert field_under(header, cells)[1] != "content"
    assert field_under(header, cells)[0] not in ("name", "mobile", "id_number")


@pytest.mark.parametrize(
    ("header", "cells", "field"),
    [
        ("号码", MOBILES, "mobile"),
        ("编号", NUMBERS, "id_number"),
        ("人员", NAMES, "name"),
        ("日期", NAMES, ""),
        ("号码", NAMES, ""),
        ("地点", STREETS, "address"),
    ],
)
def test_vague_header_leaves_open_only_its_own_kind(header, cells, field):
    assert field_under(header, cells)[0] == field


def test_field_with_a_column_of_its_own_is_not_proposed_again():
    columns, rows = table(手机号=MOBILES, 列1=MOBILES[::-1], 月份=MONTHS, 应发工资=AMOUNTS)
    assert mapped(columns, rows).fields == ("mobile", "", "month", "gross")


def test_two_columns_that_look_alike_are_both_left_alone():
    columns, rows = table(列1=NAMES, 列2=NAMES[::-1], 列3=NUMBERS, 月份=MONTHS, 应发工资=AMOUNTS)
    assert mapped(columns, rows).fields == ("", "", "id_number", "month", "gross")


def test_table_without_any_telling_header_is_understood_as_a_whole():
    columns, rows = table(列1=NAMES, 列2=NUMBERS, 列3=MONTHS, 列4=AMOUNTS)
    mapping = mapped(columns, rows)
    assert (mapping.fields, mapping.usable) == (("name", "id_number", "month", "gross"), True)
    assert {match.how for match in mapping.matched} == {"content"}
    assert all(0 < match.sure <= 90 for match in mapping.matched)


def test_type_is_found_from_the_cells_where_the_headers_do_not_tell_it():
    columns, rows = table(
        姓名=NAMES, 列2=NUMBERS, 列3=["水费", "电费", "燃气费"] * 4, 列4=MONTHS, 列5=AMOUNTS
    )
    mapping = mapped(columns, rows, record_type=None, kind="utility")
    assert (mapping.record_type, mapping.fields[2:], mapping.usable) == (
        "bill",
        ("service", "period", "amount_due"),
        True,
    )


def test_cells_do_not_speak_where_nobody_is_there_to_look():
    columns, rows = table(列1=NAMES, 列2=NUMBERS, 月份=MONTHS, 应发工资=AMOUNTS)
    assert mapped(columns, rows, propose=False).fields == ("", "", "month", "gross")


def test_chosen_and_remembered_fields_go_before_everything_else():
    columns, rows = table(列1=NAMES, 姓名=NAMES[::-1], 列3=NUMBERS, 月份=MONTHS, 应发工资=AMOUNTS)
    fixed = {0: ("name", "chosen"), 2: ("", "remembered")}
    mapping = mapped(columns, rows, fixed=fixed)
    assert mapping.fields == ("name", "", "", "month", "gross")
    assert [match.how for match in mapping.matched] == ["chosen", "", "remembered", "name", "name"]


@pytest.mark.parametrize(
    ("cells", "group"),
    [
        (["佛教", "无", "基督教", "", "无宗教信仰", "佛教"], "religion"),
        (["O型", "A型", "AB型", "B型", "O型", "A型"], "blood_type"),
        (["高血压、糖尿病", "", "糖尿病", "", "", ""], "disease"),
        (["Hypertension", "none", "diabetes", "", "", ""], "disease"),
    ],
)
@pytest.mark.parametrize("propose", [True, False])
def test_forbidden_words_below_a_header_that_says_nothing_refuse_the_file(cells, group, propose):
    columns, rows = table(姓名=NAMES[:6], 备注2=cells, 月份=MONTHS[:6], 应发工资=AMOUNTS[:6])
    with pytest.raises(ForbiddenColumn) as caught:
        mapped(columns, rows, propose=propose).require_usable()
    assert caught.value.context == {"column": "备注2", "group": group}


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("备注", ["有高血压病史的同事代领", "", "", "", "", ""]),
        ("备注", ["佛教", "", "", "", "", ""]),
        ("户型", ["A型", "O型", "AB型", "O型", "A型", "B型"]),
        ("合同", ["新教", "新教", "新教", "新教", "新教", "新教"]),
    ],
)
def test_forbidden_words_refuse_nothing_where_they_are_no_column_of_such_data(header, cells):
    columns, rows = table(姓名=NAMES[:6], 月份=MONTHS[:6], 应发工资=AMOUNTS[:6])
    rows = [[*row, cell] for row, cell in zip(rows, cells, strict=True)]
    assert mapped([*columns, header], rows).usable


_HEADERS = st.text(alphabet="姓名日期号码备注列推荐人手机员工金额部门ABCabc0123 ()（）_-", max_size=12)
_CELLS = st.sampled_from([NAMES, NUMBERS, MOBILES, STREETS, MONTHS, AMOUNTS, ["男", "女"] * 6])


@given(st.lists(st.tuples(_HEADERS, _CELLS), min_size=1, max_size=5), st.sampled_from([*RECORD_TYPES]))
def test_whatever_the_cells_are_clear_headers_mean_what_they_say(columns, record_type):
    headers = [header for header, _ in columns]
    rows = list(zip(*(cells for _, cells in columns), strict=True))
    with_cells = guess(headers, record_type=record_type, furnisher_kind=None, sample=rows)
    without = guess(headers, record_type=record_type, furnisher_kind=None)
    assume(not any(p.code == "forbidden_column" for p in with_cells.problems))
    for place, header in enumerate(headers):
        if without.fields[place] or not kinds_left_open(header) or named(header, record_type).rank:
            assert with_cells.fields[place] == without.fields[place]
        assert (with_cells.match(place).how != "") == (with_cells.fields[place] != "")


@given(st.lists(_CELLS, min_size=1, max_size=6), st.sampled_from([*RECORD_TYPES]))
def test_no_field_is_ever_proposed_twice(columns, record_type):
    headers = [f"列{place}" for place in range(len(columns))]
    mapping = guess(
        headers, record_type=record_type, furnisher_kind=None, sample=list(zip(*columns, strict=True))
    )
    filled = [field for field in mapping.fields if field]
    assert len(filled) == len(set(filled))
    assert not any(problem.code == "columns_ambiguous" for problem in mapping.problems)


@given(st.sampled_from([*IDENTITY_FIELDS.values(), *CONSENT_FIELDS.values()]), st.sampled_from(SILENT))
def test_headers_that_say_nothing_name_no_field_and_ours_are_never_vague(field, silent):
    assert named(silent, "wage").field == ""
    assert all(named(header, "").field == field.name for header in (field.name, field.zh, field.en))


@given(st.lists(st.lists(st.text(max_size=20), max_size=4), max_size=8))
def test_no_cell_can_break_the_guessing(rows):
    mapping = guess(["列1", "日期", ""], record_type=None, furnisher_kind="employer", sample=rows)
    assert len(mapping.fields) == 3
