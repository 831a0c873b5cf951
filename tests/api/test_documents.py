"""The documents: OpenAPI, its page, the error pages, the command. They say what is served."""

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client as Browser
from django.urls import get_resolver
from jsonschema import Draft202012Validator

from api.errors import catalogue
from api.openapi import document
from registry.errors import RegistryError
from tests.factories.lenders import Machine
from tests.factories.reports import borrower

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture
def openapi() -> dict[str, Any]:
    """The document as a stranger gets it."""
    answer = Browser().get("/api/schema")
    assert answer.status_code == 200
    return dict(answer.json())


def operations(openapi: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and operation of everything that is described."""
    for path, methods in openapi["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


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


def resolved(openapi: dict[str, Any], reference: str) -> Any:
    """What a reference leads to; raises KeyError for nothing."""
    assert reference.startswith("#/")
    found: Any = openapi
    for name in reference.removeprefix("#/").split("/"):
        found = found[name]
    return found


def test_document_is_openapi_31(openapi: dict[str, Any]) -> None:
    assert openapi["openapi"].startswith("3.1")
    assert set(openapi["info"]) >= {"title", "version"}
    assert openapi["servers"] == [{"url": "http://testserver"}]
    for path, method, operation in operations(openapi):
        assert path.startswith("/")
        assert method in METHODS
        assert operation["description"]
        assert all(answer["description"] for answer in operation["responses"].values())
    ids = [operation["operationId"] for _, _, operation in operations(openapi)]
    assert len(ids) == len(set(ids))


def test_every_reference_leads_somewhere(openapi: dict[str, Any]) -> None:
    found = list(references(openapi))
    assert len(found) > 20
    assert all(resolved(openapi, reference) for reference in found)


def test_every_schema_is_a_json_schema(openapi: dict[str, Any]) -> None:
    for schema in openapi["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_parameter_of_a_path_is_described(openapi: dict[str, Any]) -> None:
    for path, _, operation in operations(openapi):
        named = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "path"}
        assert named == {part[1:-1] for part in path.split("/") if part.startswith("{")}


def test_every_lenders_address_is_described(openapi: dict[str, Any]) -> None:
    patterns = [str(pattern.pattern) for pattern in get_resolver("api.urls").url_patterns]
    served = {p.replace("<uuid:", "{").replace(">", "}") for p in patterns if p.startswith("api/v1/")}
    assert {path.removeprefix("/") for path in openapi["paths"]} == served | {"oauth/token"}


@pytest.mark.django_db
def test_every_described_operation_asks_for_sign_in(openapi: dict[str, Any]) -> None:
    for path, method, operation in operations(openapi):
        assert operation["security"] == ([] if path == "/oauth/token" else [{"dpop": []}])
        if path != "/oauth/token":
            answer = Browser().generic(method.upper(), path.replace("{", "0" * 8 + "-").split("-")[0])
            assert answer.status_code in (401, 404)


def answers_to(openapi: dict[str, Any], path: str, method: str, answer: Any) -> None:
    """Assert that an answer is one of those described, in status, content type and shape."""
    described = openapi["paths"][path][method]["responses"][str(answer.status_code)]
    kind = answer["Content-Type"].partition(";")[0]
    schema = described["content"][kind]["schema"]
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", "components": openapi["components"]}
    Draft202012Validator(whole | schema).validate(json.loads(answer.content))


@pytest.mark.django_db
def test_answers_are_as_described(openapi: dict[str, Any], machine: Machine) -> None:
    token = machine.ask_token()
    answers_to(openapi, "/oauth/token", "post", token)
    answers_to(openapi, "/oauth/token", "post", machine.ask_token(proof=""))
    answers_to(openapi, "/oauth/token", "post", machine.ask_token(assertion="x"))
    her = borrower(machine.sign_in())
    reports, kept = "/api/v1/reports", "/api/v1/reports/{report_id}"
    first = her.ask(reference="case-1")
    answers_to(openapi, reports, "post", first)
    answers_to(openapi, kept, "get", machine.call("GET", f"{reports}/{first.json()['report_id']}"))
    answers_to(openapi, "/api/v1/inquiries", "get", machine.call("GET", "/api/v1/inquiries"))
    answers_to(openapi, "/api/v1/inquiries", "get", machine.call("GET", "/api/v1/inquiries?limit=x"))
    answers_to(openapi, "/api/v1/me", "get", machine.call("GET", "/api/v1/me"))
    answers_to(openapi, "/api/v1/me", "get", machine.http.get("/api/v1/me"))
    answers_to(openapi, reports, "post", her.ask(purpose="x"))
    answers_to(openapi, reports, "post", her.ask(Accept="text/html"))
    answers_to(openapi, reports, "post", machine.call("POST", reports, b"{"))
    requests = "/api/v1/consent-requests"
    body = {
        "identity": her.resident.identity,
        "purpose": "credit_application",
        "categories": ["identity"],
        "period": {"days": 1},
    }
    Draft202012Validator(
        {"components": openapi["components"], "$ref": "#/components/schemas/ConsentRequestIn"}
    ).validate(body)
    asked = machine.call("POST", requests, body)
    answers_to(openapi, requests, "post", asked)
    answers_to(openapi, requests, "post", machine.call("POST", requests, body | {"extra": 1}))
    one = machine.call("GET", f"{requests}/{asked.json()['id']}")
    answers_to(openapi, requests + "/{request_id}", "get", one)
    her.withdraw()
    answers_to(openapi, reports, "post", her.ask())


def test_shape_of_a_request_refuses_unknown_members(openapi: dict[str, Any]) -> None:
    for name in ("ConsentRequestIn", "Identity", "Period", "ReportIn"):
        assert openapi["components"]["schemas"][name]["additionalProperties"] is False


def test_command_writes_the_document_that_is_served(openapi: dict[str, Any], tmp_path: Path) -> None:
    target = tmp_path / "openapi.json"
    call_command("export_openapi", out=target)
    assert json.loads(target.read_text()) == openapi == json.loads(json.dumps(document(), default=str))


def test_command_writes_to_standard_output(openapi: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    said = StringIO()
    monkeypatch.setattr("sys.stdout", said)
    call_command("export_openapi")
    assert json.loads(said.getvalue()) == openapi


def test_page_shows_every_operation(openapi: dict[str, Any]) -> None:
    page = Browser(headers={"accept-language": "en"}).get("/api/docs").content.decode()
    for path, method, operation in operations(openapi):
        assert f"{method.upper()} {path}" in page
        assert f'id="{operation["operationId"]}"' in page
    assert "<script>" not in page


def test_page_shows_the_scorecard() -> None:
    page = Browser(headers={"accept-language": "en"}).get("/api/docs").content.decode()
    assert "bills_on_time_share" in page


def test_every_error_has_a_page_that_its_type_leads_to() -> None:
    browser = Browser(headers={"accept-language": "en"})
    index = browser.get("/problems/").content.decode()
    for code, problem in catalogue.catalogue().items():
        page = browser.get(f"/problems/{code}")
        assert page.status_code == 200
        assert code in index
        assert f"HTTP {problem.status}" in page.content.decode()


def test_every_error_of_the_lenders_side_has_a_title_and_a_cure() -> None:
    from api import errors

    own = [
        error.code
        for error in vars(errors).values()
        if isinstance(error, type) and issubclass(error, RegistryError) and error is not RegistryError
    ]
    assert [code for code in own if code not in catalogue.TITLES or code not in catalogue.CURES] == []


def test_unknown_error_has_no_page() -> None:
    assert Browser().get("/problems/nothing").status_code == 404


def test_pages_ask_no_other_host() -> None:
    for path in ("/api/docs", "/problems/", "/problems/consent_required"):
        page = Browser().get(path).content.decode()
        assert 'src="http' not in page
        assert 'href="https://' not in page
