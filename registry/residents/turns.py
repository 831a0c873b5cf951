"""Deciding about the same people at the same time, without waiting (decision 20).

1. whoever decides notes how far the settlements had come before it looked (`look`), looks, decides, writes
2. at its end (`settle`) it reads the settlements since: what others decided meanwhile. Where they met its own
   keys, the decision must still stand in the light of what they wrote; else all of it is done again
3. the last of this happens one by one, under a lock that ends with the commit, and leaves a settlement for
   those who are still deciding

An entry goes once no transaction runs that began before a later entry was written: by then nobody is left who
may have looked without seeing it. `look` has PostgreSQL give the transaction its id for this, by a statement
of its own: what is looked at must be newer than the id, or an entry could go between the two.
"""

from collections.abc import Callable, Collection, Iterable, Set
from dataclasses import dataclass, field
from threading import local
from uuid import UUID

from django.db import connection, transaction

from registry.residents.locks import Overtaken
from registry.vault import DataKey

_LOCK = int.from_bytes(b"settling")
_SIZE = 8

_LOOK = """
SELECT pg_current_xact_id();
SELECT pg_current_xact_id()::text::bigint, (SELECT max(id) FROM registry_settlement)
"""
_ACTING = "SELECT pg_current_xact_id_if_assigned()::text::bigint"
_SINCE = "SELECT id, keys FROM registry_settlement WHERE id > %s AND id <> ALL(%s) ORDER BY id"
_ALONE = "SELECT pg_advisory_xact_lock(%s)"
# Written in a subtransaction, an entry has the number that was next at that moment for its xmin: whoever has
# that or a higher one began later. (A snapshot's own xmax is only one more than the last that has ended.)
_LEAVE = """
SAVEPOINT settling;
INSERT INTO registry_settlement (keys, horizon) VALUES (%s, pg_current_xact_id()::text::bigint) RETURNING id
"""
_TIDY = """
RELEASE SAVEPOINT settling;
DELETE FROM registry_settlement WHERE id < (
    SELECT max(id) FROM registry_settlement
    WHERE horizon + (xmin::text::bigint - horizon %% 4294967296 + 4294967296) %% 4294967296
        <= pg_snapshot_xmin(pg_current_snapshot())::text::bigint
)
"""
_ALL = "SELECT id, keys FROM registry_settlement ORDER BY id"
_REWRITE = "UPDATE registry_settlement SET keys = %s WHERE id = %s"

Stands = Callable[[Collection[bytes]], bool]
"""Whether what was decided still stands, given the 8-byte keys that others have decided about as well."""


@dataclass(slots=True)
class Turn:
    """What the acting transaction has decided so far.

    seen: the newest settlement before it looked. keys: 8 bytes of each digest and resident it decided about.
    checks: what to ask where others decided about some of them. own: the settlements it left itself.
    made: the data keys of the residents it created, for whoever seals something of theirs in it.
    """

    transaction: int
    seen: int
    keys: set[bytes] = field(default_factory=set)
    checks: list[tuple[frozenset[bytes], Stands]] = field(default_factory=list)
    own: list[int] = field(default_factory=list)
    made: dict[UUID, DataKey] = field(default_factory=dict)

    def note(self, keys: Iterable[bytes], stands: Stands) -> None:
        """Remember what was decided about (16 bytes each, digests or residents), and how to ask again."""
        short = frozenset(key[:_SIZE] for key in keys)
        self.keys |= short
        self.checks.append((short, stands))

    def hear(self) -> None:
        """Read what others have settled since, and raise Overtaken where a decision does not stand."""
        with connection.cursor() as cursor:
            cursor.execute(_SINCE, [self.seen, self.own])
            news = cursor.fetchall()
        if news:
            theirs = {key for _id, keys in news for key in _split(bytes(keys))}
            for ours, stands in self.checks:
                common = ours & theirs
                if common and not stands(common):
                    _acting.turn = None
                    raise Overtaken("others decided about the same people meanwhile")
            self.seen = news[-1][0]


def _split(keys: bytes) -> list[bytes]:
    return [keys[at : at + _SIZE] for at in range(0, len(keys), _SIZE)]


class _Acting(local):
    """The turn of this thread's transaction."""

    turn: Turn | None = None


_acting = _Acting()


def look() -> Turn:
    """The turn of the acting transaction, begun where there is none yet. To be called before looking."""
    with connection.cursor() as cursor:
        cursor.execute(_LOOK)
        transaction, seen = cursor.fetchone()
    turn = _acting.turn
    if turn is None or turn.transaction != transaction:
        turn = _acting.turn = Turn(transaction, seen or 0)
    return turn


def take_turns(digests: Collection[bytes]) -> None:
    """Decide about these 16-byte digests as if alone; to be called before looking for them.

    Where another transaction settles one of them before `settle`, that raises Overtaken.
    """
    if digests:
        look().note(digests, lambda _common: False)


def keys_made() -> dict[UUID, DataKey]:
    """The data keys of those who are `created`."""
    turn = _acting.turn
    if turn is None or not turn.made:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_ACTING)
        return turn.made if cursor.fetchone()[0] == turn.transaction else {}


def created() -> Set[UUID]:
    """The residents whom the acting transaction created, until it settles.

    Nothing is on file about them, and nobody else can have merged or erased them.
    """
    return keys_made().keys()


def settle() -> None:
    """Make sure that what this transaction decided stands beside what others decided meanwhile.

    The last act of every transaction that called `match` or `take_turns` and writes: from here to the commit
    nobody else can settle. Raises Overtaken where it does not stand: roll back, and do the whole piece again.
    """
    turn = _acting.turn
    if turn is None or not turn.keys:
        return
    with connection.cursor() as cursor:
        cursor.execute(_LOOK)
        if cursor.fetchone()[0] != turn.transaction:
            return
        # What is checked at the commit is checked now: the others wait from here on.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        turn.hear()
        cursor.execute(_ALONE, [_LOCK])
        turn.hear()
        cursor.execute(_LEAVE, [b"".join(turn.keys)])
        turn.own.append(cursor.fetchone()[0])
        cursor.execute(_TIDY, [])
    turn.keys, turn.checks, turn.made = set(), [], {}


def forget(digests: Iterable[bytes]) -> None:
    """Take these digests of somebody who is being erased out of what is settled; the last act of that.

    Nobody misses them: whoever linked to her meanwhile is sent back by `share_roots`; to take her for
    new was right.
    """
    gone = {digest[:_SIZE] for digest in digests}
    # In a subtransaction, as `_LEAVE`: an entry's xmin may only grow.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_ALONE, [_LOCK])
        cursor.execute(_ALL)
        for entry, keys in cursor.fetchall():
            held = _split(bytes(keys))
            left = [key for key in held if key not in gone]
            if len(left) < len(held):
                cursor.execute(_REWRITE, [b"".join(left), entry])
