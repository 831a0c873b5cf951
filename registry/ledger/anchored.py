"""Tables beyond the ledger that its entries vouch for, by a digest or by the root of a tree.

Whoever keeps such a table names the function that holds it against the ledger in its AppConfig, as
`anchored = "app.module.function"`; it returns sentences about what it found, or raises LedgerBroken.
"""

from collections.abc import Callable
from typing import cast

from django.apps import apps
from django.utils.module_loading import import_string

from registry.ledger.reading import snapshot

Check = Callable[[], list[str]]


def verify_anchored() -> list[str]:
    """Hold every anchored table against the ledger, in one snapshot; what was found, a sentence for each.

    Raises LedgerBroken naming the first row that is not what the ledger vouches for.
    """
    named = [getattr(config, "anchored", "") for config in apps.get_app_configs()]
    found: list[str] = []
    with snapshot():
        for check in filter(None, named):
            found += cast("Check", import_string(check))()
    return found
