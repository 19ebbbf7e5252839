"""``flask demo seed --scale``: a small world copied inside the database, as consistent as what it is made of."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, UniqueConstraint, func, select

from airbnb.cli.demo import seed as seeding
from airbnb.cli.demo.clearing import is_unfinished
from airbnb.cli.demo.scale import _check_keys, _is_free, _tails
from airbnb.domain import clock
from airbnb.domain.ids import CODE_ALPHABET
from airbnb.domain.permissions import STAFF_ROLES
from airbnb.models.bookings import Booking
from airbnb.models.documents import Document
from airbnb.models.ledger import LedgerEntry
from airbnb.models.notifications import MailMessage
from airbnb.models.payments import Payment, WebhookEvent
from airbnb.models.platform import AuditEntry, OutboxEvent
from airbnb.models.search import ListingCard
from airbnb.models.users import User, UserRole, UserSession
from airbnb.unit_of_work import reading


@pytest.fixture
def back_to_now() -> Iterator[None]:
    yield
    clock.set_source(None)


@pytest.mark.slow
@pytest.mark.usefixtures("back_to_now")
def test_copies_of_a_world_pass_every_audit_and_share_nothing(app: Any, monkeypatch: Any, count_rows: Any) -> None:
    monkeypatch.setattr(seeding, "MOST_BOOKINGS_PER_LISTING", 2)

    done = app.test_cli_runner().invoke(args=["demo", "seed", "--listings", "12", "--scale", "72"])

    assert done.exit_code == 0, done.output
    assert not is_unfinished()
    bookings = count_rows(Booking)
    assert 48 <= bookings <= 72
    assert bookings % 3 == 0
    with reading() as session:
        assert session.scalar(select(func.count(Booking.code.distinct()))) == bookings
        staff = select(func.count(UserRole.user_id.distinct())).where(UserRole.role.in_(STAFF_ROLES))
        assert session.scalar(staff) == 3
        for key, model in ((Payment.booking_id, Booking), (LedgerEntry.user_id, User), (UserSession.user_id, User)):
            lost = select(func.count()).where(key.is_not(None), key.not_in(select(model.id)))
            assert session.scalar(lost) == 0
        for listing_id, card in session.execute(select(ListingCard.id, ListingCard.json)):
            assert f'"id":"{listing_id}"'.encode() in bytes(card)
        for email, to in session.execute(select(User.email, MailMessage.to_address).join_from(User, MailMessage)):
            assert email == to
    for model in (Document, MailMessage, WebhookEvent, AuditEntry, OutboxEvent):
        assert count_rows(model) > bookings / 3
    for audit in (["verify"], ["figures", "audit"]):
        checked = app.test_cli_runner().invoke(args=audit)
        assert checked.exit_code == 0, checked.output


def test_ends_of_codes_that_are_taken_are_left_out() -> None:
    first = CODE_ALPHABET[0] * 4

    assert next(_tails(set())) == first
    assert next(_tails({first})) != first


@pytest.mark.parametrize("ids, free", [({1, 2, 3}, True), ({1, 11}, False), ({5, 26}, True)])
def test_a_stride_is_free_when_no_copy_lands_on_another(ids: set[int], free: bool) -> None:
    assert _is_free(ids, 10) is free


TABLE = Table("things", MetaData(), Column("id", Integer, primary_key=True), Column("name", String(9)),
              UniqueConstraint("name"))  # fmt: skip


def test_a_key_that_all_copies_would_share_is_named() -> None:
    _check_keys(TABLE, {"id": 1, "name": "own"}, {"id", "name"})
    _check_keys(TABLE, {"id": 1, "name": None}, {"id"})
    with pytest.raises(ValueError, match=r"things: copies would share \(name\) = \['same'\]"):
        _check_keys(TABLE, {"id": 1, "name": "same"}, {"id"})
