"""The page `docs/catalogue.md`, made from the declarations.

`python -m registry.catalogue.page > docs/catalogue.md` writes it anew.
"""

import sys
from collections.abc import Iterable, Iterator

from registry.catalogue import CONSENT_FIELDS, FORBIDDEN, IDENTITY_FIELDS, RECORD_TYPES, Field, RecordType
from registry.catalogue.packs import Jurisdiction, jurisdiction
from registry.catalogue.record_type import never

_KINDS = {
    "month": "month `YYYY-MM`",
    "day": "day `YYYY-MM-DD`",
    "money": "decimal string, two places",
    "whole": "whole number",
    "quantity": "decimal string",
    "flag": "yes or no",
    "word": "one of",
    "words": "list of",
    "text": "text",
    "code": "code",
}
_INTRO = """# The record catalogue

Made from the declarations in `registry/catalogue/` (`python -m registry.catalogue.page`); a test keeps it
current. Files may write months, days, amounts and words in many ways (`2026年3月`, `2026/3`, `1,234.50`,
`是`, `水费`); what is stored is the form given here. Other headers and words in use stand in
`registry/catalogue/synonyms.toml`.
"""


def catalogue_page() -> str:
    """The whole page as Markdown."""
    rules = jurisdiction("CN")
    parts = [_INTRO, _section("Identity", "Fields that may stand in any file.", IDENTITY_FIELDS.values())]
    parts.append(
        _section(
            "Evidence of a signed consent",
            "Fields that may stand beside them; the first three and `consent_reference` only come together.",
            CONSENT_FIELDS.values(),
        )
    )
    parts += [_type(record_type, rules) for record_type in RECORD_TYPES.values()]
    return "\n".join((*parts, _forbidden(), _rules(rules)))


def _type(record_type: RecordType, rules: Jurisdiction) -> str:
    category = rules.categories[record_type.category].label
    apart = " (separate consent)" if rules.needs_separate_consent(record_type.category) else ""
    key = ", ".join(f"`{name}`" for name in record_type.natural_key) or "nothing more"
    negative = "Never negative."
    if record_type.is_negative is not never:
        negative = f"Negative {' '.join((record_type.is_negative.__doc__ or '').split())}"
    furnishers = ", ".join(record_type.furnishers)
    about = (
        f"`{record_type.code}` · category {category.en}, {category.zh}{apart} · from {furnishers} · "
        f"{record_type.sensitivity}.\n\nThe same record again: person, organisation and {key}. "
        f"Its time: `{record_type.placed_by}`. {negative}"
    )
    return _section(f"{record_type.en} · {record_type.zh}", about, record_type.fields.values())


def _section(title: str, about: str, fields: Iterable[Field]) -> str:
    head = "| field | 中文 | label | value | required | example |\n|---|---|---|---|---|---|\n"
    return f"## {title}\n\n{about}\n\n{head}" + "".join(f"{line}\n" for line in _lines(fields))


def _lines(fields: Iterable[Field]) -> Iterator[str]:
    for field in fields:
        value = _KINDS[field.kind.name] if field.words else _KINDS[field.kind.name].removesuffix(" of")
        if field.words:
            value += " " + ", ".join(f"`{word.value}` {word.zh}" for word in field.words)
        if field.column.unit:
            value += f", {field.column.unit}"
        required = "yes" if field.required else ""
        yield f"| `{field.name}` | {field.zh} | {field.en} | {value} | {required} | {field.example} |"


def _forbidden() -> str:
    groups = ", ".join(f"{group.en.lower()} ({group.zh})" for group in FORBIDDEN.values())
    return f"## Never collected\n\nA file with a column that looks like one of these is refused: {groups}.\n"


def _rules(rules: Jurisdiction) -> str:
    lines = [
        f"## Rules of {rules.code}\n",
        "| purpose | 中文 | for | at most | days |",
        "|---|---|---|---|---|",
    ]
    for purpose in rules.purposes.values():
        kinds, categories = ", ".join(purpose.kinds) or "the resident", ", ".join(purpose.categories)
        label = f"{purpose.label.en} `{purpose.code}` | {purpose.label.zh}"
        lines.append(f"| {label} | {kinds} | {categories} | {purpose.max_days} |")
    lines.append(
        f"\nNegative information goes {rules.negative_retention_years} years after its event ended. Disputes "
        f"are answered within {rules.dispute_days} days. Nobody under {rules.minimum_age} is registered."
    )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(catalogue_page())
