"""The names of who acted: an actor is written "member:<uuid>", "api_key:<uuid>" or "system:<what>"."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from registry.models import ApiKey, User


def names(actors: Iterable[str]) -> dict[str, str]:
    """What a reader calls each actor, in two queries: people by name, keys by label, else a general word."""
    by_kind: dict[str, set[str]] = {}
    for actor in actors:
        kind, _colon, who = actor.partition(":")
        by_kind.setdefault(kind, set()).add(who)
    found = {f"member:{user.pk}": user.name or user.email for user in _users(by_kind)}
    found |= {f"api_key:{key.pk}": _("API key “%(label)s”") % {"label": key.label} for key in _keys(by_kind)}
    every = (f"{kind}:{who}" for kind, them in by_kind.items() for who in them)
    return {actor: found.get(actor) or _general(actor) for actor in every}


def _users(by_kind: dict[str, set[str]]) -> Iterable[User]:
    wanted = by_kind.get("member")
    return User.objects.filter(pk__in=wanted).only("name", "email") if wanted else ()


def _keys(by_kind: dict[str, set[str]]) -> Iterable[ApiKey]:
    wanted = by_kind.get("api_key")
    return ApiKey.objects.filter(pk__in=wanted).only("label") if wanted else ()


def _general(actor: str) -> str:
    kinds = {
        "member": _("Somebody who has left"),
        "api_key": _("An API key"),
        "system": _("The registry itself"),
    }
    return kinds.get(actor.partition(":")[0], _("Somebody"))
