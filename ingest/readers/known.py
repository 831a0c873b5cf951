"""Words that partners' tables are made of: the headers that the catalogue knows, and characters in daily use.

They tell a header row from a title, a sheet of data from a sheet of notes, and one encoding from another.
"""

from collections.abc import Iterable
from functools import cache

import opencc

from registry.catalogue import CONSENT_FIELDS, IDENTITY_FIELDS, RECORD_TYPES, Field
from registry.catalogue.writing import clean

# The commonest surnames, and characters that given names and addresses are commonly written with.
_NAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭"
    "陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤欧阳司马上官诸葛"
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀英霞平刚桂兰华建国志文玉梅淑珍海燕雪晓鹏飞宇浩然子轩梓涵欣怡佳琪俊嘉豪天宝永"
    "福德胜利红小春秋冬云凤翠莲琴菊香萍新民东南西北中大少成光荣立友义仁信忠良才美丹婷婉莉雅诗思语晨阳辰睿博翔凯斌彬辉"
    "省市县区镇乡村路街道号栋单元室组楼幢弄巷社区小区公司厂店园"
)
_BRACKETS = "([{【〔<"


@cache
def header_words() -> frozenset[str]:
    """Every name by which the catalogue knows a column, in either script, without spaces, in lower case."""
    traditional = opencc.OpenCC("s2t").convert
    said = {name for field in _fields() for name in (field.name, field.zh, field.en, *field.also)}
    return frozenset(_key(form) for name in said for form in (name, traditional(name)))


@cache
def typical_characters() -> frozenset[str]:
    """Chinese characters in names, addresses, headers and the catalogue's words, in either script."""
    traditional = opencc.OpenCC("s2t").convert
    said = [word for field in _fields() for word in (field.zh, *field.also, *_words(field))]
    text = "".join([*said, _NAMES])
    return frozenset(letter for letter in text + traditional(text) if letter > "\x7f")


def is_known(header: str) -> bool:
    """Whether the catalogue knows a column by this name, with or without what stands in its brackets."""
    if not header or len(header) > 120:
        return False
    plain = clean(header).lower()
    for bracket in _BRACKETS:
        plain = plain.partition(bracket)[0] or plain
    return _key(plain) in header_words()


def known_among(cells: Iterable[str]) -> int:
    """How many of these cells are names of columns that the catalogue knows."""
    return sum(map(is_known, cells))


def _fields() -> list[Field]:
    records = [field for record_type in RECORD_TYPES.values() for field in record_type.fields.values()]
    return [*IDENTITY_FIELDS.values(), *CONSENT_FIELDS.values(), *records]


def _words(field: Field) -> list[str]:
    return [said for word in field.words or () for said in (word.zh, *word.also)]


def _key(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())
