"""create_app: the one place where everything is wired."""

from typing import Any

from flask import Flask

from airbnb import __version__, engines, logs, shared_store
from airbnb.admin import setup as admin_setup
from airbnb.blueprints import errors
from airbnb.blueprints.http import etags, identity, language, limits, pauses, requests
from airbnb.blueprints.http.api import PREFIX, Api
from airbnb.blueprints.http.converters import IdConverter, id_in_path
from airbnb.blueprints.http.json import ORJSONProvider
from airbnb.blueprints.http.one_trip_storage import PREFIX as ONE_TRIP
from airbnb.blueprints.registry import (
    API_BLUEPRINTS,
    PLAIN_BLUEPRINTS,
    REHEARSAL_BLUEPRINTS,
    REHEARSAL_PAGES,
)
from airbnb.blueprints.streaming import hub
from airbnb.blueprints.webhook_document import describe_webhooks
from airbnb.cli.registry import GROUPS
from airbnb.config import AppEnv, Settings, load_settings, prepare_oauthlib
from airbnb.extensions import babel, cache, cors, db, limiter, migrate
from airbnb.integrations.mail import make_mailer, make_report_readers
from airbnb.integrations.oauth import make_consumers
from airbnb.integrations.payments.setup import make_gateways
from airbnb.integrations.sentry import report_errors
from airbnb.integrations.storage import make_storage
from airbnb.redis_clients import make_client
from airbnb.tasks import setup as celery_setup
from airbnb.tasks.registry import TASK_MODULES
from airbnb.workflows.outside import EXTENSION, Outside

__all__ = ["create_app"]

MAX_BODY_BYTES = 21 * 1024 * 1024  # a photo of 20 MB and its form
MAX_FORM_BYTES = 1024 * 1024
REDIS_TIMEOUTS: dict[str, Any] = {
    "socket_timeout": shared_store.TIMEOUT_S,
    "socket_connect_timeout": shared_store.TIMEOUT_S,
}
EXPOSED_HEADERS = [
    "ETag",
    "Location",
    "Retry-After",
    "RateLimit",
    "RateLimit-Policy",
    "X-Request-ID",
    "Idempotent-Replayed",
]


def create_app(settings: Settings | None = None) -> Flask:
    """Return a wired app; the settings come from the environment unless given."""
    settings = settings or load_settings()
    settings.instance_path.mkdir(parents=True, exist_ok=True)
    logs.configure(settings.log_level, for_people=settings.app_env is AppEnv.DEVELOPMENT)
    report_errors(settings)
    app = Flask("airbnb", instance_path=str(settings.instance_path))
    app.json = ORJSONProvider(app)
    app.extensions["airbnb_settings"] = settings
    app.extensions["airbnb_shared_store"] = shared_store.SharedStore(settings.redis_url)
    app.config.from_mapping(_flask_config(settings))
    requests.init_app(app, settings)
    pauses.init_app(app)
    _init_database(app)
    _init_extensions(app, settings)
    prepare_oauthlib(settings)
    app.extensions[EXTENSION] = _outside(settings)
    celery_setup.configure(app, settings)
    app.extensions["airbnb_tasks"] = TASK_MODULES  # commands and tests run tasks too, not only workers
    _init_http(app, rehearses=not settings.is_production)
    hub.init_app(app, settings)
    admin_setup.init_app(app)
    for group in GROUPS:
        app.cli.add_command(group)
    return app


def _flask_config(settings: Settings) -> dict[str, object]:
    return {
        "SECRET_KEY": settings.secret_key,
        "TESTING": settings.app_env is AppEnv.TEST,
        "MAX_CONTENT_LENGTH": MAX_BODY_BYTES,
        "MAX_FORM_MEMORY_SIZE": MAX_FORM_BYTES,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.is_production,
        "SQLALCHEMY_ENGINES": {},
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_BINDS": {
            None: engines.write_options(settings.database_url),
            "read": engines.read_options(settings.database_url),
        },
        "JWT_ALGORITHM": "HS256",
        "JWT_DECODE_ALGORITHMS": ["HS256"],
        "JWT_ACCESS_TOKEN_EXPIRES": settings.access_token_lifetime,
        "JWT_REFRESH_TOKEN_EXPIRES": settings.refresh_token_lifetime,
        "JWT_ENCODE_ISSUER": settings.public_url,
        "JWT_DECODE_ISSUER": settings.public_url,
        "JWT_ENCODE_AUDIENCE": "api",
        "JWT_DECODE_AUDIENCE": "api",
        "JWT_ERROR_MESSAGE_KEY": "detail",
        "BABEL_DEFAULT_LOCALE": settings.default_locale,
        "CACHE_TYPE": "SimpleCache" if settings.redis_url is None else "RedisCache",
        "CACHE_REDIS_HOST": None if settings.redis_url is None else make_client(settings.redis_url, **REDIS_TIMEOUTS),
        "RATELIMIT_ENABLED": settings.ratelimit_enabled,
        "RATELIMIT_STORAGE_URI": f"{ONE_TRIP}{settings.redis_url}" if settings.redis_url else "memory://",
        "RATELIMIT_STORAGE_OPTIONS": REDIS_TIMEOUTS if settings.redis_url else {},
        "RATELIMIT_STRATEGY": "moving-window",
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,
        "API_TITLE": "Stays",
        "API_VERSION": __version__,
        "OPENAPI_VERSION": "3.1.0",
        "OPENAPI_URL_PREFIX": PREFIX,
        "OPENAPI_JSON_PATH": "openapi.json",
    }


def _init_database(app: Flask) -> None:
    db.init_app(app)
    migrate.init_app(app, db, directory="migrations")
    with app.app_context():
        engines.prepare_write_engine(db.engine)
        engines.prepare_read_engine(db.engines["read"])


def _init_extensions(app: Flask, settings: Settings) -> None:
    identity.init_app(app)
    limits.init_app(app)
    babel.init_app(app, locale_selector=language.select_locale)
    cache.init_app(app)
    limiter.init_app(app)
    cors.init_app(
        app,
        resources={path: {"origins": list(settings.cors_origins)} for path in (f"{PREFIX}/*", "/files/private/*")},
        expose_headers=EXPOSED_HEADERS,
        max_age=600,
    )


def _init_http(app: Flask, *, rehearses: bool) -> None:
    errors.init_app(app)
    etags.init_app(app)
    language.init_app(app)
    app.url_map.converters["id"] = IdConverter
    api = Api(app, spec_kwargs={"info": {"description": "Marketplace of short stays."}})
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
    api.register_converter(IdConverter, id_in_path)
    api.spec.options["security"] = [{"bearer": []}]
    for api_blueprint in (*API_BLUEPRINTS, *(REHEARSAL_BLUEPRINTS if rehearses else ())):
        api.register_blueprint(api_blueprint)
    describe_webhooks(api.spec)
    for plain_blueprint in (*PLAIN_BLUEPRINTS, *(REHEARSAL_PAGES if rehearses else ())):
        app.register_blueprint(plain_blueprint)


def _outside(settings: Settings) -> Outside:
    return Outside(
        storage=make_storage(settings.storage, public_url=settings.public_url),
        mailer=make_mailer(settings.mail),
        mail_reports=make_report_readers(settings.mail),
        gateways=make_gateways(settings),
        sign_in_providers=make_consumers(settings),
    )
