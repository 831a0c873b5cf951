"""What a report is held against, for benchmarks alone: a view of the same framework with one SELECT."""

from uuid import UUID

from django.http import Http404
from django.urls import path
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from registry.models import Client


class One(APIView):
    """`GET /reference/{id}`: one row by its primary key."""

    permission_classes = (AllowAny,)

    def get(self, request: Request, client: UUID) -> Response:
        """The row; 404 for none."""
        found = Client.objects.filter(pk=client).values("id", "label", "scopes").first()
        if found is None:
            raise Http404
        return Response(found)


urlpatterns = [path("reference/<uuid:client>", One.as_view())]
