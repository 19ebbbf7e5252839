"""Providers of sign-in: ``consumer`` talks to one, ``providers`` knows Google and Facebook."""

from airbnb.integrations.oauth.consumer import OAuthConsumer
from airbnb.integrations.oauth.providers import make_consumers

__all__ = ["OAuthConsumer", "make_consumers"]
