"""The resident's addresses. All but the sign-in need a signed-in resident: see consent.permissions."""

from django.urls import path

from consent.views import access, answering, consents, home, joining, records, settings, signin

app_name = "consent"

urlpatterns = [
    path("", home.home, name="home"),
    path("sign-in", signin.sign_in, name="sign-in"),
    path("sign-in/code", signin.enter_code, name="enter-code"),
    path("claim", signin.claim, name="claim"),
    path("sign-out", signin.sign_out, name="sign-out"),
    path("r/", answering.enter, name="enter-request"),
    path("r/<str:code>", answering.by_code, name="request-by-code"),
    path("join/<str:code>", joining.join, name="join"),
    path("requests/<uuid:request_id>", answering.answer, name="request"),
    path("consents", consents.consents, name="consents"),
    path("consents/<uuid:consent_id>", consents.consent, name="consent"),
    path("consents/<uuid:consent_id>/withdraw", consents.withdraw, name="withdraw"),
    path("consents/<uuid:consent_id>/receipts/<slug:state>", consents.receipt, name="receipt"),
    path("access", access.access, name="access"),
    path("records", records.records, name="records"),
    path("records/<slug:code>", records.category, name="category"),
    path("settings", settings.settings, name="settings"),
    path("settings/freeze", settings.freeze, name="freeze"),
    path("settings/unfreeze", settings.unfreeze, name="unfreeze"),
]
