"""Case 39: how long an answer takes does not tell whether an address has an account."""

import math
import os
from statistics import median
from time import perf_counter

import pytest

from airbnb.services.passwords import hash_password
from tests.factories.accounts import PASSWORD

#: The long form is ``TIMING_PAIRS=1000``.
PAIRS = int(os.environ.get("TIMING_PAIRS", "80"))
ACCOUNTS = 80
ROUNDS = 3  # by chance alone one round in a hundred fails
LEAST_P = 0.01


def mann_whitney(left: list[float], right: list[float]) -> float:
    """Return how likely two samples are to differ so much by chance; the usual normal approximation, two-sided."""
    ranked = sorted([(value, 0) for value in left] + [(value, 1) for value in right])
    rank_sum = sum(rank for rank, (_, side) in enumerate(ranked, 1) if side == 0)
    n, m = len(left), len(right)
    u = rank_sum - n * (n + 1) / 2
    z = (u - n * m / 2) / math.sqrt(n * m * (n + m + 1) / 12)
    return math.erfc(abs(z) / math.sqrt(2))


def test_the_measure_sees_a_difference_and_no_more():
    same = [1 + (n * 37 % 101) / 1000 for n in range(101)]

    assert mann_whitney(same, [value + 1e-6 for value in same]) > 0.5
    assert mann_whitney(same, [value * 1.05 for value in same]) < LEAST_P


@pytest.fixture
def emails(make_user):
    """Addresses of accounts, and as many of nobody."""
    password_hash = hash_password(PASSWORD)
    known = [make_user(password_hash=password_hash).email for _ in range(ACCOUNTS)]
    return known, [f"nobody{number:03}@example.test" for number in range(ACCOUNTS)]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("path", ["/login", "/password/forgot"])
def test_case_39_known_and_unknown_addresses_take_the_same_time(post_auth, emails, path):
    chances = []
    for number in range(ROUNDS):
        known, unknown = _measure(post_auth, emails, path, first=number * PAIRS)
        chances.append(mann_whitney(known, unknown))
        figures = f"{median(known) * 1000:.2f} ms known, {median(unknown) * 1000:.2f} ms unknown, p = {chances[-1]:.2f}"
        print(f"{path}: {PAIRS} pairs, {figures}")  # noqa: T201 - the figures, shown by -s
        if chances[-1] > LEAST_P:
            break

    assert max(chances) > LEAST_P, chances


def _measure(post_auth, emails, path, *, first):
    times = ([], [])
    for pair in range(first - 5, first + PAIRS):
        body = {"password": "wrong-harbour-91"} if path == "/login" else {}
        environ = {"REMOTE_ADDR": f"198.51.{pair // 250 % 250}.{pair % 250}"}
        # Who comes first changes, so that warm caches favour nobody.
        for side in ((0, 1), (1, 0))[pair % 2]:
            body["email"] = emails[side][pair % ACCOUNTS]
            began = perf_counter()
            answer = post_auth(path, dict(body), environ_base=environ)
            if pair >= first:
                times[side].append(perf_counter() - began)
            assert answer.status_code in (202, 401)
    return times
