"""Settings: read once from the environment, validated, and refused with one clear message.

Every variable is named in ``.env.example``. Nothing else in the product reads the environment.
"""

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote, urlsplit

from dotenv import dotenv_values

from airbnb.oauth_settings import TEST_ADDRESSES, OAuthApp, OAuthSettings, oauth_problems
from airbnb.storage_settings import StorageSettings, default_files_url, storage_problems

MIN_SECRET_LENGTH = 32
#: A random text has more different characters than a word that was repeated until it was long enough.
MIN_SECRET_CHARACTERS = 10
#: The name of the keys that come from SECRET_KEY.
EMBEDDED_KEY = "embedded"
KID = re.compile(r"[A-Za-z0-9_-]{1,32}")
#: What stands in examples for a secret that somebody forgot to replace.
PLACEHOLDERS = ("changeme", "change-me", "change_me", "your-secret", "your_secret", "placeholder", "replace-this")
TRUE_WORDS = {"1", "true", "yes", "on"}
FALSE_WORDS = {"0", "false", "no", "off"}


T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


class ConfigError(Exception):
    """One or more settings cannot be used; the message names each variable."""


class AppEnv(StrEnum):
    """Where the product runs; production refuses what is only good for trying out."""

    DEVELOPMENT = "development"
    TEST = "test"
    PRODUCTION = "production"


class FeeModel(StrEnum):
    """Who pays the platform: guest and host, or the host alone."""

    SPLIT = "split"
    HOST_ONLY = "host_only"


class ListingReview(StrEnum):
    """Which listings staff look at before they are published."""

    OFF = "off"
    FIRST = "first"
    ALL = "all"


class PayoutAnchor(StrEnum):
    """The moment from which the payout delay counts."""

    COMPLETED = "completed"
    CHECK_IN = "check_in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that an operator can set; secrets are kept out of the representation."""

    app_env: AppEnv
    instance_path: Path
    port: int
    secret_key: str
    jwt_keys: tuple[tuple[str, str], ...]
    location_secret: str
    encryption_keys: tuple[tuple[str, str], ...]
    quote_secret: str
    database_url: str
    redis_url: str | None
    celery_broker_url: str
    storage: StorageSettings
    mail_url: str
    mail_from: str
    mail_sink_port: int
    frontend_url: str
    public_url: str
    cors_origins: tuple[str, ...]
    trusted_proxies: int
    ratelimit_enabled: bool
    log_level: str
    default_locale: str
    default_currency: str
    listing_review: ListingReview
    fee_model: FeeModel
    guest_fee_bps: int
    host_fee_bps: int
    host_only_fee_bps: int
    fx_margin_bps: int
    payout_anchor: PayoutAnchor
    payout_delay: timedelta
    payout_minimum_minor: int
    payment_providers: tuple[str, ...]
    sandbox_webhook_secret: str
    access_token_lifetime: timedelta
    refresh_token_lifetime: timedelta
    staff_needs_totp: bool
    oauth: OAuthSettings

    def __repr__(self) -> str:
        return f"Settings(app_env={self.app_env}, instance_path={self.instance_path})"

    @property
    def is_production(self) -> bool:
        """Whether real people and real money are behind this process."""
        return self.app_env is AppEnv.PRODUCTION

    @property
    def host_fee_rate_bps(self) -> int:
        """Basis points of the host subtotal that the host pays under the fee model in force."""
        return self.host_only_fee_bps if self.fee_model is FeeModel.HOST_ONLY else self.host_fee_bps

    @property
    def guest_fee_rate_bps(self) -> int:
        """Basis points of the host subtotal that the guest pays under the fee model in force."""
        return 0 if self.fee_model is FeeModel.HOST_ONLY else self.guest_fee_bps


class _Reader:
    """Takes typed values out of an environment and gathers what is wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[str] = []

    def text(self, name: str, default: str) -> str:
        return self.environ.get(name, "").strip() or default

    def optional(self, name: str) -> str | None:
        return self.environ.get(name, "").strip() or None

    def parsed(self, name: str, default: T, parse: Callable[[str], T], wanted: str) -> T:
        raw = self.environ.get(name, "").strip()
        if not raw:
            return default
        try:
            return parse(raw)
        except ValueError:
            self.problems.append(f"{name} must be {wanted}, not {raw!r}")
            return default

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        def parse(raw: str) -> int:
            value = int(raw)
            if not low <= value <= high:
                raise ValueError
            return value

        return self.parsed(name, default, parse, f"a whole number from {low} to {high}")

    def flag(self, name: str, default: bool) -> bool:
        def parse(raw: str) -> bool:
            if raw.lower() in TRUE_WORDS | FALSE_WORDS:
                return raw.lower() in TRUE_WORDS
            raise ValueError

        return self.parsed(name, default, parse, "true or false")

    def choice(self, name: str, default: E) -> E:
        kind = type(default)
        return self.parsed(name, default, kind, "one of " + ", ".join(kind))

    def words(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        raw = self.optional(name)
        return tuple(word.strip() for word in raw.split(",") if word.strip()) if raw else default

    def url(self, name: str, default: str, schemes: tuple[str, ...]) -> str:
        value = self.text(name, default)
        if urlsplit(value).scheme not in schemes:
            # The value may carry a password: only the name and the scheme are told.
            self.problems.append(f"{name} must begin with one of {', '.join(s + '://' for s in schemes)}")
        return value


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read, check and return the settings; a ``.env`` file fills in what the environment leaves out.

    Raises: ConfigError naming every variable that cannot be used.
    """
    if environ is None:
        in_file = {name: value or "" for name, value in dotenv_values(".env").items()}
        environ = {**in_file, **os.environ}
    reader = _Reader(environ)
    settings = _read(reader)
    reader.problems += oauth_problems(settings.oauth, is_production=settings.is_production)
    if settings.is_production:
        reader.problems += _unfit_for_production(settings, environ)
    if reader.problems:
        raise ConfigError("Settings cannot be used:\n" + "\n".join(f"  - {p}" for p in reader.problems))
    return settings


def _read(reader: _Reader) -> Settings:
    instance = Path(reader.text("INSTANCE_PATH", "instance")).resolve()
    port = reader.integer("PORT", 8000, 1, 65_535)
    app_env = reader.choice("APP_ENV", AppEnv.DEVELOPMENT)
    secret = reader.optional("SECRET_KEY") or _embedded_secret(instance, app_env)
    redis_url = reader.optional("REDIS_URL")
    mail_sink_port = reader.integer("MAIL_SINK_PORT", min(port + 25, 65_535), 1, 65_535)
    return Settings(
        app_env=app_env,
        instance_path=instance,
        port=port,
        secret_key=secret,
        jwt_keys=_keyring(reader, "JWT_KEYS", _derived(secret, "jwt")),
        location_secret=reader.text("LOCATION_SECRET", _derived(secret, "location")),
        encryption_keys=_keyring(reader, "ENCRYPTION_KEYS", _derived(secret, "encryption")),
        quote_secret=_derived(secret, "quote"),
        database_url=reader.url(
            "DATABASE_URL", f"sqlite:///{instance / 'airbnb.sqlite3'}", ("sqlite", "mysql+pymysql", "mariadb+pymysql")
        ),
        redis_url=redis_url,
        celery_broker_url=reader.text("CELERY_BROKER_URL", redis_url or "filesystem://"),
        storage=_storage(reader, instance, upload_secret=_derived(secret, "upload")),
        mail_url=reader.url("MAIL_URL", f"smtp://127.0.0.1:{mail_sink_port}", ("smtp", "smtps", "smtp+starttls")),
        mail_from=reader.text("MAIL_FROM", "Stays <hello@stays.example>"),
        mail_sink_port=mail_sink_port,
        frontend_url=reader.url("FRONTEND_URL", "http://localhost:3000", ("http", "https")).rstrip("/"),
        public_url=reader.url("PUBLIC_URL", f"http://127.0.0.1:{port}", ("http", "https")).rstrip("/"),
        cors_origins=reader.words("CORS_ORIGINS", ()),
        trusted_proxies=reader.integer("TRUSTED_PROXIES", 0, 0, 10),
        ratelimit_enabled=reader.flag("RATELIMIT_ENABLED", True) or app_env is AppEnv.PRODUCTION,
        log_level=reader.text("LOG_LEVEL", "INFO").upper(),
        default_locale=reader.text("DEFAULT_LOCALE", "en"),
        default_currency=reader.text("DEFAULT_CURRENCY", "EUR").upper(),
        listing_review=reader.choice("LISTING_REVIEW", ListingReview.OFF),
        fee_model=reader.choice("FEE_MODEL", FeeModel.SPLIT),
        guest_fee_bps=reader.integer("GUEST_FEE_BPS", 1_400, 0, 5_000),
        host_fee_bps=reader.integer("HOST_FEE_BPS", 300, 0, 5_000),
        host_only_fee_bps=reader.integer("HOST_ONLY_FEE_BPS", 1_550, 0, 5_000),
        fx_margin_bps=reader.integer("FX_MARGIN_BPS", 0, 0, 1_000),
        payout_anchor=reader.choice("PAYOUT_ANCHOR", PayoutAnchor.COMPLETED),
        payout_delay=timedelta(hours=reader.integer("PAYOUT_DELAY_HOURS", 24, 0, 720)),
        payout_minimum_minor=reader.integer("PAYOUT_MINIMUM_MINOR", 100, 0, 1_000_000),
        payment_providers=reader.words("PAYMENT_PROVIDERS", () if app_env is AppEnv.PRODUCTION else ("sandbox",)),
        sandbox_webhook_secret=_derived(secret, "sandbox-webhook"),
        access_token_lifetime=timedelta(minutes=reader.integer("ACCESS_TOKEN_MINUTES", 15, 1, 15)),
        refresh_token_lifetime=timedelta(days=reader.integer("REFRESH_TOKEN_DAYS", 30, 1, 90)),
        staff_needs_totp=reader.flag("STAFF_NEEDS_TOTP", False) or app_env is AppEnv.PRODUCTION,
        oauth=_oauth(reader),
    )


def _oauth(reader: _Reader) -> OAuthSettings:
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


def _storage(reader: _Reader, instance: Path, *, upload_secret: str) -> StorageSettings:
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


def _keyring(reader: _Reader, name: str, embedded: str) -> tuple[tuple[str, str], ...]:
    """Return ``(kid, key)`` pairs, the key in use first; the others only check or open what is older.

    The word ``embedded`` stands for the key that comes from SECRET_KEY, so that an installation that began with it
    can change over without losing anything.
    """
    entries = reader.words(name, (EMBEDDED_KEY,))
    pairs = tuple((kid, key if colon else embedded) for kid, colon, key in (e.partition(":") for e in entries))
    named_without_key = any(":" not in entry and entry != EMBEDDED_KEY for entry in entries)
    fits = all(KID.fullmatch(kid) and len(key) >= MIN_SECRET_LENGTH for kid, key in pairs if kid != EMBEDDED_KEY)
    if named_without_key or not fits or len(dict(pairs)) < len(pairs):
        reader.problems.append(
            f"{name} must be kid:key pairs with names of their own, of letters, digits, - and _,"
            f" and keys of {MIN_SECRET_LENGTH} characters or more"
        )
    return pairs


def _embedded_secret(instance: Path, app_env: AppEnv) -> str:
    """Return the secret of an installation that was not given one, made once and kept in the instance folder."""
    if app_env is AppEnv.PRODUCTION:
        return ""
    path = instance / "secret.key"
    instance.mkdir(parents=True, exist_ok=True)
    # Processes that start together must agree: a complete file appears under its name at once, and only once.
    draft = instance / f".secret.{os.getpid()}"
    if not path.exists():
        draft.write_text(secrets.token_urlsafe(48))
        draft.chmod(0o600)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()


def _derived(secret: str, purpose: str) -> str:
    """Return a secret for one purpose, so that one leaked use does not open the others."""
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def _is_strong(secret: str) -> bool:
    is_random = len(secret) >= MIN_SECRET_LENGTH and len(set(secret)) >= MIN_SECRET_CHARACTERS
    return is_random and not any(word in secret.lower() for word in PLACEHOLDERS)


def _is_https_origin(origin: str) -> bool:
    parts = urlsplit(origin)
    return parts.scheme == "https" and bool(parts.netloc) and origin == f"https://{parts.netloc}" and "*" not in origin


def _unfit_for_production(settings: Settings, environ: Mapping[str, str]) -> list[str]:
    problems = []
    for name, secret in (("SECRET_KEY", settings.secret_key), ("LOCATION_SECRET", settings.location_secret)):
        if not _is_strong(secret):
            problems.append(f"{name} must be a random text of {MIN_SECRET_LENGTH} characters or more")
    problems += [
        f"{name} must hold random texts of {MIN_SECRET_LENGTH} characters or more"
        for name, keys in (("JWT_KEYS", settings.jwt_keys), ("ENCRYPTION_KEYS", settings.encryption_keys))
        if not all(_is_strong(key) for _, key in keys)
    ]
    if settings.database_url.startswith("sqlite"):
        problems.append("DATABASE_URL must name a MySQL or MariaDB server")
    if not all(_is_https_origin(origin) for origin in settings.cors_origins):
        problems.append("CORS_ORIGINS must list https origins such as https://stays.example, not * or null")
    if "sandbox" in settings.payment_providers:
        problems.append("PAYMENT_PROVIDERS must not contain sandbox")
    problems += [f"{name} must not be set" for name in TEST_ADDRESSES if environ.get(name, "").strip()]
    if environ.get("FLASK_DEBUG", "").lower() in TRUE_WORDS:
        problems.append("FLASK_DEBUG must be off")
    problems += [
        f"{name} must be an https address"
        for name, value in (("FRONTEND_URL", settings.frontend_url), ("PUBLIC_URL", settings.public_url))
        if not value.startswith("https://")
    ]
    if not environ.get("TRUSTED_PROXIES", "").strip():
        problems.append("TRUSTED_PROXIES must say how many proxies stand in front (0 if none)")
    return problems


def prepare_oauthlib(settings: Settings) -> None:
    """Tell oauthlib what it may accept; it listens to nothing but the environment.

    Google answers with other names for the scopes than it was asked for. Outside production this API itself and the
    local providers of tests speak plain HTTP; ``oauth_problems`` keeps every other provider to https.
    """
    os.environ["OAUTHLIB_RELAX_TOKEN_SCOPE"] = "1"  # noqa: S105 - a switch
    if not settings.is_production:
        os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
