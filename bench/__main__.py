"""`./run bench [NAME…]`: measure the budgets, print a table, write JSON to .state/bench/.

./run bench                      all of them
./run bench ingest --rows 20000  one, smaller than the budget says; the table tells
"""

import argparse
import os
import sys
from collections.abc import Callable

import django
from django.core.management import call_command
from django.utils import timezone

from bench import harness

NAMES = ("ingest", "report", "link")


def main(arguments: list[str]) -> int:
    """Run the benchmarks named, or all; returns the exit status: 1 where work measured was not done."""
    asked = _parser().parse_args(arguments)
    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    results = []
    for name in asked.names or NAMES:
        try:
            results.append(_measures()[name](asked))
        except harness.WorkNotDone as fault:
            harness.say(f"no figure for {name}: {fault}")
            return 1
        sys.stdout.write(harness.show(results[-1]))
        sys.stdout.flush()
    harness.say(f"written to {harness.write(results, timezone.now())}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./run bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], metavar="NAME", help=" ".join(NAMES))
    parser.add_argument("--rows", type=int, default=0, help="rows to ingest; 200,000 unless told otherwise")
    parser.add_argument("--people", type=int, default=0, help="people to link; 20,000 unless told otherwise")
    parser.add_argument("--requests", type=int, default=0, help="reports to ask; 2,000 unless told otherwise")
    return parser


def _measures() -> dict[str, Callable[[argparse.Namespace], harness.Result]]:
    return {"ingest": _ingest, "report": _report, "link": _link}


def _ingest(asked: argparse.Namespace) -> harness.Result:
    from bench import ingest
    from bench.site import running_site

    with running_site() as site:
        return ingest.measure(site, rows=asked.rows or ingest.ROWS)


def _report(asked: argparse.Namespace) -> harness.Result:
    from bench import report
    from bench.site import running_site

    with running_site() as site:
        return report.measure(site, requests=asked.requests or report.REQUESTS)


def _link(asked: argparse.Namespace) -> harness.Result:
    from bench import linking

    return linking.measure(people=asked.people or linking.PEOPLE, today=timezone.localdate())


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings.local")
    sys.exit(main(sys.argv[1:]))
