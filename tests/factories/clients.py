"""An HTTP client that is signed in as one user."""

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from flask_jwt_extended import create_access_token
from werkzeug.test import TestResponse

from airbnb.domain import clock
from airbnb.models.users import User, UserSession
from airbnb.unit_of_work import in_transaction


class FreshContextClient(FlaskClient):
    """Gives each request an app context of its own, as a server does; ``g`` of one is not seen by the next."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        kwargs.setdefault("buffered", True)  # closes the files that are sent
        with self.application.app_context():
            return super().open(*args, **kwargs)


class APIClient:
    """Sends requests to the API with a user's token; paths leave out ``/api/v1``."""

    def __init__(self, app: Flask, user: User) -> None:
        self.user = user
        self._client = app.test_client()
        now = clock.now()

        def work(session: Any) -> UserSession:
            device = UserSession(
                user_id=user.id, refresh_hash="", expires_at=now + app.config["JWT_REFRESH_TOKEN_EXPIRES"]
            )
            session.add(device)
            return device

        self.session = in_transaction(work)
        self.token = create_access_token(str(user.id), additional_claims={"sid": str(self.session.id)})

    def open(self, method: str, path: str, *, key: str | None = None, **options: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        if key is not None:
            headers["Idempotency-Key"] = key
        return self._client.open(f"/api/v1{path}", method=method, headers=headers, **options)

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.open("GET", path, **options)

    def post(self, path: str, **options: Any) -> TestResponse:
        return self.open("POST", path, **options)

    def put(self, path: str, **options: Any) -> TestResponse:
        return self.open("PUT", path, **options)

    def patch(self, path: str, **options: Any) -> TestResponse:
        return self.open("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> TestResponse:
        return self.open("DELETE", path, **options)
