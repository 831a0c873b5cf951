"""Identity fields that may stand in any file, and the evidence of a signed consent beside them.

The readers here look at one cell. What makes an identity sufficient, and what a wrong check character means for
its row, is decided in `ingest.validation`.
"""

import re

from registry.catalogue.fields import DAY, Column, Field, Written, word
from registry.catalogue.issues import Unreadable
from registry.catalogue.vocabulary import Vocabulary
from registry.catalogue.writing import NO, YES, clean, is_scientific, read_text

NAME_LIMIT, ADDRESS_LIMIT = 80, 200
_MAINLAND_MOBILE = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})", re.ASCII)
_FOREIGN_MOBILE = re.compile(r"\+[1-9]\d{7,14}", re.ASCII)
_DOCUMENT = re.compile(r"[A-Z0-9]{5,20}", re.ASCII)
_LAST4 = re.compile(r"\d{3}[\dX]", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_REFERENCE = re.compile(r"[\w.:/#-]{1,64}")
_SEPARATORS = str.maketrans("", "", " -\t()")


class Sex(Vocabulary):
    """Sex as documents state it."""

    M = "M", "男", "Male", "男性 先生 1 man"
    F = "F", "女", "Female", "女性 女士 2 woman"


class ConsentMethod(Vocabulary):
    """How a consent was given to the furnisher."""

    PAPER_FORM = "paper_form", "纸质签字", "Paper form", "纸质 书面 签字 书面签字 纸质授权书 书面授权 paper"
    ELECTRONIC_SIGNATURE = (
        "electronic_signature",
        "电子签名",
        "Electronic signature",
        ("电子 电子签章 电子签署 线上签署 在线签署 电子授权 e_signature esign electronic"),
    )
    RECORDED_CALL = "recorded_call", "电话录音", "Recorded call", "录音 电话 电话授权 phone recording"


def read_name(text: str) -> str:
    """A person's name on one line. Raises Unreadable: name_format, text_too_long."""
    name = " ".join(clean(text).split())
    if len(name) > NAME_LIMIT:
        raise Unreadable("text_too_long")
    letters = sum(map(str.isalpha, name))
    if not letters or any(map(str.isdigit, name)) or name[0] in "=+-@" or not name.isprintable():
        raise Unreadable("name_format")
    return name


def read_id_number(text: str) -> str:
    """What stands in the column of citizen numbers, in capitals and without spaces; its check is not judged here.

    Raises Unreadable: id_number_damaged (a spreadsheet turned it into scientific notation), text_too_long.
    """
    number = clean(text).upper().translate(_SEPARATORS)
    if is_scientific(number):
        raise Unreadable("id_number_damaged")
    if len(number) > 30:
        raise Unreadable("id_number_format")
    return number.removesuffix(".0")


def read_last4(text: str) -> str:
    """The last four characters of a citizen number. Raises Unreadable: id_last4_format."""
    last = clean(text).upper().removesuffix(".0")
    if len(last) == 3 and last.isascii() and last.isdigit():
        last = "0" + last  # a spreadsheet drops the leading zero
    if not _LAST4.fullmatch(last):
        raise Unreadable("id_last4_format")
    return last


def read_document(text: str) -> str:
    """A passport's or permit's number. Raises Unreadable: document_format, number_damaged."""
    number = clean(text).upper().translate(_SEPARATORS)
    if is_scientific(number):
        raise Unreadable("number_damaged")
    if not _DOCUMENT.fullmatch(number):
        raise Unreadable("document_format")
    return number


def read_mobile(text: str) -> str:
    """A mobile number: eleven digits for the mainland, +country and digits elsewhere.

    Raises Unreadable: mobile_format, number_damaged.
    """
    number = clean(text).translate(_SEPARATORS)
    if is_scientific(number):
        raise Unreadable("number_damaged")
    number = number.removesuffix(".0")
    found = _MAINLAND_MOBILE.fullmatch(number)
    if found:
        return found[1]
    if _FOREIGN_MOBILE.fullmatch(number) and not number.startswith("+86"):
        return number
    raise Unreadable("mobile_format")


def read_address(text: str) -> str:
    """An address on one line. Raises Unreadable: text_characters, text_too_long."""
    return read_text(text, ADDRESS_LIMIT)


def read_reference(text: str) -> str:
    """A consent's reference: at most 64 letters, digits and . : / # _ -. Raises Unreadable: reference_format."""
    reference = clean(text)
    if not _REFERENCE.fullmatch(reference):
        raise Unreadable("reference_format")
    return reference


def read_sha256(text: str) -> str:
    """A SHA-256 digest as 64 hexadecimal digits. Raises Unreadable: digest_format."""
    digest = clean(text).lower().removeprefix("sha256:").removeprefix("sha-256:").strip()
    if not _SHA256.fullmatch(digest):
        raise Unreadable("digest_format")
    return digest


def read_separate(text: str) -> list[str]:
    """Categories agreed to separately: yes (["*"]), no ([]), or a list of category codes or labels.

    The names are checked against the jurisdiction by `ingest.validation`.
    """
    text = clean(text)
    if text.lower() in YES:
        return ["*"]
    if text.lower() in NO:
        return []
    return [part for part in re.split(r"[\s,;、|]+", text) if part]


_NAME = Written("text", read_name, {"type": "string", "maxLength": NAME_LIMIT})
_NUMBER = Written("code", read_id_number, {"type": "string", "pattern": "^[0-9]{17}[0-9X]$"})
_LAST = Written("code", read_last4, {"type": "string", "pattern": "^[0-9]{3}[0-9X]$"})
_PAPER = Written("code", read_document, {"type": "string", "pattern": "^[A-Z0-9]{5,20}$"})
_MOBILE = Written(
    "code", read_mobile, {"type": "string", "pattern": r"^(1[3-9][0-9]{9}|\+[1-9][0-9]{7,14})$"}
)
_ADDRESS = Written("text", read_address, {"type": "string", "maxLength": ADDRESS_LIMIT})
_REFERRED = Written("code", read_reference, {"type": "string", "maxLength": 64})
_DIGEST = Written("code", read_sha256, {"type": "string", "pattern": "^[0-9a-f]{64}$"})
_SEPARATE = Written("words", read_separate, {"type": "array", "items": {"type": "string"}})

IDENTITY_FIELDS = {
    field.name: field
    for field in (
        Field("name", _NAME, Column("姓名", "Name", ("名字", "客户姓名", "员工姓名", "居民姓名", "户主姓名", "用户姓名", "人员姓名",
              "信息主体姓名", "full name", "person name", "employee name", "customer name"), "张伟"), required=True),
        Field("id_number", _NUMBER, Column("身份证号", "Citizen number", ("身份证", "身份证号码", "公民身份号码", "公民身份证号码",
              "居民身份证号", "居民身份证号码", "证件号码", "证件号", "身份号码", "id", "id no", "id card", "id card number",
              "identity number", "citizen id", "national id"), "11010519491231002X")),
        Field("id_last4", _LAST, Column("身份证后四位", "Last four of the citizen number", ("身份证号后四位", "身份证后4位",
              "身份证号后4位", "证件号后四位", "后四位", "last4", "last four", "id last four"), "002X")),
        Field("passport", _PAPER, Column("护照号", "Passport", ("护照", "护照号码", "passport no", "passport number"), "E12345678")),
        Field("residence_permit", _PAPER, Column("居住证号", "Residence permit", ("居住证", "居住证号码", "居留证号", "居留许可号",
              "港澳台居民居住证", "permit", "permit number", "residence permit number"), "440300198001010001")),
        Field("mobile", _MOBILE, Column("手机号", "Mobile", ("手机", "手机号码", "联系电话", "电话", "联系方式", "移动电话", "电话号码",
              "联系手机", "phone", "phone number", "mobile phone", "mobile number", "cell", "tel"), "13800138000")),
        Field("birth_date", DAY, Column("出生日期", "Date of birth", ("生日", "出生年月日", "出生时间", "出生年月", "birthday", "dob",
              "date of birth", "born"), "1990-03-07")),
        Field("sex", word(Sex), Column("性别", "Sex", ("gender",), "女")),
        Field("address", _ADDRESS, Column("住址", "Address", ("地址", "现住址", "居住地址", "家庭住址", "联系地址", "现居住地", "用水地址",
              "用电地址", "装表地址", "服务地址", "详细地址", "home address", "residential address", "service address"),
              "浙江省杭州市余杭区五常街道文一西路1号3幢502室")),
        Field("consent_reference", _REFERRED, Column("授权编号", "Consent reference", ("授权书编号", "同意书编号", "授权号", "授权书号",
              "知情同意编号", "consent", "consent id", "consent no", "consent ref"), "SQ-2026-000123")),
    )
}  # fmt: skip
CONSENT_FIELDS = {
    field.name: field
    for field in (
        Field("consent_signed_on", DAY, Column("授权日期", "Consent signed on", ("授权签署日期", "签署日期", "授权时间", "同意日期",
              "签字日期", "consent date", "signed on", "consent signed"), "2026-01-15")),
        Field("consent_method", word(ConsentMethod), Column("授权方式", "Consent method", ("签署方式", "同意方式", "授权形式",
              "method of consent", "how signed"), "纸质签字")),
        Field("consent_document_sha256", _DIGEST, Column("授权书摘要", "Consent document SHA-256", ("授权书哈希", "授权书校验值",
              "授权文件摘要", "授权书sha256", "document sha256", "consent sha256", "consent document hash", "consent hash"),
              "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")),
        Field("consent_until", DAY, Column("授权截止日期", "Consent until", ("授权到期日", "授权有效期至", "授权有效期", "授权终止日期",
              "consent expires", "consent end", "consent valid until"), "2028-01-14", future=True)),
        Field("consent_separate", _SEPARATE, Column("单独授权", "Separate consent", ("单独同意", "敏感信息单独同意", "单独授权类别",
              "separately agreed", "separate consents"), "收入", help_zh="本人是否已对需要单独同意的类别另行签字",
              help_en="Whether the person signed separately for the categories that need it")),
    )
}  # fmt: skip
