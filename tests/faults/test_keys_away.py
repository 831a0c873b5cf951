"""A key service that falls silent for a while: nothing is taken that could not be kept, nothing is lost."""

import io
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from ingest import queries, services, tasks
from ingest.models import Chunk, Upload
from ingest.openapi import document
from registry import keys
from registry.ledger import sequence, verify
from registry.models import LedgerEntry, Record
from registry.runtime.throwaway import owned_folder
from registry.vault import KeyUnavailable, keyring
from tests.factories.keyserver import PATIENCE, KeyServer, RemoteKeyring, key_service
from tests.factories.machines import Machine
from tests.factories.organisations import make_furnisher, make_person, signed_in
from tests.factories.uploads import as_csv, outcomes, wage

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = 20
FILE = as_csv([wage(number) for number in range(1, ROWS + 1)])


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[KeyServer]:
    """The root keys of this run behind a socket, and settings that name it."""
    folder = owned_folder()
    monkeypatch.setitem(keyring._BACK_ENDS, "remote", RemoteKeyring.at)
    with key_service(Path(settings.KEYRING.removeprefix("file:")), folder / "keys") as server:
        monkeypatch.setattr(settings, "KEYRING", f"remote:{folder / 'keys'}")
        keys.forget()
        yield server
    keys.forget()
    shutil.rmtree(folder)


@pytest.fixture
def machine(service: KeyServer) -> Machine:
    return Machine(make_furnisher(), "uploads")


def fall_silent(service: KeyServer) -> None:
    """The service answers no more, and no process holds a key that it opened before."""
    keys.forget()
    service.silent = True


def five_times_in_vain(task: Callable[[str], Any], held: Any) -> None:
    """Five workers one after the other try it, each as long after the last as it has to be."""
    for _ in range(queries.STALLED):
        type(held).objects.filter(pk=held.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
        with pytest.raises(KeyUnavailable):
            task(str(held.pk))


def told_that_it_is_held_up(service: KeyServer, machine: Machine, upload: str) -> bool:
    """What a web process says that has its keys: the same to the partner's program and on the page."""
    service.silent = False
    said = machine.get(f"/api/v1/uploads/{upload}").json()["stalled"]
    browser = signed_in(make_person("viewer", machine.organisation.pk))
    page = "This file is held up" in browser.get(f"/desk/uploads/{upload}").text
    assert said is page
    return bool(said)


def test_file_is_not_taken_while_keys_cannot_be_had(service: KeyServer, machine: Machine) -> None:
    fall_silent(service)
    answer = machine.send(FILE)
    assert (answer.status_code, answer.json()["code"]) == (503, "keys_unavailable")
    assert "503" in document()["paths"]["/api/v1/uploads"]["post"]["responses"]
    assert machine.client.get("/readyz").json()["keys"] == "failing"
    assert (Upload.objects.count(), service.called > 0) == (0, True)
    service.silent = False
    assert machine.send(FILE).status_code == 202


def test_silence_ends_after_the_time_out_and_not_before_it(service: KeyServer) -> None:
    fall_silent(service)
    began = timezone.now()
    with pytest.raises(KeyUnavailable):
        keys.require_keyring()
    assert timezone.now() - began >= timedelta(seconds=PATIENCE)


def test_file_waits_for_its_keys_and_loses_no_row(service: KeyServer, machine: Machine) -> None:
    upload = Upload.objects.get(pk=machine.send(FILE).json()["id"])
    fall_silent(service)
    five_times_in_vain(tasks.parse, upload)
    assert told_that_it_is_held_up(service, machine, str(upload.pk))
    Upload.objects.filter(pk=upload.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    tasks.parse(str(upload.pk))
    assert not told_that_it_is_held_up(service, machine, str(upload.pk))

    chunk = Chunk.objects.get()
    fall_silent(service)
    five_times_in_vain(tasks.work, chunk)
    assert Record.objects.count() == 0
    assert told_that_it_is_held_up(service, machine, str(upload.pk))
    Chunk.objects.filter(pk=chunk.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    tasks.work(str(chunk.pk))
    upload.refresh_from_db()
    assert (upload.status, upload.accepted, Record.objects.count()) == ("done", ROWS, ROWS)
    assert list(outcomes(upload)) == list(range(1, ROWS + 1))
    assert not told_that_it_is_held_up(service, machine, str(upload.pk))
    sequence(at=timezone.now())
    assert verify().leaves == LedgerEntry.objects.count()


def test_file_in_pieces_that_has_arrived_waits_for_its_keys(service: KeyServer, machine: Machine) -> None:
    told = services.Told(len(FILE), type="wage")
    own: dict[str, Any] = {"organisation": machine.organisation.pk, "by": "system:test"}
    made = services.begin(**own, told=told, at=timezone.now())
    piece: dict[str, Any] = {"offset": 0, "stream": io.BytesIO(FILE), "size": len(FILE)}
    services.bring(**own, **piece, incoming=made.id, clock=timezone.now)
    fall_silent(service)
    for _ in range(2):
        with pytest.raises(KeyUnavailable):
            services.land(incoming=made.id, clock=timezone.now)
    assert tasks.tidy_incoming() == 0
    made.refresh_from_db()
    assert (made.state, made.holder, made.parts.count()) == ("arrived", None, 1)
    service.silent = False
    assert tasks.tidy_incoming() == 1
    assert Upload.objects.get().bytes == len(FILE)
