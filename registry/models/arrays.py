"""Many ids or digests as one value of a statement.

The driver writes a list as ARRAY['…'::uuid, …], which PostgreSQL has to parse, type and plan piece by
piece: for some thousand ids that costs more than the look-up itself. A single literal, which the type's own
input function reads, costs next to nothing.
"""

from collections.abc import Iterable
from uuid import UUID


def uuid_array(ids: Iterable[UUID]) -> str:
    """UUIDs as the text of a PostgreSQL array; write `%s::uuid[]` in the statement."""
    return "{" + ",".join([each.hex for each in ids]) + "}"


def bytes_array(values: Iterable[bytes]) -> str:
    """Bytes, such as digests, as the text of a PostgreSQL array; write `%s::bytea[]` in the statement."""
    joined = [f'"\\\\x{each.hex()}"' for each in values]
    return "{" + ",".join(joined) + "}"
