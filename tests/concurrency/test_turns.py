"""Threads of one process that want the same thing go one after the other, and look again whenever one is done."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from airbnb.workflows.turns import Turns
from tests.concurrency.stage import wait_until

LISTING, OTHER = 1, 2


class Gone(Exception):
    """What one wanted is not to be had any more."""


def nothing() -> None:
    """Looking again finds everything as it was."""


def gone() -> None:
    raise Gone


def start(pool: ThreadPoolExecutor, turns: Turns, look: Callable[[], None], inside: Callable[[], object]):
    def wait_and_do():
        with turns.of(LISTING, look):
            return inside()

    return pool.submit(wait_and_do)


def test_one_is_at_a_thing_at_a_time():
    turns, inside, most = Turns(), [], []

    def work():
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.002)
        inside.pop()

    with ThreadPoolExecutor(16) as pool:
        for done in [start(pool, turns, nothing, work) for _ in range(64)]:
            done.result()

    assert len(most) == 64
    assert max(most) == 1


def test_without_turns_several_are_at_it():
    """The negative control of the test before: its work does overlap where nothing orders it."""
    gate, inside, most = threading.Barrier(16), [], []

    def work():
        gate.wait()
        inside.append(1)
        time.sleep(0.01)
        most.append(len(inside))
        inside.pop()

    with ThreadPoolExecutor(16) as pool:
        for done in [pool.submit(work) for _ in range(16)]:
            done.result()

    assert max(most) > 1


def test_who_waits_looks_again_and_leaves_when_the_thing_is_gone():
    turns = Turns()
    with ThreadPoolExecutor(8) as pool:
        with turns.of(LISTING, nothing):
            waiting = [start(pool, turns, gone, lambda: "got in") for _ in range(8)]
            wait_until(lambda: turns.waiting(LISTING) == 9, within_s=10)
        for one in waiting:
            with pytest.raises(Gone):
                one.result(timeout=10)

    assert turns.waiting(LISTING) == 0


def test_who_is_first_does_not_look_again():
    with Turns().of(LISTING, gone):
        pass


def test_another_thing_waits_for_nobody():
    turns = Turns(patience_s=60)
    with ExitStack() as both:
        both.enter_context(turns.of(LISTING, gone))
        both.enter_context(turns.of(OTHER, gone))
        assert (turns.waiting(LISTING), turns.waiting(OTHER)) == (1, 1)


def test_patience_ends():
    turns = Turns(patience_s=0.05)
    with ThreadPoolExecutor(1) as pool, turns.of(LISTING, nothing):
        assert start(pool, turns, gone, lambda: "went without").result(timeout=10) == "went without"
        assert turns.waiting(LISTING) == 1


def test_a_turn_that_fails_lets_the_next_one_in():
    turns = Turns(patience_s=60)
    with pytest.raises(Gone), turns.of(LISTING, nothing):
        raise Gone

    with turns.of(LISTING, gone):
        assert turns.waiting(LISTING) == 1
