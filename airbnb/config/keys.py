"""Secrets: made once for an installation that was given none, derived for each purpose, told strong from weak."""

import hashlib
import hmac
import os
import re
import secrets
from pathlib import Path

from airbnb.config.reader import Reader
from airbnb.config.settings import AppEnv

MIN_SECRET_LENGTH = 32
#: A random text has more different characters than a word that was repeated until it was long enough.
MIN_SECRET_CHARACTERS = 10
#: The name of the keys that come from SECRET_KEY.
EMBEDDED_KEY = "embedded"
KID = re.compile(r"[A-Za-z0-9_-]{1,32}")
#: What stands in examples for a secret that somebody forgot to replace.
PLACEHOLDERS = ("changeme", "change-me", "change_me", "your-secret", "your_secret", "placeholder", "replace-this")


def keyring(reader: Reader, name: str, embedded: str) -> tuple[tuple[str, str], ...]:
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


def embedded_secret(instance: Path, app_env: AppEnv) -> str:
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


def derived(secret: str, purpose: str) -> str:
    """Return a secret for one purpose, so that one leaked use does not open the others."""
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def is_strong(secret: str) -> bool:
    """Whether a secret is long and random enough for real people's data."""
    is_random = len(secret) >= MIN_SECRET_LENGTH and len(set(secret)) >= MIN_SECRET_CHARACTERS
    return is_random and not any(word in secret.lower() for word in PLACEHOLDERS)
