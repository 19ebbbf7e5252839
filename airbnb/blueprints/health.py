"""Is the process up, and can it do its work: for load balancers and operators."""

import logging

import redis
from flask import Blueprint, Response, jsonify
from sqlalchemy import text

from airbnb.extensions import current_settings, db
from airbnb.unit_of_work import read_engine

logger = logging.getLogger(__name__)

REDIS_TIMEOUT_S = 0.5

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz() -> Response:
    """Answer that the process is up."""
    return jsonify(status="ok")


@bp.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Answer 503 only when the database is down or not writable; name everything else that is down."""
    database = _database_state()
    parts = {"database": database, "cache": _cache_state(), "broker": _broker_state()}
    degraded = [name for name, state in parts.items() if state not in ("ok", "embedded")]
    ready = database == "ok"
    return jsonify(status="ok" if ready else "unavailable", degraded=degraded, **parts), 200 if ready else 503


def _database_state() -> str:
    try:
        with read_engine().connect() as connection:
            connection.execute(text("SELECT 1"))
        if db.engine.dialect.name == "sqlite":
            return "ok"
        with db.engine.connect() as connection:
            read_only = connection.scalar(text("SELECT @@read_only"))
    except Exception:
        logger.exception("the database does not answer")
        return "down"
    return "read_only" if read_only else "ok"


def _cache_state() -> str:
    return _redis_state(current_settings().redis_url)


def _broker_state() -> str:
    url = current_settings().celery_broker_url
    return _redis_state(url) if url.startswith("redis") else "embedded"


def _redis_state(url: str | None) -> str:
    if url is None:
        return "embedded"
    client = redis.Redis.from_url(url, socket_timeout=REDIS_TIMEOUT_S, socket_connect_timeout=REDIS_TIMEOUT_S)
    try:
        client.ping()
    except redis.RedisError:
        logger.exception("redis does not answer")
        return "down"
    finally:
        client.close()
    return "ok"


healthz.__dict__["__access__"] = readyz.__dict__["__access__"] = "public"
