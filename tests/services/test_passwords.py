"""Hashing passwords."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from airbnb.domain.errors import Busy
from airbnb.services import passwords


def test_a_password_belongs_to_its_hash_alone():
    first, second = passwords.hash_password("violet-harbour-91"), passwords.hash_password("violet-harbour-91")

    assert first != second
    assert passwords.is_password("violet-harbour-91", first)
    assert not passwords.is_password("violet-harbour-92", first)


@pytest.mark.parametrize("broken", [None, "", "x", "$argon2id$v=19$m=1"])
def test_nothing_belongs_to_a_missing_or_broken_hash(broken):
    assert not passwords.is_password("nobody's password", broken)


def test_no_more_than_four_hashes_are_made_at_once(monkeypatch):
    running, most, lock = 0, 0, threading.Lock()
    hasher = passwords._hasher

    class Watched:
        def hash(self, password: str) -> str:
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            try:
                return hasher.hash(password)
            finally:
                with lock:
                    running -= 1

    monkeypatch.setattr(passwords, "_hasher", Watched())
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(passwords.hash_password, ["violet-harbour-91"] * 12))

    assert 1 <= most <= 4


def test_a_hash_that_waits_too_long_answers_busy(monkeypatch):
    monkeypatch.setattr(passwords, "_slots", threading.BoundedSemaphore(1))
    monkeypatch.setattr(passwords, "_LONGEST_WAIT_S", 0.01)
    passwords._slots.acquire()

    with pytest.raises(Busy):
        passwords.hash_password("violet-harbour-91")
