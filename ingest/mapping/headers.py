"""What a header says: the field it names, or that it says nothing or not enough."""

import re
from collections.abc import Collection, Iterator
from functools import cache
from typing import NamedTuple

from registry.catalogue import CONSENT_FIELDS, IDENTITY_FIELDS, RECORD_TYPES, Field
from registry.catalogue.writing import clean

# How well a header names a field: by the field's own name, by a label, by another header in use.
EXACT, LABEL, SYNONYM = 3, 2, 1
_HOWS = {EXACT: ("name", 100), LABEL: ("name", 100), SYNONYM: ("synonym", 95)}
_ROUNDABOUT = 85  # percent: the header named its field only once something around it was taken away

_BRACKETS = re.compile(r"[(\[{【〔<][^)\]}】〕>]*[)\]}】〕>]")
_MARKS = re.compile(r"[\s_\-–—./\\:;,*#'\"()\[\]{}【】〔〕<>、。?!]+")
_NUMBERED = re.compile(r"^(?:\d{1,2}|[一二三四五六七八九十]{1,2})(?=\D)(?![年月])")
_ASKED = re.compile(r"(?:必填项?|选填项?|必录|填写|required|mandatory|optional)$")
_UNIT = re.compile(r"(?<=.)(?:万元|元|rmb|cny|yuan)$")
# Whose name or number it is, where that is the person the row is about.
_WHOSE = re.compile(
    r"^(?:员工|职工|雇员|人员|用工|本人|个人|居民|住户|租户|租客|承租人|客户|用户|参保人员?|缴存人|会员|志愿者|骑手|"
    r"流动人口|新市民|employees?|workers?|staff|residents?|customers?|users?|clients?|tenants?|persons?)(?=.)"
)
_NOT_OF_A_PERSON = ("id", "idno")  # an employee's or customer's id is the organisation's own number

_TRADITIONAL = str.maketrans(
    "與業書產條屬來們內種積後員單執動勞務區賬號國圖場報壓處備復夠實審寫寶將專尋對導層島師帳帶幣廠廣應張從"
    "戶換據損擇擔攜擬數斷時會東標樣機檔權歡歲歷歸殘殺氣決況沒測準溝滿漢濟灣為無煙營獨獲現環產畢異當發監眾"
    "礎稅稱穩窮競筆節範築簽籤籍糧約級紀納純紙細終組結給統經綁綜維編線緊總績繳繼續義習職聯聲聽腦臺興舉舊"
    "薦藝術衛裝裡製複規視覽觀計訂記訊訓許設訪証評詞試詳認語誤說誰課調談請講謝證識議護讀變讓貝負財貨販貫責"
    "貸費資賃賠質購贈趙趕車軍軌軟載輕輛輪輸轉辦農迴這進遊運過達違遠適選還邊鄉鄰醫釋鎮長門開間關陽際隨險離"
    "電頁項須領頭題額顯願類風飛餘館馬駕驗髮鳥點黨齊齡龍號碼聯絡機構產權兒園壽處參雙號屆劃盡濰滬蘇瀋遷繫"
    "個崗狀態話銷網銀錄體臨鐘獎勵買賣絕遺傳紋診腫",
    "与业书产条属来们内种积后员单执动劳务区账号国图场报压处备复够实审写宝将专寻对导层岛师账带币厂广应张从"
    "户换据损择担携拟数断时会东标样机档权欢岁历归残杀气决况没测准沟满汉济湾为无烟营独获现环产毕异当发监众"
    "础税称稳穷竞笔节范筑签签籍粮约级纪纳纯纸细终组结给统经绑综维编线紧总绩缴继续义习职联声听脑台兴举旧"
    "荐艺术卫装里制复规视览观计订记讯训许设访证评词试详认语误说谁课调谈请讲谢证识议护读变让贝负财货贩贯责"
    "贷费资赁赔质购赠赵赶车军轨软载轻辆轮输转办农回这进游运过达违远适选还边乡邻医释镇长门开间关阳际随险离"
    "电页项须领头题额显愿类风飞余馆马驾验发鸟点党齐龄龙号码联络机构产权儿园寿处参双号届划尽潍沪苏沈迁系"
    "个岗状态话销网银录体临钟奖励买卖绝遗传纹诊肿",
)

_SAYING_NOTHING = (
    "备注 说明 附注 其他 其它 其他信息 备用 预留 扩展 自定义 未命名 无标题 标题 数据 内容 信息 文本 值 补充 "
    "补充信息 note notes remark remarks comment comments misc other others data value text info content item "
    "untitled unnamed spare reserved custom"
)
_SILENT = frozenset(_SAYING_NOTHING.split())
_COUNTED = re.compile(
    r"(?:列|栏|字段|项|项目|备注|说明|其他|其它|备用|预留|扩展|自定义|数据|信息|文本|值|备用字段|扩展字段|自定义字段|预留字段|"
    r"column|columns|col|field|fld|var|variable|attr|attribute|ext|spare|custom|value|data|text|f|c|v|x|zd|"
    r"unnamed|note|remark|未命名|未命名列)\d{0,3}|\d{1,3}|[a-z]{1,2}"
)
# Words that say what kind of thing stands below, and no more; and the kinds that they allow.
_VAGUE: dict[str, frozenset[str]] = {
    word: frozenset(kinds.split())
    for words, kinds in (
        ("日期 时间 日 date time day dates", "day month"),
        ("金额 数额 款项 费 amount money sum total", "money"),
        ("号码 编号 代码 证号 证件 证件信息 号 number numbers no code codes document documentno", "code"),
        ("人员 员工 职工 客户 用户 居民 住户 人 对象 person people staff who customer employee user", "name"),
        ("类型 类别 种类 分类 状态 情况 性质 type kind category class status state", "word"),
        ("联系 联系信息 通讯 通讯方式 contact contacts contactinfo", "code address"),
        ("地点 位置 location place where", "address"),
    )
    for word in words.split()
}
EVERY_KIND = frozenset(("day", "month", "money", "code", "name", "word", "address"))


class Named(NamedTuple):
    """The field that a header names, how well (`EXACT`, `LABEL`, `SYNONYM`), how and how surely it does."""

    field: str
    rank: int
    how: str
    sure: int


NOTHING = Named("", 0, "", 0)


def named(column: str, record_type: str) -> Named:
    """The field of a type, the identity or the consent that a header names; `NOTHING` if it names none."""
    names = _names(record_type)
    plain = _simplified(column)
    for key in keys(column):
        if key in names:
            field, rank = names[key]
            return Named(field, rank, *_HOWS[rank])
    for key in _roundabout(plain):
        if key in names:
            return Named(names[key][0], SYNONYM, "synonym", _ROUNDABOUT)
    whose = _WHOSE.sub("", _MARKS.sub("", _BRACKETS.sub("", plain)))
    if whose in names and names[whose][0] in IDENTITY_FIELDS and whose not in _NOT_OF_A_PERSON:
        return Named(names[whose][0], SYNONYM, "synonym", _ROUNDABOUT)
    return NOTHING


def kinds_left_open(column: str) -> frozenset[str]:
    """The kinds of value that a header leaves open: all where it says nothing, none where it is clear.

    Kinds: day, month, money, code, name, word, address. 列1, F3, 备注2 and a blank header say nothing; 日期
    leaves open which day or month; 部门 or 推荐人手机 are clear, though they name no field of ours.
    """
    key = _MARKS.sub("", _BRACKETS.sub("", _simplified(column)))
    if not key or key in _SILENT or _COUNTED.fullmatch(key):
        return EVERY_KIND
    return _VAGUE.get(key.rstrip("0123456789"), frozenset())


def simplified(header: str) -> str:
    """The header in simplified characters."""
    return header.translate(_TRADITIONAL)


def keys(header: str) -> Iterator[str]:
    """The header with and without what stands in brackets: 应发工资(元), Name [required]."""
    plain = clean(header).lower()
    yield _MARKS.sub("", plain)
    yield _MARKS.sub("", _BRACKETS.sub("", plain))


def _simplified(header: str) -> str:
    return clean(header).lower().translate(_TRADITIONAL)


def _roundabout(plain: str) -> Iterator[str]:
    """What is left without other characters, a number in front, a unit or a request behind."""
    bare = _MARKS.sub("", _BRACKETS.sub("", plain))
    yield _MARKS.sub("", plain)
    yield bare
    for cut in (_NUMBERED.sub("", bare), _ASKED.sub("", bare), _UNIT.sub("", bare)):
        if cut and cut != bare:
            yield cut
    yield _UNIT.sub("", _ASKED.sub("", _NUMBERED.sub("", bare)))


@cache
def _names(record_type: str) -> dict[str, tuple[str, int]]:
    """Every header that names a field of this type, the identity or the consent, and how well it does."""
    own: Collection[Field] = RECORD_TYPES[record_type].fields.values() if record_type else ()
    names: dict[str, tuple[str, int]] = {}
    for field in (*own, *IDENTITY_FIELDS.values(), *CONSENT_FIELDS.values()):
        written = [(field.name, EXACT), (field.zh, LABEL), (field.en, LABEL)]
        for header, rank in (*written, *((other, SYNONYM) for other in field.also)):
            key = next(keys(header))
            if key not in names or rank > names[key][1]:
                names[key] = (field.name, rank)
    return names
