"""The catalogue of errors as developers read it: what each stable code means and what cures it.

One entry a code; the page at /problems/{code} and the `type` of every problem document come from here. Codes
whose class says it all in its sentence (row errors, portals) need no entry.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from consent.errors import ConsentRequired, TooManyRequests
from registry.errors import RegistryError

Lazy = Any  # a lazily translated text; django-stubs and gettext disagree on its name


@dataclass(frozen=True)
class Problem:
    """One code: HTTP status, a short title, the public sentence, and how a developer cures it."""

    code: str
    status: int
    title: Lazy
    sentence: Lazy
    cure: Lazy = ""


# What the framework raises by itself, under codes of our own.
FRAMEWORK: dict[str, tuple[int, Lazy]] = {
    "malformed_request": (
        400,
        _("The request could not be read: its body is not what its Content-Type says."),
    ),
    "authentication_required": (401, _("Sign in first: this address answers known callers only.")),
    "authentication_failed": (401, _("The credentials are not valid.")),
    "method_not_allowed": (405, _("This address does not know this method.")),
    "not_acceptable": (406, _("This address cannot answer in the format that the Accept header asks for.")),
    "unsupported_media_type": (415, _("This address does not read bodies of this Content-Type.")),
    "body_too_large": (413, _("The body is larger than this address accepts.")),
    "temporarily_unavailable": (503, _("A part of this service is resting or being repaired.")),
    "internal_error": (500, _("Something went wrong on our side. Please try again in a few minutes.")),
}

TITLES: dict[str, Lazy] = {
    "malformed_request": _("Malformed request"),
    "authentication_required": _("Sign-in needed"),
    "authentication_failed": _("Sign-in failed"),
    "invalid_token": _("Access token refused"),
    "invalid_dpop_proof": _("Proof of possession refused"),
    "use_dpop_nonce": _("Nonce needed"),
    "insufficient_scope": _("Scope missing"),
    "licence_required": _("No licence in force"),
    "purpose_not_licensed": _("Purpose not licensed"),
    "forbidden": _("Not allowed"),
    "not_found": _("Not found"),
    "method_not_allowed": _("Method not allowed"),
    "not_acceptable": _("Format not available"),
    "unsupported_media_type": _("Content type not supported"),
    "conflict": _("Conflict"),
    "body_too_large": _("Body too large"),
    "invalid_request": _("Invalid request"),
    "idempotency_key_reused": _("Idempotency key reused"),
    "report_gone": _("Report no longer available"),
    ConsentRequired.code: _("No consent in force"),
    TooManyRequests.code: _("Asked too often"),
    "rate_limited": _("Too many requests"),
    "temporarily_unavailable": _("Back shortly"),
    "internal_error": _("Internal error"),
}

CURES: dict[str, Lazy] = {
    "malformed_request": _(
        "Send one JSON object in UTF-8 with Content-Type: application/json, no name twice and no NaN."
    ),
    "authentication_required": _(
        "Ask the token endpoint for an access token and send it as Authorization: DPoP with a proof."
    ),
    "invalid_token": _(
        "Ask for a new token; tokens live five minutes. Send it by the DPoP scheme, never as Bearer."
    ),
    "invalid_dpop_proof": _(
        "Make a new proof for each request: htm its method, htu its address without query, a fresh jti,"
        " iat now, ath the SHA-256 of the token, signed by the key the token was asked for with."
    ),
    "use_dpop_nonce": _("Copy the DPoP-Nonce header of the answer into the claim nonce of a new proof."),
    "insufficient_scope": _("Ask for a token with the scope that the WWW-Authenticate header names."),
    ConsentRequired.code: _(
        "There is no consent in force by which you may read this person's data for this purpose. Ask for one"
        " with POST /api/v1/consent-requests. The answer does not tell whether the person is known, declined,"
        " withdrew or froze their file."
    ),
    "licence_required": _("Your licence is not in force today. Ask the registry's operator."),
    "purpose_not_licensed": _("GET /api/v1/me lists the purposes of your licence."),
    "not_found": _(
        "Check the address. What belongs to another organisation looks the same as what never was."
    ),
    "invalid_request": _("Each entry of errors names a field and what is wrong with it."),
    "idempotency_key_reused": _(
        "Use one key for one request; repeat the very same body to get the same answer."
    ),
    "report_gone": _(
        "A consent under which some of its data had been furnished has ended. Ask for a new report with"
        " POST /api/v1/reports and a new Idempotency-Key."
    ),
    TooManyRequests.code: _("Ask this person again when Retry-After has passed, and keep the link you have."),
    "method_not_allowed": _("The header Allow and /api/docs say which methods there are."),
    "not_acceptable": _("Send Accept: application/json; reports also come as application/jose."),
    "rate_limited": _("Wait as many seconds as Retry-After says; the RateLimit header shows what is left."),
    "body_too_large": _("Bodies of this API stay below 64 kB."),
    "unsupported_media_type": _("Send JSON with Content-Type: application/json."),
    "temporarily_unavailable": _(
        "Wait as many seconds as Retry-After says, then repeat the request with the same Idempotency-Key."
    ),
    "internal_error": _(
        "Repeat the request later with the same Idempotency-Key. If it stays, name its request_id."
    ),
}


def problem(code: str, *, status: int, sentence: Lazy) -> Problem:
    """The entry of a code, with status and sentence as its error class has them."""
    title = TITLES.get(code) or code.replace("_", " ").capitalize()
    return Problem(code, status, title, sentence, CURES.get(code, ""))


def catalogue() -> dict[str, Problem]:
    """Every code that can be answered, by name: the framework's and those of all error classes."""
    found = {
        code: problem(code, status=status, sentence=sentence)
        for code, (status, sentence) in FRAMEWORK.items()
    }
    for error in _errors(RegistryError):
        found[error.code] = problem(error.code, status=error.status, sentence=_(error.sentence))
    return dict(sorted(found.items()))


def _errors(root: type[RegistryError]) -> Iterator[type[RegistryError]]:
    for error in root.__subclasses__():
        yield error
        yield from _errors(error)
