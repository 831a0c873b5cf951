"""The watched folder: taken once whatever crashes, never half-written, nothing left behind, no way out."""

import json
import os
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone, translation

from ingest import queries, services, tasks
from ingest.folder import giving, look, places, taking
from ingest.models import Upload
from registry.models import Record
from tests.factories.organisations import make_furnisher
from tests.factories.uploads import as_csv, run, wage

pytestmark = pytest.mark.django_db
SETTLE = timedelta(seconds=10)


class Tree:
    """A watched folder with one organisation in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.organisation = make_furnisher()
        self.own = root / self.organisation.credit_code
        self.inside, self.out = self.own / "in", self.own / "out"
        for folder in (root, self.own, self.inside, self.out):
            folder.mkdir(mode=0o770, exist_ok=True)
            folder.chmod(0o770)

    def drop(self, name: str, content: bytes) -> Path:
        """Put a file into `in/`, as a client that writes it at once does."""
        path = self.inside / name
        path.write_bytes(content)
        return path

    def look(self, after: int = 11):
        """Look so many seconds from now."""
        return look(root=self.root, at=timezone.now() + timedelta(seconds=after))

    def rounds(self) -> Upload:
        """Look, do all that workers would do, look again; the newest upload."""
        for upload in self.look().taken:
            run(Upload.objects.get(id=upload))
        self.look()
        return Upload.objects.latest("received_at")

    def names(self, folder: str) -> list[str]:
        return sorted(os.listdir(self.own / folder))

    def said(self, name: str):
        return json.loads((self.out / name).read_text())


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path)


def test_file_is_taken_and_its_counts_are_given(tree):
    tree.drop("工资 三月.csv", as_csv([wage(1), wage(2)]))
    upload = tree.rounds()
    assert (upload.source, upload.status, Record.objects.count()) == ("folder", "done", 2)
    assert (tree.names("in"), tree.names("out")) == ([], ["工资 三月.json"])
    assert tree.said("工资 三月.json") == {
        "upload": str(upload.id),
        "state": "done",
        "type": "wage",
        "rows": 2,
        "counts": {"accepted": 2, "unchanged": 0, "corrected": 0, "held_for_review": 0, "refused": 0},
        "error": None,
        "repeats": False,
    }


def test_refused_rows_come_back_in_the_partners_own_file(tree):
    tree.drop("wages.csv", as_csv([wage(1), wage(2, gross="many")]))
    upload = tree.rounds()
    assert tree.names("out") == ["wages.json", "wages.result.csv"]
    lines = (tree.out / "wages.result.csv").read_text("utf-8-sig").splitlines()
    assert len(lines) == 3
    assert wage(2)["id_number"] in lines[2]
    assert (upload.file_key, upload.result_fetched_at is not None) == (None, True)


def test_folder_may_be_named_by_the_organisations_id(tree):
    tree.own.rename(tree.root / str(tree.organisation.id))
    tree.own = tree.root / str(tree.organisation.id)
    tree.inside, tree.out = tree.own / "in", tree.own / "out"
    tree.drop("wages.csv", as_csv([wage(1)]))
    assert tree.rounds().organisation == tree.organisation


def test_missing_in_and_out_are_made(tree):
    tree.inside.rmdir()
    tree.out.rmdir()
    tree.look()
    assert [stat.st_mode & 0o007 for stat in map(os.stat, (tree.inside, tree.out))] == [0, 0]


def test_file_whose_disk_cannot_be_read_stays_and_is_taken_later(tree, monkeypatch):
    tree.drop("wages.csv", as_csv([wage(1)]))
    with monkeypatch.context() as broken:
        broken.setattr(taking._Steady, "read", lambda self, size: os.read(-1, size))
        assert (tree.look().taken, tree.names("in"), tree.names("out")) == ([], ["wages.csv"], [])
    assert len(tree.look().taken) == 1


def test_result_that_cannot_be_made_keeps_no_other_waiting(tree):
    for number, name in enumerate(("a.csv", "b.csv"), 1):
        tree.drop(name, as_csv([wage(number), wage(number, gross="many")]))
    first, second = (run(Upload.objects.get(id=upload)) for upload in tree.look().taken)
    Upload.objects.filter(id=first.id).update(mapping=b"damaged")
    assert (tree.look().given, tree.names("out")) == (1, ["b.json", "b.result.csv"])
    second.refresh_from_db()
    assert second.result_fetched_at is not None


def test_file_that_is_still_written_is_left_alone(tree):
    path = tree.drop("wages.csv", as_csv([wage(1)]))
    assert tree.look(after=5).taken == []
    with path.open("ab") as more:
        more.write(as_csv([wage(2)]).split(b"\n", 1)[1])
    assert tree.look(after=9).taken == []
    assert tree.rounds().rows == 2


def test_old_time_on_a_new_file_does_not_make_it_steady(tree):
    path = tree.drop("wages.csv", as_csv([wage(1)]))
    os.utime(path, (1_000_000_000, 1_000_000_000))
    assert tree.look(after=5).taken == []
    assert len(tree.look().taken) == 1


@pytest.mark.parametrize(
    "name", [".wages.csv", "wages.csv.part", "wages.csv.TMP", "wages.csv.filepart", "w.csv~"]
)
def test_name_of_an_unfinished_file_is_left_alone_until_it_is_renamed(tree, name):
    path = tree.drop(name, as_csv([wage(1)]))
    assert (tree.look().taken, path.exists()) == ([], True)
    path.rename(tree.inside / "wages.csv")
    assert len(tree.look().taken) == 1


def test_file_that_changes_while_it_is_read_is_not_taken(tree, monkeypatch):
    path = tree.drop("wages.csv", as_csv([wage(1)]))
    real = os.read

    def read(file, size):
        data = real(file, size)
        if not data:
            path.write_bytes(as_csv([wage(1), wage(2)]))
        return data

    monkeypatch.setattr(taking.os, "read", read)
    assert (tree.look().taken, Upload.objects.count(), path.exists()) == ([], 0, True)
    monkeypatch.undo()
    assert tree.rounds().rows == 2


class Crash(BaseException):
    """The process is gone."""


def crash(*args, **named):
    raise Crash


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (taking.services, "receive"),
        (taking.places, "remove"),
        (giving.places, "write"),
        (giving, "_write_counts"),
        (giving.services, "result_fetched"),
    ],
)
def test_crash_at_any_point_loses_nothing_and_doubles_nothing(tree, monkeypatch, module, name):
    tree.drop("wages.csv", as_csv([wage(1), wage(2, gross="many")]))
    monkeypatch.setattr(module, name, crash)
    with pytest.raises(Crash):
        tree.rounds()
    monkeypatch.undo()
    for upload in Upload.objects.filter(status="received"):
        run(upload)
    upload = tree.rounds()
    assert (Upload.objects.count(), Record.objects.count()) == (1, 1)
    assert (tree.names("in"), tree.names("out")) == ([], ["wages.json", "wages.result.csv"])
    assert tree.said("wages.json")["upload"] == str(upload.id)


def test_crash_after_the_rename_gives_the_answer_once_more_under_its_name(tree, monkeypatch):
    tree.drop("wages.csv", as_csv([wage(1)]))
    for upload in tree.look().taken:
        run(Upload.objects.get(id=upload))
    monkeypatch.setattr(giving.services, "result_fetched", crash)
    with pytest.raises(Crash):
        tree.look()
    monkeypatch.undo()
    tree.look()
    assert tree.names("out") == ["wages.json"]


def test_same_content_dropped_again_is_said_to_be_known(tree):
    tree.drop("wages.csv", as_csv([wage(1)]))
    first = tree.rounds()
    tree.drop("again.csv", as_csv([wage(1)]))
    tree.rounds()
    assert (Upload.objects.count(), tree.names("in")) == (1, [])
    assert (tree.said("again.json")["upload"], tree.said("again.json")["repeats"]) == (str(first.id), True)


def test_same_content_under_two_names_at_once_is_answered_twice(tree):
    tree.drop("wages.csv", as_csv([wage(1)]))
    tree.drop("copy.csv", as_csv([wage(1)]))
    tree.rounds()
    assert (Upload.objects.count(), tree.names("in")) == (1, [])
    assert tree.names("out") == ["copy.json", "wages.json"]


def test_mended_file_of_the_same_name_gets_a_number(tree):
    tree.drop("wages.csv", as_csv([wage(1), wage(2, gross="many")]))
    tree.rounds()
    tree.drop("wages.csv", as_csv([wage(1), wage(2)]))
    tree.rounds()
    assert tree.names("out") == ["wages.2.json", "wages.json", "wages.result.csv"]
    assert (
        tree.said("wages.2.json")["counts"] | {"accepted": 1, "unchanged": 1}
        == tree.said("wages.2.json")["counts"]
    )


def test_file_that_cannot_be_read_says_why_in_each_language(tree):
    tree.drop("picture.csv", b"\x89PNG\r\n\x1a\n nothing")
    upload = tree.rounds()
    text = (tree.out / "picture.error.txt").read_text()
    assert (upload.status, tree.said("picture.json")["error"]) == ("rejected", upload.error_code)
    assert upload.error_code in text
    said = []
    for language in ("zh-hans", "en"):
        with translation.override(language):
            said.append(queries.rejection_of(upload).sentence)
    assert [sentence in text for sentence in said] == [True, True]


def test_file_refused_at_the_door_says_why(tree, settings):
    settings.UPLOAD_MAX_BYTES = 100
    tree.drop("wages.csv", as_csv([wage(1)]))
    looked = tree.look()
    assert (looked.refused, Upload.objects.count(), tree.names("in")) == (1, 0, [])
    assert "too_large" in (tree.out / "wages.error.txt").read_text()


def test_file_without_a_licence_is_refused(tmp_path):
    tree = Tree(tmp_path)
    tree.organisation = make_furnisher(licensed=False)
    other = tmp_path / tree.organisation.credit_code
    tree.own.rename(other)
    tree.own, tree.inside, tree.out = other, other / "in", other / "out"
    tree.drop("wages.csv", as_csv([wage(1)]))
    assert tree.look().refused == 1
    assert "licence_required" in (tree.out / "wages.error.txt").read_text()


def test_file_waits_while_there_is_no_room(tree, settings, tmp_path):
    blocked = tmp_path / ".staging"
    blocked.write_text("no folder")
    settings.STAGING_DIR = str(blocked)
    path = tree.drop("wages.csv", as_csv([wage(1)]))
    assert (tree.look().taken, path.exists(), tree.names("out")) == ([], True, [])


def test_links_and_folders_are_not_followed(tree, tmp_path):
    secret = tmp_path / ".secret.csv"
    secret.write_bytes(as_csv([wage(1)]))
    (tree.inside / "link.csv").symlink_to(secret)
    os.link(secret, tree.inside / "hard.csv")
    (tree.inside / "folder.csv").mkdir()
    os.mkfifo(tree.inside / "pipe.csv")
    assert (tree.look().taken, Upload.objects.count(), secret.exists()) == ([], 0, True)


@pytest.mark.parametrize("which", ["in", "out", "own"])
def test_folder_that_is_a_link_is_not_used(tree, tmp_path, which):
    elsewhere = tmp_path / ".elsewhere"
    elsewhere.mkdir(mode=0o700)
    tree.drop("wages.csv", as_csv([wage(1)]))
    path = tree.own if which == "own" else tree.own / which
    path.rename(tmp_path / ".former")
    path.symlink_to(elsewhere)
    looked = tree.look()
    assert (looked.taken, looked.unusable, os.listdir(elsewhere)) == ([], 1, [])


def test_answer_does_not_follow_a_link_that_waits_for_it(tree, tmp_path):
    victim = tmp_path / ".victim"
    victim.write_text("mine")
    (tree.out / "wages.json").symlink_to(victim)
    (tree.out / ".wages.json.part").symlink_to(victim)
    tree.drop("wages.csv", as_csv([wage(1)]))
    tree.rounds()
    assert victim.read_text() == "mine"
    assert tree.said("wages.json")["state"] == "done"


@pytest.mark.parametrize("which", ["own", "in", "out"])
def test_folder_open_to_everybody_is_not_used(tree, which):
    tree.drop("wages.csv", as_csv([wage(1)]))
    (tree.own if which == "own" else tree.own / which).chmod(0o775)
    assert (tree.look().unusable, Upload.objects.count()) == (1, 0)


def test_unusable_folder_stops_no_other(tree):
    (tree.root / "stranger").mkdir(mode=0o700)
    (tree.root / "aaa").symlink_to(tree.own)
    tree.drop("wages.csv", as_csv([wage(1)]))
    looked = tree.look()
    assert (len(looked.taken), looked.unusable) == (1, 2)


def test_answer_that_cannot_be_made_stops_no_other(tree, caplog):
    second = make_furnisher()
    first, second = sorted((tree.organisation, second), key=lambda one: one.credit_code)
    for number, one in enumerate((first, second)):
        inside = tree.root / one.credit_code / "in"
        for folder in (inside.parent, inside):
            folder.mkdir(mode=0o770, exist_ok=True)
            folder.chmod(0o770)
        (inside / "wages.csv").write_bytes(as_csv([wage(number)]))
    for upload in tree.look().taken:
        run(Upload.objects.get(id=upload))
    Upload.objects.filter(organisation=first).update(name=b"altered")
    looked = tree.look()
    assert (looked.given, looked.unusable) == (1, 0)
    assert [record.getMessage() for record in caplog.records] == ["a result could not be given"]
    assert (tree.root / second.credit_code / "out" / "wages.json").exists()


def test_root_open_to_everybody_is_refused(tree):
    tree.root.chmod(0o777)
    with pytest.raises(places.FolderUnsafe):
        tree.look()
    tree.root.chmod(0o700)


def test_results_that_nobody_takes_away_are_destroyed_after_a_week(tree):
    tree.drop("wages.csv", as_csv([wage(1), wage(2, gross="many")]))
    tree.rounds()
    tree.look(after=6 * 86_400)
    assert "wages.result.csv" in tree.names("out")
    tree.look(after=8 * 86_400)
    assert tree.names("out") == ["wages.json"]


def test_upload_of_another_door_is_not_given_here(tree):
    run(services.receive(
        organisation=tree.organisation.pk,
        stream=(tree.drop(".x", as_csv([wage(1)]))).open("rb"),
        filename="x.csv",
        content_type="",
        type="",
        idempotency_key="",
        by="system:test",
        at=timezone.now(),
    ))  # fmt: skip
    tree.look()
    assert tree.names("out") == []


def test_command_looks_once_and_says_what_it_found(tree, monkeypatch):
    path = tree.drop("wages.csv", as_csv([wage(1)]))
    later = timezone.now() + timedelta(seconds=11)
    monkeypatch.setattr("ingest.management.commands.watch_folder.timezone.now", lambda: later)
    said = StringIO()
    call_command("watch_folder", tree.root, once=True, stdout=said)
    assert (path.exists(), said.getvalue().split(",")[0]) == (False, "taken: 1")


def test_command_without_a_folder_is_an_error():
    with pytest.raises(CommandError, match="WATCH_FOLDER"):
        call_command("watch_folder", once=True)


def test_task_does_nothing_without_a_folder_and_looks_where_there_is_one(tree, settings):
    tree.drop("wages.csv", as_csv([wage(1)]))
    assert tasks.watch_folder() == 0
    settings.WATCH_FOLDER = str(tree.root)
    assert tasks.watch_folder() == 0  # it is not steady yet
    assert tree.names("in") == ["wages.csv"]
