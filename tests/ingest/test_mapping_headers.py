"""Headers as other people's programs write them: payroll, provident fund, power company, street grid."""

import pytest

from ingest.errors import ForbiddenColumn
from ingest.mapping import guess

# Export, kind of furnisher, the type it is, and each column's field ("" for none).
EXPORTS = {
    "payroll of 金蝶": (
        "employer",
        "wage",
        {"工号": "", "员工姓名": "name", "证件号码": "id_number", "部门": "", "会计期间": "month",
         "基本工资": "", "应发合计": "gross", "代扣个税": "", "实发合计": "net", "发放日期": "paid_on"},
    ),
    "payroll of 用友": (
        "employer",
        "wage",
        {"序号": "", "人员编码": "", "人员姓名": "name", "身份证号": "id_number", "部门名称": "",
         "期间": "month", "应发合计（元）": "gross", "扣款合计（元）": "", "实发合计（元）": "net"},
    ),
    "income tax client": (
        "employer",
        "wage",
        {"姓名": "name", "证件类型": "", "*证件号码": "id_number", "所得月份": "month", "本期收入": "gross"},
    ),
    "payroll with initials": (
        "employer",
        "wage",
        {"XM": "name", "SFZHM": "id_number", "GZYF": "month", "YFGZ": "gross", "SFGZ": "net",
         "FFRQ": "paid_on"},
    ),
    "traditional characters": (
        "employer",
        "wage",
        {"員工姓名": "name", "身份證號碼": "id_number", "聯絡電話": "", "手機號碼": "mobile", "月份": "month",
         "應發工資": "gross", "實發工資": "net", "幣種": "currency"},
    ),
    "HR system in English": (
        "employer",
        "wage",
        {"Employee Name": "name", "National ID Number": "id_number", "Mobile No.": "mobile",
         "Pay Period": "month", "Gross Pay (CNY)": "gross", "Net Pay (CNY)": "net", "Cost Centre": ""},
    ),
    "numbered form": (
        "employer",
        "employment",
        {"1、姓名（必填）": "name", "2、身份证号码（必填）": "id_number", "3、到岗日期": "start",
         "4、离岗日期": "end", "5、岗位名称": "occupation", "6、用工形式": "contract"},
    ),
    "social insurance bureau": (
        "employer",
        "social_insurance",
        {"个人编号": "", "姓名": "name", "社会保障号码": "id_number", "对应费款所属期": "month",
         "险种类型": "schemes", "缴费基数": "base", "到账标志": "paid"},
    ),
    "housing fund centre": (
        "employer",
        "housing_fund",
        {"个人账号": "", "职工姓名": "name", "职工身份证号": "id_number", "汇缴年月": "month",
         "月缴存基数": "base", "缴存状态": "paid"},
    ),
    "riders' platform": (
        "employer",
        "platform_work",
        {"骑手ID": "", "骑手姓名": "name", "骑手手机号": "mobile", "结算月份": "month",
         "跑单天数": "active_days", "完成单量": "jobs", "配送收入": "gross"},
    ),
    "power company": (
        "utility",
        "bill",
        {"户号": "", "用户名称": "name", "用电地址": "address", "联系电话": "mobile", "电费年月": "period",
         "费用类别": "service", "应收电费": "amount_due", "实收电费": "amount_paid", "收费日期": "paid_on",
         "结清标志": "status"},
    ),
    "water company": (
        "utility",
        "bill",
        {"水表号": "", "户名": "name", "证件号码": "id_number", "费用名称": "service", "水费年月": "period",
         "应收水费（元）": "amount_due", "最迟缴费日期": "due_on", "实缴日期": "paid_on"},
    ),
    "neighbourhood grid": (
        "community",
        "residence",
        {"网格编号": "", "姓名": "name", "公民身份号码": "id_number", "性别": "sex", "民族": "",
         "户籍地址": "", "现居住地址": "address", "联系电话": "mobile", "来本地时间": "resident_since",
         "居住事由": "reason", "居住处所": "housing", "同住人数": "household_size"},
    ),
    "police register of newcomers": (
        "community",
        "residence",
        {"XM": "name", "GMSFHM": "id_number", "XB": "sex", "CSRQ": "birth_date", "LXDH": "mobile",
         "XZZ": "address", "暂住日期": "resident_since", "暂住事由": "reason"},
    ),
    "volunteers' hours": (
        "community",
        "participation",
        {"志愿者姓名": "name", "志愿者手机": "mobile", "服务月份": "period", "服务类别": "activity",
         "志愿服务时长": "hours", "积分值": "points"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("export", EXPORTS)
def test_export_is_understood_without_help(export):
    kind, record_type, wanted = EXPORTS[export]
    mapping = guess(list(wanted), record_type=None, furnisher_kind=kind)
    assert dict(zip(mapping.columns, mapping.fields, strict=True)) == wanted
    assert (mapping.record_type, mapping.problems) == (record_type, ())


@pytest.mark.parametrize(
    ("header", "how", "sure"),
    [
        ("id_number", "name", 100),
        ("身份证号", "name", 100),
        ("Citizen number", "name", 100),
        ("身份证号码", "synonym", 95),
        ("身份证号码（18位）", "synonym", 95),
        ("身份證號碼", "synonym", 85),
        ("3.身份证号码", "synonym", 85),
        ("身份证号码必填", "synonym", 85),
        ("职工身份证号码", "synonym", 85),
    ],
)
def test_column_says_how_it_was_matched_and_how_surely(header, how, sure):
    mapping = guess([header], record_type="wage", furnisher_kind=None)
    assert (mapping.fields, mapping.match(0)) == (("id_number",), (how, sure))


@pytest.mark.parametrize(
    "header",
    [
        "客户状态",
        "用户类型",
        "员工编号",
        "员工ID",
        "Customer ID No.",
        "业主姓名",
        "推荐人",
        "个人缴费",
        "年份",
    ],
)
def test_header_that_only_resembles_one_of_ours_names_nothing(header):
    assert guess([header], record_type="bill", furnisher_kind=None).fields == ("",)


@pytest.mark.parametrize("header", ["遺傳信息", "診斷結果", "宗教信仰（選填）", "既往病史", "血型(ABO)"])
def test_forbidden_header_is_told_in_any_writing(header):
    with pytest.raises(ForbiddenColumn):
        guess(["姓名", "月份", "应发工资", header], record_type="wage", furnisher_kind=None).require_usable()
