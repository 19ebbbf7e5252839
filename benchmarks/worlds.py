"""What benchmarks of whole requests share: an app on a fresh SQLite database, limits out of the way, and a host."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from flask_jwt_extended import create_access_token
from flask_migrate import upgrade
from sqlalchemy.orm import Session

from airbnb.blueprints.http.limits import GeneralLimit
from airbnb.config import load_settings
from airbnb.domain.ids import new_id
from airbnb.domain.kinds import Role
from airbnb.extensions import db
from airbnb.factory import create_app
from airbnb.models.users import User, UserRole, UserSession
from airbnb.unit_of_work import in_transaction


class RoomyLimit(GeneralLimit):
    """The general limit with room for a benchmark; counted as the real one is."""

    def limit(self) -> str:
        """Return more than any benchmark asks for."""
        return "1000000 per minute"


@contextmanager
def fresh_app(*, redis_url: str = "") -> Iterator[Flask]:
    """Yield a migrated app of its own, inside its context; nothing is left behind."""
    with tempfile.TemporaryDirectory() as folder:
        environ = {"APP_ENV": "test", "INSTANCE_PATH": str(Path(folder)), "LOG_LEVEL": "ERROR", "REDIS_URL": redis_url}
        app = create_app(load_settings({**environ, "CELERY_BROKER_URL": "memory://"}))
        app.extensions["airbnb_limits"] = RoomyLimit()
        with app.app_context():
            upgrade()
            try:
                yield app
            finally:
                db.session.remove()
                db.engine.dispose()
                db.engines["read"].dispose()


class HostClient:
    """Calls the API as one host."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()
        device = in_transaction(_sign_in)
        self.user_id = device.user_id
        token = create_access_token(str(device.user_id), additional_claims={"sid": str(device.id)})
        self.headers = {"Authorization": f"Bearer {token}"}


def _sign_in(session: Session) -> UserSession:
    user = User(email=f"host{new_id()}@bench.example", first_name="Ben", roles=[UserRole(role=Role.GUEST)])
    user.roles.append(UserRole(role=Role.HOST))
    session.add(user)
    session.flush()
    device = UserSession(user_id=user.id, refresh_hash="", expires_at=user.created_at.replace(year=2099))
    session.add(device)
    session.flush()
    return device
