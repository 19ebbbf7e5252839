"""Is the process up, and can it do its work: for load balancers and operators."""

from threading import Event

from flask import Blueprint, Response, current_app, jsonify

from airbnb.workflows import health

#: Where an app keeps the event that is set once its process is to stop.
LEAVING = "airbnb_leaving"

bp = Blueprint("health", __name__)
bp.record_once(lambda state: state.app.extensions.setdefault(LEAVING, Event()))


@bp.get("/healthz")
def healthz() -> tuple[Response, int]:
    """Answer that the process is up; 503 once it is to stop, so that proxies send new requests elsewhere."""
    if current_app.extensions[LEAVING].is_set():
        return jsonify(status="leaving"), 503
    return jsonify(status="ok"), 200


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
