"""Signing up, in, on and out."""

from typing import Any

import pytest

from airbnb.domain.topics import Topic
from airbnb.models.platform import OutboxEvent

PASSWORD = "violet-harbour-91"


def registration(**overrides: Any) -> dict[str, Any]:
    return {
        "email": "Ana@Example.test",
        "password": PASSWORD,
        "first_name": "Ana",
        "last_name": "Silva",
        "role": "guest",
        **overrides,
    }


@pytest.fixture
def post(client):
    def send(path: str, body: Any = None, token: str | None = None, **options: Any):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return client.post(f"/api/v1/auth{path}", json=body, headers=headers, **options)

    return send


@pytest.fixture
def registered(post):
    answer = post("/register", registration())
    assert answer.status_code == 201
    return answer.json


def test_registering_opens_an_account_and_signs_in(post, count_rows):
    answer = post("/register", registration(role="host", currency="USD", locale="pt-BR"))

    assert answer.status_code == 201, answer.json
    assert answer.headers["Location"] == "/api/v1/users/me"
    assert set(answer.json) == {"user", "access_token", "refresh_token", "token_type", "expires_in"}
    assert answer.json["token_type"] == "Bearer"
    user = answer.json["user"]
    assert (user["email"], user["email_verified"], user["roles"]) == ("ana@example.test", False, ["guest", "host"])
    assert (user["currency"], user["locale"]) == ("USD", "pt-BR")
    assert count_rows(OutboxEvent, OutboxEvent.topic == Topic.EMAIL_VERIFICATION_ASKED) == 1


def test_the_tokens_of_a_registration_work(post, client, registered):
    headers = {"Authorization": f"Bearer {registered['access_token']}"}

    answer = client.get("/api/v1/users/me", headers=headers)

    assert answer.status_code == 200
    assert answer.json["id"] == registered["user"]["id"]


def test_logging_in_answers_like_registering(post, registered):
    answer = post("/login", {"email": "ANA@example.test", "password": PASSWORD})

    assert answer.status_code == 200
    assert set(answer.json) == set(registered)
    assert answer.json["user"]["id"] == registered["user"]["id"]


def test_a_refresh_token_is_exchanged_once(post, registered):
    first = post("/refresh", token=registered["refresh_token"])
    second = post("/refresh", token=registered["refresh_token"])
    third = post("/refresh", token=first.json["refresh_token"])

    assert (first.status_code, second.status_code, third.status_code) == (200, 401, 401)
    assert (second.json["code"], third.json["code"]) == ("token_reused", "unauthenticated")


def test_logging_out_ends_both_tokens_at_once(post, client, registered):
    access = registered["access_token"]

    assert post("/logout", token=access).status_code == 204
    assert client.get("/api/v1/users/me", headers={"Authorization": f"Bearer {access}"}).status_code == 401
    assert post("/refresh", token=registered["refresh_token"]).json["code"] == "unauthenticated"
