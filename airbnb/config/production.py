"""What production refuses: settings that are only good for trying out."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from airbnb.config.keys import MIN_SECRET_LENGTH, is_strong
from airbnb.config.oauth import TEST_ADDRESSES
from airbnb.config.reader import TRUE_WORDS
from airbnb.config.settings import Settings


def unfit_for_production(settings: Settings, environ: Mapping[str, str]) -> list[str]:
    """Return what must be set otherwise before real people use this installation."""
    problems = []
    for name, secret in (("SECRET_KEY", settings.secret_key), ("LOCATION_SECRET", settings.location_secret)):
        if not is_strong(secret):
            problems.append(f"{name} must be a random text of {MIN_SECRET_LENGTH} characters or more")
    problems += [
        f"{name} must hold random texts of {MIN_SECRET_LENGTH} characters or more"
        for name, keys in (("JWT_KEYS", settings.jwt_keys), ("ENCRYPTION_KEYS", settings.encryption_keys))
        if not all(is_strong(key) for _, key in keys)
    ]
    if settings.metrics_token and not is_strong(settings.metrics_token):
        problems.append(f"METRICS_TOKEN must be a random text of {MIN_SECRET_LENGTH} characters or more, or not set")
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


def _is_https_origin(origin: str) -> bool:
    parts = urlsplit(origin)
    return parts.scheme == "https" and bool(parts.netloc) and origin == f"https://{parts.netloc}" and "*" not in origin
