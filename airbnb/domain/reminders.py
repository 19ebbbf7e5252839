"""When people are reminded of a booking; pure.

Source: docs/rules/booking-life.md, "Reminders".
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class ReminderKind(StrEnum):
    """One reminder; each is given once per booking."""

    CHECK_IN = "check_in"
    REQUEST_EARLY = "request_early"
    REQUEST_LATE = "request_late"
    REVIEW_BY_GUEST = "review_by_guest"
    REVIEW_BY_HOST = "review_by_host"


@dataclass(frozen=True, slots=True)
class Window:
    """How long before a deadline a reminder may be given: at most ``opens``, more than ``closes``."""

    opens: timedelta
    closes: timedelta = timedelta(0)


REVIEW_WINDOW = Window(timedelta(days=3))
WINDOWS = {
    ReminderKind.CHECK_IN: Window(timedelta(hours=48)),
    ReminderKind.REQUEST_EARLY: Window(timedelta(hours=12), closes=timedelta(hours=2)),
    ReminderKind.REQUEST_LATE: Window(timedelta(hours=2)),
    ReminderKind.REVIEW_BY_GUEST: REVIEW_WINDOW,
    ReminderKind.REVIEW_BY_HOST: REVIEW_WINDOW,
}


def is_due(kind: ReminderKind, deadline: datetime, now: datetime) -> bool:
    """Say whether a reminder of something that ends or begins at ``deadline`` may be given now."""
    window = WINDOWS[kind]
    return window.closes < deadline - now <= window.opens


def is_news(kind: ReminderKind, deadline: datetime, known_since: datetime) -> bool:
    """Say whether a reminder tells anything: who heard of it inside the window needs none."""
    return known_since <= deadline - WINDOWS[kind].opens
