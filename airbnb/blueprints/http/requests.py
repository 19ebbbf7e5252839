"""What every request gets: an id that is echoed and logged, one line in the log, and safe headers."""

import logging
import re
import time

from flask import Flask, Response, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

from airbnb import metrics
from airbnb.blueprints.http import limits, security_headers
from airbnb.config import Settings
from airbnb.domain.ids import new_id
from airbnb.extensions import current_settings
from airbnb.logs import bind_contextvars, clear_contextvars

logger = logging.getLogger("airbnb.requests")

REQUEST_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
QUIET_PATHS = {"/healthz", "/readyz", "/metrics"}
KNOWN_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def init_app(app: Flask, settings: Settings) -> None:
    """Register the hooks, and trust as many proxies as the settings say."""
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]
    app.before_request(_begin)
    app.after_request(_finish)
    app.teardown_request(_forget)


def _begin() -> None:
    sent = request.headers.get("X-Request-ID", "")
    g.request_id = sent if REQUEST_ID.fullmatch(sent) else f"{new_id():x}"
    g.started = time.perf_counter()
    metrics.begin_request()
    bind_contextvars(request_id=g.request_id)


def _finish(response: Response) -> Response:
    response.headers["X-Request-ID"] = g.request_id
    security_headers.add_to(response, is_production=current_settings().is_production)
    if request.path.startswith(security_headers.API):
        response.vary.add("Authorization")
        limits.add_fields(response)
    if request.path not in QUIET_PATHS:
        seconds = time.perf_counter() - g.started
        _count(response, seconds)
        _log(response, seconds)
    return response


def _count(response: Response, seconds: float) -> None:
    # The rule and never the path: ids and what attackers make up must not become labels.
    route = request.url_rule.rule if request.url_rule else "none"
    metrics.end_request(method=_known_method(), route=route, status=response.status_code, seconds=seconds)


def _known_method() -> str:
    return request.method if request.method in KNOWN_METHODS else "other"


def _log(response: Response, seconds: float) -> None:
    logger.info(
        "request",
        extra={
            "method": request.method,
            "path": request.path,
            "status": response.status_code,
            "duration_ms": round(seconds * 1000, 1),
            "user_id": getattr(g.get("current_user"), "id", None),
        },
    )


def _forget(error: BaseException | None) -> None:
    clear_contextvars()
