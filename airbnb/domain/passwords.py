"""Which passwords are good enough: long, not among the usual ones, and not the address."""

import re
from collections.abc import Container

MIN_LENGTH = 10
MAX_LENGTH = 128

#: Digits and signs that people put for letters.
_LOOKALIKES = str.maketrans("@4310$57", "aaeiosst")
_TAIL = re.compile(r"[^a-z]+$")
_EDGES = re.compile(r"^[^a-z]+|[^a-z]+$")
#: Rows that fingers and minds walk along; a password that is a piece of one is no secret.
_ROWS = ("0123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm")
_WALKS = tuple(walk for row in _ROWS for walk in (row * 3, row[::-1] * 3))
#: A usual word with more than this around it is no longer what is tried first.
_LONGEST_TRIMMING = 6
_FEWEST_CHARACTERS = 4


def password_problems(password: str, *, email: str, known: Container[str]) -> list[str]:
    """Return what is wrong with a password, nothing when it may be used.

    Needs: ``known`` holds usual passwords and their stems in lower case.
    """
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        return [f"Use {MIN_LENGTH} to {MAX_LENGTH} characters."]
    if password.lower() in (email.lower(), email.lower().partition("@")[0]):
        return ["Use something else than your e-mail address."]
    if is_usual(password, known):
        return ["This password is among those that are tried first. Choose another."]
    return []


def is_usual(password: str, known: Container[str]) -> bool:
    """Say whether a password is a known one, a known word with trimmings, or a pattern."""
    lowered = password.lower()
    if lowered in known or is_pattern(lowered):
        return True
    head = _TAIL.sub("", lowered)
    # A digit at the end is a trimming, one inside stands for a letter: ``p@ssw0rd2024``.
    plain = head.translate(_LOOKALIKES) + lowered[len(head) :]
    return _is_trimmed_word(lowered, known) or _is_trimmed_word(plain, known)


def is_pattern(password: str) -> bool:
    """Say whether a password repeats one short piece, uses very few characters, or walks along a row."""
    few = len(set(password)) < _FEWEST_CHARACTERS
    # A text that repeats a piece is found inside itself doubled, before its own length.
    repeats = (password + password).find(password, 1) < len(password)
    return few or repeats or any(password in walk for walk in _WALKS)


def _is_trimmed_word(password: str, known: Container[str]) -> bool:
    stem = _EDGES.sub("", password)
    trimming = len(password) - len(stem)
    rest = password.replace(stem, "", 1) if stem else password
    return stem in known and (trimming <= _LONGEST_TRIMMING or is_pattern(rest))
