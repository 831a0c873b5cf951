"""Nothing is missing, nothing is beside: texts, states, and what the ledger tells of without its rows."""

from hashlib import sha256

from django.db import connection

from consent.models import ShownText
from registry.ledger import LedgerBroken

# A consent stands where its newest event left it; one of a batch begins as granted.
_ASTRAY = """
SELECT c.id FROM consent_consent c LEFT JOIN LATERAL (
    SELECT state, at FROM consent_consentevent WHERE consent_id = c.id ORDER BY id DESC LIMIT 1
) e ON true
WHERE c.status IS DISTINCT FROM coalesce(e.state, CASE WHEN c.batch_id IS NOT NULL THEN 'granted' END)
    OR c.ended_at IS DISTINCT FROM CASE WHEN c.status NOT IN ('requested', 'granted') THEN e.at END
ORDER BY c.id LIMIT 1
"""
_DECIDED = """
SELECT c.id FROM consent_consent c LEFT JOIN consent_consentevent e
    ON e.consent_id = c.id AND e.state IN ('granted', 'declined')
WHERE c.batch_id IS NULL AND c.decided_at IS DISTINCT FROM e.at ORDER BY c.id LIMIT 1
"""
# Which event is the newest is told by its id alone, which no receipt holds: a consent is asked for first,
# then decided, then ended.
_SHUFFLED = """
WITH ranked AS (
    SELECT consent_id, id, CASE WHEN state = 'requested' THEN 0 WHEN state IN ('granted', 'declined') THEN 1
        ELSE 2 END AS step
    FROM consent_consentevent
)
SELECT consent_id FROM (
    SELECT consent_id, step, lag(step) OVER (PARTITION BY consent_id ORDER BY id) AS before FROM ranked
) AS walked WHERE step <= before ORDER BY consent_id LIMIT 1
"""
_UNTOLD = """
SELECT l.entry, l.event FROM registry_ledgerentry l
WHERE l.event = 'consents_attested'
    AND NOT EXISTS (SELECT FROM consent_consentbatch WHERE ledger_entry = l.entry)
UNION ALL
SELECT l.entry, l.event FROM registry_ledgerentry l
WHERE l.event IN ('consent_requested', 'consent_attested', 'consent_granted', 'consent_declined',
        'consent_withdrawn', 'consent_expired', 'consent_superseded')
    AND NOT EXISTS (SELECT FROM consent_consentevent WHERE ledger_entry = l.entry)
LIMIT 1
"""


def require_texts() -> None:
    """Raise LedgerBroken for a text that is not the one its digest names."""
    for digest, body in ShownText.objects.values_list("digest", "body").iterator():
        if sha256(body.encode()).hexdigest() != digest:
            raise LedgerBroken(f"the shown text {digest} was changed")


def require_states() -> None:
    """Raise LedgerBroken for a consent in another state than its events, and for an act without its row."""
    with connection.cursor() as cursor:
        cursor.execute(_UNTOLD)
        if lost := cursor.fetchone():
            raise LedgerBroken(f"what the entry tells of ({lost[1]}) is gone", entry=lost[0])
        for query in (_SHUFFLED, _ASTRAY, _DECIDED):
            cursor.execute(query)
            if astray := cursor.fetchone():
                raise LedgerBroken(f"consent {astray[0]} is not in the state of its events")
