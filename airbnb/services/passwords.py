"""Hashing and checking passwords with Argon2id, a few at a time."""

import gzip
import importlib.resources
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from airbnb.domain.errors import Busy, ValidationFailed
from airbnb.domain.passwords import password_problems

#: OWASP's least for Argon2id: 19 MiB, two passes, one lane.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
#: Each hash takes 19 MiB and a core; more at once would only make all of them slower.
_SIDE_BY_SIDE = 4
_LONGEST_WAIT_S = 5
_slots = threading.BoundedSemaphore(_SIDE_BY_SIDE)
#: Has the cost of a real hash and the password of nobody.
_DUMMY_HASH = _hasher.hash("nobody's password")


def hash_password(password: str) -> str:
    """Return the Argon2id hash of a password. Raises: Busy when too many are being hashed."""
    with _slot():
        return _hasher.hash(password)


def is_password(password: str, password_hash: str | None) -> bool:
    """Whether a password belongs to a hash; without one the work is the same and the answer no.

    Raises: Busy when too many are being hashed.
    """
    with _slot():
        try:
            _hasher.verify(password_hash or _DUMMY_HASH, password)
        except (VerificationError, InvalidHashError):
            return False
    return bool(password_hash)


def is_outdated(password_hash: str) -> bool:
    """Whether a hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def check_new_password(password: str, *, email: str) -> None:
    """Refuse a password that is too short, too usual, or the address.

    Raises: ValidationFailed naming ``password``.
    """
    problems = password_problems(password, email=email, known=known_passwords())
    if problems:
        raise ValidationFailed({"password": problems})


@cache
def known_passwords() -> frozenset[str]:
    """Return the usual passwords and their stems, read once from the offline list."""
    packed = importlib.resources.files("airbnb").joinpath("data/common_passwords.txt.gz").read_bytes()
    lines = gzip.decompress(packed).decode().splitlines()
    return frozenset(line for line in lines if not line.startswith("# "))


@contextmanager
def _slot() -> Iterator[None]:
    if not _slots.acquire(timeout=_LONGEST_WAIT_S):
        raise Busy()
    try:
        yield
    finally:
        _slots.release()
