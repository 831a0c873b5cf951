"""The ledger's public addresses, below /ledger/."""

from django.urls import path

from registry.ledger import views

urlpatterns = [
    path("checkpoint", views.checkpoint, name="ledger_checkpoint"),
    path("key", views.key, name="ledger_key"),
    path("proof/<str:entry>", views.proof, name="ledger_proof"),
    path("consistency", views.consistency, name="ledger_consistency"),
]
