"""The way from `./run` to a command: make the environment, enter it, then do what was asked."""

import os
import signal
import sys
from pathlib import Path

from registry.runtime.environment import Environment
from registry.runtime.errors import LaunchError

ROOT = Path(__file__).resolve().parents[2]
USAGE = """usage: ./run COMMAND

  demo [--once]       make everything, run the main job end to end, print its account, then serve the site
                      (--once: stop after the main job; exit status 0 only if every step held)
  test [ARGUMENTS]    run all tests; arguments go to pytest
  bench [NAME]        measure the budgets
  serve               web server, worker and scheduler
  worker              one more worker
  manage COMMAND …    a Django command, with the services it needs

Settings come from the environment; deploy/README.md lists them. With none set, an embedded PostgreSQL and
Redis start on private sockets, and everything is kept in .state/."""
WITH_TOOLS = ("test", "bench")
COMMANDS = ("demo", "test", "bench", "serve", "worker", "manage")


def main(arguments: list[str]) -> int:
    """Run one command; returns the exit status. Errors become two lines: what is wrong, and the cure."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(USAGE)
        return 0 if arguments else 2
    if arguments[0] not in COMMANDS:
        print(f"run: there is no command {arguments[0]!r}.\n\n{USAGE}", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        return enter(arguments)
    except LaunchError as error:
        print(f"run: {error}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        print("run: stopped.", file=sys.stderr, flush=True)
        return 130


def enter(arguments: list[str]) -> int:
    """Make the environment what the lock files say, go on inside it, and dispatch there."""
    environment = Environment(ROOT)
    environment.make(tools=arguments[0] in WITH_TOOLS)
    if not environment.entered():
        os.execv(environment.python, [str(environment.python), str(ROOT / "run"), *arguments])
    from registry.runtime import commands

    return commands.dispatch(arguments[0], arguments[1:])
