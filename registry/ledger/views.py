"""What anyone may ask the ledger: its signed head, its key, and proofs. Hashes and numbers, no person.

Byte strings are given in standard base64, as in C2SP checkpoints.
"""

import re
from base64 import b64encode
from collections.abc import Iterable
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from registry.errors import InvalidRequest
from registry.ledger.errors import ProofNotFound
from registry.ledger.heads import newest_checkpoint, verifier_keys
from registry.ledger.problems import answer_problems
from registry.ledger.proofs import prove_consistency, prove_inclusion

_UUID = re.compile(r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")
_SIZE = re.compile(r"[0-9]{1,18}")
_TEXT = "text/plain; charset=utf-8"


@require_safe
@never_cache
@answer_problems
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest signed head: a C2SP checkpoint in a C2SP signed note."""
    head = newest_checkpoint()
    if head is None:
        raise ProofNotFound("there is no checkpoint yet")
    return HttpResponse(head.note, content_type=_TEXT)


@require_safe
@never_cache
@answer_problems
def key(request: HttpRequest) -> HttpResponse:
    """The ledger's public keys in the form note verifiers take, the newest first, one a line."""
    return HttpResponse("".join(f"{line}\n" for line in verifier_keys()), content_type=_TEXT)


@require_safe
@never_cache
@answer_problems
def proof(request: HttpRequest, entry: str) -> HttpResponse:
    """That an entry is in the tree (RFC 9162, 2.1.3), against the newest checkpoint."""
    if not _UUID.fullmatch(entry):
        raise InvalidRequest("not an entry's id", fields={"entry": ["An entry's id is a UUID."]})
    found = prove_inclusion(entry=UUID(entry))
    return JsonResponse(
        {
            "entry": str(UUID(entry)),
            "leaf_index": found.index,
            "leaf_hash": _text(found.leaf),
            "tree_size": found.size,
            "inclusion_path": _texts(found.path),
            "checkpoint": found.note,
        }
    )


@require_safe
@never_cache
@answer_problems
def consistency(request: HttpRequest) -> HttpResponse:
    """That the tree of size `from` is a prefix of that of `to`, by default the newest (RFC 9162, 2.1.4)."""
    old, new = _size(request, "from"), _size(request, "to")
    if old is None:
        raise InvalidRequest("from is missing", fields={"from": ["Say from which tree size."]})
    found = prove_consistency(old=old, new=new)
    return JsonResponse(
        {
            "tree_size_1": found.old,
            "tree_size_2": found.new,
            "root_hash_1": _text(found.old_root),
            "root_hash_2": _text(found.new_root),
            "consistency_path": _texts(found.path),
        }
    )


def _size(request: HttpRequest, name: str) -> int | None:
    value = request.GET.get(name)
    if value is None:
        return None
    if not _SIZE.fullmatch(value):
        raise InvalidRequest(f"{name} is no size", fields={name: ["A tree size is a whole number."]})
    return int(value)


def _text(value: bytes) -> str:
    return b64encode(value).decode()


def _texts(values: Iterable[bytes]) -> list[str]:
    return [_text(value) for value in values]
