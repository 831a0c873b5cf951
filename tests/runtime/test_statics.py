"""Static files: collected when one of them changed, and only then."""

import os
from pathlib import Path

import pytest
from django.contrib.staticfiles.finders import get_finders

from registry.runtime.statics import FOLDERS, PACKAGES, bring_up_to_date


@pytest.fixture
def house(tmp_path):
    """A small house with a style sheet, and a count of how often its files were collected."""
    for folder in FOLDERS:
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / FOLDERS[0] / "one.css").write_text("a{}")
    (tmp_path / PACKAGES).write_text("whitenoise==1\n")
    return tmp_path


@pytest.fixture
def collect(house):
    """Collecting, as `collectstatic` does it: a manifest in its folder; the times it was done."""

    def collected():
        (house / "state" / "static").mkdir(parents=True, exist_ok=True)
        (house / "state" / "static" / "staticfiles.json").write_text("{}")
        collected.times += 1

    collected.times = 0
    return collected


def refresh(house, collect):
    """Whether the files had to be collected."""
    return bring_up_to_date(house, house / "state", collect)


def test_files_are_collected_once_while_nothing_changes(house, collect):
    assert [refresh(house, collect) for _ in range(3)] == [True, False, False]
    assert collect.times == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda house: (house / FOLDERS[0] / "one.css").write_text("a{b}"),
        lambda house: os.utime(house / FOLDERS[0] / "one.css", (4e9, 4e9)),
        lambda house: (house / FOLDERS[1] / "new.js").write_text(""),
        lambda house: (house / FOLDERS[0] / "one.css").unlink(),
        lambda house: (house / PACKAGES).write_text("whitenoise==2\n"),
        lambda house: (house / "state" / "static" / "staticfiles.json").unlink(),
    ],
    ids=["content", "time", "new file", "gone", "package", "manifest gone"],
)
def test_files_are_collected_again_after_a_change(house, collect, change):
    refresh(house, collect)
    change(house)
    assert [refresh(house, collect), refresh(house, collect)] == [True, False]


def test_what_failed_does_not_count_as_collected(house, collect):
    def broken():
        raise OSError("disk full")

    refresh(house, collect)
    (house / FOLDERS[0] / "one.css").write_text("a{b}")
    with pytest.raises(OSError, match="disk full"):
        refresh(house, broken)
    assert refresh(house, collect) is True


def test_every_folder_that_django_collects_from_counts(settings):
    ours = {Path(storage.location) for finder in get_finders() for _name, storage in finder.list([])}
    found = {path.relative_to(settings.ROOT).as_posix() for path in ours if settings.ROOT in path.parents}
    assert {path for path in found if not path.startswith(".venv/")} == set(FOLDERS)
