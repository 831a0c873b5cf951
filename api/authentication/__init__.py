"""Signing in: the token endpoint's grant, client assertions, DPoP proofs, access tokens.

`scheme` is what the API's views use; `grants` is what the token endpoint answers. Standards: RFC 6749, 7523,
9449, 9068, 8414 and the FAPI 2.0 Security Profile.
"""

from api.authentication.scheme import DPoPAuthentication

__all__ = ("DPoPAuthentication",)
