"""Batches against the ledger, and attested consents against the leaves of their batches."""

import json
from base64 import b64encode
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db import connection

from consent.models import Consent, ConsentBatch, ShownText
from consent.receipts import ReceiptBroken, batches
from consent.receipts.members import moment
from consent.receipts.signing import opened
from consent.services.attestations import evidence_digest, said_of
from registry.ledger import LedgerBroken, tree

_FIELDS = [field.column for field in Consent._meta.concrete_fields]
# What a receipt does not say of an attested consent is the same for all of them.
_ROWS = f"""
SELECT {", ".join(f'c."{name}"' for name in _FIELDS)}, e.body,
    c.mode = 'store' AND c."fetch" = 'periodic' AND c.place = 'furnisher' AND c.decided_at = b.at
    AND c.organisation_id = b.organisation_id AND NOT c.suppressed AND c.match_level = '' AND c.reference = ''
    AND num_nulls(c.frequency_days, c.records_from, c.records_until, c.data_life_days, c.asked_days,
        c.asked_until, c.code_digest, c.asked, c.asked_digest, c.expires_at) = 10
FROM consent_consent c JOIN consent_consentbatch b ON b.id = c.batch_id
LEFT JOIN registry_ledgerentry e ON e.entry = b.ledger_entry
ORDER BY c.batch_id, c.leaf
"""  # noqa: S608  (names of our own columns)
_PIECE = 4096


def require_batches() -> tuple[int, int]:
    """How many consents in how many batches hold. Raises LedgerBroken."""
    texts = dict(ShownText.objects.values_list("digest", "version"))
    waiting = set(ConsentBatch.objects.values_list("id", flat=True))
    count, consents = len(waiting), 0
    for batch, rows in _by_batch():
        _require_batch(ConsentBatch.objects.select_related("organisation").get(id=batch), rows, texts)
        waiting.remove(batch)
        consents += len(rows)
    if waiting:
        raise LedgerBroken(f"batch {min(waiting)} has lost its consents")
    return consents, count


def _by_batch() -> Iterator[tuple[UUID, list[tuple[Any, ...]]]]:
    """The rows of each batch, in the order of their leaves."""
    place = _FIELDS.index("batch_id")
    held: list[tuple[Any, ...]] = []
    with connection.chunked_cursor() as cursor:
        cursor.execute(_ROWS)
        while piece := cursor.fetchmany(_PIECE):
            held += piece
            starts = [0, *(at for at, (a, b) in enumerate(pairwise(held), 1) if a[place] != b[place])]
            for start, stop in pairwise(starts):
                yield held[start][place], held[start:stop]
            held = held[starts[-1] :]
    if held:
        yield held[0][place], held


def _require_batch(batch: ConsentBatch, rows: Sequence[tuple[Any, ...]], texts: dict[str, str]) -> None:
    _require_signed(batch)
    _require_entry(batch, rows[0][-2])
    stored = bytes(batch.leaves)
    if len(stored) != batch.size * tree.HASH_BYTES or _root(stored) != bytes(batch.root):
        raise LedgerBroken(f"batch {batch.id}: its leaves do not lead to its root", entry=batch.ledger_entry)
    consents = [Consent.from_db(None, _NAMES, row[:-2]) for row in rows]
    if [each.leaf for each in consents] != list(range(batch.size)):
        raise LedgerBroken(f"batch {batch.id} is not whole", entry=batch.ledger_entry)
    licence = json.loads(batch.shared)["dpv:hasDataController"]["licence"]
    for consent, row, leaf in zip(consents, rows, _leaves(batch, consents, texts), strict=True):
        start = (consent.leaf or 0) * tree.HASH_BYTES
        sound = row[-1] and f"urn:uuid:{consent.licence_id}" == licence and _same_evidence(consent)
        if not sound or leaf != stored[start : start + tree.HASH_BYTES]:
            raise LedgerBroken(f"consent {consent.id} is not as it was attested", entry=batch.ledger_entry)


_NAMES = [field.attname for field in Consent._meta.concrete_fields]


def _require_signed(batch: ConsentBatch) -> None:
    try:
        said = opened(batch.signed_root, batches.ROOT_TYPE)
    except ReceiptBroken:
        raise LedgerBroken(f"batch {batch.id}: its signature does not hold") from None
    expected = (f"urn:uuid:{batch.id}", batch.size, b64encode(bytes(batch.root)).decode(), moment(batch.at))
    if tuple(said.get(name) for name in ("batch_id", "tree_size", "root_hash", "at")) != expected:
        raise LedgerBroken(f"batch {batch.id} is not the one that was signed", entry=batch.ledger_entry)


def _require_entry(batch: ConsentBatch, body: str | None) -> None:
    said = json.loads(body or "{}")
    details = said.get("details", {})
    told = (said.get("event"), said.get("by"), said.get("at"), said.get("organisation"))
    counted = (details.get("batch"), details.get("consents"), details.get("root"))
    if told != ("consents_attested", batch.by, moment(batch.at), str(batch.organisation_id)) or counted != (
        str(batch.id),
        batch.size,
        bytes(batch.root).hex(),
    ):
        raise LedgerBroken(f"batch {batch.id} is not the one in the ledger", entry=batch.ledger_entry)


def _leaves(batch: ConsentBatch, consents: Sequence[Consent], texts: dict[str, str]) -> list[bytes]:
    """What the leaves must be, made anew from the consents' rows."""

    def members(place: int) -> dict[str, Any]:
        consent = consents[place]
        version = texts.get(consent.text_id or "", "")
        consent.text = ShownText(digest=consent.text_id or "", version=version, language=consent.language)
        consent.organisation = batch.organisation
        return batches.members_of(consent, batch)

    receipts = batches.receipt_ids(batch.id, len(consents))
    kinds = [_kind(consent, texts) for consent in consents]
    owns = [_own(*each) for each in zip(consents, receipts, strict=True)]
    return batches.leaf_hashes(batches.contents(owns, kinds, members))


def _kind(consent: Consent, texts: dict[str, str]) -> tuple[Any, ...]:
    """All of a row that its receipt says and others' may say too."""
    return (
        *(tuple(consent.categories), tuple(consent.separate_categories), consent.evidence_method),
        *(consent.version, consent.kind, consent.purpose, consent.jurisdiction, consent.requested_at),
        *(texts.get(consent.text_id or ""), consent.language),
    )


def _own(consent: Consent, receipt: str) -> batches.Own:
    assert consent.valid_from is not None
    assert consent.valid_until is not None
    return batches.Own(
        str(consent.resident_id),
        bytes(consent.evidence_document or b"").hex(),
        batches.fragment(bytes(consent.reference_digest) if consent.reference_digest else None),
        str(consent.evidence_signed_on),
        consent.text_id or "",
        receipt,
        str(consent.id),
        moment(consent.valid_from),
        moment(consent.valid_until),
    )


def _same_evidence(consent: Consent) -> bool:
    assert consent.evidence_signed_on is not None
    said = said_of(consent.evidence_signed_on, consent.categories, consent.separate_categories)
    reference = bytes(consent.reference_digest) if consent.reference_digest else None
    document = bytes(consent.evidence_document or b"")
    return evidence_digest(said, document, reference) == bytes(consent.evidence_digest or b"")


def _root(stored: bytes) -> bytes:
    size = tree.HASH_BYTES
    return batches.root_of([stored[at : at + size] for at in range(0, len(stored), size)])
