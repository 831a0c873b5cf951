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
    given = fields.get
    number, last4, passport, permit = read_documents(
        given("id_number", ""), given("id_last4", ""), given("passport", ""), given("residence_permit", "")
    )
    return Person(
        clean_name(given("name", "")),
        number,
        is_valid_number(number),
        last4,
        passport,
        permit,
        read_mobile(given("mobile", "")),
        read_birth(given("birth_date", "")),
        read_sex(given("sex", "")),
        clean_address(given("address", "")),
    )
