"""What the documents promise is there."""

import re
import tomllib

import pytest

from tests.house.source import ROOT, modules

UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK|WIP|raise NotImplementedError|pragma: no cover)\b")
UNREASONED = re.compile(r"(noqa(?!: [A-Z]+\d+(, ?[A-Z]+\d+)*  ?\()|type: ignore(?!\[[\w, -]+\]  ?#))")


def test_map_names_only_what_exists():
    text = (ROOT / "docs" / "map.md").read_text()
    named = set(re.findall(r"`((?:registry|consent|ingest|api|tests|docs|deploy|bench)/[\w./-]*)`", text))
    assert named
    assert sorted(path for path in named if not (ROOT / path).exists()) == []


def test_map_names_every_app_and_part_of_the_core():
    text = (ROOT / "docs" / "map.md").read_text()
    rooms = {path.relative_to(ROOT).parts for path in modules()}
    core = {parts[1].removesuffix(".py") for parts in rooms if parts[0] == "registry"} - {"__init__"}
    assert sorted(room for room in core if room not in text) == []


def test_every_direct_dependency_has_its_reason():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    names = [re.split(r"[\[=<>~!; ]", entry)[0] for entry in wanted]
    text = (ROOT / "docs" / "dependencies.md").read_text().lower()
    assert [name for name in names if name not in text] == []


@pytest.mark.parametrize("path", [pytest.param(path, id=str(path.relative_to(ROOT))) for path in modules()])
def test_module_is_finished_and_says_what_it_is_for(path):
    text = path.read_text()
    assert UNFINISHED.findall(text) == []
    assert UNREASONED.findall(text) == []
    assert not text.strip() or text.startswith('"""')
