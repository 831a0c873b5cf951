"""Every route denies by default: without sign-in, nothing but the short list below answers."""

import re
import uuid
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

# The only routes that answer a stranger, and why.
OPEN = {
    "accounts/login/": "staff and members sign in here",
    "accounts/inactive/": "says that an account is closed, after signing in to it",
    "accounts/password/reset/": "asks for an address; says the same whether or not it is known",
    "accounts/password/reset/done/": "says that a link may be on its way",
    "accounts/password/reset/key/done/": "says that the password is set",
    "healthz": "a load balancer asks it",
    "readyz": "a load balancer asks it",
    "": "residents find their way in here; it shows nothing else before sign-in",
    "sign-in": "residents have their code sent from here",
    "join/<str:code>": "a furnisher's invitation on paper: who asks and for what; answering needs sign-in",
    "oauth/token": "lenders sign in here, by signed assertion and proof",
    ".well-known/oauth-authorization-server": "lenders' clients find the token endpoint by it",
    ".well-known/jwks.json": "whoever holds a report verifies its signature with these public keys",
    "api/docs": "developers read it before they have a key",
    "api/schema": "the same for their tools",
    "api/schema/report-1.json": "whoever holds a report checks its shape with it",
    "api/partners/schema": "partners' developers read it before they have a key",
    "problems/": "the `type` of every error leads here",
    "problems/<slug:code>": "the `type` of every error leads here",
    "ledger/checkpoint": "anyone may audit the ledger; it holds ids, codes and digests only",
    "ledger/key": "auditors verify checkpoints with it",
    "ledger/proof/<str:entry>": "auditors check that an entry is in the tree",
    "ledger/consistency": "auditors check that nothing was taken out of the tree",
}
REFUSED = {301, 302, 401, 403, 404, 405}


def routes(patterns, prefix="") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, prefix + str(pattern.pattern))
        else:
            yield prefix + str(pattern.pattern), pattern


ROUTES = sorted(dict(routes(get_resolver().url_patterns)))


def test_open_routes_exist():
    assert sorted(set(OPEN) - set(ROUTES)) == []


@pytest.mark.django_db
@pytest.mark.parametrize("route", [route for route in ROUTES if route not in OPEN])
@pytest.mark.parametrize("method", ["get", "post"])
def test_route_refuses_a_stranger(route, method):
    answer = getattr(Client(raise_request_exception=True), method)(path_of(route))
    assert answer.status_code in REFUSED, f"{method} {route} answered {answer.status_code} to a stranger"
    if answer.status_code in (301, 302):
        assert signs_in(answer["Location"]), f"{route} sends a stranger to {answer['Location']}"


def signs_in(location):
    return bool(re.match(r"^/(accounts/login|sign-in|$|\?)", location))


def path_of(route):
    """A path that this route matches, with invented ids."""
    samples = {"uuid": str(uuid.uuid4()), "int": "1", "str": "x", "slug": "x", "path": "x"}
    path = re.sub(r"<(?:(\w+):)?\w+>", lambda found: samples.get(found[1] or "str", "x"), route)
    path = re.sub(r"\(\?P<\w+>[^)]*\)", "x", path)
    return "/" + path.replace("^", "").replace("$", "").replace("\\Z", "").replace("\\", "")
