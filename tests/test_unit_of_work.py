"""Transactions: what is repeated, what is not, and what happens after the commit."""

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pymysql
import pytest
from sqlalchemy import event, func, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from airbnb import unit_of_work
from airbnb.domain.bells import Bell
from airbnb.domain.errors import Busy, NotFound, OutcomeUnknown, PreconditionFailed
from airbnb.domain.topics import Topic
from airbnb.extensions import db
from airbnb.models.notifications import Notification
from airbnb.models.users import User
from airbnb.services import outbox
from airbnb.unit_of_work import MAX_TRIES, in_transaction, is_duplicate_key, is_retryable, is_unavailable, reading
from airbnb.workflows.outside import storage
from tests.settings import TEST_DATABASE_URL

on_a_server = pytest.mark.skipif(not TEST_DATABASE_URL, reason="SQLite has no connections to lose and no deadlocks")
on_sqlite = pytest.mark.skipif(bool(TEST_DATABASE_URL), reason="only SQLite answers BUSY")

RETRYABLE = [1213, 1205, 1020, 1047, 3101, 2006, 2013, 2014, 2055, 1040, 1053, 2002, 2003]
LOST = [2006, 2013, 2014, 2055]


def mysql_error(code: int) -> DBAPIError:
    return OperationalError("UPDATE x", {}, pymysql.err.OperationalError(code, "injected"))


def sqlite_error(message: str) -> DBAPIError:
    return OperationalError("BEGIN IMMEDIATE", {}, sqlite3.OperationalError(message))


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unit_of_work, "LONGEST_WAIT_S", 0.0)


@pytest.fixture
def failing(guest, no_waiting) -> Callable[..., Callable]:
    """Make a work that writes one row and raises the given error after it, the first ``times`` times."""

    def make(error: Exception, times: int):
        def work(session):
            work.calls += 1
            session.add(Notification(user_id=guest.user.id, kind=f"try-{work.calls}"))
            session.flush()
            if work.calls <= times:
                raise error
            return work.calls

        work.calls = 0
        return work

    return make


@pytest.fixture
def fail_commit(app, monkeypatch):
    """Make the next ``times`` commits fail with an error."""

    def arrange(error: Exception, times: int = 1) -> None:
        left = [times]
        do_commit = db.engine.dialect.do_commit

        def fail_first(connection) -> None:
            if left[0]:
                left[0] -= 1
                raise error
            do_commit(connection)

        monkeypatch.setattr(db.engine.dialect, "do_commit", fail_first)

    return arrange


@pytest.mark.parametrize(
    "error",
    [*map(mysql_error, RETRYABLE), sqlite_error("database is locked"), sqlite_error("database table is locked")],
    ids=lambda error: str(error.orig),
)
def test_a_conflict_repeats_the_whole_work_and_leaves_one_effect(failing, count_rows, error):
    work = failing(error, times=3)

    assert in_transaction(work) == 4
    assert count_rows(Notification) == 1
    assert count_rows(Notification, Notification.kind == "try-4") == 1


@pytest.mark.parametrize("error", [mysql_error(1213), sqlite_error("database is locked")], ids=["1213", "busy"])
def test_a_conflict_that_stays_ends_as_busy_without_a_trace(failing, count_rows, error):
    work = failing(error, times=1_000)

    with pytest.raises(Busy) as caught:
        in_transaction(work)

    assert not isinstance(caught.value, OutcomeUnknown)
    assert (work.calls, count_rows(Notification)) == (MAX_TRIES, 0)


def test_the_budget_of_time_ends_the_repeating_too(failing, monkeypatch):
    monkeypatch.setattr(unit_of_work, "RETRY_BUDGET_S", -1.0)
    work = failing(mysql_error(1213), times=1_000)

    with pytest.raises(Busy):
        in_transaction(work)
    assert work.calls == 1


@pytest.mark.parametrize(
    "error",
    [mysql_error(1064), mysql_error(1406), sqlite_error("no such table: x"), NotFound(), ValueError("wrong")],
    ids=lambda error: type(error).__name__,
)
def test_any_other_error_is_raised_at_once_without_a_trace(failing, count_rows, error):
    work = failing(error, times=1)

    with pytest.raises(type(error)):
        in_transaction(work)
    assert (work.calls, count_rows(Notification)) == (1, 0)


def test_a_duplicate_key_is_raised_once_and_known_by_its_name(make_user, count_rows):
    make_user(email="ana@example.test")
    calls = []

    def work(session):
        calls.append(1)
        session.add(User(email="ana@example.test", first_name="Ana"))
        session.flush()

    with pytest.raises(IntegrityError) as caught:
        in_transaction(work)

    assert len(calls) == count_rows(User) == 1
    assert not is_retryable(caught.value)
    assert is_duplicate_key(caught.value)
    assert is_duplicate_key(caught.value, "uq_users_email", "users.email")
    assert not is_duplicate_key(caught.value, "uq_bookings_code", "bookings.code")


@pytest.mark.parametrize(
    "error", [*map(mysql_error, (3, 1021, 1026, 1114)), sqlite_error("database or disk is full")], ids=str
)
def test_a_full_disk_passes_but_is_not_tried_again_at_once(error):
    assert is_unavailable(error)
    assert not is_retryable(error)


def test_a_wrong_statement_does_not_pass():
    assert not is_unavailable(mysql_error(1064))
    assert not is_unavailable(sqlite_error("no such column: x"))


def test_mysqls_duplicate_key_is_known_on_every_database():
    error = IntegrityError(
        "INSERT", {}, pymysql.err.IntegrityError(1062, "Duplicate entry 'a' for key 'uq_users_email'")
    )

    assert is_duplicate_key(error, "uq_users_email")
    assert not is_duplicate_key(IntegrityError("INSERT", {}, pymysql.err.IntegrityError(1452, "foreign key")))


@pytest.mark.parametrize("code", [*LOST, 1180])
def test_a_connection_or_a_cluster_lost_at_commit_is_not_repeated(failing, fail_commit, code):
    work = failing(ValueError(), times=0)
    fail_commit(mysql_error(code))

    with pytest.raises(OutcomeUnknown):
        in_transaction(work)
    assert work.calls == 1


@pytest.mark.parametrize("error", [mysql_error(1213), sqlite_error("database is locked")], ids=["1213", "busy"])
def test_a_conflict_at_commit_is_repeated(failing, fail_commit, count_rows, error):
    work = failing(ValueError(), times=0)
    fail_commit(error, times=2)

    assert in_transaction(work) == 3
    assert count_rows(Notification) == 1


def test_a_lost_update_is_a_stale_version(app):
    def work(session):
        raise StaleDataError()

    with pytest.raises(PreconditionFailed):
        in_transaction(work)


def test_a_transaction_inside_another_is_a_mistake(app):
    with pytest.raises(RuntimeError, match="already open"):
        in_transaction(lambda session: in_transaction(lambda inner: None))
    assert in_transaction(lambda session: 7) == 7


def test_nothing_outside_is_called_while_a_transaction_is_open(app):
    with pytest.raises(RuntimeError, match="outside"):
        in_transaction(lambda session: storage())
    assert storage() is not None


def test_what_a_transaction_returns_stays_loaded(guest, count_statements):
    user = in_transaction(lambda session: session.get(User, guest.user.id))
    count_statements.clear()

    assert user.email == guest.user.email
    assert count_statements == []


def test_the_bell_rings_once_after_the_commit_of_marked_work(guest, count_rows):
    seen = []
    unit_of_work.set_bell(lambda bells: seen.append((bells, unit_of_work.is_open(), count_rows(Notification))))

    def work(session):
        session.add(Notification(user_id=guest.user.id, kind="a"))
        outbox.record(session, Topic.MAIL_SEND, subject_id=1)
        outbox.record(session, Topic.MAIL_SEND, subject_id=2)
        assert seen == []

    in_transaction(work)
    in_transaction(lambda session: None)

    assert seen == [({Bell.OUTBOX}, False, 1)]


def test_refused_work_rings_no_bell(app):
    seen = []
    unit_of_work.set_bell(seen.append)

    def work(session):
        outbox.record(session, Topic.MAIL_SEND, subject_id=1)
        raise NotFound()

    with pytest.raises(NotFound):
        in_transaction(work)
    assert seen == []


def test_a_broken_bell_harms_nobody(app):
    def broken(bells: frozenset[Bell]) -> None:
        raise OSError("the broker is away")

    unit_of_work.set_bell(broken)

    in_transaction(lambda session: outbox.record(session, Topic.MAIL_SEND, subject_id=1))


@on_sqlite
def test_reads_cannot_write_on_sqlite(guest):
    with reading() as session, pytest.raises(OperationalError, match="readonly"):
        session.execute(update(User).values(first_name="Eve"))


@on_sqlite
def test_a_writer_that_finds_the_database_locked_tries_again(app, guest, count_rows, monkeypatch):
    monkeypatch.setattr(unit_of_work, "LONGEST_WAIT_S", 0.02)
    held, release = threading.Event(), threading.Event()
    tries = []

    def impatient(connection, record, proxy) -> None:
        connection.execute("PRAGMA busy_timeout=0")

    path = str(db.engine.url.database)

    def hold() -> None:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        held.set()
        release.wait(5)
        connection.close()

    def work(session) -> None:
        tries.append(1)
        if len(tries) == 3:
            release.set()
            thread.join()
        session.add(Notification(user_id=guest.user.id, kind="a"))

    event.listen(db.engine, "checkout", impatient)
    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert held.wait(5)
        in_transaction(work)
    finally:
        release.set()
        thread.join()
        event.remove(db.engine, "checkout", impatient)

    assert len(tries) == 3
    assert count_rows(Notification) == 1


@on_a_server
def test_of_two_in_a_deadlock_both_end_well(app, make_user):
    first, second = make_user().id, make_user().id
    both_hold_one = threading.Barrier(2)
    calls = []

    def cross(one: int, other: int) -> None:
        waited = []

        def work(session) -> None:
            calls.append(1)
            session.execute(update(User).where(User.id == one).values(last_name=func.concat(User.last_name, "x")))
            if not waited:
                waited.append(1)
                both_hold_one.wait(5)
            session.execute(update(User).where(User.id == other).values(last_name=func.concat(User.last_name, "y")))

        with app.app_context():
            in_transaction(work)

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(cross, first, second), pool.submit(cross, second, first)]:
            done.result(20)

    with reading() as session:
        names = session.scalars(select(User.last_name)).all()
    assert len(calls) == 3
    assert all(name[-2:] in ("xy", "yx") for name in names)


@on_a_server
def test_a_connection_lost_at_a_statement_repeats_the_work(guest, count_rows):
    calls = []

    def work(session) -> None:
        calls.append(1)
        session.add(Notification(user_id=guest.user.id, kind="a"))
        session.flush()
        if len(calls) == 1:
            kill(session)
        session.execute(select(func.count()).select_from(User))

    in_transaction(work)

    assert len(calls) == 2
    assert count_rows(Notification) == 1


@on_a_server
def test_a_connection_really_lost_before_commit_has_an_unknown_outcome(guest, count_rows):
    def work(session) -> None:
        session.add(Notification(user_id=guest.user.id, kind="a"))
        session.flush()
        kill(session)

    with pytest.raises(OutcomeUnknown):
        in_transaction(work)
    assert count_rows(Notification) == 0


def kill(session) -> None:
    """Have the server end the connection of a session."""
    number = session.scalar(text("SELECT CONNECTION_ID()"))
    with db.engine.connect() as other:
        other.execute(text(f"KILL {number}"))
