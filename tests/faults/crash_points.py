"""Where a process can be made to kill itself, while it runs for real in a test.

A point is ``<moment> <subject>``:

- ``written T``, ``committing T``, ``committed T``: after a statement that changes table T, before the COMMIT of such a
  transaction, after it;
- ``calling P.f``, ``called P.f``: before a call to a provider (``stripe``, ``paypal``, ``sandbox``, ``mailer``) or to
  somebody's server (``fetcher``), and after its answer;
- ``answering E``: the response of endpoint E is made and not sent.

The product itself has no such switch: everything hangs on events of its libraries and on its adapters.
"""

import os
import re
import signal
from collections.abc import Callable
from functools import wraps
from itertools import count
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from sqlalchemy import Engine, event

from airbnb.extensions import db
from airbnb.workflows.outside import EXTENSION, Outside

MARK = "changed_tables"
_CHANGE = re.compile(r"\s*(?:INSERT(?: IGNORE)? INTO|UPDATE|DELETE FROM) `?(\w+)")
_NEVER = ("", "", 0)

Reached = Callable[[str, str], None]


class Plan:
    """At which occurrence of which point this process is to die, by the environment or by a file.

    The file may be laid and changed while the process runs; who dies by it renames it to ``*.hit`` first, so that it
    kills one process once, and the test sees that the point was reached.
    """

    def __init__(self, text: str = "", file: Path | None = None) -> None:
        """Take ``<moment> <subject> [<occurrence>]``, or a file that may hold it."""
        self._file, self._seen = file, 0
        self._set(text)

    def reached(self, moment: str, subject: str) -> None:
        """Die if this is the point."""
        if self._file is not None:
            self._read(self._file)
        wanted_moment, wanted_subject, on = self._wanted
        if (moment, subject) == (wanted_moment, wanted_subject) and next(self._count) == on and self._take():
            os.kill(os.getpid(), signal.SIGKILL)

    def _set(self, text: str) -> None:
        words = text.split()
        self._wanted = (words[0], words[1], int((words[2:] or ["1"])[0])) if words else _NEVER
        self._count = count(1)

    def _read(self, file: Path) -> None:
        try:
            changed = file.stat().st_mtime_ns
            if changed != self._seen:
                self._seen = changed
                self._set(file.read_text())
        except FileNotFoundError:
            self._seen = 0
            self._wanted = _NEVER

    def _take(self) -> bool:
        try:
            if self._file is not None:
                self._file.rename(self._file.with_suffix(".hit"))
        except FileNotFoundError:
            return False
        return True


def lay(app: Flask, plan: Plan) -> None:
    """Let every point of this app ask the plan."""
    with app.app_context():
        _watch_database(db.engine, plan.reached)
    outside: Outside = app.extensions[EXTENSION]
    for name, adapter in {**outside.gateways, "mailer": outside.mailer, "fetcher": outside.fetcher}.items():
        _watch_calls(name, adapter, plan.reached)

    @app.after_request
    def answering(response: Response) -> Response:
        plan.reached("answering", request.endpoint or "")
        return response


def wrap_methods(adapter: Any, wrapper: Callable[[str, Callable[..., Any]], Callable[..., Any]]) -> None:
    """Put ``wrapper(name, method)`` in the place of every public method of one adapter."""
    for name in dir(type(adapter)):
        method = None if name.startswith("_") else getattr(adapter, name)
        if callable(method):
            setattr(adapter, name, wrapper(name, method))


def _watch_calls(provider: str, adapter: Any, reached: Reached) -> None:
    def watched(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def call(*args: Any, **named: Any) -> Any:
            reached("calling", f"{provider}.{name}")
            answer = method(*args, **named)
            reached("called", f"{provider}.{name}")
            return answer

        return call

    wrap_methods(adapter, watched)


def _watch_database(engine: Engine, reached: Reached) -> None:
    @event.listens_for(engine, "after_cursor_execute")
    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        change = _CHANGE.match(statement)
        if change:
            connection.info.setdefault(MARK, set()).add(change[1])
            reached("written", change[1])

    @event.listens_for(engine, "rollback")
    def forget(connection: Any) -> None:
        # A connection that was lost has nothing left to forget, and may not be asked.
        if not connection.invalidated:
            connection.info.pop(MARK, None)

    @event.listens_for(engine, "commit")
    def commit(connection: Any) -> None:
        for table in sorted(connection.info.get(MARK, ())):
            reached("committing", table)

    @event.listens_for(engine, "checkin")
    def give_back(dbapi_connection: Any, record: Any) -> None:
        # The connection comes back to the pool right after the COMMIT was answered.
        for table in sorted(record.info.pop(MARK, ())):
            reached("committed", table)
