"""Database sessions for the dashboard's views: on the read engine, one per request."""

from typing import cast

from flask import Flask, g
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from airbnb.unit_of_work import read_engine


def _open() -> Session:
    return sessionmaker(bind=read_engine(), expire_on_commit=False, autoflush=False)()


class ReadSessions(scoped_session[Session]):
    """A scoped session that Flask-Admin takes for a database object, so that its views can't begin a write."""

    def __init__(self) -> None:
        # Any callable that opens a session does; the engine is known only inside an app.
        super().__init__(cast("sessionmaker[Session]", _open), scopefunc=lambda: id(g._get_current_object()))

    @property
    def session(self) -> "ReadSessions":
        """Flask-Admin looks for this name to tell a database object from a bare session."""
        return self


reads = ReadSessions()


def init_app(app: Flask) -> None:
    """Give the connection back at the end of each request."""

    @app.teardown_appcontext
    def close(error: BaseException | None) -> None:
        reads.remove()
