"""What every page's template knows without being told."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    """`demo`: whether the people shown are invented; `this_page`: where a change of language returns to."""
    here = request.get_full_path() if request.method in ("GET", "HEAD") else request.path
    return {"demo": settings.DEMO, "this_page": here}
