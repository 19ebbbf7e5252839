"""Whether what the product depends on answers: for load balancers (``/readyz``) and operators (``flask doctor``)."""

import logging
from datetime import UTC, datetime

import redis
from sqlalchemy import text

from airbnb.domain import clock
from airbnb.extensions import current_settings, db
from airbnb.redis_clients import make_client
from airbnb.unit_of_work import read_engine

logger = logging.getLogger(__name__)

REDIS_TIMEOUT_S = 0.5
#: Further apart than this, holds and tokens end at moments that people notice.
MOST_DRIFT_S = 2.0
OK, EMBEDDED, DOWN, READ_ONLY, CLOCK = "ok", "embedded", "down", "read_only", "clock_drift"


def database_state() -> str:
    """Return ``ok``, ``down``, or ``read_only`` of a server that answers but takes no writes."""
    try:
        with read_engine().connect() as connection:
            connection.execute(text("SELECT 1"))
        if db.engine.dialect.name == "sqlite":
            return OK
        with db.engine.connect() as connection:
            read_only = connection.scalar(text("SELECT @@read_only"))
    except Exception:
        logger.exception("the database does not answer")
        return DOWN
    return READ_ONLY if read_only else OK


def clock_drift_s() -> float:
    """Return how many seconds the database's clock is ahead of ours; the embedded one has ours."""
    if db.engine.dialect.name == "sqlite":
        return 0.0
    with read_engine().connect() as connection:
        asked = clock.now()
        theirs = connection.scalar(text("SELECT UTC_TIMESTAMP(6)"))
    # Half the way there and back is the best guess for when it looked at its clock.
    ours = asked + (clock.now() - asked) / 2
    return (_as_utc(theirs) - ours).total_seconds()


def clock_state() -> str:
    """Return whether the database's clock and ours agree; ``down`` when it can't be asked."""
    try:
        return OK if abs(clock_drift_s()) <= MOST_DRIFT_S else CLOCK
    except Exception:
        logger.exception("the database's clock cannot be read")
        return DOWN


def cache_state() -> str:
    """Return how Redis is, as memory of all processes."""
    return _redis_state(current_settings().redis_url)


def broker_state() -> str:
    """Return how the broker is, where it is Redis; others are asked by ``flask doctor``."""
    url = current_settings().celery_broker_url
    return _redis_state(url) if url.startswith("redis") else EMBEDDED


def _redis_state(url: str | None) -> str:
    if url is None:
        return EMBEDDED
    client = make_client(url, socket_timeout=REDIS_TIMEOUT_S, socket_connect_timeout=REDIS_TIMEOUT_S)
    try:
        client.ping()
    except redis.RedisError:
        logger.exception("redis does not answer")
        return DOWN
    finally:
        client.close()
    return OK


def _as_utc(instant: object) -> datetime:
    if not isinstance(instant, datetime):
        raise TypeError("the database told no instant")
    return instant.replace(tzinfo=UTC)
