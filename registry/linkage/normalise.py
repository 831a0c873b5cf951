"""The fields of a row, whatever clerks wrote, into a `Person`."""

from collections.abc import Mapping

from registry.linkage.addresses import clean_address
from registry.linkage.names import clean_name
from registry.linkage.numbers import is_valid_number, read_birth, read_documents, read_mobile, read_sex
from registry.linkage.person import Person


def normalise(fields: Mapping[str, str]) -> Person:
    """Read the identity fields of one row (name, id_number, id_last4, passport, residence_permit, mobile,
    birth_date, sex, address; others are ignored). Never raises on any text; normalising a person's own
    `fields()` changes nothing.
    """
    documents = read_documents(
        fields.get("id_number", ""),
        fields.get("id_last4", ""),
        fields.get("passport", ""),
        fields.get("residence_permit", ""),
    )
    return Person(
        name=clean_name(fields.get("name", "")),
        id_number=documents.id_number,
        id_number_valid=is_valid_number(documents.id_number),
        id_last4=documents.id_last4,
        passport=documents.passport,
        residence_permit=documents.residence_permit,
        mobile=read_mobile(fields.get("mobile", "")),
        birth_date=read_birth(fields.get("birth_date", "")),
        sex=read_sex(fields.get("sex", "")),
        address=clean_address(fields.get("address", "")),
    )
