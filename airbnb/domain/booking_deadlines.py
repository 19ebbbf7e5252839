"""Until when a booking waits for whom.

Source: docs/rules/booking-life.md, "Deadlines".
"""

from datetime import datetime, time, timedelta

from airbnb.domain.stays import Stay, local_instant

HOLD = timedelta(minutes=15)
#: What a capture adds to a hold by compare-and-set, so that expiry and capture cannot both win.
CAPTURE_EXTENSION = timedelta(minutes=5)
RESPOND_WITHIN = timedelta(hours=24)
#: How long before the provider lets an authorization go the host must have answered.
CAPTURE_MARGIN = timedelta(hours=12)
FAILED_CAPTURE_HOLD = timedelta(hours=24)
FAILED_CAPTURE_MARGIN = timedelta(hours=2)
CHANGE_PAYMENT_WITHIN = timedelta(hours=24)
MAX_PAYMENT_ATTEMPTS = 5
MAX_UNPAID_HOLDS = 3


def hold_until(now: datetime) -> datetime:
    """Return when the nights of an unpaid booking are let go."""
    return now + HOLD


def extended_hold_until(until: datetime, by: timedelta, *, now: datetime, check_in_at: datetime) -> datetime:
    """Return where a hold ends that staff extend: never more than 24 h from now, nor later than 2 h before T.

    It is ``until`` itself, or earlier, when there is no room left.
    Source: docs/rules/booking-life.md, "Deadlines".
    """
    return min(until + by, now + FAILED_CAPTURE_HOLD, check_in_at - FAILED_CAPTURE_MARGIN)


def respond_by(
    stay: Stay,
    *,
    now: datetime,
    zone: str,
    check_in_time: time,
    cut_off_hour: int | None = None,
    capture_before: datetime | None = None,
) -> datetime:
    """Return when a request lapses: the earliest of 24 h, the check-in day's hour and the provider's limit less 12 h.

    The check-in day's hour is the cut-off hour, or the check-in hour when there is none.
    Source: docs/rules/booking-life.md, "Deadlines".
    """
    last_hour = check_in_time if cut_off_hour is None else time(cut_off_hour)
    limits = [now + RESPOND_WITHIN, local_instant(stay.check_in, last_hour, zone)]
    if capture_before is not None:
        limits.append(capture_before - CAPTURE_MARGIN)
    return min(limits)


def failed_capture_hold_until(now: datetime, check_in_at: datetime) -> datetime:
    """Return the new hold after a capture failed at the host's acceptance: 24 h, but at most until 2 h before T.

    Near T the answer may already have passed; then the booking expires at once.
    """
    return min(now + FAILED_CAPTURE_HOLD, check_in_at - FAILED_CAPTURE_MARGIN)
