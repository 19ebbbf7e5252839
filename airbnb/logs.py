"""Log lines: one JSON object a line, with the ids of the request, task and booking at hand."""

import logging
import sys

import orjson
import structlog
from structlog.contextvars import bind_contextvars, clear_contextvars, merge_contextvars
from structlog.typing import EventDict, Processor, WrappedLogger

__all__ = ["bind_contextvars", "clear_contextvars", "configure"]

SECRET_WORDS = ("password", "token", "secret", "authorization", "cookie")
HIDDEN = "[hidden]"


def configure(level: str, *, for_people: bool) -> None:
    """Send all logging to standard error, as JSON or, for a terminal, as readable lines."""
    shared: list[Processor] = [
        merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _hide_secrets,
    ]
    last = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if for_people
        else structlog.processors.JSONRenderer(serializer=_to_json)
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            last,
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)


def _to_json(event: EventDict, **kwargs: object) -> str:
    return orjson.dumps(event, default=str).decode()


def _hide_secrets(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    for name in event:
        if any(word in name.lower() for word in SECRET_WORDS):
            event[name] = HIDDEN
    return event
