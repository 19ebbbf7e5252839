"""Taken nights as other sites exchange them: iCalendar with whole days (RFC 5545).

Source: docs/rules/calendar-feeds.md.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import ClassVar
from urllib.parse import urlsplit

from airbnb.domain.errors import DomainError

RESERVED, NOT_AVAILABLE = "Reserved", "Not available"
FOLD_AT = 75  # octets, CRLF not counted
LONGEST_UID = 500
MAX_EVENTS = 5_000
#: What we say of a calendar without events, so that our own importer knows an empty one from a broken one.
EVENT_COUNT = "X-STAYS-EVENTS"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
#: RFC 5545 wants at least one component.
_PLACEHOLDER = (
    "BEGIN:VTIMEZONE", "TZID:UTC", "BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0000",
    "TZOFFSETTO:+0000", "END:STANDARD", "END:VTIMEZONE",
)  # fmt: skip


class TooManyFeeds(DomainError):
    """The listing imports as many feeds as it may."""

    code: ClassVar[str] = "too_many_feeds"
    message: ClassVar[str] = "A listing imports at most {limit} calendars."


@dataclass(frozen=True, slots=True)
class CalendarSpan:
    """Nights ``[starts_on, ends_on)`` that somebody holds, under an id that stays the same."""

    uid: str
    starts_on: date
    ends_on: date
    summary: str = NOT_AVAILABLE

    @property
    def key(self) -> str:
        """Return a digest of the id, for indexes."""
        return hashlib.sha256(self.uid.encode()).hexdigest()


def uid_domain(public_url: str) -> str:
    """Return what ids made by this marketplace end with."""
    parts = urlsplit(public_url)
    return f"{parts.hostname}-{parts.port}" if parts.port else str(parts.hostname)


def is_own(uid: str, domain: str) -> bool:
    """Whether an id was made by this marketplace: it may have travelled through other sites."""
    return uid.lower().endswith(f"@{domain.lower()}")


def clean_uid(uid: str) -> str:
    """Return an id without control characters, and a digest of one that is too long."""
    plain = _CONTROL.sub("", uid).strip()
    if len(plain) <= LONGEST_UID:
        return plain
    local, at, domain = plain.rpartition("@")
    return hashlib.sha256(local.encode()).hexdigest() + at + domain[-200:]


def calendar_text(spans: Iterable[CalendarSpan], *, now: datetime) -> str:
    """Return a calendar of whole-day events; only ids, dates and one of two summaries, nothing about people.

    Source: RFC 5545, sections 3.1 and 3.6.1.
    """
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    ordered = sorted(spans, key=lambda span: (span.starts_on, span.uid))
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Stays//Calendar//EN", "CALSCALE:GREGORIAN"]
    lines += [f"{EVENT_COUNT}:{len(ordered)}", *(() if ordered else _PLACEHOLDER)]
    for span in ordered:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{escape(span.uid)}",
            f"DTSTAMP:{stamp}",
            f"DTSTART;VALUE=DATE:{span.starts_on:%Y%m%d}",
            f"DTEND;VALUE=DATE:{span.ends_on:%Y%m%d}",
            f"SUMMARY:{escape(span.summary)}",
            "TRANSP:OPAQUE",
            "END:VEVENT",
        ]
    return "".join(f"{fold(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def fold(line: str) -> str:
    """Break a line after at most 75 octets, never within a character."""
    pieces, piece, size = [], "", 0
    for letter in line:
        octets = len(letter.encode())
        if size + octets > FOLD_AT:
            pieces.append(piece)
            piece, size = " ", 1
        piece += letter
        size += octets
    return "\r\n".join([*pieces, piece])


def escape(text: str) -> str:
    plain = _CONTROL.sub("", text)
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
