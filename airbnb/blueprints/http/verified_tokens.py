"""Access tokens whose signature was checked a moment ago: only that check is spared, never who may do what."""

import time
from typing import Any, NamedTuple

from airbnb.domain import clock

LIFE_S = 60.0
MOST_TOKENS = 4_096

Keys = tuple[tuple[str, str], ...]


class _Checked(NamedTuple):
    claims: dict[str, Any]
    keys: Keys
    until: float


class VerifiedTokens:
    """A small memory of this process, from a token to its claims."""

    def __init__(self) -> None:
        self._checked: dict[str, _Checked] = {}

    def find(self, token: str, keys: Keys) -> dict[str, Any] | None:
        """Return the claims of a token that the same keys verified within the minute and that has not expired."""
        found = self._checked.get(token)
        if found is None or found.keys is not keys or found.until < time.monotonic():
            return None
        # An expired token goes through the full check, which tells its holder so.
        return found.claims if found.claims["exp"] > clock.now().timestamp() else None

    def add(self, token: str, claims: dict[str, Any], keys: Keys) -> None:
        """Keep the claims of a token that was just verified."""
        if len(self._checked) >= MOST_TOKENS:
            self._checked.clear()
        self._checked[token] = _Checked(claims, keys, time.monotonic() + LIFE_S)
