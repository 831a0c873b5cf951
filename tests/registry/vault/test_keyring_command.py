"""`python -m registry.vault` makes the keyring that a production start needs."""

import stat
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "registry.vault", *arguments], cwd=ROOT, capture_output=True, text=True, env={}
    )


def test_keyring_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "keyring.json"
    done = run(f"file:{path}")
    assert (done.returncode, stat.S_IMODE(path.stat().st_mode)) == (0, 0o600), done.stderr
    assert "root key version 1" in done.stdout


def test_keyring_that_exists_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "keyring.json"
    run(f"file:{path}")
    before = path.read_bytes()
    assert (run(f"file:{path}").returncode, path.read_bytes()) == (0, before)


def test_unknown_back_end_is_refused_by_name() -> None:
    done = run("ftp:somewhere")
    assert (done.returncode, done.stdout) == (1, "")
    assert "'ftp'" in done.stderr


def test_missing_argument_shows_the_usage() -> None:
    assert run().returncode == 2
