"""What can go wrong in the vault. No message here ever holds a plaintext, a key or a personal datum."""

from registry.errors import RegistryError


class SealBroken(RegistryError):
    """A sealed thing does not open: altered, cut short, moved to another place, or under another key.

    One error for all of these, since a caller may treat none of them differently.
    """

    code = "seal_broken"
    status = 500
    sentence = "A stored entry failed its integrity check and was not opened. The operator must look into it."


class SignatureBroken(RegistryError):
    """A signature does not belong to this message and key."""

    code = "signature_broken"
    status = 400
    sentence = "The signature does not match what was signed."


class KeyUnavailable(RegistryError):
    """The keys cannot be had right now; nothing can be sealed or opened until the operator sees to it."""

    code = "keys_unavailable"
    status = 503
    sentence = "The registry cannot reach its keys at the moment. Please try again in a few minutes."


class KeyringUnknown(KeyUnavailable):
    """The keyring's address names no back end this build has."""


class KeyringMissing(KeyUnavailable):
    """There is no keyring at the address given."""


class KeyringUnsafe(KeyUnavailable):
    """The keyring could be read or replaced by other accounts of this machine."""


class KeyringMalformed(KeyUnavailable):
    """The keyring's content is not what this system writes."""
