"""The machine is lost: dump, keyring and a kept checkpoint bring everything back, or say what is missing."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.utils import timezone

from registry.ledger import sequence
from registry.runtime.binaries import find_binaries
from registry.runtime.privileges import service_account
from tests.conftest import ROOT
from tests.factories.consents import Known, attested, make_furnisher, make_resident, store_bills
from tests.factories.missing import missing

pytestmark = pytest.mark.services

READ = """
from uuid import UUID
from django.db import transaction
from django.utils import timezone
from registry import profiles
now = timezone.now()
with transaction.atomic():
    profile = profiles.read(
        reader=profiles.Reader("own"), resident=UUID("{0}"), by="resident:{0}", at=now,
        categories=["utility_payments"], purpose="own_report", records_from=None, records_until=None,
    )
print(*(record.fields["service"] for record in profile.records))
"""


def program(name: str) -> str:
    """One of PostgreSQL's programs, of the server's own version: another one may not restore into it."""
    major = connection.cursor().connection.server_version // 10_000
    for folder in (find_binaries(service_account()).postgres, Path(f"/usr/lib/postgresql/{major}/bin")):
        if (folder / name).exists() and f" {major}." in run(str(folder / name), "--version"):
            return str(folder / name)
    return missing(f"{name} of PostgreSQL {major}", f"postgresql-client-{major}")


def run(*command: str, status: int = 0) -> str:
    """What a program says; it must end with this status."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def manage(*arguments: str, status: int = 0) -> str:
    """What a Django command says, on the database that the environment names."""
    return run(sys.executable, "manage.py", *arguments, status=status)


@pytest.fixture
def restored(own_database: str) -> Iterator[str]:
    """An empty database beside the test's own, for what a dump brings back; its address."""
    name = f"{connection.settings_dict['NAME']}_restored"
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    yield urlsplit(own_database)._replace(path=f"/{name}").geturl()
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def make_life() -> Known:
    """A resident with three bills, under a consent."""
    resident, furnisher = make_resident(), make_furnisher()
    store_bills(furnisher, resident, attested(furnisher, resident))
    sequence(at=timezone.now())
    return resident


def back_up(database: str, folder: Path) -> str:
    """The nightly dump, as docs/operators.md says."""
    target = str(folder / "juxin.dump")
    run(program("pg_dump"), "--format=custom", f"--file={target}", database)
    return target


def restore(dump: str, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bring a dump back, as docs/operators.md says; from then on the environment names what was restored."""
    run(program("pg_restore"), "--no-owner", f"--dbname={database}", dump)
    monkeypatch.setenv("DATABASE_URL", database)
    manage("migrate", "--check")


def test_restored_backup_verifies_and_opens(
    own_database: str, restored: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resident, kept = make_life(), tmp_path / "checkpoint"
    dump = back_up(own_database, tmp_path)
    manage("checkpoint", "--out", str(kept))
    restore(dump, restored, monkeypatch)
    assert "Ledger verified: 3 entries" in manage("verify_ledger", "--checkpoint", str(kept))
    assert manage("shell", "-v", "0", "-c", READ.format(resident.id)).split() == ["water"] * 3


def test_restored_backup_still_refuses_changes_of_the_ledger(
    own_database: str, restored: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_life()
    restore(back_up(own_database, tmp_path), restored, monkeypatch)
    said = run(program("psql"), restored, "-c", "DELETE FROM registry_ledgerentry", status=1)
    assert "append" in said.lower()


def test_backup_older_than_a_kept_checkpoint_is_named(
    own_database: str, restored: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_life()
    dump, kept = back_up(own_database, tmp_path), tmp_path / "checkpoint"
    make_life()
    manage("checkpoint", "--out", str(kept))
    restore(dump, restored, monkeypatch)
    said = manage("verify_ledger", "--checkpoint", str(kept), status=1)
    assert "LEDGER BROKEN: index 3: leaf 3 is missing: the checkpoint kept elsewhere" in said


def test_dump_without_the_keyring_opens_nothing(
    own_database: str, restored: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resident = make_life()
    restore(back_up(own_database, tmp_path), restored, monkeypatch)
    lost = tmp_path / "another" / "keyring.json"
    lost.parent.mkdir(mode=0o700)
    monkeypatch.setenv("KEYRING", f"file:{lost}")
    said = manage("shell", "-v", "0", "-c", READ.format(resident.id), status=1)
    assert "water" not in said
