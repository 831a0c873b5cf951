"""Names and words: none may mean two things, and forbidden columns are told by their name."""

import pytest

from ingest.mapping.headers import keys as header_keys
from registry.catalogue import CONSENT_FIELDS, FORBIDDEN, IDENTITY_FIELDS, RECORD_TYPES, forbidden_group
from registry.catalogue.vocabulary import WordReader

ALL_FIELDS = [*IDENTITY_FIELDS.values(), *CONSENT_FIELDS.values()] + [
    field for record_type in RECORD_TYPES.values() for field in record_type.fields.values()
]


@pytest.mark.parametrize("code", RECORD_TYPES)
def test_no_header_names_two_fields_of_one_type(code):
    meanings: dict[str, set[str]] = {}
    for field in (*RECORD_TYPES[code].fields.values(), *IDENTITY_FIELDS.values(), *CONSENT_FIELDS.values()):
        for header in (field.name, field.zh, field.en, *field.also):
            meanings.setdefault(next(header_keys(header)), set()).add(field.name)
    assert {header: fields for header, fields in meanings.items() if len(fields) > 1} == {}


def test_every_word_is_read_from_its_labels_and_synonyms():
    lists = {field.words for field in ALL_FIELDS if field.words}
    assert len(lists) == 14
    for words in lists:
        read = WordReader(words)
        for word in words:
            assert {read(said) for said in (word.value, word.zh, word.en, *word.also)} == {word.value}


def test_every_field_has_labels_in_both_languages_and_an_example():
    assert [field.name for field in ALL_FIELDS if not (field.zh and field.en and field.example)] == []


def test_no_header_of_ours_looks_forbidden():
    headers = [header for field in ALL_FIELDS for header in (field.name, field.zh, field.en, *field.also)]
    assert [header for header in headers if forbidden_group(header)] == []


@pytest.mark.parametrize(
    ("header", "group"),
    [
        ("宗教信仰", "religion"),
        ("Religion", "religion"),
        ("religious_belief", "religion"),
        ("信 仰", "religion"),
        ("基因", "genes"),
        ("DNA result", "genes"),
        ("geneticTest", "genes"),
        ("遗传信息", "genes"),
        ("指纹", "fingerprints"),
        ("FINGER_PRINT", "fingerprints"),
        ("fingerprints", "fingerprints"),
        ("血型", "blood_type"),
        ("bloodType", "blood_type"),
        ("血型（ABO）", "blood_type"),
        ("血\u200b型", "blood_type"),
        ("疾病", "disease"),
        ("慢性病情况", "disease"),
        ("诊断", "disease"),
        ("Diagnosis code", "disease"),
        ("HIV", "disease"),
        ("病史", "medical_history"),
        ("既往病史", "medical_history"),
        ("medical-history", "medical_history"),
        ("Medical Record No.", "medical_history"),
        ("ｂｌｏｏｄ　ｇｒｏｕｐ", "blood_type"),
    ],
)
def test_forbidden_column_is_recognised(header, group):
    assert forbidden_group(header) is FORBIDDEN[group]


@pytest.mark.parametrize(
    "header",
    [
        "医疗保险",
        "基本医疗保险",
        "医保基数",
        "Medical insurance",
        "medical",
        "重大疾病保险",
        "病假天数",
        "gender",
        "general",
        "generation",
        "工伤保险",
        "生育保险",
        "民族",
        "sick leave",
        "identity",
        "telephone",
        "rental",
        "Faithfulness",
        "about",
        "阶段",
        "health insurance",
    ],
)
def test_harmless_column_stays_allowed(header):
    assert forbidden_group(header) is None
