"""The one place where the product reads the time."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def _system_now() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system_now


def now() -> datetime:
    """Return the present instant, aware and in UTC."""
    return _source()


def at_once() -> datetime:
    """Return the instant from which workers act at once: the present, even while a command plays a later one."""
    return min(now(), _system_now())


def today_in(zone: str) -> date:
    """Return the present date in an IANA time zone, such as a listing's."""
    return now().astimezone(ZoneInfo(zone)).date()


def set_source(source: Callable[[], datetime] | None) -> None:
    """Replace the source of time, or restore the system's with None.

    Needs: only commands with ``--now`` and tests call this; it holds for the whole process.
    """
    global _source
    _source = source or _system_now


def fixed(instant: datetime) -> Callable[[], datetime]:
    """Return a source that always answers one aware instant."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    at = instant.astimezone(UTC)
    return lambda: at
