"""The root of every error this system raises on purpose.

Each error is named for what happened and carries a stable `code`, one public `sentence` (an English
gettext message id, translated at the edge) and the HTTP `status` it becomes. `api.handler` and the
portals' error pages turn these into answers; nothing else decides a status.
"""

from typing import Any


class RegistryError(Exception):
    """Something went wrong in a way that has a name.

    `detail` is for operators and must hold no personal data; `context` carries ids and codes that may
    be shown to the caller.
    """

    code = "internal_error"
    status = 500
    sentence = "Something went wrong on our side. Please try again in a few minutes."

    def __init__(self, detail: str = "", **context: Any) -> None:
        super().__init__(detail or self.code)
        self.detail = detail
        self.context = context


class NotFound(RegistryError):
    """The thing asked for does not exist, or is not the caller's to see: the two look the same."""

    code = "not_found"
    status = 404
    sentence = "There is nothing at this address."


class Forbidden(RegistryError):
    """The caller is known and may not do this."""

    code = "forbidden"
    status = 403
    sentence = "Your account is not allowed to do this. Ask your organisation's owner for the role you need."


class Conflict(RegistryError):
    """The state of the thing does not allow this act (any more)."""

    code = "conflict"
    status = 409
    sentence = "This has already been decided or has changed meanwhile. Reload the page to see its state."


class InvalidRequest(RegistryError):
    """The request is understood but wrong; `fields` maps a field's name to a list of sentences."""

    code = "invalid_request"
    status = 422
    sentence = "Some of what was sent is missing or wrong."

    def __init__(
        self, detail: str = "", *, fields: dict[str, list[str]] | None = None, **context: Any
    ) -> None:
        super().__init__(detail, **context)
        self.fields = fields or {}


class LicenceRequired(RegistryError):
    """No licence in force lets this organisation do this today."""

    code = "licence_required"
    status = 403
    sentence = "Your organisation holds no licence in force for this. Ask the registry's operator."


class IdempotencyKeyReused(RegistryError):
    """An Idempotency-Key came back with another request."""

    code = "idempotency_key_reused"
    status = 422
    sentence = "This Idempotency-Key was used for another request. Use a new key for a new request."
