"""The file keyring: private or refused, made once, turned over without losing an older key."""

import json
import multiprocessing
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.vault import (
    Keyring,
    KeyringMalformed,
    KeyringMissing,
    KeyringUnknown,
    KeyringUnsafe,
    KeyUnavailable,
    SealBroken,
    open_keyring,
)

SECRET = bytes(range(32))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "keyring.json"


@pytest.fixture
def keyring(path: Path) -> Keyring:
    return open_keyring(f"file:{path}", create=True)


def again(path: Path) -> Keyring:
    return open_keyring(f"file:{path}", create=False)


def test_unwrap_returns_what_was_wrapped(keyring: Keyring) -> None:
    assert keyring.unwrap(keyring.wrap(SECRET, context="shard:1:1"), context="shard:1:1") == SECRET


@pytest.mark.parametrize("form", ["B", "c"])
def test_unwrap_takes_the_views_a_database_returns(keyring: Keyring, form: Literal["B", "c"]) -> None:
    view = memoryview(keyring.wrap(SECRET, context="x")).cast(form)
    assert (keyring.version_of(view), keyring.unwrap(view, context="x")) == (1, SECRET)


def test_unwrap_refuses_another_context(keyring: Keyring) -> None:
    with pytest.raises(SealBroken):
        keyring.unwrap(keyring.wrap(SECRET, context="shard:1:1"), context="shard:1:2")


def test_unwrap_refuses_another_keyrings_blob(keyring: Keyring, tmp_path: Path) -> None:
    other = open_keyring(f"file:{tmp_path / 'other.json'}", create=True)
    with pytest.raises(SealBroken):
        keyring.unwrap(other.wrap(SECRET, context="x"), context="x")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_unwrap_refuses_any_single_flipped_bit(keyring: Keyring, data: st.DataObject) -> None:
    blob = bytearray(keyring.wrap(SECRET, context="x"))
    bit = data.draw(st.integers(0, len(blob) * 8 - 1))
    blob[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SealBroken):
        keyring.unwrap(bytes(blob), context="x")


def test_unwrap_refuses_every_shorter_length(keyring: Keyring) -> None:
    blob = keyring.wrap(SECRET, context="x")
    for length in range(len(blob)):
        with pytest.raises(SealBroken):
            keyring.unwrap(blob[:length], context="x")


def test_open_keyring_makes_a_file_only_its_owner_can_read(keyring: Keyring, path: Path) -> None:
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_open_keyring_makes_a_private_file_whatever_the_umask(path: Path) -> None:
    before = os.umask(0)
    try:
        open_keyring(f"file:{path}", create=True)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600


def test_open_keyring_leaves_an_existing_file_as_it_is(keyring: Keyring, path: Path) -> None:
    before = path.read_bytes()
    open_keyring(f"file:{path}", create=True)
    assert path.read_bytes() == before


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666, 0o601])
def test_open_keyring_refuses_a_file_others_can_reach(keyring: Keyring, path: Path, mode: int) -> None:
    path.chmod(mode)
    with pytest.raises(KeyringUnsafe, match=f"mode {mode:04o}.*chmod 600"):
        again(path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_open_keyring_refuses_a_file_of_another_account(keyring: Keyring, path: Path) -> None:
    os.chown(path, 12345, 12345)
    with pytest.raises(KeyringUnsafe, match="belongs to another account"):
        again(path)


def test_open_keyring_refuses_a_symbolic_link(keyring: Keyring, path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.json"
    link.symlink_to(path)
    with pytest.raises(KeyringUnsafe, match="symbolic link"):
        open_keyring(f"file:{link}", create=True)


def test_open_keyring_refuses_what_is_no_ordinary_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(KeyringUnsafe, match="not an ordinary file"):
        again(tmp_path / "pipe")


def test_open_keyring_without_create_refuses_a_missing_file(path: Path) -> None:
    with pytest.raises(KeyringMissing, match=r"no keyring at .*keyring\.json"):
        again(path)
    assert not path.parent.exists()


def test_open_keyring_with_create_says_when_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(KeyUnavailable, match="cannot be written"):
        open_keyring(f"file:{tmp_path / 'file' / 'keyring.json'}", create=True)


@pytest.mark.parametrize("url", ["awskms:alias/x", "pkcs11:token=x", "/plain/path", "", "FILE:/x"])
def test_open_keyring_refuses_a_back_end_it_does_not_have(url: str) -> None:
    with pytest.raises(KeyringUnknown, match="no keyring back end"):
        open_keyring(url, create=True)


@pytest.mark.parametrize("url", ["file:", "file://host/path"])
def test_open_keyring_refuses_an_address_without_a_path(url: str) -> None:
    with pytest.raises(KeyringUnknown, match="file:PATH"):
        open_keyring(url, create=True)


def test_open_keyring_takes_an_address_with_three_slashes(keyring: Keyring, path: Path) -> None:
    blob = keyring.wrap(SECRET, context="x")
    assert open_keyring(f"file://{path}", create=False).unwrap(blob, context="x") == SECRET


def damage_text(text: str) -> str:
    return text[: len(text) // 2]


def damage_secret(text: str) -> str:
    content = json.loads(text)
    secret = content["keys"]["1"]["secret"]
    content["keys"]["1"]["secret"] = ("B" if secret[0] == "A" else "A") + secret[1:]
    return json.dumps(content)


DAMAGE: dict[str, Callable[[str], str]] = {
    "cut short": damage_text,
    "empty": lambda text: "",
    "a list": lambda text: "[]",
    "another format": lambda text: text.replace("registry-keyring-1", "registry-keyring-9"),
    "no primary": lambda text: text.replace('"primary": 1', '"primary": 2'),
    "a version that is none": lambda text: text.replace('"1":', '"-1":'),
    "a damaged secret": damage_secret,
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_open_keyring_refuses_damaged_content(
    keyring: Keyring, path: Path, damage: Callable[[str], str]
) -> None:
    path.write_text(damage(path.read_text()))
    with pytest.raises(KeyringMalformed, match="is not a keyring"):
        again(path)


def test_open_keyring_shows_no_secret_of_a_damaged_file(keyring: Keyring, path: Path) -> None:
    secret = json.loads(path.read_text())["keys"]["1"]["secret"]
    path.write_text(path.read_text()[:-5])
    with pytest.raises(KeyringMalformed) as caught:
        again(path)
    shown = "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))
    assert (secret in path.read_text(), secret in shown, caught.value.__context__) == (True, False, None)


def test_keyring_shows_no_secret_when_printed(keyring: Keyring) -> None:
    assert repr(keyring) == "FileKeyring(primary_version=1)"


def test_rotate_makes_a_new_primary_that_wraps(keyring: Keyring) -> None:
    version = keyring.rotate()
    assert (version, keyring.primary_version, keyring.version_of(keyring.wrap(SECRET, context="x"))) == (
        2,
        2,
        2,
    )


def test_rotate_leaves_older_blobs_readable(keyring: Keyring, path: Path) -> None:
    blob = keyring.wrap(SECRET, context="x")
    keyring.rotate()
    assert again(path).unwrap(blob, context="x") == SECRET


def test_rotate_is_seen_by_a_process_that_wraps_later(keyring: Keyring, path: Path) -> None:
    again(path).rotate()
    assert keyring.version_of(keyring.wrap(SECRET, context="x")) == 2


def test_rotate_is_seen_by_a_process_that_unwraps_later(keyring: Keyring, path: Path) -> None:
    other = again(path)
    other.rotate()
    assert keyring.unwrap(other.wrap(SECRET, context="x"), context="x") == SECRET


def test_rotate_keeps_the_file_private(keyring: Keyring, path: Path) -> None:
    keyring.rotate()
    assert path.stat().st_mode & 0o777 == 0o600


def test_rotate_ignores_what_a_killed_writer_left(keyring: Keyring, path: Path) -> None:
    (path.parent / ".keyring.json.new").write_bytes(b"half a file")
    assert (keyring.rotate(), again(path).primary_version) == (2, 2)


def test_wrap_after_the_file_vanished_is_refused(keyring: Keyring, path: Path) -> None:
    path.unlink()
    with pytest.raises(KeyringMissing):
        keyring.wrap(SECRET, context="x")


CREATE = """
import sys
from registry.vault import open_keyring
print("ready", flush=True)
sys.stdin.readline()
print(open_keyring(sys.argv[1], create=True).wrap(bytes(32), context="x").hex())
"""


def test_open_keyring_by_many_processes_at_once_makes_one_key(path: Path) -> None:
    command = [sys.executable, "-c", CREATE, f"file:{path}"]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(6)
    ]
    for process in started:
        process.stdout.readline()
    for process in started:
        process.stdin.write("go\n")
        process.stdin.flush()
    blobs = [bytes.fromhex(process.communicate()[0]) for process in started]
    assert [again(path).unwrap(blob, context="x") for blob in blobs] == [bytes(32)] * 6


def rotate(path: Path) -> None:
    again(path).rotate()


def test_rotate_by_many_processes_at_once_loses_no_version(keyring: Keyring, path: Path) -> None:
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=rotate, args=(path,)) for _ in range(5)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert sorted(json.loads(path.read_text())["keys"]) == ["1", "2", "3", "4", "5", "6"]
