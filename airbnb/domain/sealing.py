"""Keeping secrets of people in the database: encrypted and tamper-proof, by keys that are not in it.

A sealed text names the key that closed it, so that keys can be replaced while every older text still opens.
"""

import base64
import hashlib
import json
from typing import Any, cast

from cryptography.fernet import Fernet, InvalidToken

SEPARATOR = "."

#: Pairs of a key's name and the key; the first closes, all open.
Keyring = tuple[tuple[str, str], ...]


class UnreadableSecret(ValueError):
    """The text was altered, or sealed with a key that is not in the ring."""


def seal(value: dict[str, Any], keys: Keyring) -> str:
    """Return a JSON object as a text that only the ring opens."""
    kid, key = keys[0]
    return f"{kid}{SEPARATOR}{_box(key).encrypt(json.dumps(value).encode()).decode()}"


def unseal(sealed: str, keys: Keyring) -> dict[str, Any]:
    """Return what was sealed. Raises: UnreadableSecret."""
    kid, _, closed = sealed.partition(SEPARATOR)
    key = dict(keys).get(kid)
    if key is None:
        raise UnreadableSecret("the text was sealed with a key that is not in the ring")
    try:
        return cast(dict[str, Any], json.loads(_box(key).decrypt(closed.encode())))
    except InvalidToken as error:
        raise UnreadableSecret("the text can't be opened") from error


def sealing_prefix(keys: Keyring) -> str:
    """Return what every text begins with that the first key sealed."""
    return f"{keys[0][0]}{SEPARATOR}"


def _box(secret: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest()))
