"""Limits that are tighter than everybody's: for routes where guessing or flooding pays."""

from collections.abc import Callable
from typing import Any, cast

from flask import request

from airbnb.blueprints.http.parsing import json_or_none
from airbnb.extensions import limiter

View = Callable[..., Any]


def limited_by_address(limit: str) -> Callable[[View], View]:
    """Count a route by the caller's network address; place it over the decorator that says who may call."""
    return cast(Callable[[View], View], limiter.limit(limit, key_func=_address))


def limited_by_email(limit: str) -> Callable[[View], View]:
    """Count a route by the caller's network address and the e-mail address in the body, so that a thief who guesses
    from elsewhere does not lock the owner out."""
    return cast(Callable[[View], View], limiter.limit(limit, key_func=_address_and_email))


def _address() -> str:
    return f"ip:{request.remote_addr}"


def _address_and_email() -> str:
    body = json_or_none()
    email = body.get("email") if isinstance(body, dict) else None
    return f"{_address()}:{str(email)[:254].lower()}"
