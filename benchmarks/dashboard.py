"""How long pages of the staff dashboard take: home, lists in each of their ways, files, pages of rows.

On a world of ``DASHBOARD_BOOKINGS`` (a million) on each of ``DASHBOARD_ON`` (sqlite,mariadb), which ``WORLDS`` keeps.
"""

import os
import statistics
import time
from collections.abc import Iterator, Sequence
from contextvars import Context
from dataclasses import dataclass
from datetime import date, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Flask
from flask_admin.model.base import ViewArgs
from sqlalchemy import func, select

from airbnb.admin.views import AFTER, StaffView
from airbnb.domain import clock
from airbnb.domain.ids import new_token
from airbnb.domain.kinds import Role, SessionKind
from airbnb.models.users import UserRole, UserSession
from airbnb.unit_of_work import in_transaction, reading
from benchmarks.dashboard_world import dashboard_world
from benchmarks.worlds_server import mariadb, worlds_folder
from tests.factories.dashboard import TOKEN

TARGET_MS = 300.0
BOOKINGS = int(os.environ.get("DASHBOARD_BOOKINGS", "1000000"))
SERVERS = os.environ.get("DASHBOARD_ON", "sqlite,mariadb").split(",")
ROUNDS = 3
#: Of rows that a search and filters take their words from: in the middle of the table, not at its ends.
MIDDLE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One thing that staff ask for; ``group`` is how the table sums it up."""

    group: str
    view: str
    what: str
    path: str
    #: A file is timed to its first piece.
    is_file: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """How long a case took by the wall clock: the median of the rounds after the first, and the first, in ms."""

    case: Case
    ms: float
    first_ms: float


def run() -> list[str]:
    """Measure on each database, print a table and return what was slower than wanted or did not answer."""
    missed: list[str] = []
    with worlds_folder() as folder:
        for name in SERVERS:
            if name == "sqlite":
                missed += _measure("SQLite", "sqlite", folder)
                continue
            with mariadb(folder) as server:
                missed += _measure("MariaDB", server, folder)
    return missed


def _measure(title: str, server: str, folder: Path) -> list[str]:
    with dashboard_world(server, BOOKINGS, folder) as app:
        client = _enter(app)
        broken, times = [], []
        for case in cases(app):
            try:
                times.append(_time(client, case))
            except RuntimeError as error:
                broken.append(f"{title}: {error}")
    _print(f"{title}, about {BOOKINGS:,} bookings", times)
    slow = [one for one in times if one.ms > TARGET_MS]
    return broken + [
        f"{title}: {one.case.view} {one.case.what}: {one.ms:.0f} ms, wanted {TARGET_MS:.0f}" for one in slow
    ]


def _enter(app: Flask) -> Any:
    """Return a client that is signed in as an administrator, whose second factor is not asked for here."""

    def work(session: Any) -> tuple[int, int]:
        admin_id = session.scalar(select(UserRole.user_id).where(UserRole.role == Role.ADMIN).limit(1))
        now = clock.now()
        device = UserSession(
            user_id=admin_id, kind=SessionKind.ADMIN, refresh_hash=new_token(), expires_at=now + timedelta(days=1)
        )
        session.add(device)
        session.flush()
        return device.id, admin_id

    session_id, user_id = in_transaction(work)
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["staff_session"], cookie["staff_user"] = session_id, user_id
        cookie["staff_seen"] = int(clock.now().timestamp())
    token = TOKEN.search(Context().run(client.get, "/admin/users/").text)
    assert token is not None, "the dashboard let nobody in"
    client.staff_token = token[1]
    return client


def cases(app: Flask) -> Iterator[Case]:
    """Yield everything that is asked: of home and of every list of the dashboard."""
    for unit in ("day", "week", "month"):
        yield Case(group="home", view="home", what=f"by {unit}", path=f"/admin/?unit={unit}")
    yield Case(group="home", view="operations", what="page", path="/admin/operations/")
    for view in app.extensions["admin"][0]._views:
        if isinstance(view, StaffView):
            yield from _cases_of(view)


def _cases_of(view: StaffView) -> Iterator[Case]:
    yield _case(view, "first page", "first page")
    row = _some_row(view)
    if row is None:
        return
    order = view._order(ViewArgs())
    yield _case(view, "deep page", "deep page", f"{AFTER}={quote(order.written(order.key_of(row)) or '')}")
    yield Case(group="file, first piece", view=view.stem, what="file", path=f"{view.url}/export", is_file=True)
    for place, (name, _) in enumerate(view._list_columns):
        if name in view._sortable_columns:
            yield _case(view, "sorted", f"by {name}", f"sort={place}")
            yield _case(view, "sorted", f"by {name} down", f"sort={place}&desc=1")
    yield from _searches(view, row)
    for index, flt in enumerate(view._filters or ()):
        name = f"flt{index}_{view.get_filter_arg(index, flt)}"
        for word in _answers(flt, row):
            yield _case(view, "filter", f"{flt.name} {flt.operation()} {word}", f"{name}={quote(word)}")
    if view.can_view_details and len(view._key()) == 1:
        yield Case(group="page of a row", view=view.stem, what="details", path=f"{view.url}/details/?id={row.id}")


def _case(view: StaffView, group: str, what: str, asked: str = "") -> Case:
    return Case(group=group, view=view.stem, what=what, path=f"{view.url}/?{asked}")


def _searches(view: StaffView, row: Any) -> Iterator[Case]:
    if not view.column_searchable_list:
        return
    for name in view.column_searchable_list:
        value = getattr(row, str(name), None) if isinstance(name, str) else None
        if value:
            yield _case(view, "search", f"for a {name}", f"search={quote(str(value))}")
            yield _case(view, "search", f"for a beginning of {name}", f"search={quote(str(value)[:4])}")
    yield _case(view, "search", "for nothing that is there", "search=zzzzzz")


def _some_row(view: StaffView) -> Any:
    """Return a row of the middle of a table whose ids are numbers; any row of another; None of an empty one."""
    key = view._key()
    with reading() as session:
        if len(key) > 1:
            return session.scalar(select(view.model).order_by(*key).limit(1))
        least, most = session.execute(select(func.min(key[0]), func.max(key[0]))).one()
        if least is None:
            return None
        middle = least + int((most - least) * MIDDLE)
        return session.scalar(select(view.model).where(key[0] >= middle).order_by(key[0]).limit(1))


def _answers(flt: Any, row: Any) -> list[str]:
    """Return what a filter is asked: every word of a closed set, else what a row of the middle has."""
    if flt.options:
        options = flt.options() if callable(flt.options) else flt.options
        return [str(word) for word, _ in options]
    value = getattr(row, flt.column.key, None)
    if value is None:
        return []
    return [f"{value:%Y-%m-%d}"] if isinstance(value, date) else [str(value)]


def _time(client: Any, case: Case) -> Timed:
    """Ask a few times. Raises: RuntimeError when the answer is not what it should be."""
    times = []
    for _ in range(ROUNDS + 1):
        began = time.perf_counter()
        # Outside of the benchmark's own context, which requests would share.
        answer = Context().run(_ask, client, case)
        times.append((time.perf_counter() - began) * 1e3)
        if answer.status_code != HTTPStatus.OK:
            raise RuntimeError(f"{case.view} {case.what}: {answer.status}")
    return Timed(case=case, ms=statistics.median(times[1:]), first_ms=times[0])


def _ask(client: Any, case: Case) -> Any:
    if not case.is_file:
        return client.get(case.path)
    answer = client.post(case.path, data={"csrf_token": client.staff_token}, buffered=False)
    next(iter(answer.iter_encoded()))
    answer.close()
    return answer


def _print(title: str, times: Sequence[Timed]) -> None:
    """Print a line a group, and the slowest of all."""
    print(f"\nDashboard on {title}, ms of the wall clock, median of {ROUNDS} rounds; the first round apart")
    print(f"| {'asked for':<18} | cases | median | slowest | slowest first | the slowest |")
    print("| --- | --- | --- | --- | --- | --- |")
    for group in dict.fromkeys(one.case.group for one in times):
        mine = [one for one in times if one.case.group == group]
        worst = max(mine, key=lambda one: one.ms)
        print(
            f"| {group:<18} | {len(mine)} | {statistics.median(one.ms for one in mine):.0f} | {worst.ms:.0f} | "
            f"{max(one.first_ms for one in mine):.0f} | {worst.case.view} {worst.case.what} |"
        )
