"""Identity fields that may stand in any file, and the evidence of a signed consent beside them.

The readers here look at one cell. What makes an identity sufficient, and what a wrong check character means
for its row, is decided in `ingest.validation`.
"""

import re

from registry.catalogue.fields import DAY, Column, Field, Written, word
from registry.catalogue.issues import Unreadable
from registry.catalogue.synonyms import headers
from registry.catalogue.vocabulary import Vocabulary
from registry.catalogue.writing import NO, YES, clean, is_scientific, read_text, unreadable

IDENTITY = "identity"
"""The category of who somebody is."""
NAME_LIMIT, ADDRESS_LIMIT = 80, 200
# What stands as it should needs no cleaning; most cells do.
_USUAL_NAME = re.compile(r"[\u4e00-\u9fa5]{2,4}")
_USUAL_NUMBER = re.compile(r"\d{17}[\dX]", re.ASCII)
_USUAL_REFERENCE = re.compile(r"[\w.:/#-]{1,64}", re.ASCII)
_MAINLAND_MOBILE = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})", re.ASCII)
_FOREIGN_MOBILE = re.compile(r"\+[1-9]\d{7,14}", re.ASCII)
_DOCUMENT = re.compile(r"[A-Z0-9]{5,20}", re.ASCII)
_LAST4 = re.compile(r"\d{3}[\dX]", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_REFERENCE = re.compile(r"[\w.:/#-]{1,64}")
_SEPARATORS = str.maketrans("", "", " -\t()")


class Sex(Vocabulary):
    """Sex as documents state it."""

    M = "M", "男", "Male"
    F = "F", "女", "Female"


class ConsentMethod(Vocabulary):
    """How a consent was given to the furnisher."""

    PAPER_FORM = "paper_form", "纸质签字", "Paper form"
    ELECTRONIC_SIGNATURE = "electronic_signature", "电子签名", "Electronic signature"
    RECORDED_CALL = "recorded_call", "电话录音", "Recorded call"


def read_name(text: str) -> str:
    """A person's name on one line. Raises Unreadable: name_format, text_too_long."""
    if _USUAL_NAME.fullmatch(text):
        return text
    name = " ".join(clean(text).split())
    if len(name) > NAME_LIMIT:
        raise Unreadable("text_too_long")
    letters = sum(map(str.isalpha, name))
    if not letters or any(map(str.isdigit, name)) or name[0] in "=+-@#" or not name.isprintable():
        raise unreadable(name, "name_format")
    return name


def read_id_number(text: str) -> str:
    """What stands in the column of citizen numbers, in capitals, without spaces; not judged here.

    Raises Unreadable: id_number_damaged (a spreadsheet made it scientific notation), id_number_format.
    """
    if _USUAL_NUMBER.fullmatch(text):
        return text
    number = clean(text).upper().translate(_SEPARATORS)
    if is_scientific(number):
        raise Unreadable("id_number_damaged")
    if len(number) > 30 or number[:1] in ("=", "#"):
        raise unreadable(number, "id_number_format")
    return number.removesuffix(".0")


def read_last4(text: str) -> str:
    """The last four characters of a citizen number. Raises Unreadable: id_last4_format."""
    last = clean(text).upper().removesuffix(".0")
    if len(last) == 3 and last.isascii() and last.isdigit():
        last = "0" + last  # a spreadsheet drops the leading zero
    if not _LAST4.fullmatch(last):
        raise unreadable(last, "id_last4_format")
    return last


def read_document(text: str) -> str:
    """A passport's or permit's number. Raises Unreadable: document_format, number_damaged."""
    number = clean(text).upper().translate(_SEPARATORS)
    if is_scientific(number):
        raise Unreadable("number_damaged")
    if not _DOCUMENT.fullmatch(number):
        raise unreadable(number, "document_format")
    return number


def read_mobile(text: str) -> str:
    """A mobile number: eleven digits for the mainland, +country and digits elsewhere.

    Raises Unreadable: mobile_format, number_damaged.
    """
    if found := _MAINLAND_MOBILE.fullmatch(text):
        return found[1]
    number = clean(text).translate(_SEPARATORS)
    if is_scientific(number):
        raise Unreadable("number_damaged")
    number = number.removesuffix(".0")
    found = _MAINLAND_MOBILE.fullmatch(number)
    if found:
        return found[1]
    if _FOREIGN_MOBILE.fullmatch(number) and not number.startswith("+86"):
        return number
    raise unreadable(number, "mobile_format")


def read_address(text: str) -> str:
    """An address on one line. Raises Unreadable: text_characters, text_too_long."""
    return read_text(text, ADDRESS_LIMIT)


def read_reference(text: str) -> str:
    """A consent's reference: at most 64 letters, digits and . : / # _ -.

    Raises Unreadable: reference_format.
    """
    if _USUAL_REFERENCE.fullmatch(text):
        return text
    reference = clean(text)
    if not _REFERENCE.fullmatch(reference):
        raise unreadable(reference, "reference_format")
    return reference


def read_sha256(text: str) -> str:
    """A SHA-256 digest as 64 hexadecimal digits. Raises Unreadable: digest_format."""
    if _SHA256.fullmatch(text):
        return text
    digest = clean(text).lower().removeprefix("sha256:").removeprefix("sha-256:").strip()
    if not _SHA256.fullmatch(digest):
        raise unreadable(digest, "digest_format")
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


def _who(name: str, kind: Written, column: Column, required: bool = False) -> Field:
    return Field(name, kind, column, required, headers("identity", name))


def _agreed(name: str, kind: Written, column: Column) -> Field:
    return Field(name, kind, column, False, headers("consent", name))


IDENTITY_FIELDS = {
    field.name: field
    for field in (
        _who("name", _NAME, Column("姓名", "Name", "张伟"), required=True),
        _who("id_number", _NUMBER, Column("身份证号", "Citizen number", "11010519491231002X")),
        _who("id_last4", _LAST, Column("身份证后四位", "Last four of the citizen number", "002X")),
        _who("passport", _PAPER, Column("护照号", "Passport", "E12345678")),
        _who("residence_permit", _PAPER, Column("居住证号", "Residence permit", "440300198001010001")),
        _who("mobile", _MOBILE, Column("手机号", "Mobile", "13800138000")),
        _who("birth_date", DAY, Column("出生日期", "Date of birth", "1949-12-31")),
        _who("sex", word(Sex), Column("性别", "Sex", "女")),
        _who("address", _ADDRESS, Column("住址", "Address", "浙江省杭州市余杭区五常街道文一西路1号3幢502室")),
        _who("consent_reference", _REFERRED, Column("授权编号", "Consent reference", "SQ-2026-000123")),
    )
}
CONSENT_FIELDS = {
    field.name: field
    for field in (
        _agreed("consent_signed_on", DAY, Column("授权日期", "Consent signed on", "2026-01-15")),
        _agreed("consent_method", word(ConsentMethod), Column("授权方式", "Consent method", "纸质签字")),
        _agreed(
            "consent_document_sha256",
            _DIGEST,
            Column(
                "授权书摘要",
                "Consent document SHA-256",
                "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            ),
        ),
        _agreed("consent_until", DAY, Column("授权截止日期", "Consent until", "2028-01-14", future=True)),
        _agreed("consent_separate", _SEPARATE, Column("单独授权", "Separate consent", "收入")),
    )
}
