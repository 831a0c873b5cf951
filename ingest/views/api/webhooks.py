"""Webhooks by REST: where a partner's programs are told, with what secret, and how each message went."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from ingest.serializers import delivery_out, webhook_in, webhook_out
from ingest.views.api.base import PartnerView, caller, once
from registry import webhooks
from registry.errors import InvalidRequest
from registry.tasks import tell_webhooks

PAGE, MOST = 20, 100


class Webhooks(PartnerView):
    """`GET` and `POST /api/v1/webhooks`."""

    scope = "webhooks"

    def get(self, request: Request) -> Response:
        """All endpoints of your organisation, without their secrets."""
        return Response(
            {"webhooks": [webhook_out(each) for each in webhooks.endpoints_of(caller(request).organisation)]}
        )

    def post(self, request: Request) -> Response:
        """Name an endpoint; the answer holds its secret, this once."""

        def act() -> tuple[int, Any, dict[str, str]]:
            who = caller(request)
            made, secret = webhooks.add(
                organisation=who.organisation,
                **webhook_in(request.data, needs_url=True),
                by=who.by,
                at=timezone.now(),
            )
            body = webhook_out(made) | {"secret": secret}
            return 201, body, {"Location": f"/api/v1/webhooks/{made.id}"}

        return once(request, act, together=True)


class OneWebhook(PartnerView):
    """`GET`, `PATCH` and `DELETE /api/v1/webhooks/{id}`."""

    scope = "webhooks"

    def get(self, request: Request, webhook: UUID) -> Response:
        """One endpoint, without its secret."""
        found = webhooks.endpoint_of(organisation=caller(request).organisation, endpoint=webhook)
        return Response(webhook_out(found))

    def patch(self, request: Request, webhook: UUID) -> Response:
        """Change its address, events or label, or switch it off and on."""
        who = caller(request)
        changed = webhooks.change(
            organisation=who.organisation,
            endpoint=webhook,
            changes=webhook_in(request.data, needs_url=False),
            by=who.by,
            at=timezone.now(),
        )
        return Response(webhook_out(changed))

    def delete(self, request: Request, webhook: UUID) -> Response:
        """End it for good, with its log."""
        who = caller(request)
        webhooks.remove(organisation=who.organisation, endpoint=webhook, by=who.by, at=timezone.now())
        return Response(status=204)


class Rotate(PartnerView):
    """`POST /api/v1/webhooks/{id}/rotate`."""

    scope = "webhooks"

    def post(self, request: Request, webhook: UUID) -> Response:
        """A new secret, shown this once; the former one signs beside it for a day."""

        def act() -> tuple[int, Any, dict[str, str]]:
            who = caller(request)
            found, secret = webhooks.rotate(
                organisation=who.organisation, endpoint=webhook, by=who.by, at=timezone.now()
            )
            return 200, webhook_out(found) | {"secret": secret}, {}

        return once(request, act, together=True)


class Test(PartnerView):
    """`POST /api/v1/webhooks/{id}/test`."""

    scope = "webhooks"

    def post(self, request: Request, webhook: UUID) -> Response:
        """Send a `test.ping`; the log says how that went."""

        def act() -> tuple[int, Any, dict[str, str]]:
            organisation = caller(request).organisation
            sent = webhooks.ping(organisation=organisation, endpoint=webhook, at=timezone.now())
            tell_webhooks()
            return 202, delivery_out(sent, []), {}

        return once(request, act, together=True)


class Deliveries(PartnerView):
    """`GET /api/v1/webhooks/{id}/deliveries`."""

    scope = "webhooks"

    def get(self, request: Request, webhook: UUID) -> Response:
        """What it was told, the newest first, and how each try went; `next_cursor` asks for older ones."""
        before, limit = _page(request)
        found = webhooks.deliveries_of(
            organisation=caller(request).organisation, endpoint=webhook, before=before, limit=limit + 1
        )
        more = str(found[limit - 1].id) if len(found) > limit else None
        shown = [delivery_out(each, each.tries.all()) for each in found[:limit]]
        return Response({"deliveries": shown, "next_cursor": more})


class Replay(PartnerView):
    """`POST /api/v1/webhooks/{id}/deliveries/{delivery}/replay`."""

    scope = "webhooks"

    def post(self, request: Request, webhook: UUID, delivery: UUID) -> Response:
        """Send a message once more, under the same `webhook-id`."""

        def act() -> tuple[int, Any, dict[str, str]]:
            organisation = caller(request).organisation
            found = webhooks.replay(
                organisation=organisation, endpoint=webhook, delivery=delivery, at=timezone.now()
            )
            tell_webhooks()
            return 202, delivery_out(found, found.tries.all()), {}

        return once(request, act, together=True)


def _page(request: Request) -> tuple[UUID | None, int]:
    cursor, limit = request.query_params.get("cursor"), request.query_params.get("limit", str(PAGE))
    fits = limit.isascii() and limit.isdigit() and len(limit) < 5 and 0 < int(limit) <= MOST
    if not fits:
        raise InvalidRequest(fields={"limit": [_("This value cannot be used here.")]})
    try:
        return (UUID(cursor) if cursor is not None else None), int(limit)
    except ValueError:
        raise InvalidRequest(fields={"cursor": [_("This value cannot be used here.")]}) from None
