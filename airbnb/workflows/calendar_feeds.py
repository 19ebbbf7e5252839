"""One fetch of another site's calendar: claimed, fetched outside any transaction, then written."""

from functools import partial

from sqlalchemy.exc import IntegrityError

from airbnb.domain import clock
from airbnb.domain.errors import Busy
from airbnb.domain.fetch_targets import UnsafeUrl
from airbnb.domain.ical import uid_domain
from airbnb.extensions import current_settings
from airbnb.integrations.calendars import CalendarUnreadable, ReadWindow, read_calendar
from airbnb.integrations.fetching import FetchFailed, Known
from airbnb.models.calendar_feeds import CalendarFeed
from airbnb.services.calendar_feeds import FeedJob, FetchOutcome, claim, record
from airbnb.unit_of_work import in_transaction, is_duplicate_key
from airbnb.workflows.outside import fetcher

ACCEPT = "text/calendar, */*;q=0.5"
TRIES = 3


def sync_feed(feed_id: int, *, is_forced: bool = False) -> CalendarFeed | None:
    """Fetch one feed and bring the listing's nights in line; None when it is not due, or gone.

    Idempotent.
    """
    job = in_transaction(partial(claim, feed_id=feed_id, now=clock.now(), is_forced=is_forced))
    if job is None:
        return None
    outcome = _fetch(job)
    for _ in range(TRIES):
        try:
            return in_transaction(partial(record, job=job, outcome=outcome, now=clock.now()))
        except IntegrityError as error:
            # A guest or the host took one of the nights at this moment: what is free is worked out again.
            if not is_duplicate_key(error):
                raise
    raise Busy()


def _fetch(job: FeedJob) -> FetchOutcome:
    known = Known(etag=job.etag, last_modified=job.last_modified)
    domain = uid_domain(current_settings().public_url)
    window = ReadWindow(first=job.first, until=job.until, zone=job.zone, own_domain=domain)
    try:
        answer = fetcher().get(job.url, known=known, accept=ACCEPT)
        if answer.body is None:
            return FetchOutcome()
        reading = read_calendar(answer.body, window)
    except (FetchFailed, CalendarUnreadable) as failure:
        return FetchOutcome(error=str(failure))
    except UnsafeUrl as refusal:
        return FetchOutcome(error=f"{refusal.code} {refusal.facts['why']}")
    if not reading.is_trusted:
        return FetchOutcome(error="empty")
    return FetchOutcome(spans=reading.spans, etag=answer.known.etag, last_modified=answer.known.last_modified)
