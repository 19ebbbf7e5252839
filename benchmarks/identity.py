"""What a request pays before its view runs: the limit, the token, and who it is."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from flask_jwt_extended import create_access_token
from flask_migrate import upgrade
from sqlalchemy.orm import Session

from airbnb.blueprints.http.identity import public, requires
from airbnb.config import load_settings
from airbnb.domain.kinds import Role
from airbnb.extensions import db, limiter
from airbnb.factory import create_app
from airbnb.models.users import User, UserRole, UserSession
from airbnb.unit_of_work import in_transaction
from benchmarks.measuring import cpu_per_call, print_table
from benchmarks.worlds import RoomyLimit
from tests import servers

TARGET_US = 1_000.0


def run() -> list[str]:
    """Measure with Redis and without, print both tables and return the targets that were missed."""
    missed = _measure("Token, limit and identity, with Redis", with_redis=True)
    return missed + _measure("Token, limit and identity, without Redis (SQLite)", with_redis=False)


def _measure(title: str, *, with_redis: bool) -> list[str]:
    with tempfile.TemporaryDirectory() as folder, servers.redis() as redis_url:
        app = _make_app(Path(folder), redis_url if with_redis else "")
        with app.app_context():
            upgrade()
            token = _sign_in()
        call = _caller(app, token)
        cases = {
            "hello": call("/hello"),
            "hello + limit (a stranger)": call("/limited"),
            "hello + limit + token + identity": call("/signed-in", signed_in=True),
        }
        figures = cpu_per_call(cases)
        print_table(title, figures, base="hello")
        with app.app_context():
            db.engine.dispose()
            db.engines["read"].dispose()
    spent = figures["hello + limit + token + identity"].median_us - figures["hello"].median_us
    return [f"{title}: {spent:.0f} us, wanted {TARGET_US:.0f}"] if with_redis and spent > TARGET_US else []


def _make_app(folder: Path, redis_url: str) -> Flask:
    environ = {"APP_ENV": "test", "INSTANCE_PATH": str(folder), "REDIS_URL": redis_url, "LOG_LEVEL": "ERROR"}
    app = create_app(load_settings({**environ, "CELERY_BROKER_URL": "memory://"}))
    # A benchmark makes more requests than anybody may.
    app.extensions["airbnb_limits"] = RoomyLimit()
    app.add_url_rule("/hello", "hello", limiter.exempt(_hello))
    app.add_url_rule("/limited", "limited", public(_answer))
    app.add_url_rule("/signed-in", "signed_in", requires()(_show))
    return app


def _hello() -> dict[str, str]:
    return {"hello": "world"}


def _answer() -> dict[str, str]:
    return {"hello": "stranger"}


def _show() -> dict[str, str]:
    return {"hello": "user"}


def _sign_in() -> str:
    def work(session: Session) -> UserSession:
        user = User(email="bench@example.test", first_name="Ben", roles=[UserRole(role=Role.GUEST)])
        session.add(user)
        session.flush()
        device = UserSession(user_id=user.id, refresh_hash="", expires_at=user.created_at.replace(year=2099))
        session.add(device)
        return device

    device = in_transaction(work)
    return create_access_token(str(device.user_id), additional_claims={"sid": str(device.id)})


def _caller(app: Flask, token: str) -> Callable[..., Callable[[], object]]:
    client = app.test_client()

    def call(path: str, *, signed_in: bool = False) -> Callable[[], object]:
        headers = {"Authorization": f"Bearer {token}"} if signed_in else {}

        def once() -> object:
            answer = client.get(path, headers=headers)
            assert answer.status_code == 200, answer.text
            return answer

        return once

    return call
