"""Is the process up, and can it do its work: for load balancers and operators."""

from flask import Blueprint, Response, jsonify

from airbnb.workflows import health

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz() -> Response:
    """Answer that the process is up."""
    return jsonify(status="ok")


@bp.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Answer 503 only when the database is down or not writable; name everything else that is wrong."""
    database = health.database_state()
    parts = {
        "database": database,
        "clock": health.clock_state() if database == health.OK else health.DOWN,
        "cache": health.cache_state(),
        "broker": health.broker_state(),
    }
    degraded = [name for name, state in parts.items() if state not in (health.OK, health.EMBEDDED)]
    ready = database == health.OK
    return jsonify(status="ok" if ready else "unavailable", degraded=degraded, **parts), 200 if ready else 503


healthz.__dict__["__access__"] = readyz.__dict__["__access__"] = "public"
