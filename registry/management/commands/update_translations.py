"""manage.py update_translations: bring the Chinese catalogue up to date with the texts in the source.

1. extract what templates and Python code mark, as Django's makemessages does (needs gettext's programs)
2. add the sentences that errors and row faults declare: their modules are pure and mark nothing
3. keep the translations there are, drop what is no longer said, and name what still wants one
"""

import os
import pkgutil
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import polib
from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from registry.errors import RegistryError

CATALOGUE = Path("locale") / "zh_Hans" / "LC_MESSAGES" / "django.po"
WIDTH = 110
PACKAGES = ("registry", "consent", "ingest", "api")


class Command(BaseCommand):
    """For whoever changed a text; the house's tests refuse a catalogue that is behind."""

    help = "Bring registry/locale's catalogue up to date and list the texts without a translation."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the catalogue; exits with status 1 while a text has no translation."""
        path = settings.ROOT / "registry" / CATALOGUE
        catalogue = merged(path, wanted(settings.ROOT))
        path.parent.mkdir(parents=True, exist_ok=True)
        catalogue.save(str(path))
        missing = [entry.msgid for entry in catalogue if not entry.translated()]
        self.stdout.write(f"{len(catalogue)} texts, {len(missing)} without a translation.")
        if missing:
            raise CommandError("\n".join(missing))


def wanted(root: Path) -> list[polib.POEntry]:
    """Every text that people can read, in order of its message id, without translations."""
    found = {(entry.msgctxt, entry.msgid): entry for entry in extracted(root)}
    for text in declared():
        found.setdefault((None, text), polib.POEntry(msgid=text))
    return sorted(found.values(), key=lambda entry: (entry.msgid, entry.msgctxt or ""))


def extracted(root: Path) -> list[polib.POEntry]:
    """What the source marks. Works on a copy, so that nothing is written beside the source."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for package in PACKAGES:
            ignored = shutil.ignore_patterns("locale", "vendor", "*.pyc")
            shutil.copytree(root / package, folder / package, ignore=ignored)
        (folder / "locale").mkdir()
        command = [
            sys.executable,
            "-m",
            "django",
            "makemessages",
            "-l",
            "zh_Hans",
            "-v",
            "0",
            "--no-location",
        ]
        environment = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
        subprocess.run(command, cwd=folder, env=environment, check=True)
        return list(polib.pofile(str(folder / CATALOGUE)))


def declared() -> Iterator[str]:
    """Sentences and cures of errors, and what apps declare beside (`texts` of their AppConfig)."""
    _import_all()
    for error in _errors(RegistryError):
        yield from filter(None, (error.sentence, getattr(error, "cure", "")))
    for config in apps.get_app_configs():
        texts: Callable[[], Iterable[str]] = getattr(config, "texts", tuple)
        yield from texts()


def _import_all() -> None:
    """Every module of the apps: an error is only known once its module was read."""
    for package in PACKAGES:
        path = import_module(package).__path__
        for module in pkgutil.walk_packages(path, f"{package}."):
            if not {"migrations", "settings", "asgi", "wsgi", "__main__"} & set(module.name.split(".")):
                import_module(module.name)


def _errors(root: type[RegistryError]) -> Iterator[type[RegistryError]]:
    yield root
    for error in root.__subclasses__():
        yield from _errors(error)


def merged(path: Path, texts: list[polib.POEntry]) -> polib.POFile:
    """The catalogue with exactly these texts and whatever translations it had for them."""
    standing = {}
    if path.exists():
        standing = {(entry.msgctxt, entry.msgid): entry for entry in polib.pofile(str(path))}
    catalogue = polib.POFile(wrapwidth=WIDTH)
    catalogue.metadata = {
        "Project-Id-Version": "juxin",
        "Language": "zh_Hans",
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=1; plural=0;",
    }
    for entry in texts:
        catalogue.append(_with_translation(entry, standing.get((entry.msgctxt, entry.msgid))))
    return catalogue


def _with_translation(entry: polib.POEntry, known: polib.POEntry | None) -> polib.POEntry:
    entry.occurrences, entry.previous_msgid, entry.obsolete = [], None, False
    entry.flags = [flag for flag in entry.flags if flag != "fuzzy"]
    if known is not None:
        entry.msgstr, entry.msgstr_plural = known.msgstr, known.msgstr_plural
    return entry
