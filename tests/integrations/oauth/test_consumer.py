"""A provider's dance keeps nothing of one request where another can find it."""

from dataclasses import replace

import pytest
from flask import Flask

from airbnb.domain.kinds import SignInProvider
from airbnb.integrations.oauth import OAuthConsumer, make_consumers


@pytest.fixture
def consumer(app: Flask, settings) -> OAuthConsumer:
    google = replace(settings.oauth.google, client_id="an-id", client_secret="a-secret")
    oauth = replace(settings.oauth, google=google)
    return make_consumers(replace(settings, oauth=oauth))[SignInProvider.GOOGLE]


def test_only_providers_that_are_set_up_are_made(settings):
    assert make_consumers(settings) == {}


def test_two_requests_share_neither_session_nor_parameters(app, consumer):
    with app.app_context(), app.test_request_context():
        first = consumer.session
        consumer.token_url_params["code_verifier"] = "mine"
        consumer.authorization_url_params["code_challenge"] = "mine"
        assert consumer.session is first
        with app.app_context(), app.test_request_context():
            assert consumer.session is not first
            assert consumer.token_url_params == consumer.authorization_url_params == {}
        assert consumer.token_url_params == {"code_verifier": "mine"}


def test_parameters_for_all_requests_are_refused(app, consumer):
    with pytest.raises(NotImplementedError):
        consumer.token_url_params = {"audience": "everybody"}
    with pytest.raises(NotImplementedError):
        consumer.authorization_url_params = {"prompt": "login"}


def test_the_callback_is_the_one_that_the_provider_knows(app, consumer):
    with app.app_context(), app.test_request_context(headers={"Host": "evil.example"}):
        consumer.session.redirect_uri = "https://evil.example/callback"

        assert consumer.session.redirect_uri == "http://localhost/api/v1/auth/oauth/google/callback"
