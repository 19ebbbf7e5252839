"""Sign-in through a provider: off until it is set up, and refused where it would not be safe."""

import re
from pathlib import Path

import pytest

from airbnb.config import ConfigError, load_settings
from airbnb.config.oauth import TEST_ADDRESSES
from tests.architecture.guards import ROOT
from tests.config.test_settings import PRODUCTION

GOOGLE = {"GOOGLE_OAUTH_CLIENT_ID": "id", "GOOGLE_OAUTH_CLIENT_SECRET": "secret-of-google"}
ENDS = {"OAUTH_REDIRECT_URIS": "https://stays.example/auth/callback,https://app.stays.example/?screen=in"}


@pytest.fixture
def load(tmp_path: Path):
    return lambda **environ: load_settings({"INSTANCE_PATH": str(tmp_path), **environ})


def test_providers_are_off_until_they_are_set_up(load):
    settings = load()

    assert not settings.oauth.google.is_on
    assert not settings.oauth.facebook.is_on
    assert settings.oauth.redirect_uris == ()


def test_a_provider_is_on_with_id_secret_and_an_end(load):
    settings = load(**PRODUCTION, **GOOGLE, **ENDS)

    assert settings.oauth.google.is_on
    assert settings.oauth.redirect_uris == tuple(ENDS["OAUTH_REDIRECT_URIS"].split(","))
    assert "secret-of-google" not in repr(settings.oauth.google)


@pytest.mark.parametrize(
    "environ, named",
    [
        ({"GOOGLE_OAUTH_CLIENT_ID": "id"}, "GOOGLE_OAUTH_CLIENT_SECRET"),
        ({"FACEBOOK_OAUTH_CLIENT_SECRET": "x"}, "FACEBOOK_OAUTH_CLIENT_ID"),
        (GOOGLE, "OAUTH_REDIRECT_URIS must name"),
        ({"OAUTH_REDIRECT_URIS": "/auth/callback"}, "whole addresses"),
        ({"OAUTH_REDIRECT_URIS": "//stays.example/auth"}, "whole addresses"),
        ({"OAUTH_REDIRECT_URIS": "javascript:alert(1)"}, "whole addresses"),
        ({"OAUTH_REDIRECT_URIS": "https://[stays.example/auth"}, "whole addresses"),
        ({"OAUTH_REDIRECT_URIS": "https://stays.example/#/auth"}, "whole addresses"),
        ({"OAUTH_REDIRECT_URIS": "https://stays.example@evil.example/"}, "whole addresses"),
        ({"GOOGLE_OAUTH_TOKEN_URL": "http://provider.example/token"}, "GOOGLE_OAUTH_TOKEN_URL"),
        ({"FACEBOOK_OAUTH_PROFILE_URL": "ftp://127.0.0.1/me"}, "FACEBOOK_OAUTH_PROFILE_URL"),
    ],
)
def test_what_would_not_be_safe_is_refused(load, environ, named):
    with pytest.raises(ConfigError, match=named):
        load(**environ)


def test_production_ends_sign_ins_at_https_only(load):
    with pytest.raises(ConfigError, match="OAUTH_REDIRECT_URIS"):
        load(**PRODUCTION, **GOOGLE, OAUTH_REDIRECT_URIS="http://stays.example/auth")


@pytest.mark.parametrize("name", TEST_ADDRESSES)
def test_production_does_not_look_for_providers_elsewhere(load, name):
    with pytest.raises(ConfigError, match=f"{name} must not be set"):
        load(**PRODUCTION, **{name: "https://provider.example/"})


def test_every_address_that_tests_may_change_is_a_setting():
    config = (ROOT / "airbnb" / "config" / "loading.py").read_text()

    assert sorted(re.findall(r'"(\w+_OAUTH_\w+_URL)"', config)) == sorted(TEST_ADDRESSES)
