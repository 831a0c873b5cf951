"""A furnisher's program that calls the partner's API."""

import json
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from registry.models import Organisation
from tests.factories.organisations import make_key


class Machine:
    """A furnisher's program with an API key."""

    def __init__(self, organisation: Organisation, *scopes: str) -> None:
        self.organisation = organisation
        self.headers = {
            "Authorization": f"Bearer {make_key(organisation.pk, *scopes)}",
            "Accept-Language": "en",
        }
        self.client = Client()

    def get(self, path: str, **headers: str) -> Any:
        """Ask for an address."""
        return self.client.get(path, headers=self.headers | headers)

    def delete(self, path: str) -> Any:
        """Delete what is at an address."""
        return self.client.delete(path, headers=self.headers)

    def send(self, content: bytes, content_type: str = "text/csv", **headers: str) -> Any:
        """Send a file as the body."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(
            "/api/v1/uploads", content, content_type=content_type, headers=self.headers | named
        )

    def send_form(self, name: str, content: bytes, **headers: str) -> Any:
        """Send a file inside a form."""
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        form = {"file": SimpleUploadedFile(name, content)}
        return self.client.post("/api/v1/uploads", form, headers=self.headers | named)

    def post(self, path: str, body: Any, **headers: str) -> Any:
        """Send JSON."""
        return self._json("post", path, body, headers)

    def patch(self, path: str, body: Any) -> Any:
        """Change what is at an address."""
        return self._json("patch", path, body, {})

    def _json(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        send = getattr(self.client, method)
        return send(path, json.dumps(body), content_type="application/json", headers=self.headers | named)
