"""What the preview page says: how a file was read, its columns, its first rows as they will be understood."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ingest import queries
from ingest.errors import ROW_FAULTS, UPLOAD_ERRORS
from ingest.mapping import Mapping as Columns
from ingest.models import Upload
from ingest.readers import ENCODINGS, Row
from ingest.services.previewing import Sample
from ingest.services.previews import Preview
from ingest.validation import Checked
from ingest.views.desk import words
from registry.catalogue import CONSENT_FIELDS, IDENTITY_FIELDS, RECORD_TYPES, Field, Unreadable
from registry.catalogue.writing import clean, is_blank
from registry.look import writing

Told = dict[str, Any]
FIRST, MOST = 10, 20
"""So many rows are shown in any case, and so many at most: then only those with something wrong."""
_EXAMPLES, _LONGEST, _DIGEST = 2, 60, 40


def known_field(name: str, record_type: str) -> Field | None:
    """A field of the type, the identity or the consent."""
    own = RECORD_TYPES[record_type].fields if record_type in RECORD_TYPES else {}
    return own.get(name) or IDENTITY_FIELDS.get(name) or CONSENT_FIELDS.get(name)


def label_of(named: Any) -> str:
    """The label of a record type, a field or a word, in the reader's language."""
    return str(named.zh if (get_language() or "").startswith("zh") else named.en)


def field_label(name: str, record_type: str) -> str:
    """A field's label; its name where no such field is known."""
    known = known_field(name, record_type)
    return label_of(known) if known else name


def header_of(columns: Columns, place: int) -> str:
    """A column's name, or a word for one that has none."""
    return columns.columns[place] or _("Column %(number)s, without a name") % {"number": place + 1}


def reading_choices(preview: Preview) -> dict[str, list[tuple[str, str]]]:
    """The parts of the reading that can be chosen for this file, each with its choices; "" finds out."""
    head, choices = preview.head, preview.choices
    kind = head.kind if head else ""
    found = _("Find out")
    offered: dict[str, list[tuple[str, str]]] = {}
    if kind in ("csv", ""):
        seen = "" if choices.encoding or not head else head.encoding
        offered["encoding"] = [("", _found(found, encoding_label(seen)))]
        offered["encoding"] += [(code, encoding_label(code)) for code in ENCODINGS]
        seen = "" if choices.delimiter or not head else head.delimiter
        offered["delimiter"] = [("", _found(found, delimiter_labels().get(seen, "")))]
        offered["delimiter"] += list(delimiter_labels().items())
    sheets = _sheets(preview)
    if len(sheets) > 1:
        seen = "" if choices.sheet or not head else head.sheet
        offered["sheet"] = [("", _found(found, seen)), *((name, name) for name in sheets)]
    if kind != "ndjson":
        offered["header_row"] = []
    return offered


def _sheets(preview: Preview) -> list[str]:
    told = preview.context.get("sheets", ())
    return preview.head.sheets if preview.head else list(told) if isinstance(told, list) else []


def _found(words: str, seen: str) -> str:
    return _("Found: %(what)s") % {"what": seen} if seen else words


def encoding_label(code: str) -> str:
    """An encoding by the name that people know."""
    known = {
        "utf-8": "UTF-8",
        "utf-8-sig": "UTF-8",
        "gb18030": "GB18030 (GBK, GB2312)",
        "big5hkscs": "Big5",
        "utf-16": "UTF-16",
        "utf-16-le": "UTF-16 LE",
        "utf-16-be": "UTF-16 BE",
    }
    return known.get(code, code.upper())


def delimiter_labels() -> dict[str, str]:
    """What may stand between cells, in words."""
    return {",": _("Comma"), "\t": _("Tab"), ";": _("Semicolon"), "|": _("Bar")}


def facts(preview: Preview) -> list[Told]:
    """How the file was read, a line each."""
    head, record_type = preview.head, preview.mapping.record_type if preview.mapping else ""
    if head is None:
        return []
    told = [(_("Contents"), label_of(RECORD_TYPES[record_type]) if record_type else _("Not known yet"))]
    told += [(_("Characters"), encoding_label(head.encoding))] if head.kind == "csv" else []
    if head.kind == "csv":
        told.append((_("Between the cells"), delimiter_labels().get(head.delimiter, head.delimiter)))
    told += [(_("Sheet"), head.sheet)] if head.sheet else []
    if head.kind != "ndjson":
        told.append((_("Row with the names of the columns"), str(head.header_row)))
    return [{"label": label, "value": value} for label, value in told]


def field_choices(record_type: str) -> list[tuple[str, Any]]:
    """Every field that a column may fill, in groups, after the choice to leave it out."""
    own = RECORD_TYPES[record_type].fields.values() if record_type in RECORD_TYPES else ()
    groups: list[tuple[str, Iterable[Field]]] = [
        (label_of(RECORD_TYPES[record_type]) if own else "", own),
        (_("Who it is about"), IDENTITY_FIELDS.values()),
        (_("Signed consent"), CONSENT_FIELDS.values()),
    ]
    offered = [(name, [(f.name, _marked(f)) for f in fields]) for name, fields in groups if fields]
    return [("", _("Not used")), *offered]


def _marked(field: Field) -> str:
    return _("%(field)s (needed)") % {"field": label_of(field)} if field.required else label_of(field)


def columns(preview: Preview) -> list[Told]:
    """Each column: its name, some of its cells, how its field was found and how surely."""
    mapping, head = preview.mapping, preview.head
    assert mapping is not None
    assert head is not None
    return [
        {
            "place": place,
            "name": header_of(mapping, place),
            "examples": _examples(head.rows, place),
            "how": how_matched(mapping, place),
            "by_content": mapping.match(place).how == "content",
            "used": bool(field),
        }
        for place, field in enumerate(mapping.fields)
    ]


def _examples(rows: Sequence[Row], place: int) -> list[str]:
    cells = (row.cells[place] for row in rows if not row.fault and place < len(row.cells))
    said = dict.fromkeys(_short(cell.strip())[:_LONGEST] for cell in cells if not is_blank(cell))
    return list(said)[:_EXAMPLES]


def how_matched(mapping: Columns, place: int) -> str:
    """In words, how a column came by its field."""
    match = mapping.match(place)
    words = {
        "name": _("By its name"),
        "synonym": _("By another name for it"),
        "content": _("By what stands in it: please check"),
        "remembered": _("As last time"),
        "chosen": _("As you chose"),
    }
    said = words.get(match.how, "")
    if not said:
        return _("Fills no field")
    return _("%(how)s, %(sure)s%% sure") % {"how": said, "sure": match.sure} if match.sure < 100 else said


def hindrances(preview: Preview, sample: Sample) -> list[Told]:
    """What keeps the file from being taken in as it is understood now: title and cure of each."""
    if preview.mapping is None:
        return [_hindrance(preview.error)]
    mapping, told = preview.mapping, []
    for code in dict.fromkeys(problem.code for problem in mapping.problems):
        concerned = [problem for problem in mapping.problems if problem.code == code]
        names = [p.column or field_label(p.field, mapping.record_type) for p in concerned if p.field]
        if code == "record_type_ambiguous":
            names = [label_of(RECORD_TYPES[p.field]) for p in concerned]
        told.append(_hindrance(code.replace("_ambiguous", "_unknown") if "type" in code else code, names))
    if not told and sample.fault:
        fault = ROW_FAULTS[sample.fault]
        told.append({"title": _(fault.sentence), "text": _(fault.cure)})
    return told


def _hindrance(code: str, names: Sequence[str] = ()) -> Told:
    error = UPLOAD_ERRORS.get(code)
    if error is None:
        return {"title": code, "text": ""}
    named = _("It is about: %(names)s.") % {"names": ", ".join(names)} if names else ""
    return {
        "title": _(error.sentence),
        "text": " ".join(filter(None, (named, _choosable(code, _(error.cure))))),
    }


def _choosable(code: str, cure: str) -> str:
    """What to do here, where it can be done here; else what the error says anyway."""
    here = {
        "record_type_unknown": _("Choose below what is in the file."),
        "columns_missing": _("Choose below which column holds it, or add the column to your file."),
        "columns_ambiguous": _("Choose below which of them counts, and “Not used” for the other."),
    }
    return here.get(code, cure)


def rows(preview: Preview, sample: Sample) -> list[Told]:
    """The first rows, and those after them with something wrong, cell by cell as they will be understood."""
    mapping = preview.mapping
    assert mapping is not None
    shown = [pair for place, pair in enumerate(sample.rows) if place < FIRST or pair[1].errors][:MOST]
    return [_row(row, checked, mapping) for row, checked in shown]


def _row(row: Row, checked: Checked, mapping: Columns) -> Told:
    errors, warnings = list(checked.errors), list(checked.warnings)
    there = {mapping.fields[place] for place in mapping.used}
    about_all = [fault for fault in errors if fault[1] not in there]
    return {
        "number": row.number,
        "faults": [fault_in_words(fault[0], fault[1], mapping.record_type) for fault in about_all],
        "refused": bool(errors),
        "cells": [_cell(row, place, mapping, errors, warnings) for place in mapping.used],
    }


def _cell(row: Row, place: int, mapping: Columns, errors: Sequence[Any], warnings: Sequence[Any]) -> Told:
    field = mapping.fields[place]
    written = row.cells[place].strip() if place < len(row.cells) else ""
    known = known_field(field, mapping.record_type)
    refused = [fault for fault in errors if fault[1] == field]
    meant = "" if refused or known is None or is_blank(written) else understood(known, written)
    return {
        "text": _short(meant or written),
        "written": _short(written) if meant and meant != clean(written) else "",
        "faults": [fault_in_words(fault[0], fault[1], mapping.record_type) for fault in refused],
        "notes": [fault_in_words(f[0], f[1], mapping.record_type) for f in warnings if f[1] == field],
    }


def _short(text: str) -> str:
    """The beginning of what nobody reads to its end, such as a digest."""
    return f"{text[:16]}…" if len(text) > _DIGEST and text.isascii() and " " not in text else text


def understood(field: Field, written: str) -> str:
    """A cell as the record will hold it, in the reader's words; "" where it cannot be read."""
    try:
        value = field.kind.read(written)
    except Unreadable:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if field.words is not None:
        codes = value if isinstance(value, list) else [value]
        return ", ".join(label_of(word) for word in field.words if word.value in codes)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def fault_in_words(code: str, field: str, record_type: str) -> Told:
    """What is wrong, and an example of a right value."""
    fault, known = ROW_FAULTS.get(code), known_field(field, record_type)
    return {
        "sentence": _(fault.sentence) if fault else code,
        "example": (fault.example if fault else "") or (known.example if known else ""),
    }


def reasons(found: Iterable[tuple[str, str, bool, int]], columns: Columns | None) -> list[Told]:
    """Each reason as a card: what is wrong, in which column, how often, the cure and a right value."""
    return [_reason(*each, columns) for each in found]


def _reason(code: str, field: str, _warning: bool, count: int, columns: Columns | None) -> Told:
    fault, record_type = ROW_FAULTS.get(code), columns.record_type if columns else ""
    told = fault_in_words(code, field, record_type)
    column = ""
    if field:
        used = columns is not None and field in columns.fields
        column = columns.column_of(field) if used and columns else field_label(field, record_type)
    return told | {"cure": _(fault.cure) if fault else "", "column": column, "count": count}


def trial(upload: Upload) -> Told | None:
    """What a dry run came to, or how far it is; None where there was none."""
    if upload.trial == Upload.Trial.NONE:
        return None
    counts: Mapping[str, Any] = upload.trial_counts
    told = [(r["code"], r["field"], r["warning"], r["count"]) for r in counts.get("reasons", ())]
    columns, error = queries.mapping_of(upload), str(counts.get("error", ""))
    return {
        "running": upload.trial == Upload.Trial.RUNNING,
        "rows": counts.get("rows", 0),
        "tiles": words.tiles({name: counts.get(name, 0) for name in Upload.OUTCOMES}),
        "reasons": reasons([each for each in told if not each[2]], columns),
        "notes": reasons([each for each in told if each[2]], columns),
        "error": _hindrance(error) if error else None,
    }


def as_last_time(preview: Preview) -> str:
    """When a table like this was confirmed last, if that was used here."""
    at: datetime | None = preview.memory_at
    return writing.moment_text(at) if preview.memory and at else ""
