"""Errors that nobody expected, told to Sentry where ``SENTRY_DSN`` is set: what broke and where, never whose it was.

The package ``sentry-sdk`` is not among what the product is installed with; the settings refuse an address without it.
"""

import logging
from importlib import import_module
from typing import Any

from structlog.contextvars import get_contextvars

from airbnb import __version__
from airbnb.config import Settings

#: What is passed on of an event; the rest may hold personal data or secrets: the request, the user, local variables.
PLAIN_FIELDS = ("event_id", "timestamp", "level", "logger", "platform", "release", "environment", "sdk")
FRAME_FIELDS = ("filename", "module", "function", "lineno", "in_app")
#: What leads from an event to our own log, which has the rest.
IDS = ("request_id", "task", "task_id", "booking_id")
#: Whose messages are constants with the values apart; other libraries may write an address into theirs.
CONSTANT_MESSAGES = ("airbnb.", "celery.")


def report_errors(settings: Settings) -> None:
    """Send every error that is logged to the address of the settings; do nothing where there is none."""
    if settings.sentry_dsn is None:
        return
    sdk, logged = import_module("sentry_sdk"), import_module("sentry_sdk.integrations.logging")
    sdk.init(
        dsn=settings.sentry_dsn,
        release=f"stays@{__version__}",
        environment=settings.app_env.value,
        # Web and workers log what nobody expected as errors: that is the one way in, and nothing is told twice.
        integrations=[logged.LoggingIntegration(level=None, event_level=logging.ERROR)],
        default_integrations=False,
        auto_enabling_integrations=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        send_client_reports=False,
        before_send=without_personal_data,
    )


def without_personal_data(event: dict[str, Any], hint: object) -> dict[str, Any]:
    """Return a new event of what is known to be harmless.

    The text of an exception is left out: a database's error quotes the values of its statement.
    """
    kept = {name: event[name] for name in PLAIN_FIELDS if name in event}
    message = event.get("logentry", {}).get("message")
    if message and event.get("logger", "").startswith(CONSTANT_MESSAGES):
        kept["logentry"] = {"message": message}
    if "exception" in event:
        kept["exception"] = {"values": [_raised(value) for value in event["exception"].get("values", ())]}
    ids = get_contextvars()
    kept["tags"] = {name: str(ids[name]) for name in IDS if name in ids}
    return kept


def _raised(value: dict[str, Any]) -> dict[str, Any]:
    frames = (value.get("stacktrace") or {}).get("frames", ())
    return {
        "type": value.get("type"),
        "module": value.get("module"),
        "stacktrace": {"frames": [{name: frame.get(name) for name in FRAME_FIELDS} for frame in frames]},
    }
