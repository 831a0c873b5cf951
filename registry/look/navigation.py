"""Menus. Each app names its items in its AppConfig; here they are gathered and the current one is marked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.apps import apps
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise

ON_THE_BAR = 4  # what a thumb can hit at 320 px beside "More"


@dataclass(frozen=True)
class Item:
    """One line of a menu: a route's name, its label, an icon's name, and whether this visitor sees it."""

    route: str
    label: str | Promise
    icon: str = "file"
    shown: Callable[[HttpRequest], bool] | None = None


@dataclass(frozen=True)
class Entry:
    """An item as shown on one page."""

    url: str
    label: str | Promise
    icon: str
    current: bool


def menu(area: str, request: HttpRequest) -> list[Entry]:
    """The area's menu for this visitor, in the order of INSTALLED_APPS; empty before sign-in."""
    if not signed_in(area, request):
        return []
    items = [item for item in _items(area) if item.shown is None or item.shown(request)]
    urls = [reverse(item.route) for item in items]
    current = max((url for url in urls if _within(request.path, url)), key=len, default=None)
    return [Entry(url, item.label, item.icon, url == current) for item, url in zip(items, urls, strict=True)]


def signed_in(area: str, request: HttpRequest) -> bool:
    """Whether there is somebody to show a menu to. Residents are known by session, all others are users."""
    if area == "resident":
        return getattr(request, "resident_id", None) is not None
    user = getattr(request, "user", None)
    return user is not None and user.is_authenticated


def sign_out_url(area: str) -> str:
    """Where the "Sign out" button of an area posts to."""
    routes: dict[str, str] = {}
    for config in apps.get_app_configs():
        routes |= getattr(config, "sign_out", {})
    return reverse(routes.get(area, "account_logout"))


def _items(area: str) -> list[Item]:
    found: list[Item] = []
    for config in apps.get_app_configs():
        declared: Mapping[str, tuple[Item, ...]] = getattr(config, "navigation", {})
        found.extend(declared.get(area, ()))
    return found


def _within(path: str, url: str) -> bool:
    return path == url or (url != "/" and path.startswith(url.rstrip("/") + "/"))
