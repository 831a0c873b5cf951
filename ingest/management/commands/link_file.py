"""`manage.py link_file`: who is who in partner files, by the linker of production, for measuring it."""

import csv
import os
import resource
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ingest.errors import UploadError
from ingest.management.linking import FIELDS, Linked, PartnerFile, link, open_file
from registry.management.scratch import ScratchRefused, scratch_registry

HEADER = ("file", "row", "resident", "decision", "weight")


class Command(BaseCommand):
    """1 read every header; 2 make a scratch registry; 3 link row by row; 4 write; 5 drop the registry."""

    requires_system_checks = ()  # of the whole site it needs the tables alone
    help = (
        "Links the rows of partner files (CSV, XLSX, NDJSON) with the linker of production, in a scratch"
        " registry that is dropped afterwards, and writes file,row,resident,decision,weight. The real"
        " registry and its keys stay untouched."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--out", required=True, type=Path, metavar="LINKS.csv")
        parser.add_argument(
            "--map",
            nargs="+",
            action="extend",
            default=[],
            metavar="column=field",
            help="the field that a column fills; nothing behind the sign leaves the column out",
        )
        parser.add_argument(
            "--batch", type=int, default=1000, metavar="ROWS", help="rows in one transaction (default: 1000)"
        )

    def handle(
        self, *args: Any, files: Sequence[Path], out: Path, map: Sequence[str], batch: int, **options: Any
    ) -> None:
        if batch < 1:
            raise CommandError("--batch: give a whole number of rows, 1 or more.")
        if not out.resolve().parent.is_dir():
            raise CommandError(f"--out: there is no folder {out.resolve().parent}.")
        chosen = read_map(map)
        with ExitStack() as stack:
            opened = [open_or_refuse(path, chosen, stack) for path in files]  # 1
            require_known(chosen, opened)
            self.run(opened, out, batch)

    def run(self, files: Sequence[PartnerFile], out: Path, batch: int) -> None:
        """Link, write, and say what happened."""
        try:
            with scratch_registry():  # 2, 5
                started = time.perf_counter()
                counts = write(link(files, batch=batch), out)  # 3, 4
                seconds = time.perf_counter() - started
        except UploadError as error:
            raise CommandError(told(error)) from None
        except ScratchRefused as error:
            raise CommandError(f"{error.sentence} ALTER ROLE … CREATEDB allows it.") from None
        rows = counts.total()
        parts = ", ".join(f"{counts[kind]:,} {kind}" for kind in ("new", "linked", "review"))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        self.stdout.write(f"{rows:,} rows of {len(files)} file(s): {parts}")
        self.stdout.write(f"{rows / seconds:,.0f} rows/s ({seconds:.1f} s), peak memory {peak:,.0f} MB")


def read_map(pairs: Sequence[str]) -> dict[str, str]:
    """`column=field` texts as a mapping. Raises CommandError for one that names no identity field."""
    chosen = {}
    for pair in pairs:
        column, sign, field = pair.rpartition("=")
        if not (sign and column.strip()):
            raise CommandError(f"--map {pair}: write it as column=field.")
        if field and field not in FIELDS:
            raise CommandError(f"--map {pair}: there is no field {field!r}. Fields: {', '.join(FIELDS)}.")
        chosen[" ".join(column.split())] = field
    return chosen


def open_or_refuse(path: Path, chosen: Mapping[str, str], stack: ExitStack) -> PartnerFile:
    """The file with its columns named. Raises CommandError that says what is wrong with it."""
    try:
        return open_file(path, chosen, stack)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}.") from None
    except UploadError as error:
        raise CommandError(f"{path}: {told(error)}") from None


def require_known(chosen: Mapping[str, str], files: Sequence[PartnerFile]) -> None:
    """Raise CommandError for a column named in --map that no file has."""
    present = {column for file in files for column in file.table.columns}
    unknown = [column for column in chosen if column not in present]
    if unknown:
        raise CommandError(
            f"--map: no file has a column {', '.join(map(repr, unknown))}."
            f" Columns: {', '.join(sorted(filter(None, present)))}."
        )


def told(error: UploadError) -> str:
    """An upload error as one line: what is wrong, where, and the cure. Holds names of columns, no values."""
    named = error.context.get("columns") or [error.context.get("column", "")]
    columns = ", ".join(filter(None, named))
    where = f" Columns: {columns}; name one with --map column=field." if columns else ""
    return f"{error.sentence} {error.cure}{where}"


def write(rows: Iterable[Linked], out: Path) -> Counter[str]:
    """Write the result, whole or not at all; returns how many rows were decided how."""
    scratch = out.with_name(f".{out.name}.{os.getpid()}")
    counts: Counter[str] = Counter()
    try:
        with scratch.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(HEADER)
            for line in rows:
                counts[line.decision] += 1
                writer.writerow((*line[:4], f"{line.weight:.2f}"))
        scratch.replace(out)
    finally:
        scratch.unlink(missing_ok=True)
    return counts
