"""The partner's document says what is served, and a public tool drives every address by it."""

import json
from collections.abc import Iterator
from functools import cache
from io import StringIO
from typing import Any

import pytest
import schemathesis
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client as Browser
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft202012Validator
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.specs.openapi import checks

from ingest.models import Upload
from ingest.openapi import document
from ingest.openapi.document import addresses, methods_of
from ingest.openapi.operations import OPERATIONS as OPERATIONS_SAID
from registry import webhooks
from registry.models import Record
from registry.wsgi import application
from tests.factories.machines import Machine
from tests.factories.organisations import make_furnisher, make_key
from tests.factories.uploads import as_csv, receive, run, wage

EXAMPLES = 6
"""Requests of each kind at each address: all of them together stay below a minute."""
OPERATIONS = [(method, path) for path, methods in document()["paths"].items() for method in methods]
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
]
STREAM = "/api/v1/records:stream"


@cache
def described() -> Any:
    """The document as the tool reads it, and the site itself behind it."""
    load_all_checks()
    schemathesis.serializer.alias(
        ["application/x-ndjson", "application/offset+octet-stream"], "application/octet-stream"
    )
    return schemathesis.openapi.from_wsgi("/api/partners/schema", application)


@pytest.fixture
def organisation() -> Any:
    return make_furnisher()


@pytest.fixture
def real(organisation: Any) -> dict[str, str]:
    """Ids of things that are there: an upload with refused rows, a webhook, a message of it."""
    upload = run(receive(organisation, as_csv([wage(1), wage(2, gross="many")])))
    named, _secret = webhooks.add(
        organisation=organisation.pk, url="https://example.org/hook", by="system:test", at=timezone.now()
    )
    sent = webhooks.ping(organisation=organisation.pk, endpoint=named.id, at=timezone.now())
    return {
        "upload": str(upload.id),
        "webhook": str(named.id),
        "delivery": str(sent.id),
        "type": "wage",
    }


def drive(
    method: str,
    path: str,
    organisation: Any,
    mode: GenerationMode,
    ids: dict[str, str],
    count: int = EXAMPLES,
) -> None:
    """Send requests that the tool makes up, and check each answer against the document."""
    key = make_key(organisation.pk, "uploads", "records", "consents", "webhooks")
    operation = described()[path][method]
    names = [each["name"] for each in operation.definition.raw["parameters"] if each["in"] == "path"]
    fixed = {name: ids[name] for name in names} if ids else None
    strategy = operation.as_strategy(generation_mode=mode, path_parameters=fixed or None)

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def send(case: Any) -> None:
        case.headers["Authorization"] = f"Bearer {key}"
        case.call_and_validate(checks=CHECKS)

    send()


@pytest.fixture(autouse=True)
def one_connection(settings: Any) -> Iterator[None]:
    """All requests on the test's own connection, as Django's own test client does it, and no limit."""
    settings.PARTNER_REQUESTS_PER_MINUTE = 100_000
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.django_db
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["right", "wrong"])
@pytest.mark.parametrize(("method", "path"), [one for one in OPERATIONS if one[1] != STREAM])
def test_every_answer_is_as_described(method, path, mode, organisation, real):
    drive(method, path, organisation, mode, real)


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path"), [one for one in OPERATIONS if "{" in one[1]])
def test_answer_about_what_is_not_there_is_as_described(method, path, organisation):
    drive(method, path, organisation, GenerationMode.POSITIVE, {}, count=2)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["right", "wrong"])
def test_every_answer_of_a_stream_is_as_described(mode, organisation):
    drive("post", STREAM, organisation, mode, {})


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_stranger_is_refused_as_described(method, path):
    answer = Browser().generic(
        method.upper(), path.replace("{type}", "wage").replace("{", "0" * 8 + "-").split("-")[0]
    )
    assert answer.status_code in (401, 404)


def references(part: Any) -> Iterator[str]:
    """Every $ref in a document."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def test_document_is_openapi_31_and_whole():
    served = Browser().get("/api/partners/schema").json()
    assert served == json.loads(json.dumps(document(), default=str))
    assert served["openapi"].startswith("3.1")
    for reference in references(served):
        found: Any = served
        for name in reference.removeprefix("#/").split("/"):
            found = found[name]
    ids = [operation["operationId"] for methods in served["paths"].values() for operation in methods.values()]
    assert len(ids) == len(set(ids))


def test_every_shape_is_a_json_schema_and_its_examples_fit_it():
    said = document()["components"]
    for shape in said["schemas"].values():
        Draft202012Validator.check_schema(shape)
        for example in shape.get("examples", []):
            Draft202012Validator({"components": said, **shape}).validate(example)


def test_every_address_and_method_is_described():
    served = {(method, path) for path, pattern in addresses() for method in methods_of(pattern)}
    assert set(OPERATIONS) == served
    assert all(
        operation["description"] and operation["security"] == [{"key": []}]
        for methods in document()["paths"].values()
        for operation in methods.values()
    )


def test_nothing_is_described_that_is_not_served():
    served = {str(pattern.name): set(methods_of(pattern)) for _path, pattern in addresses()}
    assert {name: set(said) for name, said in OPERATIONS_SAID.items()} == served


def examples() -> list[tuple[str, str, Any]]:
    """Every example of a body, and where it is sent."""
    return [
        (method, path, media["example"])
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
        for media in operation.get("requestBody", {}).get("content", {}).values()
        if "example" in media and "{" not in path
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path", "body"), examples())
def test_examples_run(method, path, body, organisation):
    machine = Machine(organisation, "uploads", "records", "consents", "webhooks")
    answer = machine.post(path, body)
    assert answer.status_code in (200, 201)
    outcomes = [one["outcome"] for one in answer.json().get("results", [])]
    assert [one for one in outcomes if one == "refused"] == []
    assert (Record.objects.count() or len(outcomes) or 1, Upload.objects.count()) == (1, 0)


def test_command_writes_the_document():
    said = StringIO()
    call_command("export_partner_openapi", stdout=said)
    assert json.loads(said.getvalue()) == json.loads(json.dumps(document(), default=str))
