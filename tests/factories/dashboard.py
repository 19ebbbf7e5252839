"""A browser at the dashboard."""

import re

from flask import Flask
from werkzeug.test import TestResponse

from airbnb.models.users import User

PASSWORD = "a long pass phrase"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class Browser:
    """A browser at the dashboard that fills forms in as a person would."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()

    def get(self, path: str) -> TestResponse:
        """Open a page of the dashboard."""
        return self.client.get(f"/admin{path}")

    def submit(self, path: str, **fields: str) -> TestResponse:
        """Open a page with a form and send it filled in."""
        token = TOKEN.search(self.get(path).text)
        assert token is not None
        return self.client.post(f"/admin{path}", data={"csrf_token": token[1], **fields})

    def sign_in(self, user: User, password: str = PASSWORD) -> TestResponse:
        """Fill the sign-in in."""
        return self.submit("/login", email=user.email, password=password)
