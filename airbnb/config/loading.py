"""Reading the settings: once, from the environment, with one message that names every mistake."""

import os
from collections.abc import Mapping
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

from dotenv import dotenv_values

from airbnb.config import mail
from airbnb.config.keys import derived, embedded_secret, keyring
from airbnb.config.mail import MailSettings
from airbnb.config.oauth import OAuthApp, OAuthSettings, oauth_problems
from airbnb.config.payments import KEYS, read_paypal, read_providers, read_stripe
from airbnb.config.production import unfit_for_production
from airbnb.config.reader import ConfigError, Reader
from airbnb.config.settings import AppEnv, ListingReview, PayoutAnchor, Settings
from airbnb.config.storage import StorageSettings, default_files_url, storage_problems
from airbnb.domain.fees import FeeModelKind
from airbnb.redis_clients import names_sentinels, parse_sentinels

#: Where the reference rates of the last TARGET day are.
ECB_DAILY = "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml"
#: What SENTRY_DSN needs; the product runs without it.
SENTRY_PACKAGE = "sentry-sdk>=2.75,<3"


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read, check and return the settings; a ``.env`` file fills in what the environment leaves out.

    Raises: ConfigError naming every variable that cannot be used.
    """
    environ = _environment() if environ is None else environ
    reader = Reader(environ)
    settings = _read(reader)
    reader.problems += oauth_problems(settings.oauth, is_production=settings.is_production)
    if settings.is_production:
        reader.problems += unfit_for_production(settings, environ)
    if reader.problems:
        raise ConfigError("Settings cannot be used:\n" + "\n".join(f"  - {p}" for p in reader.problems))
    return settings


def refused_in_production(settings: Settings) -> list[str]:
    """Return what has to be set otherwise before this installation may call itself production."""
    return unfit_for_production(settings, _environment())


def _environment() -> Mapping[str, str]:
    in_file = {name: value or "" for name, value in dotenv_values(".env").items()}
    return {**in_file, **os.environ}


def _read(reader: Reader) -> Settings:
    instance = Path(reader.text("INSTANCE_PATH", "instance")).resolve()
    port = reader.integer("PORT", 8000, 1, 65_535)
    app_env = reader.choice("APP_ENV", AppEnv.DEVELOPMENT)
    is_production = app_env is AppEnv.PRODUCTION
    stripe = read_stripe(reader, is_production=is_production)
    paypal = read_paypal(reader, is_production=is_production)
    can_be_on = {"sandbox": not is_production, "stripe": stripe is not None, "paypal": paypal is not None}
    secret = reader.optional("SECRET_KEY") or embedded_secret(instance, app_env)
    redis_url = _redis_address(reader, "REDIS_URL", None)
    return Settings(
        app_env=app_env,
        instance_path=instance,
        port=port,
        secret_key=secret,
        jwt_keys=keyring(reader, "JWT_KEYS", derived(secret, "jwt")),
        location_secret=reader.text("LOCATION_SECRET", derived(secret, "location")),
        encryption_keys=keyring(reader, "ENCRYPTION_KEYS", derived(secret, "encryption")),
        quote_secret=derived(secret, "quote"),
        database_url=reader.url(
            "DATABASE_URL", f"sqlite:///{instance / 'airbnb.sqlite3'}", ("sqlite", "mysql+pymysql", "mariadb+pymysql")
        ),
        redis_url=redis_url,
        celery_broker_url=_redis_address(reader, "CELERY_BROKER_URL", redis_url) or "filesystem://",
        storage=_storage(reader, instance, upload_secret=derived(secret, "upload")),
        mail=_mail(reader, port),
        frontend_url=reader.url("FRONTEND_URL", "http://localhost:3000", ("http", "https")).rstrip("/"),
        public_url=reader.url("PUBLIC_URL", f"http://127.0.0.1:{port}", ("http", "https")).rstrip("/"),
        cors_origins=reader.words("CORS_ORIGINS", ()),
        trusted_proxies=reader.integer("TRUSTED_PROXIES", 0, 0, 10),
        ratelimit_enabled=reader.flag("RATELIMIT_ENABLED", True) or app_env is AppEnv.PRODUCTION,
        log_level=reader.text("LOG_LEVEL", "INFO").upper(),
        sentry_dsn=_sentry_dsn(reader),
        stream_limit=_stream_limit(reader),
        metrics_token=reader.text("METRICS_TOKEN", ""),
        metrics_folder=reader.optional("PROMETHEUS_MULTIPROC_DIR"),
        document_issuer=reader.text("DOCUMENT_ISSUER", "Stays"),
        default_locale=reader.text("DEFAULT_LOCALE", "en"),
        default_currency=reader.text("DEFAULT_CURRENCY", "EUR").upper(),
        listing_review=reader.choice("LISTING_REVIEW", ListingReview.OFF),
        mask_contacts=reader.flag("MASK_CONTACTS", True),
        **_money(reader),
        payment_providers=read_providers(reader, keys=KEYS, on=[name for name, can_be in can_be_on.items() if can_be]),
        stripe=stripe,
        paypal=paypal,
        sandbox_webhook_secret=derived(secret, "sandbox-webhook"),
        **_sessions(reader, is_production=is_production),
        oauth=_oauth(reader),
    )


def _sessions(reader: Reader, *, is_production: bool) -> dict[str, Any]:
    return {
        "access_token_lifetime": timedelta(minutes=reader.integer("ACCESS_TOKEN_MINUTES", 15, 1, 15)),
        "refresh_token_lifetime": timedelta(days=reader.integer("REFRESH_TOKEN_DAYS", 30, 1, 90)),
        "staff_idle": timedelta(minutes=reader.integer("STAFF_IDLE_MINUTES", 30, 1, 720)),
        "staff_needs_totp": reader.flag("STAFF_NEEDS_TOTP", False) or is_production,
    }


def _redis_address(reader: Reader, name: str, default: str | None) -> str | None:
    """Return an address; one of sentinels must say which service they watch."""
    url = reader.optional(name) or default
    if url is not None and names_sentinels(url):
        try:
            parse_sentinels(url)
        except ValueError:
            # The address may carry a password: only the name of the setting is told.
            reader.problems.append(f"{name} must be redis+sentinel://host:port,host:port/service to name sentinels")
            return default
    return url


def _sentry_dsn(reader: Reader) -> str | None:
    """Return where errors are told, if anywhere; the package that tells them is installed by whoever wants it."""
    if reader.optional("SENTRY_DSN") is None:
        return None
    address = reader.url("SENTRY_DSN", "", ("http", "https"))
    if find_spec("sentry_sdk") is None:
        reader.problems.append(f"SENTRY_DSN needs a package: pip install '{SENTRY_PACKAGE}', or leave it out")
    return address


def _stream_limit(reader: Reader) -> int:
    """Return how many streams a process holds: of threads some must be left for everything else."""
    threads = reader.integer("WEB_THREADS", 16, 1, 1_000)
    return reader.integer("STREAM_LIMIT", max(threads - 2, 1), 1, 100_000)


def _money(reader: Reader) -> dict[str, Any]:
    """Return the settings of fees, rates and payouts."""
    return {
        "fee_model": reader.choice("FEE_MODEL", FeeModelKind.SPLIT),
        "guest_fee_bps": reader.integer("GUEST_FEE_BPS", 1_400, 0, 5_000),
        "host_fee_bps": reader.integer("HOST_FEE_BPS", 300, 0, 5_000),
        "host_only_fee_bps": reader.integer("HOST_ONLY_FEE_BPS", 1_550, 0, 5_000),
        "fx_margin_bps": reader.integer("FX_MARGIN_BPS", 0, 0, 1_000),
        "rates_url": reader.url("RATES_URL", ECB_DAILY, ("http", "https")),
        "payout_anchor": reader.choice("PAYOUT_ANCHOR", PayoutAnchor.COMPLETED),
        "payout_delay": timedelta(hours=reader.integer("PAYOUT_DELAY_HOURS", 24, 0, 720)),
        "payout_minimum_minor": reader.integer("PAYOUT_MINIMUM_MINOR", 100, 0, 1_000_000),
        "approval_above_minor": reader.integer("APPROVAL_ABOVE_MINOR", 50_000, 0, 100_000_000),
    }


def _oauth(reader: Reader) -> OAuthSettings:
    google = OAuthApp(
        client_id=reader.text("GOOGLE_OAUTH_CLIENT_ID", ""),
        client_secret=reader.text("GOOGLE_OAUTH_CLIENT_SECRET", ""),
        authorize_url=reader.text("GOOGLE_OAUTH_AUTHORIZE_URL", "https://accounts.google.com/o/oauth2/v2/auth"),
        token_url=reader.text("GOOGLE_OAUTH_TOKEN_URL", "https://oauth2.googleapis.com/token"),
        profile_url=reader.text("GOOGLE_OAUTH_PROFILE_URL", "https://openidconnect.googleapis.com/v1/userinfo"),
    )
    fields = "fields=id,email,first_name,last_name"
    facebook = OAuthApp(
        client_id=reader.text("FACEBOOK_OAUTH_CLIENT_ID", ""),
        client_secret=reader.text("FACEBOOK_OAUTH_CLIENT_SECRET", ""),
        authorize_url=reader.text("FACEBOOK_OAUTH_AUTHORIZE_URL", "https://www.facebook.com/v24.0/dialog/oauth"),
        token_url=reader.text("FACEBOOK_OAUTH_TOKEN_URL", "https://graph.facebook.com/v24.0/oauth/access_token"),
        profile_url=reader.text("FACEBOOK_OAUTH_PROFILE_URL", f"https://graph.facebook.com/v24.0/me?{fields}"),
        trusts_email=reader.flag("FACEBOOK_OAUTH_TRUST_EMAIL", False),
    )
    return OAuthSettings(google=google, facebook=facebook, redirect_uris=reader.words("OAUTH_REDIRECT_URIS", ()))


def _mail(reader: Reader, port: int) -> MailSettings:
    sink_port = reader.integer("MAIL_SINK_PORT", min(port + 25, 65_535), 1, 65_535)
    settings = MailSettings(
        url=reader.url("MAIL_URL", f"smtp://127.0.0.1:{sink_port}", mail.SCHEMES),
        sender=reader.text("MAIL_FROM", "Stays <hello@stays.example>"),
        sink_port=sink_port,
        sendgrid_public_key=reader.optional("SENDGRID_WEBHOOK_PUBLIC_KEY"),
        mailgun_signing_key=reader.optional("MAILGUN_WEBHOOK_SIGNING_KEY"),
    )
    reader.problems += mail.mail_problems(settings)
    return settings


def _storage(reader: Reader, instance: Path, *, upload_secret: str) -> StorageSettings:
    url = reader.url("STORAGE_URL", f"file://{quote(str(instance / 'files'))}", ("file", "s3", "cloudinary"))
    public_url = reader.text("PUBLIC_URL", f"http://127.0.0.1:{reader.text('PORT', '8000')}").rstrip("/")
    settings = StorageSettings(
        url=url,
        files_url=reader.url("FILES_URL", default_files_url(url, public_url), ("http", "https")).rstrip("/"),
        upload_secret=upload_secret,
        aws_access_key_id=reader.optional("AWS_ACCESS_KEY_ID"),
        aws_secret_access_key=reader.optional("AWS_SECRET_ACCESS_KEY"),
        aws_session_token=reader.optional("AWS_SESSION_TOKEN"),
    )
    reader.problems += storage_problems(settings)
    return settings


def prepare_oauthlib(settings: Settings) -> None:
    """Tell oauthlib what it may accept; it listens to nothing but the environment.

    Google answers with other names for the scopes than it was asked for. Outside production this API itself and the
    local providers of tests speak plain HTTP; ``oauth_problems`` keeps every other provider to https.
    """
    os.environ["OAUTHLIB_RELAX_TOKEN_SCOPE"] = "1"  # noqa: S105 - a switch
    if not settings.is_production:
        os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
