"""Accounts made through the API, for tests of signing in and on."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

PASSWORD = "violet-harbour-91"

Post = Callable[..., TestResponse]


def registration(**overrides: Any) -> dict[str, Any]:
    """Return a valid body of POST /auth/register."""
    return {
        "email": "Ana@Example.test",
        "password": PASSWORD,
        "first_name": "Ana",
        "last_name": "Silva",
        "role": "guest",
        **overrides,
    }


@pytest.fixture
def post_auth(client: FlaskClient) -> Post:
    """POST to a path below /auth with a body and a token, if any."""

    def send(path: str, body: Any = None, token: str | None = None, **options: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return client.post(f"/api/v1/auth{path}", json=body, headers=headers, **options)

    return send


@pytest.fixture
def registered(post_auth: Post) -> Any:
    """The answer to a registration with ``PASSWORD``."""
    answer = post_auth("/register", registration())
    assert answer.status_code == 201, answer.json
    return answer.json
