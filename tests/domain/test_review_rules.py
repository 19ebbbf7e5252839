"""When reviews are written, seen and answered.

Source: docs/rules/reviews.md.
"""

from datetime import UTC, datetime, timedelta

import pytest

from airbnb.domain.review_rules import (
    average_hundredths,
    is_publishable,
    may_edit,
    may_respond,
    may_write,
    respond_until,
    write_until,
)
from airbnb.domain.statuses import BookingStatus, ReviewStatus

OUT = datetime(2026, 6, 5, 9, tzinfo=UTC)
LAST = OUT + timedelta(days=14)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    "status, has_written, now, allowed",
    [
        (BookingStatus.COMPLETED, False, OUT, True),
        (BookingStatus.COMPLETED, False, LAST, True),
        (BookingStatus.COMPLETED, False, LAST + SECOND, False),
        (BookingStatus.COMPLETED, True, OUT, False),
        (BookingStatus.CONFIRMED, False, OUT, False),
        (BookingStatus.CANCELED, False, OUT, False),
    ],
)
def test_a_side_writes_once_within_fourteen_days(status, has_written, now, allowed):
    assert write_until(OUT) == LAST
    assert may_write(status, OUT, has_written=has_written, now=now) is allowed


@pytest.mark.parametrize(
    "status, other, now, allowed",
    [
        (ReviewStatus.PENDING, False, LAST, True),
        (ReviewStatus.PENDING, True, OUT, False),
        (ReviewStatus.PENDING, False, LAST + SECOND, False),
        (ReviewStatus.PUBLISHED, False, OUT, False),
        (ReviewStatus.HIDDEN, False, OUT, False),
    ],
)
def test_a_review_changes_until_the_other_side_has_written(status, other, now, allowed):
    assert may_edit(status, other_has_written=other, check_out_at=OUT, now=now) is allowed


@pytest.mark.parametrize(
    "both, now, published", [(True, OUT, True), (False, OUT, False), (False, LAST, False), (False, LAST + SECOND, True)]
)
def test_reviews_come_out_together_or_when_the_window_ends(both, now, published):
    assert is_publishable(both_written=both, check_out_at=OUT, now=now) is published


@pytest.mark.parametrize(
    "status, published_at, has_response, now, allowed",
    [
        (ReviewStatus.PUBLISHED, OUT, False, OUT, True),
        (ReviewStatus.PUBLISHED, OUT, False, OUT + timedelta(days=30), True),
        (ReviewStatus.PUBLISHED, OUT, False, OUT + timedelta(days=30, seconds=1), False),
        (ReviewStatus.PUBLISHED, OUT, True, OUT, False),
        (ReviewStatus.PENDING, None, False, OUT, False),
        (ReviewStatus.PUBLISHED, None, False, OUT, False),
        (ReviewStatus.HIDDEN, OUT, False, OUT, False),
    ],
)
def test_a_published_review_is_answered_once_within_thirty_days(status, published_at, has_response, now, allowed):
    assert respond_until(OUT) == OUT + timedelta(days=30)
    assert may_respond(status, published_at, has_response=has_response, now=now) is allowed


@pytest.mark.parametrize(
    "ratings, figure", [((5, 5, 4), 467), ((4, 5), 450), ((5,), 500), ((4, 4, 5), 433), ((), None)]
)
def test_a_figure_is_the_mean_in_hundredths(ratings, figure):
    assert average_hundredths(ratings) == figure
