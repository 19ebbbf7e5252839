"""Asking whether a thing is off: from the database, at most every few seconds in each process."""

import threading
import time
from functools import partial

from sqlalchemy.exc import DBAPIError

from airbnb.domain.causes import Cause
from airbnb.domain.switches import Paused, Switch
from airbnb.queries.switches import list_off
from airbnb.services.switches import turn
from airbnb.unit_of_work import in_transaction, reading

#: How long another process may go on with what was turned off here.
KEPT_S = 3.0

_lock = threading.Lock()
_off: frozenset[str] = frozenset()
_good_until = 0.0


def off() -> frozenset[str]:
    """Return the names of what is off. A database that does not answer leaves things as they were."""
    global _off, _good_until
    if time.monotonic() < _good_until:
        return _off
    with _lock:
        if time.monotonic() < _good_until:
            return _off
        try:
            with reading() as session:
                _off = frozenset(list_off(session))
        except DBAPIError:
            # Whoever asked needs the database too and will say that it is away.
            return _off
        _good_until = time.monotonic() + KEPT_S
        return _off


def is_off(name: str) -> bool:
    """Whether a switch is off, or a job paused."""
    return name in off()


def refuse_if_off(switch: Switch) -> None:
    """Go on unless a thing is off. Raises: Paused."""
    if is_off(switch):
        raise Paused(switch)


def set_switch(name: str, *, off: bool, cause: Cause) -> None:
    """Turn a thing off or on; this process knows at once, the others within seconds."""
    in_transaction(partial(turn, name=name, off=off, cause=cause))
    forget()


def forget() -> None:
    """Ask the database again at the next question."""
    global _good_until
    _good_until = 0.0
