"""Ids, codes and tokens made by the application, so that no database hands them out."""

import hashlib
import itertools
import secrets
import threading
from datetime import datetime

from airbnb.domain import clock

MAX_ID = 2**63 - 1
EPOCH_MS = 1_735_689_600_000  # 2025-01-01T00:00:00Z; 41 bits of milliseconds last until 2094
SEQUENCE_BITS = 22
SEQUENCE_MASK = (1 << SEQUENCE_BITS) - 1
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # without 0, 1, I, L, O and U, which people misread
CODE_LENGTH = 10

_lock = threading.Lock()
_last_ms = 0
_count = itertools.count()


def new_id() -> int:
    """Return a 63-bit id: 41 bits of milliseconds, then a random start plus a count.

    Ids of one process rise, so inserts stay in order; two processes start their counts at random points of the
    millisecond. Nobody outside may read meaning into them.
    """
    global _last_ms, _count
    with _lock:
        # A clock that was set back must not send ids back: the last millisecond is used on.
        present_ms = max(int(clock.now().timestamp() * 1000) - EPOCH_MS, _last_ms, 0)
        if present_ms != _last_ms:
            _last_ms = present_ms
            # The start leaves the upper half free to count into.
            _count = itertools.count(secrets.randbelow(1 << (SEQUENCE_BITS - 1)))
        sequence = next(_count)
        if sequence > SEQUENCE_MASK:
            _last_ms += 1
            _count = itertools.count()
            sequence = next(_count)
        return (_last_ms << SEQUENCE_BITS) | sequence


def first_id_at(instant: datetime) -> int:
    """Return the least id that can have been made at an instant: a range of recent rows by their primary key.

    A clock that was wrong makes ids that lie elsewhere, so a range for more than figures starts some seconds before.
    """
    return max(int(instant.timestamp() * 1000) - EPOCH_MS, 0) << SEQUENCE_BITS


def new_code() -> str:
    """Return a random code of ten characters that people can read aloud, for a booking."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


def new_token() -> str:
    """Return a random URL-safe secret of 256 bits; store only its ``token_hash``."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """Return the SHA-256 of a random secret in hex; random secrets need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()
