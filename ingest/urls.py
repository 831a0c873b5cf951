"""The partner's addresses: the desk's pages and the machines' API."""

from django.urls import URLPattern, URLResolver, include, path

from ingest.views.api import catalogue, docs, previews, singles, stream, webhooks
from ingest.views.api import uploads as files
from ingest.views.desk import (
    coverage,
    downloads,
    keys,
    members,
    preview,
    quality,
    resumable,
    sending,
    undo,
    uploads,
)
from ingest.views.desk import webhooks as hooks

app_name = "ingest"

DESK: list[URLPattern | URLResolver] = [
    path("", sending.desk, name="desk"),
    path("incoming", resumable.NewIncoming.as_view(), name="new_incoming"),
    path("incoming/<uuid:upload>", resumable.OneIncoming.as_view(), name="incoming"),
    path("uploads", uploads.history, name="uploads"),
    path("uploads/<uuid:upload>", uploads.one, name="upload"),
    path("uploads/<uuid:upload>/preview", preview.look, name="preview"),
    path("uploads/<uuid:upload>/preview/choices", preview.choose, name="preview_choices"),
    path("uploads/<uuid:upload>/preview/forget", preview.forget, name="preview_forget"),
    path("uploads/<uuid:upload>/preview/trial", preview.attempt, name="preview_trial"),
    path("uploads/<uuid:upload>/preview/confirm", preview.confirm, name="preview_confirm"),
    path("uploads/<uuid:upload>/cancel", uploads.cancel, name="cancel"),
    path("uploads/<uuid:upload>/undo", undo.undo, name="undo"),
    path("uploads/<uuid:upload>/result", downloads.result, name="result"),
    path("uploads/<uuid:upload>/coverage", coverage.coverage, name="coverage"),
    path("uploads/<uuid:upload>/invite", coverage.invite, name="invite"),
    path("uploads/<uuid:upload>/invitations", coverage.sheet, name="invitation_sheet"),
    path("invitations", coverage.invitations, name="invitations"),
    path("invitations/<uuid:invitation>", coverage.poster, name="invitation_poster"),
    path("invitations/<uuid:invitation>/revoke", coverage.revoke, name="invitation_revoke"),
    path("templates/<slug:type>.xlsx", downloads.template, name="template"),
    path("quality", quality.scorecard, name="quality"),
    path("keys", keys.every, name="keys"),
    path("keys/new", keys.make, name="make_key"),
    path("keys/<uuid:key>/revoke", keys.revoke, name="revoke_key"),
    path("webhooks", hooks.every, name="webhooks"),
    path("webhooks/new", hooks.add, name="add_webhook"),
    path("webhooks/<uuid:webhook>", hooks.one, name="webhook"),
    path("webhooks/<uuid:webhook>/test", hooks.test, name="webhook_test"),
    path("webhooks/<uuid:webhook>/switch", hooks.switch, name="webhook_switch"),
    path("webhooks/<uuid:webhook>/rotate", hooks.rotate, name="webhook_rotate"),
    path("webhooks/<uuid:webhook>/remove", hooks.remove, name="remove_webhook"),
    path(
        "webhooks/<uuid:webhook>/deliveries/<uuid:delivery>/replay",
        hooks.replay,
        name="webhook_replay",
    ),
    path("members", members.every, name="members"),
    path("members/new", members.add, name="add_member"),
    path("members/<uuid:user>/role", members.change, name="change_member"),
    path("members/<uuid:user>/remove", members.remove, name="remove_member"),
]

API: list[URLPattern | URLResolver] = [
    path("uploads", files.Uploads.as_view(), name="api_uploads"),
    path("uploads/<uuid:upload>", files.OneUpload.as_view(), name="api_upload"),
    path("uploads/<uuid:upload>/undo", files.Undo.as_view(), name="api_undo"),
    path("uploads/<uuid:upload>/rows", files.Rows.as_view(), name="api_rows"),
    path("uploads/<uuid:upload>/result", files.Result.as_view(), name="api_result"),
    path("uploads/<uuid:upload>/preview", previews.PreviewView.as_view(), name="api_preview"),
    path("uploads/<uuid:upload>/choices", previews.ChoicesView.as_view(), name="api_choices"),
    path("uploads/<uuid:upload>/trial", previews.TrialView.as_view(), name="api_trial"),
    path("uploads/<uuid:upload>/confirm", previews.ConfirmView.as_view(), name="api_confirm"),
    path("records:batch", singles.Records.as_view(), name="api_records"),
    path("records:retract", singles.Retract.as_view(), name="api_retract"),
    path("records:stream", stream.Stream.as_view(), name="api_stream"),
    path("consents", singles.Consents.as_view(), name="api_consents"),
    path("webhooks", webhooks.Webhooks.as_view(), name="api_webhooks"),
    path("webhooks/<uuid:webhook>", webhooks.OneWebhook.as_view(), name="api_webhook"),
    path("webhooks/<uuid:webhook>/rotate", webhooks.Rotate.as_view(), name="api_webhook_rotate"),
    path("webhooks/<uuid:webhook>/test", webhooks.Test.as_view(), name="api_webhook_test"),
    path("webhooks/<uuid:webhook>/deliveries", webhooks.Deliveries.as_view(), name="api_deliveries"),
    path(
        "webhooks/<uuid:webhook>/deliveries/<uuid:delivery>/replay",
        webhooks.Replay.as_view(),
        name="api_replay",
    ),
    path("catalogue", catalogue.Catalogue.as_view(), name="api_catalogue"),
    path("catalogue/templates/<slug:type>.xlsx", catalogue.Template.as_view(), name="api_template"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include(API)),
    path("api/partners/schema", docs.schema, name="api_schema"),
    path("desk/", include(DESK)),
]
