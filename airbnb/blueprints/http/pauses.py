"""Read-only mode over HTTP: what would change something is refused, all else goes on."""

from flask import Flask, request

from airbnb.domain.switches import Switch
from airbnb.workflows import switches

API = "/api/"
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
#: Signing in and out changes no business; without it nobody could read.
SESSIONS = ("/api/v1/auth/login", "/api/v1/auth/refresh", "/api/v1/auth/logout")


def init_app(app: Flask) -> None:
    """Register the hook."""
    app.before_request(_refuse_changes)


def _refuse_changes() -> None:
    if request.method in SAFE_METHODS or not request.path.startswith(API):
        return
    if not request.path.startswith(SESSIONS):
        switches.refuse_if_off(Switch.READ_ONLY)
