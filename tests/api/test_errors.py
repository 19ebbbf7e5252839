"""Every error is a problem+json with a stable code."""

import pymysql
import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from airbnb import unit_of_work
from airbnb.blueprints.errors import PROBLEMS
from airbnb.domain.kinds import Role
from airbnb.extensions import db
from tests.factories.accounts import registration

MEMBERS = {"type", "title", "status", "code", "detail", "request_id"}


def assert_problem(answer, status: int, code: str) -> None:
    assert (answer.status_code, answer.json["code"]) == (status, code), answer.json
    assert answer.content_type == "application/problem+json"
    assert answer.json.keys() >= MEMBERS
    assert answer.json["status"] == status == PROBLEMS[code].status
    assert answer.json["type"].endswith(f"/problems/{code.replace('_', '-')}")
    assert answer.json["request_id"] == answer.headers["X-Request-ID"]


def test_a_path_that_is_not_there(client):
    assert_problem(client.get("/api/v1/nowhere"), 404, "not_found")


def test_a_page_that_is_not_there_outside_the_api_stays_html(client):
    answer = client.get("/nowhere")

    assert (answer.status_code, answer.mimetype) == (404, "text/html")


def test_a_method_that_is_not_there_names_those_that_are(client):
    answer = client.delete("/api/v1/auth/login")

    assert_problem(answer, 405, "method_not_allowed")
    assert {"POST", "OPTIONS"} <= set(answer.headers["Allow"].split(", "))


@pytest.mark.parametrize(
    "body",
    [b"{", b"", b"{'a': 1}", b'{"a": NaN}', b'\xff{"a": 1}', b'{"a": 1} {"b": 2}', b"[" * 100_000, b'{"a": "\\ud800"}'],
)
def test_a_body_that_is_not_json(client, body):
    answer = client.post("/api/v1/auth/login", data=body, content_type="application/json")

    assert_problem(answer, 400, "malformed_json")


@pytest.mark.parametrize("body", [b"[]", b"7", b'"text"', b"null", b"true"])
def test_json_that_is_not_an_object(client, body):
    answer = client.post("/api/v1/auth/login", data=body, content_type="application/json")

    assert_problem(answer, 422, "validation_failed")


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded", ""])
def test_a_body_of_another_type(client, content_type):
    answer = client.post("/api/v1/auth/login", data=b"email=a", content_type=content_type)

    assert_problem(answer, 415, "unsupported_media_type")


def test_no_body_at_all_names_the_missing_fields(client):
    answer = client.post("/api/v1/auth/login")

    assert_problem(answer, 422, "validation_failed")
    assert set(answer.json["errors"]) == {"email", "password"}


def test_a_body_that_is_too_large(client, count_statements):
    answer = client.post("/api/v1/auth/login", data=b"x" * (22 * 1024 * 1024), content_type="application/json")

    assert_problem(answer, 413, "payload_too_large")
    assert count_statements == []


def test_unknown_fields_are_named_with_their_path(client):
    body = registration(surprise=1, another={"deep": True})

    answer = client.post("/api/v1/auth/register", json=body)

    assert_problem(answer, 422, "validation_failed")
    assert set(answer.json["errors"]) == {"surprise", "another"}


@pytest.mark.parametrize("path", ["/users/me?full=1", "/auth/sessions?page=2", "/config?x", "/users/me/counters?a=b"])
def test_unknown_query_parameters_are_named(guest, path):
    answer = guest.get(path)

    assert_problem(answer, 422, "validation_failed")
    assert list(answer.json["errors"]) == [path.partition("?")[2].partition("=")[0]]


def test_an_unexpected_error_keeps_its_text_to_itself(client):
    answer = client.get("/api/v1/probes/crash")

    assert_problem(answer, 500, "internal_error")
    assert b"secret detail" not in answer.data


def test_busy_says_when_to_come_back(client):
    answer = client.get("/api/v1/probes/busy")

    assert_problem(answer, 503, "busy")
    assert answer.headers["Retry-After"] == "1"


def test_too_many_requests_say_when_to_come_back(guest, rate_limits):
    answers = [guest.post("/auth/verify-email/resend") for _ in range(6)]

    assert [answer.status_code for answer in answers] == [202] * 5 + [429]
    assert_problem(answers[-1], 429, "rate_limited")
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert answers[0].headers["RateLimit-Policy"] == '"mail-me";q=5;w=60'
    assert answers[0].headers["RateLimit"].startswith('"mail-me";r=4;t=')


def test_a_right_that_is_missing(guest, make_client):
    assert_problem(guest.get("/probes/forbidden"), 403, "forbidden")
    assert make_client(Role.ADMIN).get("/probes/forbidden").status_code == 204


def test_an_address_that_is_not_proved(make_client):
    assert_problem(make_client(verified=False).get("/probes/verified"), 403, "email_not_verified")


def test_an_id_of_the_caller_is_echoed_when_it_is_harmless(client):
    good = client.get("/api/v1/nowhere", headers={"X-Request-ID": "abc-123"})
    bad = client.get("/api/v1/nowhere", headers={"X-Request-ID": "abc 123\x1b[31m"})

    assert good.json["request_id"] == "abc-123"
    assert bad.json["request_id"] not in ("", None, "abc 123\x1b[31m")


def away(code: int) -> OperationalError:
    return OperationalError("SELECT 1", {}, pymysql.err.OperationalError(code, "injected"))


@pytest.fixture
def database_that_says(app, monkeypatch):
    """Let every statement end with an error."""
    monkeypatch.setattr(unit_of_work, "LONGEST_WAIT_S", 0.0)
    listening = []

    def say(error):
        def refuse(*_):
            raise error

        for engine in (db.engine, db.engines["read"]):
            event.listen(engine, "before_cursor_execute", refuse)
            listening.append((engine, refuse))

    yield say
    for engine, refuse in listening:
        event.remove(engine, "before_cursor_execute", refuse)


@pytest.mark.parametrize("error", [away(2003), away(2013), away(1040), PoolTimeout()], ids=str)
def test_case_17_while_the_database_is_away_clients_are_asked_to_come_back(guest, client, database_that_says, error):
    database_that_says(error)

    read = guest.get("/users/me")
    written = guest.patch("/users/me", json={"first_name": "Grace"})

    for answer in (read, written):
        assert_problem(answer, 503, "busy")
        assert int(answer.headers["Retry-After"]) > 0


def test_a_wrong_statement_stays_an_error_of_ours(guest, database_that_says):
    database_that_says(away(1064))

    assert_problem(guest.get("/users/me"), 500, "internal_error")
