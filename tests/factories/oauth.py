"""Providers of sign-in on this machine, and browsers that walk between them, the API and the frontend."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from flask import Flask
from werkzeug.test import TestResponse

from airbnb.config import load_settings
from airbnb.domain.identities import s256
from airbnb.integrations.oauth import make_consumers
from airbnb.workflows.outside import EXTENSION
from tests.fakes import facebook as facebook_fake
from tests.fakes.facebook import Facebook, running_facebook
from tests.fakes.google import Google, running_google

HOME = "https://frontend.test/auth/callback"
OTHER_HOME = "https://app.frontend.test/?screen=signed-in"
VERIFIER = "frontend-verifier-" * 3
EMAIL = "ana@example.test"


class Browser:
    """One person's browser: keeps cookies, stops at the frontend."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()

    def begin(self, provider: str, redirect_uri: str = HOME, verifier: str = VERIFIER, **query: str) -> TestResponse:
        """Ask the API for the way to a provider."""
        asked = {"redirect_uri": redirect_uri, "code_challenge": s256(verifier), **query}
        return self.client.get(f"/api/v1/auth/oauth/{provider}", query_string=asked)

    def visit(self, provider: str, person: str, **options: Any) -> str:
        """Go to the provider and say who one is; return where the provider sends the browser."""
        answer = self.begin(provider, **options)
        assert answer.status_code == 302, answer.json
        if provider == "google":
            form = {"action": "deny"} if person == "nobody" else {"sub": person}
            there = requests.post(answer.location, data=form, allow_redirects=False, timeout=10)
        else:
            there = requests.get(f"{answer.location}&person={person}", allow_redirects=False, timeout=10)
        return there.headers["Location"]

    def come_back(self, address: str) -> dict[str, str]:
        """Follow the provider's redirect; return the address without query, and the query, at the frontend."""
        parts = urlsplit(address)
        answer = self.client.get(f"{parts.path}?{parts.query}")
        assert answer.status_code == 302, answer.json
        assert answer.headers["Cache-Control"] == "no-store"
        end = urlsplit(answer.location)
        return {"at": f"{end.scheme}://{end.netloc}{end.path}", **dict(parse_qsl(end.query))}

    def sign_in(self, provider: str, person: str, **options: Any) -> dict[str, str]:
        """Walk the whole way to the frontend."""
        return self.come_back(self.visit(provider, person, **options))

    def exchange(self, code: str, verifier: str = VERIFIER, **body: Any) -> TestResponse:
        """Do what the frontend does with the code."""
        body = {"code": code, "code_verifier": verifier, **body}
        return self.client.post("/api/v1/auth/oauth/exchange", json=body)


@pytest.fixture(scope="session")
def google() -> Iterator[Google]:
    with running_google() as running:
        yield running


@pytest.fixture
def facebook() -> Iterator[Facebook]:
    with running_facebook() as running:
        yield running


@pytest.fixture
def set_up_providers(app: Flask, tmp_path: Path, google: Google, facebook: Facebook) -> Iterator[Callable[..., None]]:
    """Turn both providers on, with other settings beside if wanted."""
    settings, outside = app.extensions["airbnb_settings"], app.extensions[EXTENSION]

    def set_up(**environ: str) -> None:
        loaded = load_settings(
            {
                "INSTANCE_PATH": str(tmp_path),
                "GOOGLE_OAUTH_CLIENT_ID": "google-app",
                "GOOGLE_OAUTH_CLIENT_SECRET": "google-secret",
                "GOOGLE_OAUTH_AUTHORIZE_URL": f"{google.url}/oauth2/authorize",
                "GOOGLE_OAUTH_TOKEN_URL": f"{google.url}/oauth2/token",
                "GOOGLE_OAUTH_PROFILE_URL": f"{google.url}/userinfo",
                "FACEBOOK_OAUTH_CLIENT_ID": facebook_fake.CLIENT_ID,
                "FACEBOOK_OAUTH_CLIENT_SECRET": facebook_fake.CLIENT_SECRET,
                "FACEBOOK_OAUTH_AUTHORIZE_URL": f"{facebook.url}/dialog/oauth",
                "FACEBOOK_OAUTH_TOKEN_URL": f"{facebook.url}/oauth/access_token",
                "FACEBOOK_OAUTH_PROFILE_URL": f"{facebook.url}/me?fields=id,email,first_name,last_name",
                "OAUTH_REDIRECT_URIS": f"{HOME}, {OTHER_HOME}",
                **environ,
            }
        )
        app.extensions["airbnb_settings"] = replace(settings, oauth=loaded.oauth)
        consumers = make_consumers(app.extensions["airbnb_settings"])
        app.extensions[EXTENSION] = replace(outside, sign_in_providers=consumers)

    yield set_up
    app.extensions["airbnb_settings"] = settings


@pytest.fixture
def browser(app: Flask, set_up_providers: Callable[..., None]) -> Browser:
    """A browser, with both providers set up."""
    set_up_providers()
    return Browser(app)


@pytest.fixture
def ana_at_google(google: Google) -> str:
    """Somebody at Google whose address Google has proved; the id there."""
    google.know("ana-g", email=EMAIL, email_verified=True, given_name="Ana", family_name="Silva")
    return "ana-g"


@pytest.fixture
def ana_at_facebook(facebook: Facebook) -> str:
    """The same person at Facebook, which says nothing about the address; the id there."""
    facebook.people["100001"] = {"email": EMAIL, "first_name": "Ana", "last_name": "Silva"}
    return "100001"
