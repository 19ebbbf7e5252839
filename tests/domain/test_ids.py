"""Ids, codes and tokens."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from airbnb.domain import clock, ids
from airbnb.domain.ids import CODE_ALPHABET, MAX_ID, first_id_at, new_code, new_id, new_token, token_hash


@pytest.fixture
def at():
    """Set the clock, and put it and the ids back afterwards; ids made under a later clock are forgotten."""
    last_ms, ids._last_ms = ids._last_ms, 0
    yield lambda instant: clock.set_source(clock.fixed(instant))
    clock.set_source(None)
    ids._last_ms = last_ms


def test_ids_of_one_process_rise_and_fit_into_63_bits():
    made = [new_id() for _ in range(10_000)]

    assert made == sorted(set(made))
    assert 0 < made[0] <= made[-1] <= MAX_ID


def test_ids_made_by_many_threads_differ():
    with ThreadPoolExecutor(8) as pool:
        made = [one for part in pool.map(lambda _: [new_id() for _ in range(2_000)], range(8)) for one in part]

    assert len(set(made)) == 16_000


def test_ids_rise_although_the_clock_is_set_back(at):
    at(datetime(2027, 1, 1, tzinfo=UTC))
    first = new_id()
    at(datetime(2026, 1, 1, tzinfo=UTC))

    assert new_id() > first


def test_more_ids_than_a_millisecond_has_room_for_go_on_in_the_next(at, monkeypatch):
    monkeypatch.setattr(ids, "SEQUENCE_MASK", 7)
    monkeypatch.setattr(ids, "SEQUENCE_BITS", 3)
    at(datetime(2027, 6, 1, tzinfo=UTC))
    made = [new_id() for _ in range(100)]

    assert made == sorted(set(made))


def test_ids_last_until_2090(at):
    at(datetime(2090, 1, 1, tzinfo=UTC))

    assert new_id() <= MAX_ID


def test_an_id_tells_its_millisecond_to_nobody_but_us(at):
    instant = datetime(2028, 1, 1, tzinfo=UTC)
    at(instant)
    made = new_id() >> ids.SEQUENCE_BITS

    assert timedelta(milliseconds=made) + datetime.fromtimestamp(ids.EPOCH_MS / 1000, UTC) == instant


def test_codes_are_ten_characters_that_nobody_misreads():
    made = {new_code() for _ in range(1_000)}

    assert len(made) == 1_000
    assert all(len(code) == 10 and set(code) <= set(CODE_ALPHABET) for code in made)
    assert not set("01ILOU") & set(CODE_ALPHABET)


def test_tokens_are_random_and_their_hash_is_stable():
    made = {new_token() for _ in range(1_000)}

    assert len(made) == 1_000
    assert all(len(token) == 43 for token in made)
    assert token_hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_the_ids_of_a_moment_are_one_range(at):
    moment = datetime(2031, 5, 1, 12, tzinfo=UTC)
    at(moment)
    made = new_id()

    assert first_id_at(moment) <= made < first_id_at(moment + timedelta(milliseconds=1))
    assert first_id_at(datetime(1999, 1, 1, tzinfo=UTC)) == 0
