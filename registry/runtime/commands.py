"""The commands of `./run`, each a short story; called inside the virtual environment."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from registry.runtime import ports
from registry.runtime.assets import make_assets
from registry.runtime.environment import child_environment
from registry.runtime.errors import LaunchError
from registry.runtime.processes import Child
from registry.runtime.services import missing, project_services
from registry.runtime.statics import bring_up_to_date
from registry.runtime.supervisor import Supervisor
from registry.runtime.throwaway import scratch_settings, throwaway_services
from registry.runtime.voice import say, step

ROOT = Path(__file__).resolve().parents[2]
LOCAL, PRODUCTION = "registry.settings.local", "registry.settings.production"


def dispatch(command: str, arguments: list[str]) -> int:
    """Run one command; returns its exit status."""
    known: dict[str, Callable[[list[str]], int]] = {
        "demo": demo,
        "test": test,
        "bench": bench,
        "serve": serve,
        "worker": worker,
        "manage": manage,
    }
    make_assets(ROOT)
    return known[command](arguments)


def demo(arguments: list[str]) -> int:
    """The main job from partner files to a lender's report, then the site; `--once` stops after the job."""
    if set(arguments) - {"--once"}:
        raise LaunchError(f"demo does not know {' '.join(arguments)!r}.", "Use: ./run demo [--once]")
    once = "--once" in arguments
    port = ports.free_port() if once and not os.environ.get("PORT") else ports.wanted_port()
    base = f"http://{ports.HOST}:{port}"
    os.environ.update(DJANGO_SETTINGS_MODULE=LOCAL, DEMO="1", PORT=str(port), BASE_URL=base)
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    ports.require_free(ports.HOST, port)
    with project_services(ROOT, "./run demo") as (settings, started):
        os.environ.update(settings)
        prepare()
        status = 0
        with Supervisor(ROOT, [web(port), scheduler(), celery_worker()], started) as site:
            site.wait_until_ready(f"{base}/readyz")
            status = site.run(django("seed_demo"), "the main job")
            if not once and status == 0:
                say(f"the site is at {base} and stays up until Ctrl-C")
                site.watch()
        if status:
            say(f"the main job failed with status {status}; what went wrong stands above")
        return status


def serve(arguments: list[str]) -> int:
    """Web server, worker and scheduler until Ctrl-C."""
    refuse_arguments("serve", arguments)
    port, host = ports.wanted_port(), os.environ.get("HOST", ports.HOST)
    refuse_open_demo(host)
    os.environ.update(DJANGO_SETTINGS_MODULE=chosen_settings(), PORT=str(port))
    ports.require_free(host, port)
    with project_services(ROOT, "./run serve") as (settings, started):
        os.environ.update(settings)
        prepare()
        with Supervisor(ROOT, [web(port, host), scheduler(), celery_worker()], started) as site:
            site.wait_until_ready(f"http://{ports.reachable(host)}:{port}/readyz")
            say(f"listening on http://{host}:{port}; Ctrl-C stops all")
            site.watch()
    return 0


def worker(arguments: list[str]) -> int:
    """One more worker, on the services of a live run or on one's own."""
    refuse_arguments("worker", arguments)
    os.environ["DJANGO_SETTINGS_MODULE"] = chosen_settings()
    with project_services(ROOT, "./run worker", share=True) as (settings, started):
        os.environ.update(settings)
        with Supervisor(ROOT, [celery_worker(f"worker-{os.getpid()}")], started) as site:
            site.watch()
    return 0


def manage(arguments: list[str]) -> int:
    """A Django command in the caller's own folder, so that relative file names mean what they say."""
    os.environ["DJANGO_SETTINGS_MODULE"] = chosen_settings()
    with project_services(ROOT, f"./run manage {' '.join(arguments[:1])}", share=True) as (settings, _):
        os.environ.update(settings)
        return subprocess.run(django(*arguments), env=child_environment()).returncode


def test(arguments: list[str]) -> int:
    """All tests on all processors, those chosen by path on one; conftest.py starts the services."""
    os.chdir(ROOT)
    chosen = any(
        not argument.startswith("-") and Path(argument.split("::")[0]).exists() for argument in arguments
    )
    spread = [] if chosen or {"-n", "--version", "-h"} & set(arguments) else ["-n", "auto"]
    os.execve(sys.executable, [sys.executable, "-m", "pytest", *spread, *arguments], child_environment())


def bench(arguments: list[str]) -> int:
    """The benchmarks, on throw-away services that write to disk as real ones do."""
    os.chdir(ROOT)
    with throwaway_services(durable=True) as settings, scratch_settings() as scratch:
        os.environ.update(scratch | settings, DJANGO_SETTINGS_MODULE=LOCAL)
        return subprocess.run([sys.executable, "-m", "bench", *arguments], env=child_environment()).returncode


def prepare() -> None:
    """Static files, and tables as the code wants them; in production the operator changes the tables."""
    bring_up_to_date(ROOT, ROOT / ".state", collect_static)
    if os.environ["DJANGO_SETTINGS_MODULE"] == LOCAL:
        with step("bringing the tables up to date"):
            must(
                django("migrate", "--noinput", "--verbosity", "0"),
                "The tables could not be brought up to date.",
            )
    else:
        must(django("migrate", "--check"), "The tables are behind the code.", "./run manage migrate")


def collect_static() -> None:
    """Gather, name by content and compress what the site serves. Raises LaunchError."""
    with step("collecting static files"):
        must(django("collectstatic", "--noinput", "--verbosity", "0"), "Static files could not be collected.")


def must(command: list[str], what: str, cure: str = "The lines above say why.") -> None:
    """Run a program that has to succeed. Raises LaunchError."""
    if subprocess.run(command, cwd=ROOT, env=child_environment()).returncode:
        raise LaunchError(what, cure)


def chosen_settings() -> str:
    """Production for one's own database, local for the embedded one; DJANGO_SETTINGS_MODULE overrules."""
    return os.environ.get("DJANGO_SETTINGS_MODULE") or (LOCAL if "DATABASE_URL" in missing() else PRODUCTION)


def refuse_arguments(command: str, arguments: list[str]) -> None:
    """Raise LaunchError for arguments that would be ignored."""
    if arguments:
        raise LaunchError(
            f"{command} takes no arguments.", "Settings come from the environment: PORT, HOST, …"
        )


def refuse_open_demo(host: str) -> None:
    """Raise LaunchError where the demonstration's inbox and its sign-in codes would be open to a network."""
    demonstration = os.environ.get("DEMO", "").strip().lower() not in ("", "0", "false", "no", "off")
    if demonstration and not ports.is_loopback(host):
        raise LaunchError(
            f"DEMO shows everybody's sign-in codes, and HOST={host} lets a network see them.",
            "Unset DEMO, or unset HOST to stay on this machine.",
        )


def django(*arguments: str) -> list[str]:
    """A Django command as a command line."""
    return [sys.executable, str(ROOT / "manage.py"), *arguments]


def web(port: int, host: str = ports.HOST) -> Child:
    """The web server."""
    processes = os.environ.get("WEB_PROCESSES", "2")
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)]
    command += ["--workers", processes, "--blocking-threads", "8", "--no-ws", "--log-level", "error"]
    command += ["--workers-kill-timeout", "8", "registry.wsgi:application"]
    return Child("web", command)


def celery_worker(name: str = "worker") -> Child:
    """A Celery worker with as many processes as there are processors, or WORKER_PROCESSES."""
    processes = os.environ.get("WORKER_PROCESSES", str(os.cpu_count() or 1))
    command = [
        sys.executable,
        "-W",
        "ignore:::celery.platforms",  # it warns of root, which is ordinary in a container
        "-m",
        "celery",
        "--quiet",
        "-A",
        "registry",
        "worker",
        "--loglevel",
        "WARNING",
        "-n",
        f"{name}@%h",
    ]
    return Child("worker", [*command, "-c", processes, "--without-gossip", "--without-mingle"], patience=20)


def scheduler() -> Child:
    """Celery's scheduler. It keeps no file: what it wakes are sweeps, which may come early."""
    command = [
        sys.executable,
        "-m",
        "celery",
        "--quiet",
        "-A",
        "registry",
        "beat",
        "--loglevel",
        "WARNING",
        "--pidfile=",
    ]
    return Child("scheduler", [*command, "-S", "celery.beat:Scheduler"])
