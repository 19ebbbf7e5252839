"""Rows that wait for the end of their transaction: written once, with it, in one statement a table."""

import contextlib
import sqlite3

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from airbnb.domain.topics import Topic
from airbnb.last_rows import write_rows
from airbnb.models.platform import OutboxEvent
from airbnb.services import outbox
from airbnb.unit_of_work import in_transaction, reading


class TestRowsAtTheEnd:
    """Rows that wait for the commit: one statement for all of a table, and gone with what is given up."""

    def queue(self, session, subject_id):
        return outbox.record(session, Topic.WEBHOOK_RECEIVED, subject_id=subject_id)

    def subjects(self):
        with reading() as session:
            return set(session.scalars(select(OutboxEvent.subject_id)))

    def test_all_are_written_by_one_statement(self, app, count_statements):
        count_statements.clear()

        in_transaction(lambda session: [self.queue(session, number) for number in range(3)])

        assert len([sent for sent in count_statements if sent.startswith("INSERT INTO outbox_events")]) == 1
        assert self.subjects() == {0, 1, 2}

    def test_none_is_left_of_a_transaction_that_is_given_up(self, app):
        def work(session):
            self.queue(session, 1)
            raise LookupError

        with pytest.raises(LookupError):
            in_transaction(work)
        in_transaction(lambda session: self.queue(session, 2))

        assert self.subjects() == {2}

    def test_a_savepoint_that_is_given_up_takes_its_own_rows_along_and_no_others(self, app):
        def work(session):
            self.queue(session, 1)
            with contextlib.suppress(LookupError), session.begin_nested():
                self.queue(session, 2)
                raise LookupError
            with session.begin_nested():
                self.queue(session, 3)

        in_transaction(work)

        assert self.subjects() == {1, 3}

    def test_they_can_be_written_before_the_end(self, app):
        def work(session):
            self.queue(session, 1)
            write_rows(session)
            return session.scalar(select(func.count()).select_from(OutboxEvent))

        assert in_transaction(work) == 1
        assert self.subjects() == {1}

    def test_they_are_written_again_when_the_transaction_is_repeated(self, app):
        tries = []

        def work(session):
            self.queue(session, len(tries))
            tries.append(1)
            if len(tries) == 1:
                raise DBAPIError("", {}, sqlite3.OperationalError("database is locked"))

        in_transaction(work)

        assert self.subjects() == {1}
