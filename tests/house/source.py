"""The project's own source files and functions, measured."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("registry", "consent", "ingest", "api")


@dataclass(frozen=True)
class Function:
    """A function's place and its number of lines without decorators and docstring."""

    where: str
    lines: int


@cache
def modules() -> tuple[Path, ...]:
    """Every module of the four apps, without generated migrations."""
    found = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return tuple(sorted(path for path in found if "migrations" not in path.parts))


@cache
def functions() -> tuple[Function, ...]:
    """Every function and method of those modules."""
    return tuple(function for path in modules() for function in _functions_of(path))


def _functions_of(path: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield Function(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", _length(node))


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    if ast.get_docstring(node, clean=False) is not None:
        first = node.body[0]
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


def share_over(limit: int, sizes: list[int]) -> float:
    """Which share of the sizes reaches the limit."""
    return sum(size >= limit for size in sizes) / len(sizes)
