"""When reminders are due, to the second, and when they would tell nothing new."""

from datetime import UTC, datetime, timedelta

import pytest

from airbnb.domain.reminders import ReminderKind, is_due, is_news

DEADLINE = datetime(2027, 4, 5, 14, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    "kind, before, due",
    [
        (ReminderKind.CHECK_IN, timedelta(hours=48) + SECOND, False),
        (ReminderKind.CHECK_IN, timedelta(hours=48), True),
        (ReminderKind.CHECK_IN, SECOND, True),
        (ReminderKind.CHECK_IN, timedelta(0), False),
        (ReminderKind.REQUEST_EARLY, timedelta(hours=12) + SECOND, False),
        (ReminderKind.REQUEST_EARLY, timedelta(hours=12), True),
        (ReminderKind.REQUEST_EARLY, timedelta(hours=2) + SECOND, True),
        (ReminderKind.REQUEST_EARLY, timedelta(hours=2), False),
        (ReminderKind.REQUEST_LATE, timedelta(hours=2) + SECOND, False),
        (ReminderKind.REQUEST_LATE, timedelta(hours=2), True),
        (ReminderKind.REQUEST_LATE, timedelta(0), False),
        (ReminderKind.REVIEW_BY_GUEST, timedelta(days=3) + SECOND, False),
        (ReminderKind.REVIEW_BY_HOST, timedelta(days=3), True),
    ],
)
def test_a_reminder_has_a_window(kind: ReminderKind, before: timedelta, due: bool):
    assert is_due(kind, DEADLINE, DEADLINE - before) is due


@pytest.mark.parametrize("kind", [ReminderKind.CHECK_IN, ReminderKind.REQUEST_EARLY, ReminderKind.REQUEST_LATE])
def test_who_heard_of_it_inside_the_window_needs_no_reminder(kind: ReminderKind):
    opens = DEADLINE - {"check_in": 48, "request_early": 12, "request_late": 2}[kind] * timedelta(hours=1)

    assert is_news(kind, DEADLINE, opens)
    assert not is_news(kind, DEADLINE, opens + SECOND)
