"""What goes wrong between a lender's machine and us, beside the core's errors."""

from registry.errors import RegistryError


class TokenRefused(RegistryError):
    """The access token is missing, unreadable, expired, revoked or used in the wrong way (RFC 6750, 3.1)."""

    code = "invalid_token"
    status = 401
    sentence = (
        "The access token is missing, expired or not meant for this. Ask for a new one and prove its key."
    )


class ProofRefused(RegistryError):
    """The DPoP proof does not prove possession of the key for this very request (RFC 9449, 4.3)."""

    code = "invalid_dpop_proof"
    status = 401
    sentence = "The DPoP proof is missing or does not belong to this request."


class NonceRequired(RegistryError):
    """The proof lacks the nonce we issued, or carries an old one (RFC 9449, 8 and 9)."""

    code = "use_dpop_nonce"
    status = 401
    sentence = "Make a new DPoP proof with the nonce of the DPoP-Nonce header and send the request again."


class ScopeRequired(RegistryError):
    """The token lacks the scope of this address (RFC 6750, 3.1)."""

    code = "insufficient_scope"
    status = 403
    sentence = "The access token does not carry the scope that this address needs."


class PurposeNotLicensed(RegistryError):
    """The purpose exists and the lender's licence does not name it."""

    code = "purpose_not_licensed"
    status = 403
    sentence = "Your organisation's licence does not allow this purpose."


class ReportGone(RegistryError):
    """A kept report holds data that may no longer be shown: a consent they were furnished under has ended."""

    code = "report_gone"
    status = 410
    sentence = "This report can no longer be handed out: what may be shown has changed. Ask for a new one."
