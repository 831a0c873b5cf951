"""A whole site on servers of its own, which a test may stop, kill and empty without harm to other tests.

PostgreSQL that writes to disk as a real one does, Redis or RabbitMQ, web server, worker and scheduler.
The tests' own code reads and writes the stand's database while it is inside `Stand.here()`.
"""

import os
import shutil
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest
from celery import Celery
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from ingest.models import Chunk, Upload
from registry import keys
from registry.ledger import sequence, verify
from registry.models import LedgerEntry, Record
from registry.runtime import commands, ports
from registry.runtime.binaries import find_binaries
from registry.runtime.broker import Redis
from registry.runtime.folders import private_folder
from registry.runtime.postgres import Postgres
from registry.runtime.privileges import service_account
from registry.runtime.processes import Child
from registry.runtime.supervisor import Supervisor
from registry.runtime.throwaway import owned_folder
from registry.settings import env
from tests.conftest import ROOT
from tests.factories.organisations import make_furnisher, make_key, make_person, signed_in
from tests.factories.rabbit import rabbit
from tests.factories.uploads import outcomes
from tests.factories.waiting import PATIENCE, blocked, wait_for


class Broker(Protocol):
    """A broker that comes and goes."""

    url: str

    def start(self) -> None:
        """Start it, or start it again."""

    def kill(self) -> None:
        """kill -9."""

    def empty(self, queue: str) -> None:
        """Throw away every message, those that workers hold too where the broker allows it."""


class KilledRedis(Redis):
    """The embedded Redis, which forgets everything when it is killed."""

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def empty(self, queue: str) -> None:
        """FLUSHALL: every queue, and every binding of a queue besides."""
        with socket.socket(socket.AF_UNIX) as own:
            own.connect(str(self.socket))
            own.sendall(b"FLUSHALL\r\n")
            assert own.recv(16).startswith(b"+OK")


class Stand:
    """The site's parts by name; `web`, `worker` and `scheduler` are processes to be killed and started."""

    def __init__(self, kind: str, postgres: Postgres, broker: Broker, staging: Path) -> None:
        self.kind, self.postgres, self.broker, self.staging = kind, postgres, broker, staging
        self.port = ports.free_port()
        self.url = f"http://{ports.HOST}:{self.port}"
        self.web, self.worker = commands.web(self.port), commands.celery_worker()
        self.scheduler = commands.scheduler()
        self.children = [self.web, self.worker, self.scheduler]
        self.celery = Celery("stand", broker=broker.url, set_as_current=False)
        self.celery.conf.update(
            task_default_queue=settings.CELERY_TASK_DEFAULT_QUEUE,
            task_default_queue_type=settings.CELERY_TASK_DEFAULT_QUEUE_TYPE,
            task_ignore_result=True,
        )

    @contextmanager
    def here(self) -> Iterator[None]:
        """Let the tests' own code, and processes that it starts, work on this stand's database and broker."""
        told = {
            "DATABASE_URL": self.postgres.url,
            "BROKER_URL": self.broker.url,
            "BASE_URL": self.url,
            "STAGING_DIR": str(self.staging),
            "WEB_PROCESSES": "1",
            "WORKER_PROCESSES": "2",
        }
        with pytest.MonkeyPatch.context() as patch:
            for name, value in told.items():
                patch.setenv(name, value)
            patch.setattr(settings, "STAGING_DIR", str(self.staging))
            patch.setattr(settings, "BASE_URL", self.url)
            with elsewhere(env.database()):
                yield

    def restart(self, *children: Child) -> None:
        """kill -9 whatever of these runs, and start all of them."""
        for child in children:
            child.kill()
        for child in children:
            child.start(ROOT)
        if self.web in children:
            self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Return once web server, database, broker and keys answer."""
        wait_for(lambda: self.health() == 200, "the site's readiness")

    def health(self) -> int:
        """The status of /readyz; 0 for none."""
        try:
            return httpx.get(f"{self.url}/readyz", timeout=30).status_code
        except httpx.HTTPError:
            return 0

    def send(self, task: str, *ids: object) -> None:
        """Send a task's message as the site does."""
        self.celery.send_task(task, tuple(map(str, ids)))


class Partner:
    """A furnisher and its program, which has a key and sends files to a stand."""

    def __init__(self, stand: Stand) -> None:
        self.organisation = make_furnisher()
        self.key = make_key(self.organisation.pk, "uploads")
        headers = {"Authorization": f"Bearer {self.key}", "Accept-Language": "en"}
        self.client = httpx.Client(base_url=stand.url, headers=headers, timeout=PATIENCE)

    def post(self, content: bytes, **headers: str) -> httpx.Response:
        """Send a file as the body."""
        kind = {"Content-Type": "text/csv"} | headers
        return self.client.post("/api/v1/uploads", content=content, headers=kind)

    def send(self, content: bytes) -> str:
        """Send a file; the id of its upload, which the answer 202 acknowledges."""
        answer = self.post(content)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def told(self, upload: str) -> dict[str, Any]:
        """What the API says of an upload."""
        answer = self.client.get(f"/api/v1/uploads/{upload}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def page(self, upload: str) -> str:
        """What the desk's page of an upload says in words, to a member who looks."""
        browser = signed_in(make_person("viewer", self.organisation.pk))
        return " ".join(browser.get(f"/desk/uploads/{upload}").text.split())


@contextmanager
def elsewhere(database: dict[str, Any]) -> Iterator[None]:
    """Have every connection of this process lead to another database meanwhile, with keys of its own."""
    connection.close()
    keys.forget()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HOST", "PORT", "NAME", "USER", "PASSWORD"):
            patch.setitem(connection.settings_dict, name, database[name])
        try:
            yield
        finally:
            connection.close()
            keys.forget()


@contextmanager
def standing(kind: str) -> Iterator[Stand]:
    """A stand on this kind of broker ("redis", "rabbitmq"), its site ready; all of it removed at the end."""
    account, folder = service_account(), owned_folder()
    programs = find_binaries(account)
    postgres = Postgres(programs.postgres, folder / "pg", folder / "s", account)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        private_folder(folder / "s", account)
        stack.callback(postgres.stop)
        postgres.start()
        if kind == "rabbitmq":
            broker: Any = stack.enter_context(rabbit(folder / "r"))
        else:
            broker = KilledRedis(programs.redis_server, folder / "r", account)
            stack.callback(broker.stop)
            broker.start()
        stand = Stand(kind, postgres, broker, folder / "staging")
        with stand.here():
            call_command("migrate", verbosity=0)
            site = stack.enter_context(Supervisor(ROOT, stand.children))
            site.wait_until_ready(f"{stand.url}/readyz", PATIENCE)
        yield stand


@contextmanager
def mid_file(partner: Partner, content: bytes) -> Iterator[str]:
    """A file of one chunk that was sent; a worker stands in the middle of it: rows stored, results not."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE ingest_rowresult IN SHARE MODE")
        upload = partner.send(content)
        wait_for(lambda: Chunk.objects.filter(upload=upload, state="working").exists() and blocked(), "work")
        yield upload


def half_a_minute_later(*uploads: str) -> None:
    """Leases of workers that are gone, or never heard of it, have run out; nobody need wait for that here."""
    past = timezone.now() - timedelta(seconds=1)
    Chunk.objects.filter(upload__in=uploads, state__in=("waiting", "working")).update(lease_until=past)
    Upload.objects.filter(id__in=uploads, status__in=Upload.UNREAD).update(lease_until=past)


def ended(upload: Upload | str) -> Upload:
    """The upload once it has come to its end."""
    number = upload.id if isinstance(upload, Upload) else upload
    wait_for(lambda: Upload.objects.filter(id=number, finished_at__isnull=False).exists(), "the end")
    return Upload.objects.get(id=number)


def every_row_once(upload: Upload | str, rows: Sequence[int] | range) -> None:
    """Assert that the upload took in these rows, each once, and that the ledger verifies."""
    found = ended(upload)
    assert (found.status, found.accepted, found.rows) == ("done", len(rows), len(rows))
    assert list(outcomes(found)) == list(rows)
    kept = Record.objects.filter(upload_id=found.id).values_list("row", flat=True)
    assert sorted(kept) == list(rows)
    assert not Chunk.objects.filter(upload=found).exclude(state="done").exists()
    entries = LedgerEntry.objects.count()  # the site may add some while we verify
    sequence(at=timezone.now())
    assert verify().leaves >= entries


def group_of(child: Child) -> list[int]:
    """The process ids of a child and of all that it started."""
    assert child.process is not None
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(entry.name)) == child.process.pid:
                found.append(int(entry.name))
        except ProcessLookupError:
            continue
    return found
