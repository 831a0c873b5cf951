"""How django-allauth does things here: no sign-up, everybody lands at their work, secrets are kept sealed."""

import base64
import time
from uuid import UUID

import segno
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest

from registry import keys
from registry.accounts.landing import landing_url
from registry.vault import Place, open_sealed, seal

FRESH = 300  # seconds after signing in
NOBODY = UUID(int=0)
SECRETS = Place("mfa_authenticator", NOBODY, NOBODY, "secret")


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """Accounts are made by operators and owners alone."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """The first page of the person's work."""
        return landing_url(request)

    def is_reauthentication_required(self, *, app: str) -> bool:
        """For all that is delicate, unless the person has signed in within the last minutes."""
        shown = [record["at"] for record in get_authentication_records(self.request, self.request.user)]
        return time.time() - max(shown, default=0) > FRESH


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth is untyped
    """Keeps the secrets of second factors sealed, and draws the QR code for the app."""

    def encrypt(self, text: str) -> str:
        """The secret as it stands in the table. Raises KeyUnavailable."""
        sealed = seal(keys.system_data_key("accounts"), text.encode(), SECRETS)
        return base64.b64encode(sealed).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The secret again. Raises SealBroken for what was not sealed here."""
        sealed = base64.b64decode(encrypted_text)
        return open_sealed(keys.system_data_key("accounts"), sealed, SECRETS).decode()

    def build_totp_svg(self, url: str) -> str:
        """The QR code of an otpauth address as an `<svg>` that fills its box."""
        code: str = segno.make(url, error="m").svg_inline(border=2, omitsize=True, dark="#000")
        return code
