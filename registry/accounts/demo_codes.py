"""What the demo people's authenticator apps show now, for the demonstration's inbox; nothing on a live site.

A template library: settings.TEMPLATES names it, since it stands above the templates' own tags.
"""

from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt
from django import template
from django.conf import settings
from django.utils import timezone

from registry.accounts.totp import code_at, seconds_left

register = template.Library()
INVENTED = ".example"  # no real address ends in it (RFC 2606)


@dataclass(frozen=True)
class Shown:
    """One app's present code, and how many seconds it is shown for."""

    email: str
    code: str
    seconds: int


@register.simple_tag
def demo_codes() -> list[Shown]:
    """The codes of everybody whose address is an invented one; empty unless settings.DEMO is on."""
    if not settings.DEMO:
        return []
    rows = Authenticator.objects.filter(type=Authenticator.Type.TOTP, user__email__endswith=INVENTED)
    now = timezone.now()
    left = seconds_left(now)
    return [
        Shown(row.user.email, code_at(decrypt(row.data["secret"]), now), left)
        for row in rows.select_related("user").order_by("user__email")
    ]
