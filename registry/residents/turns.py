"""Waiting for one another over keyed digests: who decides about one, decides alone until its end.

The rows of the table live inside a transaction only. They go at once; what others wait for is the end of
the transaction. A row that somehow stayed behind is taken like any other.
"""

from collections.abc import Collection

from django.db import connection

_TAKE = """
INSERT INTO registry_identityclaim (digest) SELECT unnest(%s::bytea[])
ON CONFLICT (digest) DO UPDATE SET digest = EXCLUDED.digest
"""
_LEAVE = "DELETE FROM registry_identityclaim WHERE digest = ANY(%s::bytea[])"


def take_turns(digests: Collection[bytes]) -> None:
    """Wait until no other open transaction holds any of these 16-byte digests; they are ours until commit.

    Sorted, so that two callers cannot wait for each other. Two calls of one transaction must come in the
    same order everywhere: references first, identities then.
    """
    if digests:
        with connection.cursor() as cursor:
            cursor.execute(_TAKE, [sorted(digests)])
            cursor.execute(_LEAVE, [list(digests)])
