"""Which nights a site's feed says are taken, whatever its quirks.

Source: docs/rules/calendar-feeds.md, "Reading a feed".
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Event

from airbnb.domain.ical import EVENT_COUNT, MAX_EVENTS, CalendarSpan, clean_uid, is_own

#: An event that ends before noon takes no further night: its guests have left.
NOON = time(12)
MAX_SERIES = 100
MAX_SERIES_YEARS = 15
SERIES_FREQUENCIES = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
SERIES_MARKS = ("RRULE", "RDATE", "RECURRENCE-ID")


class CalendarUnreadable(Exception):
    """The body is not a calendar that can be trusted; ``why`` is a short word."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadWindow:
    """Which nights matter, where the listing is, and whose ids are our own."""

    first: date
    until: date
    zone: str
    own_domain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a feed says; ``is_trusted`` is False for a feed so empty that it may as well be broken."""

    spans: Sequence[CalendarSpan]
    is_trusted: bool


def read_calendar(body: bytes, window: ReadWindow) -> Reading:
    """Return the spans of a feed that end after the window's first night.

    Raises: CalendarUnreadable for what is not a whole calendar, or holds too much.
    """
    upper = body.upper()
    if upper.count(b"BEGIN:VEVENT") > MAX_EVENTS:
        raise CalendarUnreadable("too_many_events")
    if b"BEGIN:VCALENDAR" not in upper or not upper.rstrip().endswith(b"END:VCALENDAR"):
        raise CalendarUnreadable("not_a_calendar")
    try:
        calendar = Calendar.from_ical(body.removeprefix(b"\xef\xbb\xbf"))
        events = [event for event in calendar.walk("VEVENT") if isinstance(event, Event)]
        found = list(_spans(events, window))
    except CalendarUnreadable:
        raise
    except Exception as error:  # the parser raises whatever it trips over
        raise CalendarUnreadable("not_a_calendar") from error
    if len(found) > MAX_EVENTS:
        raise CalendarUnreadable("too_many_events")
    says_empty = str(calendar.get(EVENT_COUNT, "")).strip() == "0"
    return Reading(spans=_named_apart(found), is_trusted=bool(events) or says_empty)


def _spans(events: Sequence[Event], window: ReadWindow) -> Iterator[CalendarSpan]:
    series = {str(event.get("UID", "")) for event in events if any(mark in event for mark in SERIES_MARKS)}
    single = (event for event in events if str(event.get("UID", "")) not in series)
    recurring = [event for event in events if str(event.get("UID", "")) in series]
    for event in [*single, *_occurrences(recurring, window)]:
        if _takes_nights(event):
            span = _span_of(event, window.zone)
            if (
                span.ends_on > window.first
                and span.starts_on < window.until
                and not is_own(span.uid, window.own_domain)
            ):
                yield span


def _occurrences(events: Sequence[Event], window: ReadWindow) -> Iterable[Any]:
    """Expand series within the window; endless ones end with it."""
    if not events:
        return []
    if len(events) > MAX_SERIES:
        raise CalendarUnreadable("too_many_series")
    oldest = window.first - timedelta(days=366 * MAX_SERIES_YEARS)
    whole = Calendar()
    for event in events:
        rules = event.get("RRULE", [])
        for rule in rules if isinstance(rules, list) else [rules]:
            frequencies = {str(one).upper() for one in rule.get("FREQ", [])}
            if not frequencies <= SERIES_FREQUENCIES or _day(event.decoded("DTSTART"), window.zone) < oldest:
                raise CalendarUnreadable("unbounded_series")
        whole.add_component(event)
    found: list[Any] = recurring_ical_events.of(whole, skip_bad_series=True).between(window.first, window.until)
    return found


def _takes_nights(event: Any) -> bool:
    transparent = str(event.get("TRANSP", "")).upper() == "TRANSPARENT"
    return "DTSTART" in event and not transparent and str(event.get("STATUS", "")).upper() != "CANCELLED"


def _span_of(event: Any, zone: str) -> CalendarSpan:
    start = event.decoded("DTSTART")
    starts_on, ends_on = _day(start, zone), _end_day(event, start, zone)
    uid = clean_uid(str(event.get("UID", "")))
    return CalendarSpan(
        uid=uid or f"{starts_on:%Y%m%d}-{ends_on:%Y%m%d}@unnamed.invalid",
        starts_on=starts_on,
        ends_on=max(ends_on, starts_on + timedelta(days=1)),
        summary="",
    )


def _end_day(event: Any, start: date, zone: str) -> date:
    """Return the day after the last night; one night where the event doesn't say, or ends before it starts."""
    if "DTEND" in event:
        end = event.decoded("DTEND")
    elif "DURATION" in event:
        end = start + event.decoded("DURATION")
    else:
        return _day(start, zone)
    if isinstance(end, datetime) and _local(end, zone).time() > NOON:
        return _day(end, zone) + timedelta(days=1)
    return _day(end, zone)


def _day(moment: date, zone: str) -> date:
    return _local(moment, zone).date() if isinstance(moment, datetime) else moment


def _local(moment: datetime, zone: str) -> datetime:
    """Return a moment on the listing's clock; one without a zone is on it already."""
    return moment if moment.tzinfo is None else moment.astimezone(ZoneInfo(zone))


def _named_apart(spans: Sequence[CalendarSpan]) -> list[CalendarSpan]:
    """Tell the occurrences of one id apart by their first night; the ending that names the maker stays."""
    times = Counter(span.uid for span in spans)
    named = {}
    for span in spans:
        uid = span.uid if times[span.uid] == 1 else f"{span.starts_on:%Y%m%d}-{span.uid}"
        named[uid] = CalendarSpan(uid, span.starts_on, span.ends_on, span.summary)
    return list(named.values())
