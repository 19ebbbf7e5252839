"""Extension objects, made without an app; the factory ties them to one."""

from typing import Protocol, cast

from celery import Celery
from flask import current_app
from flask_caching import Cache
from flask_cors import CORS
from flask_jwt_extended import JWTManager
from flask_limiter import Limit, Limiter
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import MetaData, Table, event
from sqlalchemy.orm import DeclarativeBase

from airbnb.config import Settings
from airbnb.languages import Languages
from airbnb.shared_store import SharedStore

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Root of every model; inherits plain SQLAlchemy so that types check strictly."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)


@event.listens_for(Table, "after_parent_attach")
def _same_text_rules_everywhere(table: Table, metadata: MetaData) -> None:
    # Binary collation makes MySQL compare and sort text as SQLite does: by code point, case kept.
    if metadata is Base.metadata:
        table.dialect_kwargs["mysql_engine"] = "InnoDB"
        table.dialect_kwargs["mysql_default_charset"] = "utf8mb4"
        table.dialect_kwargs["mysql_collate"] = "utf8mb4_bin"


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})
migrate = Migrate()
jwt = JWTManager()
babel = Languages()
cache = Cache()
cors = CORS()
celery = Celery("airbnb")


class GeneralLimit(Protocol):
    """What the limiter asks about each request that names no policy of its own; the room of limits answers."""

    def limit(self) -> str: ...
    def scope(self) -> str: ...
    def key(self) -> str: ...


def _general_limit() -> GeneralLimit:
    return cast(GeneralLimit, current_app.extensions["airbnb_limits"])


limiter = Limiter(
    key_func=lambda: _general_limit().key(),
    default_limits=[
        Limit(lambda: _general_limit().limit(), scope=lambda endpoint: _general_limit().scope(), shared=True)
    ],
)


def current_settings() -> Settings:
    """Return the settings of the running app."""
    return cast(Settings, current_app.extensions["airbnb_settings"])


def shared_store() -> SharedStore:
    """Return the memory that all processes of the running app share; it may be away."""
    return cast(SharedStore, current_app.extensions["airbnb_shared_store"])
