"""The published contract: valid, complete, and kept by the running app."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator

PREFIX = "/api/v1"
UNDOCUMENTED = {"/api/v1/openapi.json", "/api/v1/docs", "/api/v1/docs/assets/{name}"}
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


@pytest.fixture
def document(client: FlaskClient) -> dict:
    return client.get(f"{PREFIX}/openapi.json").json


def test_the_document_is_valid_openapi_3_1(document: dict):
    errors = [f"{list(error.path)}: {error.message}" for error in OpenAPIV31SpecValidator(document).iter_errors()]

    assert document["openapi"].startswith("3.1")
    assert errors == []


def test_every_route_of_the_api_is_in_the_document(app: Flask, document: dict):
    routes = {
        (PARAMETER.sub(r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(PREFIX) and not rule.endpoint.startswith("probes.")  # the tests' own
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    documented = {
        (path, method) for path, item in document["paths"].items() for method in item if method != "parameters"
    }

    assert {(path, method) for path, method in routes if path not in UNDOCUMENTED} == documented


def test_every_operation_has_a_summary_and_says_what_errors_look_like(document: dict):
    operations = {
        f"{method} {path}": operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    }

    assert operations
    assert [name for name, operation in operations.items() if not operation.get("summary")] == []
    assert [name for name, operation in operations.items() if "default" not in operation["responses"]] == []


def test_the_docs_page_loads_nothing_from_another_host(client: FlaskClient):
    page = client.get(f"{PREFIX}/docs")
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)

    assert page.status_code == 200
    assert addresses
    assert all(address.startswith("/") for address in addresses)
    assert [client.get(address).status_code for address in addresses] == [200] * len(addresses)
    assert "https:" not in page.headers["Content-Security-Policy"]
