"""Keeping secrets of people in the database: encrypted and tamper-proof, by a key that is not in it."""

import base64
import hashlib
import json
from typing import Any, cast

from cryptography.fernet import Fernet, InvalidToken


class UnreadableSecret(ValueError):
    """The text was altered, or sealed with another key."""


def seal(value: dict[str, Any], secret: str) -> str:
    """Return a JSON object as a text that only the secret opens."""
    return _box(secret).encrypt(json.dumps(value).encode()).decode()


def unseal(sealed: str, secret: str) -> dict[str, Any]:
    """Return what was sealed. Raises: UnreadableSecret."""
    try:
        return cast(dict[str, Any], json.loads(_box(secret).decrypt(sealed.encode())))
    except InvalidToken as error:
        raise UnreadableSecret("the text can't be opened") from error


def _box(secret: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest()))
