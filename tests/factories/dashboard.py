"""A browser at the dashboard."""

import re
from html import unescape

from flask import Flask
from werkzeug.test import TestResponse

from airbnb.models.users import User

PASSWORD = "a long pass phrase"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


INPUT = re.compile(r"<input\b[^>]*>")
ATTRIBUTE = re.compile(r'(name|value)="([^"]*)"')


def form_values(page: str) -> dict[str, str]:
    """Return what the fields of a page's form hold, but for texts of several lines and choices."""
    fields = [dict(ATTRIBUTE.findall(tag)) for tag in INPUT.findall(page)]
    return {field["name"]: unescape(field.get("value", "")) for field in fields if "name" in field}


class Browser:
    """A browser at the dashboard that fills forms in as a person would."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()

    def get(self, path: str) -> TestResponse:
        """Open a page of the dashboard."""
        return self.client.get(f"/admin{path}")

    def submit(self, path: str, **fields: str) -> TestResponse:
        """Open a page with a form and send it filled in."""
        offered = form_values(self.get(path).text)
        assert "csrf_token" in offered
        own = {name: offered[name] for name in ("csrf_token", "seen") if name in offered}
        return self.client.post(f"/admin{path}", data={**own, **fields})

    def preview(self, path: str, **fields: str) -> TestResponse:
        """Fill in what an action asks, the rest as the page offers it, and look at what it would do."""
        offered = form_values(self.get(path).text)
        return self.client.post(f"/admin{path}", data={**offered, **fields, "step": "preview"})

    def decide(self, path: str, **fields: str) -> TestResponse:
        """Do what an action asks, after a look at what it would do."""
        seen = self.preview(path, **fields)
        assert 'value="do"' in seen.text, seen.text
        return self.client.post(f"/admin{path}", data={**form_values(seen.text), **fields, "step": "do"})

    def sign_in(self, user: User, password: str = PASSWORD) -> TestResponse:
        """Fill the sign-in in."""
        return self.submit("/login", email=user.email, password=password)
