"""`manage.py export_partner_openapi`: the partner's OpenAPI document as a file."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from ingest.openapi import document


class Command(BaseCommand):
    """Writes the document that /api/partners/schema serves."""

    help = "Write the partner's OpenAPI 3.1 document to a file, or to standard output."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file to write, if any."""
        parser.add_argument("--out", type=Path, help="file to write; standard output without it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it, sorted, so that two exports can be compared."""
        text = json.dumps(document(), ensure_ascii=False, indent=2, sort_keys=True, default=str) + "\n"
        if options["out"]:
            options["out"].write_text(text, encoding="utf-8")
        else:
            self.stdout.write(text, ending="")
