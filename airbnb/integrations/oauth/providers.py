"""Google and Facebook: what is asked for, and how their answers are read."""

from collections.abc import Mapping
from functools import partial

from airbnb.config import Settings
from airbnb.config.oauth import OAuthApp
from airbnb.domain.identities import facebook_profile, google_profile
from airbnb.domain.kinds import SignInProvider
from airbnb.integrations.oauth.consumer import OAuthConsumer, ReadProfile

CALLBACK = "/api/v1/auth/oauth/{provider}/callback"


def make_consumers(settings: Settings) -> Mapping[SignInProvider, OAuthConsumer]:
    """Return the providers that are set up."""
    google, facebook = settings.oauth.google, settings.oauth.facebook
    known: list[tuple[SignInProvider, OAuthApp, list[str], ReadProfile]] = [
        (SignInProvider.GOOGLE, google, ["openid", "email", "profile"], google_profile),
        (
            SignInProvider.FACEBOOK,
            facebook,
            ["email", "public_profile"],
            partial(facebook_profile, trusts_email=facebook.trusts_email),
        ),
    ]
    return {
        provider: OAuthConsumer(
            provider.value,
            app,
            callback_url=settings.public_url + CALLBACK.format(provider=provider),
            scope=scope,
            read=read,
        )
        for provider, app, scope, read in known
        if app.is_on
    }
