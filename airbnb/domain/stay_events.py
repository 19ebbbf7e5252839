"""One stay as an entry for somebody's own calendar (RFC 5545); sent anew, it replaces what was sent before."""

from dataclasses import dataclass
from datetime import UTC, datetime

from airbnb.domain.ical import escape, fold


@dataclass(frozen=True, slots=True, kw_only=True)
class StayEvent:
    """What the entry says; ``uid`` is the same for the whole life of a booking, and ``sequence`` grows with it."""

    uid: str
    sequence: int
    begins_at: datetime
    ends_at: datetime
    summary: str
    url: str
    is_canceled: bool = False


def event_text(event: StayEvent, *, now: datetime) -> str:
    """Return the calendar file.

    Source: RFC 5545, sections 3.6.1 and 3.8.7.4; RFC 5546, section 3.2.1: an entry is replaced by one of the same UID
    with a greater SEQUENCE.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Stays//Booking//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{escape(event.uid)}",
        f"SEQUENCE:{event.sequence}",
        f"DTSTAMP:{_instant(now)}",
        f"DTSTART:{_instant(event.begins_at)}",
        f"DTEND:{_instant(event.ends_at)}",
        f"SUMMARY:{escape(event.summary)}",
        f"URL:{event.url}",
        f"STATUS:{'CANCELLED' if event.is_canceled else 'CONFIRMED'}",
        "TRANSP:OPAQUE",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{fold(line)}\r\n" for line in lines)


def _instant(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
