"""Every blueprint of the product, in the order in which the documentation shows them."""

from airbnb.blueprints import auth, health, sessions, users
from airbnb.blueprints.http import docs
from airbnb.blueprints.http.api import Blueprint

#: Routes of the API, documented in OpenAPI.
API_BLUEPRINTS: tuple[Blueprint, ...] = (auth.bp, sessions.bp, users.bp)

#: Pages and probes outside the API.
PLAIN_BLUEPRINTS = (health.bp, docs.bp)
