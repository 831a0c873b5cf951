"""Keeper of sign-in codes: six digits to a mobile, five minutes, five tries, once; and the limits on them.

Everybody gets the same treatment, on file or not: who a mobile belongs to is asked only once its code has
come back. Limits are counted in the database, per mobile and per network address, both as keyed digests.
"""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from uuid import UUID, uuid4

from django.db import connection, transaction

from registry import keys
from registry.errors import RegistryError
from registry.models import SignInCode, SignInTry
from registry.residents import mobile_digest
from registry.vault import Place, open_sealed, seal

NOBODY = UUID(int=0)
LIFE = timedelta(minutes=5)
PROVEN = timedelta(minutes=30)  # how long a proven mobile may be used for a claim
TRIES = 5
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Kind = SignInTry.Kind

PER_MOBILE = {Kind.CODE: ((5, HOUR), (12, DAY)), Kind.WRONG: ((15, HOUR),), Kind.CLAIM: ((6, DAY),)}
PER_ADDRESS = {Kind.CODE: ((40, HOUR),), Kind.WRONG: ((60, HOUR),), Kind.CLAIM: ((30, DAY),)}


class TooManyTries(RegistryError):
    """A limit is reached; `context["until"]` is when the next try is open."""

    code = "too_many_tries"
    status = 429
    sentence = "There were many tries in a short time. To protect you we pause for a while."


class CodeWrong(RegistryError):
    """Another code than the one sent; `context["left"]` tries remain."""

    code = "sign_in_code_wrong"
    status = 422
    sentence = "This is not the code we sent."


class CodeGone(RegistryError):
    """No code waits for an answer: it is too old, used, or was guessed at too often."""

    code = "sign_in_code_gone"
    status = 410
    sentence = "This code is no longer good."


@dataclass(frozen=True)
class Asked:
    """A code that waits for its answer: its id goes into the session, the code into a message."""

    id: UUID
    code: str = field(repr=False)


def ask(*, mobile: str, address: str, at: datetime) -> Asked:
    """A new code for this mobile, to be sent in the acting transaction. Raises TooManyTries."""
    count(kind=Kind.CODE, mobile=mobile, address=address, at=at)
    asked = Asked(uuid4(), f"{secrets.randbelow(10**6):06}")
    SignInCode.objects.create(
        id=asked.id,
        mobile=mobile_digest(mobile),
        sealed=seal(keys.system_data_key("sign_in"), mobile.encode(), _place(asked.id)),
        code=_code_digests(asked.id, asked.code)[0],
        created_at=at,
        expires_at=at + LIFE,
    )
    return asked


def prove(*, pending: UUID, code: str, address: str, at: datetime) -> str:
    """The mobile that this code proves; good once.

    Opens a transaction of its own, so that a wrong try is counted whatever happens after. Raises CodeWrong,
    CodeGone, TooManyTries.
    """
    with transaction.atomic(durable=True):
        waiting = SignInCode.objects.select_for_update().filter(id=pending).first()
        if waiting is None or waiting.used_at or waiting.expires_at <= at or waiting.wrong >= TRIES:
            raise CodeGone()
        mobile = _mobile(waiting)
        limited = _limited(Kind.WRONG, mobile, address)
        _require_below(limited, Kind.WRONG, at)
        right = _is(waiting, code)
        if right:
            waiting.used_at = at
        else:
            waiting.wrong += 1
            _note(limited, Kind.WRONG, at)
        waiting.save(update_fields=("used_at", "wrong"))
    if not right:
        raise CodeWrong(left=TRIES - waiting.wrong)
    return mobile


def proven(*, pending: UUID, at: datetime) -> str | None:
    """The mobile that this code proved within the last half hour."""
    used = SignInCode.objects.filter(id=pending, used_at__gt=at - PROVEN).first()
    return _mobile(used) if used else None


def ending(*, pending: UUID) -> str:
    """The last four digits of the number a code went to, so that a slip is seen; "" once forgotten."""
    waiting = SignInCode.objects.filter(id=pending).first()
    return _mobile(waiting)[-4:] if waiting else ""


def count(*, kind: Kind, mobile: str, address: str, at: datetime) -> None:
    """Count one try of this kind in the acting transaction. Raises TooManyTries where a limit is reached."""
    limited = _limited(kind, mobile, address)
    _require_below(limited, kind, at)
    _note(limited, kind, at)


def forget(*, at: datetime) -> int:
    """Remove codes and tries that nothing counts any more; returns how many rows went."""
    codes, _ = SignInCode.objects.filter(created_at__lt=at - HOUR).delete()
    tries, _ = SignInTry.objects.filter(at__lt=at - DAY).delete()
    return codes + tries


Limited = Sequence[tuple[bytes, tuple[tuple[int, timedelta], ...]]]


def _limited(kind: Kind, mobile: str, address: str) -> Limited:
    """Who is counted, each with its limits, in the one order in which they are locked."""
    indexer = keys.indexers()[-1]  # the oldest in force: a change of keys must not start the counts anew
    where = indexer.digest("address", _network(address))
    return sorted(((mobile_digest(mobile), PER_MOBILE[kind]), (where, PER_ADDRESS[kind])))


def _require_below(limited: Limited, kind: Kind, at: datetime) -> None:
    for who, limits in limited:
        _lock(who)
        for most, window in limits:
            tries = SignInTry.objects.filter(who=who, kind=kind, at__gt=at - window)
            times = list(tries.order_by("-at").values_list("at", flat=True)[:most])
            if len(times) >= most:
                raise TooManyTries(until=times[-1] + window)


def _note(limited: Limited, kind: Kind, at: datetime) -> None:
    SignInTry.objects.bulk_create([SignInTry(kind=kind, who=who, at=at) for who, _limits in limited])


def _lock(who: bytes) -> None:
    """Let two tries of one person follow one another, so that neither is left out of the count."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(who[:8], signed=True)])


def _network(address: str) -> str:
    """An IPv6 household has a whole /64; an address we cannot read counts as one place with its like."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    return str(ip_network((parsed, 64), strict=False)) if isinstance(parsed, IPv6Address) else str(parsed)


def _is(waiting: SignInCode, code: str) -> bool:
    return any(hmac.compare_digest(bytes(waiting.code), digest) for digest in _code_digests(waiting.id, code))


def _code_digests(pending: UUID, code: str) -> list[bytes]:
    return [indexer.digest("sign_in_code", f"{pending}|{code}") for indexer in keys.indexers()]


def _mobile(code: SignInCode) -> str:
    return open_sealed(keys.system_data_key("sign_in"), code.sealed, _place(code.id)).decode()


def _place(code: UUID) -> Place:
    return Place("registry_signincode", code, NOBODY, "sealed")
