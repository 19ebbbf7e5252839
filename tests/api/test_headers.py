"""What browsers are told in each area, who may call from other origins, and what production lets slip. Case 64."""

import json
import os
import subprocess
import sys

import pytest
from flask_cors import CORS

from airbnb.blueprints.http.security_headers import AREAS
from airbnb.factory import EXPOSED_HEADERS
from tests.architecture.guards import ROOT
from tests.config.test_settings import PRODUCTION

LOCKED = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"
ORIGIN = "https://stays.example"
PATHS = (
    *("/api/v1/amenities/none", "/api/v1/crash", "/crash", "/nowhere", "/healthz", "/admin/login", "/api/v1/docs"),
    *("/mailbox", "/api/v1/sandbox/payments/1/events", "/sandbox/approve/x", "/files/none", "/api/v1/openapi.json"),
)


@pytest.fixture(scope="module")
def production(tmp_path_factory) -> dict:
    """What a process in production answers; its database is not there."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environ = {
        **kept,
        **PRODUCTION,
        "CORS_ORIGINS": ORIGIN,
        "INSTANCE_PATH": str(tmp_path_factory.mktemp("production")),
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.production_probe", *PATHS], cwd=ROOT, env=environ, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("path", PATHS)
def test_case_64_production_insists_on_tls_and_guards_every_answer(production, path):
    headers = production[path]["headers"]

    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/crash", "/api/v1/crash"])
def test_case_64_a_crash_tells_nothing_of_the_inside(production, path):
    answer = production[path]

    assert answer["status"] == 500
    for word in ("Traceback", "secret detail", "RuntimeError", ".py", "werkzeug", "flask"):
        assert word.lower() not in answer["body"].lower()


def test_case_64_production_has_no_mailbox_and_no_rehearsals(production):
    for path in ("/mailbox", "/api/v1/sandbox/payments/1/events", "/sandbox/approve/x"):
        assert production[path]["status"] == 404


def test_case_64_cookies_and_switches_of_production(production):
    assert production["cookies"] == {
        "SECURE": True,
        "HTTPONLY": True,
        "SAMESITE": "Lax",
        "debug": False,
        "testing": False,
    }


def test_a_configured_origin_may_call_the_api_and_nothing_else(production):
    for path in PATHS:
        allowed = production[path]["headers"].get("Access-Control-Allow-Origin")
        assert allowed == (ORIGIN if path.startswith("/api/") else None), path
    headers = production["/api/v1/crash"]["headers"]
    assert set(headers["Access-Control-Expose-Headers"].split(", ")) == set(EXPOSED_HEADERS)
    assert "Access-Control-Allow-Credentials" not in headers


@pytest.mark.parametrize(
    "path, policy",
    [
        ("/api/v1/config", LOCKED),
        ("/api/v1/nowhere", LOCKED),
        ("/nowhere", LOCKED),
        ("/healthz", LOCKED),
        ("/files/none", f"{LOCKED}; sandbox"),
        ("/static/icon.svg", LOCKED),
    ],
)
def test_what_shows_no_page_may_load_nothing(client, path, policy):
    assert client.get(path).headers["Content-Security-Policy"] == policy


@pytest.mark.parametrize("path", ["/api/v1/docs", "/admin/login", "/mailbox"])
def test_pages_load_their_own_scripts_alone_and_are_framed_by_nobody(client, path):
    headers = client.get(path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))

    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert "'unsafe-inline'" not in policy.get("script-src", "")
    assert "'unsafe-eval'" not in policy.get("script-src", "")
    assert headers["Permissions-Policy"].startswith("camera=()")


def test_nothing_is_said_about_tls_where_there_may_be_none(client):
    assert "Strict-Transport-Security" not in client.get("/api/v1/config").headers


def test_answers_of_the_api_are_private_and_depend_on_who_asks(client, guest):
    for answer in (client.get("/api/v1/config"), guest.get("/users/me")):
        assert "private" in answer.headers["Cache-Control"]
        assert "Authorization" in answer.headers["Vary"]


def test_the_dashboard_is_not_kept_by_browsers(client):
    assert client.get("/admin/login").headers["Cache-Control"] == "no-store"


def test_pictures_may_be_shown_by_frontends_and_answers_of_the_api_only_read(client):
    assert client.get("/files/none").headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert client.get("/api/v1/config").headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_every_area_is_reached():
    prefixes = [area.prefix for area in AREAS]

    assert all(not later.startswith(earlier) for n, earlier in enumerate(prefixes) for later in prefixes[n + 1 :])


@pytest.mark.parametrize(
    "origin",
    [
        "https://stays.example.evil.test",
        "https://evil-stays.example",
        "http://stays.example",
        "https://stays.example:8443",
        "https://sub.stays.example",
        "null",
        "*",
        "https://stays.exampl",
    ],
)
def test_no_other_origin_may_call(app, origin):
    with_origins = app.__class__("cors")
    CORS(with_origins, resources={"/api/v1/*": {"origins": [ORIGIN]}}, expose_headers=EXPOSED_HEADERS)
    with_origins.add_url_rule("/api/v1/x", view_func=lambda: "x")

    for method in ("GET", "OPTIONS"):
        headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        answer = with_origins.test_client().open("/api/v1/x", method=method, headers=headers)
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_without_configured_origins_nobody_may_call_from_elsewhere(client):
    answer = client.options(
        "/api/v1/config", headers={"Origin": "https://evil.test", "Access-Control-Request-Method": "GET"}
    )

    assert "Access-Control-Allow-Origin" not in answer.headers
