"""Single use: what was seen once is refused the second time, by whichever process."""

import hashlib
from datetime import datetime, timedelta

from django.db import connection

from api.models import SeenToken

SWEEP_MARGIN = timedelta(minutes=5)

_SEE = """
INSERT INTO api_seentoken (digest, expires_at)
SELECT %s, %s FROM set_config('synchronous_commit', %s, true)
ON CONFLICT DO NOTHING
"""


def first_use(*, kind: str, owner: str, jti: str, expires_at: datetime, durable: bool = False) -> bool:
    """Note that `owner` (a client or a key's thumbprint) used `jti`; False if it had been used before.

    `expires_at` is the moment from which the token is refused for its age; the note is kept until then.
    Unless `durable`, nobody waits for the disk: what the request goes on to commit (ledger, report) takes
    the note along, so a crash cannot keep the effect and forget the proof.
    """
    digest = hashlib.sha256("\0".join((kind, owner, jti)).encode("utf-8", "surrogatepass")).digest()
    with connection.cursor() as cursor:
        cursor.execute(_SEE, [digest, expires_at, "on" if durable else "off"])
        return bool(cursor.rowcount)


def sweep(*, at: datetime) -> int:
    """Forget tokens that are refused for their age by now; returns how many."""
    return SeenToken.objects.filter(expires_at__lt=at - SWEEP_MARGIN).delete()[0]
