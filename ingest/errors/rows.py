"""Row faults: data about one row, as a clerk should read it."""

from dataclasses import dataclass

from registry.catalogue import CONSENT_FIELDS, IDENTITY_FIELDS, RECORD_TYPES


@dataclass(frozen=True)
class RowFault:
    """One kind of fault that a row can have, as a clerk should read it."""

    code: str
    sentence: str
    cure: str
    example: str = ""


ROW_FAULTS: dict[str, RowFault] = {
    fault.code: fault
    for fault in (
        # The row as a whole.
        RowFault(
            "ragged_row",
            "This row has more or fewer cells than the header.",
            "Check the row for a missing or extra separator; put cells that contain one in quotation marks.",
            '张伟,"浙江省, 杭州市",2026-03',
        ),
        RowFault(
            "quote_damaged",
            "A quotation mark in this row is out of place.",
            "Write a quotation mark inside a cell twice, or save the table as .xlsx.",
            '"5"" screen"',
        ),
        RowFault(
            "row_cell_too_long",
            "A cell of this row is far too long.",
            "Shorten the cell; a note or a picture does not belong in it.",
        ),
        RowFault(
            "json_invalid",
            "This line is not a JSON object.",
            "Write one JSON object on each line.",
            '{"name": "张伟", "month": "2026-03"}',
        ),
        RowFault(
            "json_nested",
            "A value in this line is a list or another object.",
            "Write flat objects: every value a text, a number, true, false or null.",
            '{"schemes": "养老保险、医疗保险"}',
        ),
        RowFault(
            "json_unknown_key",
            "This line has a key that the first lines do not have.",
            "Use the same keys in every line; write null where there is no value.",
            '{"name": "张伟", "net": null}',
        ),
        RowFault(
            "json_duplicate_key",
            "A key stands twice in this line.",
            "Write each key once.",
            '{"name": "张伟", "month": "2026-03"}',
        ),
        RowFault(
            "cell_error",
            "This cell holds an error of the spreadsheet, such as #N/A or #REF!, and no value.",
            "Mend the formula or write the value itself, then send the file again.",
        ),
        RowFault(
            "cell_formula",
            "This cell holds a formula without its result. Formulas are never worked out here.",
            "Copy the column, paste it as values, save the file and send it again.",
        ),
        # Who it is about.
        RowFault(
            "identity_insufficient",
            "The row does not say well enough who it is about.",
            "Give the name and one of citizen number, passport, residence permit and mobile, or the date of "
            "birth together with the number's last four characters or the address.",
            "张伟, 11010519491231002X",
        ),
        RowFault(
            "name_format",
            "This is not a person's name.",
            "Write the name as on the document, without digits or signs.",
            "张伟",
        ),
        RowFault(
            "id_number_format",
            "A citizen number has 18 characters.",
            "Copy the number again from the document.",
            "11010519491231002X",
        ),
        RowFault(
            "id_number_check",
            "The check character of this citizen number is wrong: a digit was mistyped.",
            "Compare the number with the document.",
            "11010519491231002X",
        ),
        RowFault(
            "id_number_birth",
            "The date of birth inside this citizen number does not exist.",
            "Compare the number with the document.",
            "11010519491231002X",
        ),
        RowFault(
            "id_number_county",
            "The first digits of this citizen number name no region we know.",
            "Compare the number with the document; the row is taken in all the same.",
        ),
        RowFault(
            "id_number_damaged",
            "The spreadsheet has destroyed the last digits of this citizen number.",
            "Format the column as text before you fill it in or import it, then export again.",
            "11010519491231002X",
        ),
        RowFault(
            "id_number_rounded",
            "This citizen number ends in 000, as numbers do that a spreadsheet has rounded.",
            "Compare the number with the document; the row is taken in all the same.",
        ),
        RowFault(
            "id_last4_format",
            "These are not the last four characters of a citizen number.",
            "Write four characters, the last of them a digit or X.",
            "002X",
        ),
        RowFault(
            "id_last4_differs",
            "The last four characters do not belong to the citizen number beside them.",
            "Compare both with the document.",
            "002X",
        ),
        RowFault(
            "document_format",
            "A document number has 5 to 20 letters and digits.",
            "Copy the number again from the document.",
            "E12345678",
        ),
        RowFault(
            "mobile_format",
            "This is not a mobile number.",
            "Write eleven digits, or + and the country code for a number from abroad.",
            "13800138000",
        ),
        RowFault(
            "birth_date_absurd",
            "This date of birth cannot be right.",
            "Compare it with the document.",
            "1990-03-07",
        ),
        RowFault(
            "birth_date_differs",
            "The date of birth differs from the one inside the citizen number.",
            "Compare both with the document; the row is taken in all the same.",
        ),
        RowFault(
            "sex_differs",
            "The sex differs from the one inside the citizen number.",
            "Compare both with the document; the row is taken in all the same.",
        ),
        RowFault(
            "under_age",
            "This person is under 14. Children's data may not be registered here.",
            "Remove the row.",
        ),
        # The consent beside it.
        RowFault(
            "reference_format",
            "A consent reference has at most 64 letters, digits and - . / : # _.",
            "Write the reference as it stands on the consent.",
            "SQ-2026-000123",
        ),
        RowFault(
            "digest_format",
            "This is not a SHA-256 digest.",
            "Give the 64 hexadecimal digits of the signed document's SHA-256.",
        ),
        RowFault(
            "consent_evidence_incomplete",
            "A signed consent needs its reference, date, method and digest.",
            "Fill in all four of them, or none if the consent is already on file.",
        ),
        RowFault(
            "category_unknown",
            "This is not a category that needs separate consent.",
            "Write yes, no, or the category.",
            "收入",
        ),
        # The consent it rests on, and the licence it comes under.
        RowFault(
            "consent_missing",
            "There is no consent on file under which this row may be kept.",
            "Register the person's consent, or give its reference, date, method and digest in the row."
            " If another row of the file gives them, send the file again.",
        ),
        RowFault(
            "consent_withdrawn",
            "The consent for this row was withdrawn or has ended. Nothing of the row was kept.",
            "Remove the row, or ask the person for a new consent.",
        ),
        RowFault(
            "separate_consent_missing",
            "This kind of information needs the person's separate consent, which the row does not show.",
            "Ask for it with its own text, then say so in the column for separate consent.",
            "收入",
        ),
        RowFault(
            "identity_mismatch",
            "This consent reference belongs to another person than the one in the row.",
            "Compare reference, name and number with the signed consent.",
        ),
        RowFault(
            "category_not_licensed",
            "Your licence does not cover this kind of information.",
            "Remove the row, or ask the registry's operator to widen your licence.",
        ),
        RowFault(
            "record_type_not_yours",
            "An organisation of your kind does not furnish records of this type.",
            "Choose another type of record.",
        ),
        RowFault(
            "licence_required",
            "Your organisation's licence was not in force when this row's turn came.",
            "Send the row again once it is.",
        ),
        # One cell of the record.
        RowFault("required", "This cell is empty, but every record of this kind needs it.", "Fill it in."),
        RowFault("month_format", "This is not a month.", "Write year and month.", "2026-03"),
        RowFault(
            "date_format",
            "This is not a date, or its day and month could be confused.",
            "Write year, month and day in this order.",
            "2026-03-01",
        ),
        RowFault("date_impossible", "There is no such day.", "Check month and day.", "2026-02-28"),
        RowFault("date_absurd", "This date is too far away to be right.", "Check the year.", "2026-03-01"),
        RowFault("date_in_future", "This date lies in the future.", "Check the year.", "2026-03-01"),
        RowFault("dates_out_of_order", "This date is before the one it should follow.", "Check both dates."),
        RowFault(
            "amount_format",
            "This is not an amount of money.",
            "Write digits with a point before the cents.",
            "1234.50",
        ),
        RowFault(
            "amount_decimals", "An amount has at most two places after the point.", "Round it.", "1234.50"
        ),
        RowFault(
            "amount_negative",
            "An amount cannot be below zero here.",
            "Write the amount without a sign; send a correction for a refund.",
            "1234.50",
        ),
        RowFault(
            "amount_absurd",
            "This amount is too large to be right.",
            "Check the point and the unit.",
            "1234.50",
        ),
        RowFault(
            "amounts_inconsistent",
            "This amount is larger than the one it is a part of.",
            "Check both amounts.",
        ),
        RowFault("number_format", "This is not a whole number.", "Write digits only.", "24"),
        RowFault("number_absurd", "This number is too small or too large to be right.", "Check it.", "24"),
        RowFault(
            "number_damaged",
            "The spreadsheet has turned this number into scientific notation and lost digits.",
            "Format the column as text or number before you export it.",
            "13800138000",
        ),
        RowFault("flag_format", "Write yes or no here.", "Write 是 or 否, yes or no.", "是"),
        RowFault(
            "not_in_list",
            "This word is not in the list for this column.",
            "Use one of the words in our template.",
        ),
        RowFault(
            "currency_unknown", "This is not a currency code.", "Write three letters of ISO 4217.", "CNY"
        ),
        RowFault(
            "credit_code_check",
            "This is not a unified social credit code: its check character is wrong.",
            "Copy the 18 characters again from the business licence.",
            "91350100M000100Y43",
        ),
        RowFault(
            "industry_unknown",
            "This is not an industry code of GB/T 4754.",
            "Write the letter of the section or the digits of the class.",
            "G6020",
        ),
        RowFault(
            "status_inconsistent",
            "This does not agree with the other cells of the row.",
            "Check state, dates and amounts together.",
        ),
        RowFault(
            "text_characters",
            "This text holds characters that do not belong in it.",
            "Write plain words; a cell may not begin with = or @.",
        ),
        RowFault("text_too_long", "This text is too long.", "Shorten it."),
    )
}

_ABOUT_NO_VALUE = frozenset(
    {
        "category_not_licensed",
        "consent_missing",
        "consent_withdrawn",
        "identity_insufficient",
        "identity_mismatch",
        "licence_required",
        "record_type_not_yours",
        "separate_consent_missing",
        "under_age",
    }
)
_FIELDS = {
    field.name: field
    for fields in (*(found.fields for found in RECORD_TYPES.values()), CONSENT_FIELDS, IDENTITY_FIELDS)
    for field in fields.values()
}


def example_of(code: str, field: str, language: str = "zh-hans") -> str:
    """A right value to show beside a fault: the field's own where the fault is of its value.

    >>> example_of("date_format", "paid_on"), example_of("ragged_row", "")
    ('2026-04-12', '张伟,"浙江省, 杭州市",2026-03')
    """
    known = _FIELDS.get(field) if code not in _ABOUT_NO_VALUE else None
    fault = ROW_FAULTS.get(code)
    return (known.example_in(language) if known else "") or (fault.example if fault else "")
