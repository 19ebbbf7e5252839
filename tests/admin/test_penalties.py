"""Letting a host off the penalty for cancelling on a guest."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from airbnb.domain import clock
from airbnb.domain.kinds import Role
from airbnb.models.payouts import PayoutItem
from airbnb.models.platform import AuditEntry
from airbnb.queries.ledger import find_faults
from airbnb.unit_of_work import reading


@pytest.fixture
def canceled(guest, host, make_listing, make_booking):
    """A stay that its host called off ten days before: 25 % of it is owed."""
    check_in = (clock.now() + timedelta(days=10)).date()
    booking = make_booking(listing=make_listing(host=host.user), guest=guest.user, check_in=check_in)
    answer = host.post(f"/bookings/{booking.id}/cancel", json={}, key="cancel")
    assert answer.status_code == 200, answer.json
    return booking


def owed(booking) -> int:
    with reading() as session:
        assert find_faults(session) == []
        return session.scalar(select(func.sum(PayoutItem.amount_minor)).where(PayoutItem.booking_id == booking.id))


def test_finance_waives_a_penalty_once_and_says_why(canceled, staff_browser, count_rows):
    browser, path = staff_browser(Role.FINANCE), f"/bookings/{canceled.id}/do/waive-penalty"
    assert owed(canceled) < 0

    shown = browser.get(path).text
    browser.submit(path, reason="The roof was blown off by a storm")
    browser.submit(path, reason="The roof was blown off by a storm")

    assert "let off the penalty of" in shown
    assert owed(canceled) == 0
    assert count_rows(PayoutItem, PayoutItem.booking_id == canceled.id) == 2
    assert count_rows(AuditEntry, AuditEntry.action == "waive_penalty") == 1


def test_without_a_penalty_there_is_nothing_to_waive(
    guest, host, make_listing, make_booking, staff_browser, count_rows
):
    booking = make_booking(listing=make_listing(host=host.user), guest=guest.user)
    browser = staff_browser(Role.FINANCE)

    browser.submit(f"/bookings/{booking.id}/do/waive-penalty", reason="Just in case")

    assert count_rows(PayoutItem, PayoutItem.booking_id == booking.id) == 0
    assert count_rows(AuditEntry, AuditEntry.action == "waive_penalty") == 0
