"""What the documents promise is there: paths, functions, commands, settings, reasons."""

import ast
import importlib
import inspect
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.core.management import get_commands

from registry.celery import app
from registry.settings import env
from tests.house.source import PACKAGES, ROOT, modules

UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK|WIP|raise NotImplementedError|pragma: no cover)\b")
UNREASONED = re.compile(r"(noqa(?!: [A-Z]+\d+(, ?[A-Z]+\d+)*  ?\()|type: ignore(?!\[[\w, -]+\]  ?#))")
PATH = re.compile(r"`((?:registry|consent|ingest|api|tests|docs|deploy|bench|\.ci)/[\w./-]*)`")
TEST = re.compile(r"`(tests/[\w./-]+\.py)::(\w+)`")
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
NAME = re.compile(r"`((?:registry|consent|ingest|api|bench)(?:\.\w+)+)(?:\(\))?`")
COMMAND = re.compile(r"(?:manage\.py|\./run manage) (\w+)")
# Set by `./run` for the processes that it starts; not for people to set.
INTERNAL = {"DJANGO_SETTINGS_MODULE"}


@cache
def pages() -> dict[str, str]:
    """Every document by its path."""
    found = [ROOT.glob("*.md"), (ROOT / "docs").rglob("*.md"), (ROOT / "deploy").rglob("*.md")]
    return {str(path.relative_to(ROOT)): path.read_text() for paths in found for path in sorted(paths)}


def said(pattern: re.Pattern[str]) -> list[tuple[str, Any]]:
    """Page and what it names, for everything that the pattern finds."""
    found = [(page, name) for page, text in pages().items() for name in pattern.findall(text)]
    assert found
    return found


def test_documents_name_only_paths_that_exist():
    assert [(page, path) for page, path in said(PATH) if not (ROOT / path).exists()] == []


def test_documents_name_only_tests_that_exist():
    def exists(path: str, name: str) -> bool:
        return (ROOT / path).exists() and f"def {name}(" in (ROOT / path).read_text()

    assert [(page, named) for page, named in said(TEST) if not exists(*named)] == []


def test_documents_link_only_to_what_exists():
    assert [(page, to) for page, to in said(LINK) if not ((ROOT / page).parent / to).exists()] == []


def test_documents_name_only_modules_and_functions_that_exist():
    app.loader.import_default_modules()
    assert [
        (page, name) for page, name in said(NAME) if name not in app.tasks and not leads_somewhere(name)
    ] == []


def test_documents_name_only_commands_that_exist():
    assert [(page, name) for page, name in said(COMMAND) if name not in get_commands()] == []


def test_every_command_of_ours_is_in_a_document():
    ours = {name for name, package in get_commands().items() if package in PACKAGES}
    text = "\n".join(pages().values())
    assert (
        sorted(name for name in ours if not re.search(rf"(?:manage\.py|\./run manage) {name}\b", text)) == []
    )


def test_settings_table_lists_exactly_what_is_read():
    table = pages()["deploy/README.md"].split("## Settings")[1].split("\n## ")[0]
    first_cells = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    listed = {name for cell in first_cells for name in re.findall(r"`(\w+)`", cell)}
    assert listed == {*read_by_settings(), *read_by_runtime()} - INTERNAL


def test_map_names_every_app_and_part_of_the_core():
    rooms = {path.relative_to(ROOT).parts for path in modules()}
    core = {parts[1].removesuffix(".py") for parts in rooms if parts[0] == "registry"} - {"__init__"}
    assert sorted(room for room in core if room not in pages()["docs/map.md"]) == []


def test_every_direct_dependency_has_its_reason():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    names = [re.split(r"[\[=<>~!; ]", entry)[0] for entry in wanted]
    text = pages()["docs/dependencies.md"].lower()
    assert [name for name in names if name not in text] == []


@pytest.mark.parametrize("path", [pytest.param(path, id=str(path.relative_to(ROOT))) for path in modules()])
def test_module_is_finished_and_says_what_it_is_for(path):
    text = path.read_text()
    assert UNFINISHED.findall(text) == []
    assert UNREASONED.findall(text) == []
    assert not text.strip() or text.startswith('"""')


@pytest.mark.parametrize("name", ["registry.nowhere", "consent.checks.require_nothing"])
def test_name_that_leads_nowhere_is_noticed(name):
    assert not leads_somewhere(name)


def leads_somewhere(name: str) -> bool:
    """Whether a dotted name leads to a module or to something inside one."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for part in parts[end:]:
            found = getattr(found, part, None)
        return found is not None
    return False


def read_by_settings() -> Iterator[str]:
    """Variables that a start reads through registry.settings.env, by name or by a function's default."""
    for module in ("base", "local", "production"):
        for call in calls(ROOT / "registry" / "settings" / f"{module}.py"):
            if isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") == "env":
                yield call.args[0].value if call.args else default_name(call.func.attr)


def default_name(function: str) -> str:
    return inspect.signature(getattr(env, function)).parameters["name"].default


def read_by_runtime() -> Iterator[str]:
    """Variables that `./run` reads before there are settings."""
    for path in (ROOT / "registry" / "runtime").glob("*.py"):
        for call in calls(path):
            if ast.unparse(call.func) == "os.environ.get" and isinstance(call.args[0], ast.Constant):
                yield call.args[0].value


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
