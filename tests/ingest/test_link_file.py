"""The command that measures linkage, run as users run it: a process of its own on real PostgreSQL."""

import csv
import json
import os
import re
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import openpyxl
import psycopg2
import pytest
from django.core.management import CommandError, call_command

from registry.management.scratch import PREFIX
from tests.factories.waiting import PATIENCE, wait_for
from tests.house.source import ROOT

on_any_server = pytest.mark.shared_services  # no fixture tells of it: the process opens the database itself
FIGURES = (
    r"6 rows of 2 file\(s\): 3 new, 3 linked, 0 review\n"
    r"[\d,]+ rows/s \([\d.]+ s\), peak memory [\d,]+ MB\n"
)
HELD = """
SELECT 1 FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
WHERE locktype = 'advisory' AND datname = current_database()
"""
NUMBER = "410122199003071235"
PEOPLE = {
    "wang": {
        "name": "覃晓明",
        "id_number": "11010519491231002X",
        "mobile": "13812345678",
        "address": "阳光花园5号楼301室",
    },
    "li": {"name": "李大华", "id_number": "", "mobile": "15987654321", "address": "幸福小区2号楼102室"},
    "gu": {"name": "古丽娜尔·阿不都", "id_number": "", "mobile": "18698765432", "address": ""},
}


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*arguments), cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)


def command(*arguments: object) -> list[str]:
    return [sys.executable, "manage.py", "link_file", *map(str, arguments)]


def write_csv(path: Path, rows: list[dict[str, str]], header: list[str] | None = None) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header or list(rows[0]))
        writer.writerows(row.values() for row in rows)
    return path


def linked(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def asked(sql: str, *values: object) -> list[tuple[object, ...]]:
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def create(database: str, verb: str = "CREATE") -> None:
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"{verb} DATABASE {database}")
    finally:
        connection.close()


def scratch_databases() -> list[str]:
    """Those beside this test's own database."""
    ours = "SELECT %s || oid || '_' FROM pg_database WHERE datname = current_database()"
    found = asked(f"SELECT datname FROM pg_database WHERE starts_with(datname, ({ours})) ORDER BY 1", PREFIX)
    return [str(name) for (name,) in found]


@pytest.fixture(autouse=True)
def installation(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installation of this test's own: an empty database and no keyring yet. Gives the keyring's place."""
    url = urlsplit(os.environ["DATABASE_URL"])
    name = f"link_file_{secrets.token_hex(6)}"
    keyring = tmp_path_factory.mktemp("keys") / "keyring.json"
    server = psycopg2.connect(url.geturl())
    server.autocommit = True
    try:
        with server.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
            monkeypatch.setenv("DATABASE_URL", url._replace(path=f"/{name}").geturl())
            monkeypatch.setenv("KEYRING", f"file:{keyring}")
            yield keyring
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        server.close()


@pytest.fixture
def two_files(tmp_path: Path) -> tuple[Path, Path]:
    """The same three people, known to two partners, in another order and writing."""
    wang, li, gu = PEOPLE.values()
    first = write_csv(tmp_path / "community.csv", [wang, li, gu])
    second = [
        gu | {"name": "古丽娜尔•阿不都"},
        wang | {"name": "Qin Xiaoming", "mobile": ""},
        li | {"mobile": "+86 159-8765-4321"},
    ]
    return first, write_csv(tmp_path / "utility.csv", second)


@on_any_server
def test_same_people_in_two_files_link(two_files, tmp_path):
    out = tmp_path / "links.csv"
    done = run(*two_files, "--out", out)
    assert (done.returncode, done.stderr) == (0, "")
    rows = linked(out)
    assert [(row["file"], row["row"], row["decision"]) for row in rows] == [
        (str(two_files[0]), "1", "new"),
        (str(two_files[0]), "2", "new"),
        (str(two_files[0]), "3", "new"),
        (str(two_files[1]), "1", "linked"),
        (str(two_files[1]), "2", "linked"),
        (str(two_files[1]), "3", "linked"),
    ]
    wang, li, gu = (row["resident"] for row in rows[:3])
    assert [row["resident"] for row in rows[3:]] == [gu, wang, li]
    assert len({wang, li, gu}) == 3
    assert re.fullmatch(FIGURES, done.stdout)


def test_batches_of_any_size_decide_the_same(two_files, tmp_path):
    decisions = []
    for batch in (1, 1000):
        out = tmp_path / f"{batch}.csv"
        assert run(*two_files, "--out", out, "--batch", batch).returncode == 0
        decisions.append([(row["decision"], row["weight"]) for row in linked(out)])
    assert decisions[0] == decisions[1]


def test_doubtful_row_is_for_review_with_a_resident_of_its_own(tmp_path):
    file = write_csv(
        tmp_path / "a.csv",
        [
            {"name": "覃晓明", "birth_date": "1990-03-07", "address": "杭州市余杭区阳光花园5号楼301室"},
            {"name": "覃晓明", "birth_date": "1990-03-07", "address": "深圳市龙华区翠湖小区9号楼102室"},
        ],
    )
    assert run(file, "--out", tmp_path / "links.csv").returncode == 0
    first, second = linked(tmp_path / "links.csv")
    assert (first["decision"], second["decision"]) == ("new", "review")
    assert first["resident"] != second["resident"]
    assert float(second["weight"]) > 0


def test_rows_that_say_nobody_or_only_a_name_stay_apart(tmp_path):
    lines = ["name,mobile,month", ",,2026-01", ",,2026-01", "王伟,,2026-01", "王伟,,2026-01", "ragged"]
    file = tmp_path / "a.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert run(file, "--out", tmp_path / "links.csv").returncode == 0
    rows = linked(tmp_path / "links.csv")
    assert [(row["row"], row["decision"], row["weight"]) for row in rows] == [
        (str(number), "new", "0.00") for number in range(1, 6)
    ]
    assert len({row["resident"] for row in rows}) == 5


def test_same_row_again_is_linked_with_its_full_weight(tmp_path):
    file = write_csv(tmp_path / "a.csv", [PEOPLE["wang"], PEOPLE["wang"], PEOPLE["li"], PEOPLE["wang"]])
    assert run(file, "--out", tmp_path / "links.csv", "--batch", 2).returncode == 0
    rows = linked(tmp_path / "links.csv")
    assert [row["decision"] for row in rows] == ["new", "linked", "new", "linked"]
    assert rows[0]["resident"] == rows[1]["resident"] == rows[3]["resident"]
    assert rows[1]["weight"] == rows[3]["weight"]
    assert float(rows[3]["weight"]) > 50


def test_number_with_a_wrong_check_character_is_weak_evidence_not_a_refusal(tmp_path):
    wrong = PEOPLE["wang"] | {"id_number": "110105194912310021"}
    file = write_csv(tmp_path / "a.csv", [PEOPLE["wang"], wrong])
    assert run(file, "--out", tmp_path / "links.csv").returncode == 0
    assert [row["decision"] for row in linked(tmp_path / "links.csv")] == ["new", "linked"]


def test_spreadsheet_and_json_lines_link_with_csv(two_files, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(list(PEOPLE["wang"]))
    book.active.append(list(PEOPLE["wang"].values()))
    book.save(tmp_path / "a.xlsx")
    lines = tmp_path / "b.ndjson"
    lines.write_text(json.dumps(PEOPLE["li"]) + "\n", encoding="utf-8")
    out = tmp_path / "links.csv"
    assert run(two_files[0], tmp_path / "a.xlsx", lines, "--out", out).returncode == 0
    rows = linked(out)
    assert [row["decision"] for row in rows] == ["new", "new", "new", "linked", "linked"]
    assert [row["resident"] for row in rows[3:]] == [rows[0]["resident"], rows[1]["resident"]]


def test_chinese_headers_are_recognised(tmp_path):
    file = write_csv(tmp_path / "a.csv", [PEOPLE["wang"]] * 2, ["姓名", "身份证号", "手机号", "住址"])
    assert run(file, "--out", tmp_path / "links.csv").returncode == 0
    assert [row["decision"] for row in linked(tmp_path / "links.csv")] == ["new", "linked"]


def test_map_names_a_column_that_no_one_would_guess(tmp_path):
    plain = write_csv(tmp_path / "a.csv", [PEOPLE["wang"]])
    odd = write_csv(tmp_path / "b.csv", [PEOPLE["wang"]], ["spalte 1", "spalte 2", "spalte 3", "spalte 4"])
    out = tmp_path / "links.csv"
    assert run(plain, odd, "--out", out, "--map", "spalte 1=name", "spalte 2=id_number").returncode == 0
    assert [row["decision"] for row in linked(out)] == ["new", "linked"]


def test_map_with_nothing_behind_the_sign_leaves_the_column_out(tmp_path):
    file = write_csv(tmp_path / "a.csv", [PEOPLE["wang"], PEOPLE["wang"] | {"id_number": NUMBER}])
    out = tmp_path / "links.csv"
    assert run(file, "--out", out).returncode == 0
    with_number = linked(out)[1]["decision"]
    assert run(file, "--out", out, "--map", "id_number=").returncode == 0
    assert (with_number, linked(out)[1]["decision"]) == ("review", "linked")


def refused(*arguments: object) -> str:
    """What the command says where it ends before it touches any database."""
    with pytest.raises(CommandError) as error:
        call_command("link_file", *map(str, arguments))
    return str(error.value)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--map", "spalte=name"), "no file has a column 'spalte'"),
        (("--map", "name=nickname"), "there is no field 'nickname'"),
        (("--map", "name"), "column=field"),
        (("--batch", "0"), "--batch"),
    ],
)
def test_wrong_argument_is_named(two_files, tmp_path, arguments, named):
    assert named in refused(*two_files, "--out", tmp_path / "links.csv", *arguments)


def test_wrong_map_ends_the_process_with_an_error_and_writes_nothing(two_files, tmp_path):
    out = tmp_path / "links.csv"
    done = run(*two_files, "--out", out, "--map", "spalte=name")
    assert (done.returncode, done.stdout, out.exists()) == (1, "", False)
    assert "'spalte'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("month,amount\n2026-01,3\n", "Columns: month, amount;"),
        ("联系电话,手机号码\n13812345678,13812345678\n", "Columns: 联系电话, 手机号码;"),
        ("name,religion\n王小明,x\n", "Columns: religion"),
        ("", "no rows"),
    ],
)
def test_file_that_cannot_be_used_is_refused_by_name(tmp_path, content, named):
    file = tmp_path / "a.csv"
    file.write_text(content, encoding="utf-8")
    told = refused(file, "--out", tmp_path / "links.csv")
    assert told.startswith(f"{file}: ")
    assert named in told


def test_missing_file_is_named(tmp_path):
    assert refused(tmp_path / "none.csv", "--out", tmp_path / "links.csv").startswith(
        f"{tmp_path / 'none.csv'}: "
    )


def test_missing_folder_of_the_result_is_named(two_files, tmp_path):
    assert str(tmp_path / "none") in refused(*two_files, "--out", tmp_path / "none" / "links.csv")


def test_file_that_breaks_off_leaves_no_result(tmp_path):
    file, out = tmp_path / "a.csv", tmp_path / "links.csv"
    file.write_bytes(b"name,mobile\n" + "王小明,13812345678\n".encode() * 5000 + b"\x00\x00")
    done = run(file, "--out", out)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


@on_any_server
def test_real_registry_and_keyring_stay_untouched(two_files, tmp_path, installation):
    assert run(*two_files, "--out", tmp_path / "links.csv").returncode == 0
    assert asked("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace") == []
    assert not installation.exists()
    assert scratch_databases() == []


@on_any_server
def test_killed_run_leaves_a_registry_that_the_next_run_drops(tmp_path):
    many = [PEOPLE["li"] | {"mobile": f"159{number:08d}"} for number in range(20_000)]
    file = write_csv(tmp_path / "many.csv", many)
    small = write_csv(tmp_path / "small.csv", [PEOPLE["wang"]])
    killed = subprocess.Popen(
        command(file, "--out", tmp_path / "killed.csv"), cwd=ROOT, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(lambda: scratch_databases() != [], "a scratch database")
        (left,) = scratch_databases()
        killed.send_signal(signal.SIGSTOP)  # alive, however long the other one takes
        assert run(small, "--out", tmp_path / "beside.csv").returncode == 0
        assert scratch_databases() == [left]  # a run that lives is left alone
    finally:
        killed.send_signal(signal.SIGKILL)
        killed.wait()
    assert scratch_databases() == [left]
    wait_for(lambda: asked(HELD) == [], "the end of its session")
    assert run(small, "--out", tmp_path / "after.csv").returncode == 0
    assert scratch_databases() == []
    assert not (tmp_path / "killed.csv").exists()


@on_any_server
def test_user_who_may_not_create_databases_is_told(two_files, tmp_path, monkeypatch):
    # Whoever owns the database is its owner's role as well, and that role may create no other.
    monkeypatch.setenv("DATABASE_URL", os.environ["DATABASE_URL"] + "?options=-c%20role%3Dpg_database_owner")
    done = run(*two_files, "--out", tmp_path / "links.csv")
    assert done.returncode == 1
    assert "may not create databases" in done.stderr
    assert "Traceback" not in done.stderr


@on_any_server
def test_runs_of_two_installations_on_one_server_leave_each_other_alone(two_files, tmp_path):
    (oid,) = asked("SELECT oid FROM pg_database WHERE datname = current_database()")[0]
    own, rest = f"{PREFIX}{oid}_left", f"{PREFIX}{int(str(oid)) + 1}_left"
    for name in (own, rest):
        create(name)
    try:
        assert run(*two_files, "--out", tmp_path / "links.csv").returncode == 0
        assert [
            name for (name,) in asked("SELECT datname FROM pg_database WHERE datname IN (%s, %s)", own, rest)
        ] == [rest]
    finally:
        create(rest, verb="DROP")
