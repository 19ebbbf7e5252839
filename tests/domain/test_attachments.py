"""Addresses of pictures in messages: good for a while, for one size of one picture, and for nothing else."""

from datetime import UTC, datetime, timedelta

import pytest

from airbnb.domain.attachments import is_open, link_expiry, link_secret

NOON = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
KEY = "a key"


@pytest.mark.parametrize(
    "minute, second, until",
    [(0, 0, (12, 30)), (14, 59, (12, 30)), (15, 0, (12, 45)), (29, 59, (12, 45)), (59, 59, (13, 15))],
)
def test_an_address_is_good_for_15_to_30_minutes_and_the_same_within_a_quarter(minute, second, until):
    made = NOON.replace(minute=minute, second=second)

    assert link_expiry(made) == NOON.replace(hour=until[0], minute=until[1])


@pytest.mark.parametrize(
    "attachment_id, size, later, key, good",
    [
        (7, "small", timedelta(0), KEY, True),
        (7, "small", timedelta(minutes=30) - timedelta(microseconds=1), KEY, True),
        (7, "small", timedelta(minutes=30), KEY, False),
        (8, "small", timedelta(0), KEY, False),
        (7, "large", timedelta(0), KEY, False),
        (7, "small", timedelta(0), "another key", False),
    ],
)
def test_it_opens_what_it_was_made_for_in_its_time(attachment_id, size, later, key, good):
    secret = link_secret(7, "small", expires_at=link_expiry(NOON), key=KEY)

    assert is_open(attachment_id, size, secret, now=NOON + later, key=key) is good


@pytest.mark.parametrize(
    "change", [lambda s: "9" + s, lambda s: s[:-1], lambda s: s.upper(), lambda s: "-", lambda s: ""]
)
def test_what_was_tampered_with_opens_nothing(change):
    secret = link_secret(7, "small", expires_at=link_expiry(NOON), key=KEY)

    assert not is_open(7, "small", change(secret), now=NOON, key=KEY)
