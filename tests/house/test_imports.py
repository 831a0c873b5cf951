"""Imports point one way: the contracts in pyproject.toml are kept."""

import re
import subprocess
import sys
from pathlib import Path

from tests.house.source import ROOT, modules


def test_import_contracts_are_kept():
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:]
    assert re.search(r"Contracts: \d+ kept, 0 broken\.", done.stdout)


def test_no_room_is_called_utils_or_common():
    forbidden = {"utils", "util", "common", "helpers", "misc"}
    assert [path for path in modules() if forbidden & {path.stem, *path.parts}] == []
