"""`./run` itself: readable for any Python 3, plain about what it can do and what is missing."""

import ast
import json
import os
import subprocess
import sys
import zipfile

import pytest

from registry.runtime.assets import compile_translations, copy_vendor_files
from registry.runtime.downloads import pip_install
from registry.runtime.environment import Environment
from registry.runtime.errors import LaunchError, NoNetwork
from tests.runtime.programs import ROOT

PINNED = "sqlparse==0.5.0 --hash=sha256:" + "0" * 64


def run(*arguments):
    return subprocess.run([sys.executable, ROOT / "run", *arguments], capture_output=True, text=True)


def test_run_can_be_read_by_old_pythons():
    ast.parse((ROOT / "run").read_text(), feature_version=(3, 4))


def test_run_without_command_lists_the_commands():
    done = run()
    assert done.returncode == 2
    assert [
        word for word in ("demo", "test", "bench", "serve", "worker", "manage") if word not in done.stdout
    ] == []


def test_run_with_unknown_command_says_so():
    done = run("dmeo")
    assert done.returncode == 2
    assert done.stderr.startswith("run: there is no command 'dmeo'.\n")


@pytest.fixture
def project(tmp_path):
    """A folder with lock files, and an environment that was made for them."""
    for name in ("requirements.txt", "requirements-dev.txt", "package-lock.json"):
        (tmp_path / name).write_text(name)
    environment = Environment(tmp_path)
    environment.python.parent.mkdir(parents=True)
    environment.python.touch()
    (tmp_path / "node_modules").mkdir()
    return environment


def made(environment, *, tools):
    environment.stamp.write_text(json.dumps(environment.wanted(tools=tools)))


def test_environment_with_tools_serves_the_demo_too(project):
    made(project, tools=True)
    assert [project.is_made(project.wanted(tools=tools)) for tools in (True, False)] == [True, True]


def test_environment_without_tools_does_not_serve_tests(project):
    made(project, tools=False)
    assert [project.is_made(project.wanted(tools=tools)) for tools in (True, False)] == [False, True]


@pytest.mark.parametrize("name", ["requirements.txt", "package-lock.json"])
def test_environment_is_made_again_when_a_lock_file_changes(project, name):
    made(project, tools=False)
    (project.root / name).write_text("changed")
    assert not project.is_made(project.wanted(tools=False))


def test_environment_of_a_broken_clone_is_reported(tmp_path):
    with pytest.raises(LaunchError, match=r"requirements\.txt is missing\."):
        Environment(tmp_path).make(tools=False)


def test_download_without_network_is_reported(tmp_path, monkeypatch):
    offline(monkeypatch)
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(PINNED)
    with pytest.raises(NoNetwork) as raised:
        pip_install(sys.executable, requirements)
    assert (
        raised.value.what
        == "pip could not install the Python packages: the package registry cannot be reached."
    )
    assert raised.value.cure == "Check the network, or set PIP_INDEX_URL."


def test_download_that_is_not_the_pinned_file_is_reported(tmp_path, monkeypatch):
    wheel = tmp_path / "wheels" / "juxin_probe-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(
            "juxin_probe-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: juxin-probe\nVersion: 1.0\n"
        )
        archive.writestr("juxin_probe-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
    offline(monkeypatch)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheel.parent))
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(f"juxin-probe==1.0 --hash=sha256:{'0' * 64}")
    with pytest.raises(LaunchError, match="a downloaded file is not the one the lock file names"):
        pip_install(sys.executable, requirements)


def offline(monkeypatch):
    for name in list(os.environ):
        if name.startswith("PIP_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")


def test_translations_are_compiled_once_and_again_when_they_change(tmp_path):
    folder = tmp_path / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    source, target = folder / "django.po", folder / "django.mo"
    source.write_text('msgid "Sign in"\nmsgstr "登录"\n')
    compile_translations(tmp_path)
    assert "登录".encode() in target.read_bytes()
    before = target.stat().st_mtime_ns
    compile_translations(tmp_path)
    assert target.stat().st_mtime_ns == before
    source.write_text('msgid "Sign in"\nmsgstr "进入"\n')
    os.utime(source, ns=(before + 10**9, before + 10**9))
    compile_translations(tmp_path)
    assert "进入".encode() in target.read_bytes()


def test_vendor_files_are_copied_from_the_packages(tmp_path):
    origin = tmp_path / "node_modules/bootstrap/dist/css/bootstrap.min.css"
    origin.parent.mkdir(parents=True)
    origin.write_text("body{}")
    copy_vendor_files(tmp_path / "node_modules", tmp_path / "vendor")
    assert [path.name for path in (tmp_path / "vendor").iterdir()] == ["bootstrap.min.css"]
