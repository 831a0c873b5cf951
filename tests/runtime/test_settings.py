"""Settings fail loudly: each unsafe value of a production start is refused by name, with the cure."""

import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from registry.settings import env
from registry.settings.safety import refuse_unsafe
from tests.runtime.programs import ROOT

ENVIRONMENT = {
    "DATABASE_URL": "postgresql://juxin:secret@db.example/juxin",
    "BROKER_URL": "redis://broker.example/0",
    "EMAIL_URL": "smtp+tls://mail.example:587",
    "SECRET_KEY_FILE": "/etc/juxin/secret-key",
}


@pytest.fixture
def safe(tmp_path, monkeypatch):
    """Values that a production start accepts; each test spoils one."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    keyring = tmp_path / "keyring.json"
    keyring.touch(0o600)
    return {
        "DEBUG": False,
        "DEMO": False,
        "BASE_URL": "https://registry.example",
        "ALLOWED_HOSTS": ["registry.example"],
        "SMS_URL": "https://sms.example/send",
        "KEYRING": f"file:{keyring}",
        "WATCH_FOLDER": "",
    }


def test_production_accepts_safe_values(safe):
    refuse_unsafe(safe)


def test_production_accepts_a_watched_folder_that_is_closed_to_others(safe, tmp_path):
    tmp_path.chmod(0o2770)
    refuse_unsafe(safe | {"WATCH_FOLDER": str(tmp_path)})


def test_production_refuses_a_watched_folder_that_others_may_enter(safe, tmp_path):
    tmp_path.chmod(0o755)
    with pytest.raises(ImproperlyConfigured, match="WATCH_FOLDER: everybody on this machine may enter"):
        refuse_unsafe(safe | {"WATCH_FOLDER": str(tmp_path)})


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("DEBUG", True, "DEBUG: is on, and would show internals to visitors. Cure: unset DEBUG."),
        ("DEMO", True, "DEMO: is on, and would show residents' messages to everybody. Cure: unset DEMO."),
        ("BASE_URL", "http://registry.example", "BASE_URL: is no https:// address."),
        ("BASE_URL", "https://", "BASE_URL: is no https:// address."),
        ("ALLOWED_HOSTS", ["registry.example", "*"], "ALLOWED_HOSTS: lets every host name in."),
        ("ALLOWED_HOSTS", [], "ALLOWED_HOSTS: is empty."),
        ("SMS_URL", "", "SMS_URL: is no https:// address"),
        ("SMS_URL", "http://sms.example", "SMS_URL: is no https:// address"),
        ("WATCH_FOLDER", "srv/sftp", "WATCH_FOLDER: srv/sftp is no folder by its full path."),
        ("WATCH_FOLDER", "/nowhere/sftp", "WATCH_FOLDER: /nowhere/sftp is no folder by its full path."),
        ("KEYRING", "", "KEYRING: names no place of the root key that this build can open."),
        ("KEYRING", "file:", "KEYRING: names no place of the root key that this build can open."),
        (
            "KEYRING",
            "awskms:alias/juxin",
            "KEYRING: names no place of the root key that this build can open.",
        ),
        ("KEYRING", "file:/nowhere/keyring", "KEYRING: /nowhere/keyring is not there."),
    ],
)
def test_production_refuses_unsafe_value(safe, name, value, sentence):
    (refusal,) = refusals({**safe, name: value})
    assert refusal.startswith(sentence)


@pytest.mark.parametrize("name", sorted(ENVIRONMENT))
def test_production_refuses_missing_variable(safe, monkeypatch, name):
    monkeypatch.delenv(name)
    assert refusals(safe) == [f"{name}: is not set. Cure: deploy/README.md lists what it may hold."]


@pytest.mark.parametrize("url", ["console:", "file:/tmp/mail"])
def test_production_refuses_mail_that_is_sent_to_nobody(safe, monkeypatch, url):
    monkeypatch.setenv("EMAIL_URL", url)
    (refusal,) = refusals(safe)
    assert refusal.startswith("EMAIL_URL: writes links for new passwords where others may read them.")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_production_refuses_keyring_that_others_may_read(safe, mode):
    path = safe["KEYRING"].removeprefix("file:")
    os.chmod(path, mode)
    assert refusals(safe) == [f"KEYRING: others may read {path}. Cure: chmod 600 {path}."]


def test_production_names_all_faults_at_once(safe):
    faults = refusals({**safe, "DEBUG": True, "BASE_URL": ""})
    assert [fault.split(":")[0] for fault in faults] == ["DEBUG", "BASE_URL"]


def refusals(values):
    with pytest.raises(ImproperlyConfigured) as raised:
        refuse_unsafe(values)
    first, *faults = str(raised.value).split("\n")
    assert first == "This production start is unsafe and is refused."
    return [fault.strip() for fault in faults]


def start(environment):
    return subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env=environment, capture_output=True, text=True
    )


def test_bare_start_is_a_production_start_and_is_refused():
    done = start({"PATH": os.defpath})
    assert done.returncode != 0
    for name in ("BASE_URL", "ALLOWED_HOSTS", "SMS_URL", "KEYRING", "SECRET_KEY_FILE", "DATABASE_URL"):
        assert f"  {name}: " in done.stderr


def test_production_start_with_safe_values_passes_djangos_own_checks(safe, tmp_path):
    secret = tmp_path / "secret"
    env.make_secret(secret)
    values = {
        name: ",".join(value) if isinstance(value, list) else str(value) for name, value in safe.items()
    }
    values |= ENVIRONMENT | {"SECRET_KEY_FILE": str(secret), "PATH": os.defpath, "DEBUG": "0", "DEMO": "0"}
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=values,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, done.stderr)
    assert "no issues" in done.stdout


def test_secret_file_that_others_may_read_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "secret"
    env.make_secret(path)
    path.chmod(0o644)
    monkeypatch.setenv("SECRET_KEY_FILE", str(path))
    with pytest.raises(
        ImproperlyConfigured, match=f"SECRET_KEY_FILE: others may read {path}. Cure: chmod 600 {path}"
    ):
        env.secret_file("SECRET_KEY_FILE")


def test_secret_file_too_short_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "secret"
    path.touch(0o600)
    monkeypatch.setenv("SECRET_KEY_FILE", str(path))
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY_FILE: holds fewer than 50 characters"):
        env.secret_file("SECRET_KEY_FILE")


def test_secret_file_is_made_once_with_mode_0600(tmp_path, monkeypatch):
    monkeypatch.delenv("SECRET_KEY_FILE", raising=False)
    path = tmp_path / "state" / "secret"
    first = env.secret_file("SECRET_KEY_FILE", path)
    assert env.secret_file("SECRET_KEY_FILE", path) == first
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("read", "name", "value", "sentence"),
    [
        (env.text, "KEYRING", "", "KEYRING: is not set."),
        (env.flag, "DEMO", "maybe", "DEMO: is neither on nor off: 'maybe'."),
        (env.database, "DATABASE_URL", "sqlite:///x", "DATABASE_URL: does not name a PostgreSQL database."),
        (env.broker, "BROKER_URL", "memory://", "BROKER_URL: names neither Redis nor RabbitMQ."),
        (env.email, "EMAIL_URL", "mail.example", "EMAIL_URL: is no mail server."),
    ],
)
def test_variable_that_is_wrong_is_named(monkeypatch, read, name, value, sentence):
    monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured) as raised:
        read(name)
    assert str(raised.value).startswith(sentence)
    assert " Cure: " in str(raised.value)


def test_number_that_is_none_is_named(monkeypatch):
    monkeypatch.setenv("PORT", "eight")
    with pytest.raises(ImproperlyConfigured, match="PORT: is no whole number: 'eight'"):
        env.number("PORT", 8000)


@pytest.mark.parametrize("code", ["XX", "cn", "../CN"])
def test_country_without_rules_is_named(monkeypatch, code):
    monkeypatch.setenv("JURISDICTION", code)
    with pytest.raises(
        ImproperlyConfigured, match=r"JURISDICTION: there are no rules .* Cure: use one of: CN\."
    ):
        env.jurisdiction()


def test_country_is_china_unless_told_otherwise(monkeypatch):
    monkeypatch.delenv("JURISDICTION", raising=False)
    assert env.jurisdiction() == "CN"


def test_database_on_a_socket_is_read(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://juxin:p%40ss@%2Fvar%2Fjx-AbC%2Fs/juxin")
    read = env.database()
    assert {name: read[name] for name in ("HOST", "USER", "PASSWORD", "NAME")} == {
        "HOST": "/var/jx-AbC/s",
        "USER": "juxin",
        "PASSWORD": "p@ss",
        "NAME": "juxin",
    }


def test_email_address_becomes_djangos_settings(monkeypatch):
    monkeypatch.setenv("EMAIL_URL", "smtp+tls://user:p%40ss@mail.example:587/?from=registry@mail.example")
    assert env.email() == {
        "EMAIL_HOST": "mail.example",
        "EMAIL_PORT": 587,
        "EMAIL_HOST_USER": "user",
        "EMAIL_HOST_PASSWORD": "p@ss",
        "EMAIL_USE_TLS": True,
        "EMAIL_USE_SSL": False,
        "EMAIL_TIMEOUT": 10,
        "DEFAULT_FROM_EMAIL": "registry@mail.example",
    }
