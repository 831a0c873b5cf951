"""Every text that people read is there in Chinese as well."""

import re
import shutil

import polib

from registry.management.commands.update_translations import CATALOGUE, wanted
from tests.factories.missing import missing
from tests.house.source import ROOT

FIELD = re.compile(r"%\(\w+\)[sd]|\{\w*\}|%[sd]")


def catalogue() -> polib.POFile:
    return polib.pofile(str(ROOT / "registry" / CATALOGUE))


def test_no_text_is_untranslated_or_fuzzy() -> None:
    assert [entry.msgid for entry in catalogue() if "fuzzy" in entry.flags or not entry.translated()] == []


def test_no_text_is_obsolete() -> None:
    assert [entry.msgid for entry in catalogue() if entry.obsolete] == []


def test_translation_keeps_the_fields_of_its_text() -> None:
    plain = [entry for entry in catalogue() if not entry.msgid_plural]
    assert [e.msgid for e in plain if sorted(FIELD.findall(e.msgid)) != sorted(FIELD.findall(e.msgstr))] == []


def test_catalogue_holds_exactly_the_texts_of_the_source() -> None:
    if shutil.which("xgettext") is None:
        missing("xgettext", "gettext")
    here = {(entry.msgctxt, entry.msgid) for entry in catalogue()}
    said = {(entry.msgctxt, entry.msgid) for entry in wanted(ROOT)}
    assert (sorted(map(str, said - here)), sorted(map(str, here - said))) == ([], [])
