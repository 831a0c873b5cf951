"""The published JSON Schema of a report, one file a version."""

import json
from functools import cache
from importlib import resources
from typing import Any


@cache
def report_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a report, version 1."""
    document: dict[str, Any] = json.loads(
        (resources.files("api.assembly") / "report-1.json").read_text("utf-8")
    )
    return document
