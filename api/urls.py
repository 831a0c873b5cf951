"""The lender's addresses."""

from django.urls import path

from api.views import consent_requests, docs, inquiries, reports, standing, tokens

app_name = "api"

urlpatterns = [
    path("oauth/token", tokens.token, name="token"),
    path(".well-known/oauth-authorization-server", tokens.metadata, name="metadata"),
    path(".well-known/jwks.json", tokens.jwks, name="jwks"),
    path("api/v1/me", standing.Me.as_view(), name="me"),
    path("api/v1/consent-requests", consent_requests.ConsentRequests.as_view(), name="consent-requests"),
    path(
        "api/v1/consent-requests/<uuid:request_id>",
        consent_requests.ConsentRequest.as_view(),
        name="consent-request",
    ),
    path("api/v1/reports", reports.Reports.as_view(), name="reports"),
    path("api/v1/reports/<uuid:report_id>", reports.KeptReport.as_view(), name="report"),
    path("api/v1/inquiries", inquiries.Inquiries.as_view(), name="inquiries"),
    path("api/schema", docs.schema, name="schema"),
    path("api/schema/report-1.json", docs.report, name="report-schema"),
    path("api/docs", docs.page, name="docs"),
    path("problems/<slug:code>", docs.problem, name="problem"),
    path("problems/", docs.problems_index, name="problems"),
]
