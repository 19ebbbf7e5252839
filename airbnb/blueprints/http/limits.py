"""How often what may be called: the one table of policies, the routes that each holds for, what answers tell of it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Flask, Response, request
from flask_limiter import RequestLimit

from airbnb import metrics
from airbnb.blueprints.http.identity import address_key, limiter_key
from airbnb.blueprints.http.parsing import json_or_none
from airbnb.domain import clock
from airbnb.extensions import limiter

View = Callable[..., Any]

EMAIL_LENGTH = 254
TOO_MANY_REQUESTS = 429


def address_and_email_key() -> str:
    """Count by network address and the e-mail address in the body together: a thief who guesses from elsewhere does
    not lock the owner out."""
    body = json_or_none()
    email = body.get("email") if isinstance(body, dict) else None
    return f"{address_key()}:{str(email)[:EMAIL_LENGTH].strip().lower()}"


def sends_coupon() -> bool:
    """Whether the request names a coupon, in its query or its body."""
    body = json_or_none() if request.is_json else None
    return "coupon" in request.args or (isinstance(body, dict) and body.get("coupon_code") is not None)


def always() -> bool:
    """Every request counts."""
    return True


@dataclass(frozen=True, slots=True)
class Policy:
    """A number of requests in a span of time, and what they are counted by; routes of one policy count together."""

    limit: str
    key: Callable[[], str]
    #: Which requests of the route count.
    counts: Callable[[], bool] = always


#: Counted by user where a good token is sent and by network address else, unless the row says otherwise.
POLICIES: dict[str, Policy] = {
    # by method and endpoint, below
    "default": Policy("1200 per minute", limiter_key),
    "write": Policy("600 per minute", limiter_key),
    "search": Policy("600 per minute", limiter_key),
    # named by the routes: guessing or flooding pays there
    "register": Policy("10 per minute", address_key),
    "register-hourly": Policy("60 per hour", address_key),
    "sign-in": Policy("60 per minute", address_key),
    "password-guess": Policy("10 per minute", address_and_email_key),
    "refresh": Policy("120 per minute", address_key),
    "coupon-guess": Policy("20 per minute", limiter_key, counts=sends_coupon),
    "secret-guess": Policy("30 per minute", address_key),
    "pay": Policy("20 per minute", address_key),
    "upload": Policy("600 per hour", limiter_key),
    "mail-me": Policy("5 per minute", limiter_key),
    "mail-somebody": Policy("20 per minute", address_key),
    "fetch": Policy("20 per minute", limiter_key),
    "document": Policy("60 per minute", limiter_key),
    "message": Policy("30 per minute", limiter_key),
    "inquiry": Policy("60 per hour", limiter_key),
    "mail-one-address": Policy("5 per hour", address_and_email_key),
}
#: Blueprints and endpoints that search: what they cost grows with the data.
SEARCHES = {"search", "quotes", "catalogues.list_places"}
WRITES = {"POST", "PUT", "PATCH", "DELETE"}
#: Probes must not be refused, and files of the page itself cost nothing.
UNLIMITED = {"health.healthz", "health.readyz", "static", "admin.static", "docs.docs_asset"}


def limited(*names: str) -> Callable[[View], View]:
    """Hold a route to named policies instead of the general one; place it over the decorator that says who may call."""

    def decorate(view: View) -> View:
        for name in names:
            policy = POLICIES[name]
            spares = partial(_spares, policy)
            view = limiter.shared_limit(policy.limit, scope=name, key_func=policy.key, exempt_when=spares)(view)
        return view

    return decorate


def _spares(policy: Policy) -> bool:
    return not policy.counts()


def general_policy() -> str | None:
    """Return the name of the policy for a route that names none, or None for one without limits."""
    endpoint = request.endpoint or ""
    if endpoint in UNLIMITED:
        return None
    if endpoint in SEARCHES or request.blueprint in SEARCHES:
        return "search"
    return "write" if request.method in WRITES else "default"


def init_app(app: Flask) -> None:
    """Let the limiter ask this room."""
    app.extensions["airbnb_limits"] = GeneralLimit()


class GeneralLimit:
    """What the limiter asks about a route that names no policy."""

    def limit(self) -> str:
        """Return the limit as the library reads it; empty means none."""
        name = general_policy()
        return POLICIES[name].limit if name else ""

    def scope(self) -> str:
        """Return the name under which the requests count together."""
        return general_policy() or "unlimited"

    def key(self) -> str:
        """Return what the requests are counted by."""
        name = general_policy()
        return POLICIES[name].key() if name else address_key()


def add_fields(response: Response) -> None:
    """Tell the policies that applied, and how the one stands that matters most, in the IETF's RateLimit fields."""
    limit = limiter.current_limit
    if limit is None:
        return
    left_s = max(0, int(limit.reset_at - clock.now().timestamp()))  # the limiter counts in Unix time
    response.headers["RateLimit-Policy"] = ", ".join(_policy(one) for one in limiter.current_limits or [limit])
    response.headers["RateLimit"] = f'"{_name(limit)}";r={limit.remaining};t={left_s}'
    if response.status_code == TOO_MANY_REQUESTS:
        response.headers["Retry-After"] = str(max(1, left_s))
        metrics.RATE_LIMITED.labels(_name(limit)).inc()


def _policy(limit: RequestLimit) -> str:
    return f'"{_name(limit)}";q={limit.limit.amount};w={limit.limit.get_expiry()}'


def _name(limit: RequestLimit) -> str:
    """Return the name of a policy, which is the scope that its routes share."""
    return str(limit.request_args[-1])
