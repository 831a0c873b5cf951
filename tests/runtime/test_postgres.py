"""The embedded PostgreSQL: private, lasting, and back after a kill -9."""

import os
import shutil
import stat

import psycopg2
import pytest

from registry.runtime.binaries import find_binaries
from registry.runtime.folders import private_folder, short_folder
from registry.runtime.postgres import Postgres
from registry.runtime.privileges import service_account
from tests.runtime import programs


@pytest.fixture
def postgres():
    account, folder = service_account(), short_folder()
    sockets = private_folder(folder / "s", account)
    server = Postgres(find_binaries(account).postgres, folder / "pg", sockets, account, durable=False)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder)


def ask(server, statement):
    connection = psycopg2.connect(server.url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
        rows = cursor.fetchall() if cursor.description else []
    connection.close()
    return rows


def test_postgres_listens_on_no_network(postgres):
    assert ask(postgres, "SHOW listen_addresses") == [("",)]


def test_postgres_role_is_no_superuser_and_may_make_test_databases(postgres):
    assert ask(postgres, "SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user") == [
        (False, True)
    ]


def test_postgres_files_are_private(postgres):
    modes = [
        stat.S_IMODE(path.stat().st_mode)
        for path in (postgres.home, postgres.data, postgres.home / "password")
    ]
    assert modes == [0o700, 0o700, 0o600]


def test_postgres_refuses_a_wrong_password(postgres):
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(postgres.url.replace("juxin:", "juxin:wrong"))


def test_postgres_keeps_data_over_a_restart(postgres):
    ask(postgres, "CREATE TABLE kept AS SELECT 42 AS answer")
    postgres.stop()
    postgres.start()
    assert ask(postgres, "SELECT answer FROM kept") == [(42,)]


def test_postgres_starts_again_after_kill(postgres):
    ask(postgres, "SET synchronous_commit = on; CREATE TABLE kept AS SELECT 42 AS answer")
    postgres.process.kill()
    postgres.process.wait()
    assert (postgres.data / "postmaster.pid").exists()
    postgres.start()
    assert ask(postgres, "SELECT answer FROM kept") == [(42,)]


def test_postgres_stale_lock_that_names_a_foreign_process_is_removed(postgres):
    postgres.stop()
    lock = postgres.data / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{postgres.data}\n")
    assert postgres.clean_up()
    assert not lock.exists()


def test_postgres_that_outlived_its_launcher_is_ended(postgres):
    orphan, postgres.process = postgres.process, None
    assert postgres.clean_up()
    assert programs.wait_until(lambda: orphan.poll() is not None)
    postgres.start()
    assert ask(postgres, "SELECT 1") == [(1,)]


def test_postgres_log_keeps_no_values_of_failed_statements(postgres):
    with pytest.raises(psycopg2.errors.InvalidTextRepresentation):
        ask(postgres, "SELECT '张三丰'::int")
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(postgres.url.replace("juxin:", "juxin:wrong"))
    log = postgres.log.read_text()
    assert "password authentication failed" in log
    assert "张三丰" not in log
