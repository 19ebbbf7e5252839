"""What staff do at the dashboard, done as they do it: looked at first, with a reason, by two people for much money."""

import re
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from airbnb.domain.kinds import Role
from airbnb.domain.statuses import BookingStatus, ListingStatus, UserStatus
from airbnb.models.approvals import Approval
from airbnb.models.listings import Listing
from airbnb.models.payments import Refund
from airbnb.models.platform import AuditEntry
from airbnb.models.users import User
from airbnb.unit_of_work import reading
from airbnb.workflows import switches
from tests.factories.bookings import read_booking

WHY = "The guest called us"


@pytest.fixture
def listing(make_listing, host):
    return make_listing(host=host.user, title="The lake house", nightly_price_minor=10_000, cleaning_fee_minor=4_000)


@pytest.fixture
def stay(listing, make_booking, guest):
    return make_booking(listing=listing, guest=guest.user)


def act(visitor: Any, page: str, name: str, *, previews: bool, **answers: str) -> None:
    """Open the page of a row, press an action's button, answer, look at what it would do, and do it."""
    visitor.open(page)
    visitor.page.get_by_role("link", name=re.compile(f"^{name}")).first.click()
    for field, answer in answers.items():
        place = visitor.page.locator(f"[name={field}]")
        if place.evaluate("node => node.tagName") == "SELECT":
            place.select_option(answer)
        else:
            place.fill(answer)
    if previews:
        visitor.page.get_by_role("button", name="Show what happens").click()
        visitor.page.wait_for_selector("text=What happens")
    visitor.page.get_by_role("button", name=re.compile(f"^{name}")).click()
    visitor.page.wait_for_url("**/details/**")


def row_of(model: Any, row_id: int) -> Any:
    with reading() as session:
        return session.get_one(model, row_id)


def test_support_cancels_a_stay_with_a_part_of_each_line(visit, sign_in, stay):
    with visit() as visitor:
        sign_in(visitor, Role.SUPPORT)
        split = {"refund_nights": "120.50", "refund_cleaning": "0", "refund_guest_service_fee": "0"}
        act(visitor, f"/bookings/details/?id={stay.id}", "Cancel booking", previews=True, reason=WHY, **split)

        assert "canceled" in visitor.text()
        assert visitor.complaints == []
    assert read_booking(stay.id).status is BookingStatus.CANCELED
    with reading() as session:
        (refund,) = session.scalars(select(Refund)).all()
    assert {"kind": "nights", "amount_minor": 12_050} in refund.lines


def test_a_large_refund_by_line_needs_a_second_person_and_support_gets_nowhere(visit, sign_in, stay, app, monkeypatch):
    settings = app.extensions["airbnb_settings"]
    monkeypatch.setitem(app.extensions, "airbnb_settings", replace(settings, approval_above_minor=0))
    page = f"/refunds/booking/{stay.id}"
    with visit() as visitor:
        sign_in(visitor, Role.SUPPORT)
        assert visitor.open(page).status == 403
    with visit() as visitor:
        sign_in(visitor, Role.FINANCE)
        visitor.open(f"/bookings/details/?id={stay.id}")
        visitor.page.get_by_role("link", name="Refund by line").click()
        visitor.page.get_by_label("Cleaning").fill("40.00")
        visitor.page.get_by_label("Reason").fill(WHY)
        visitor.page.get_by_role("button", name="Show what happens").click()
        visitor.page.wait_for_selector("text=The guest gets 40.00 EUR")
        visitor.page.get_by_role("button", name="Give it back").click()
        visitor.page.wait_for_selector("text=another member of staff has to approve")
        with reading() as session:
            proposal = session.scalars(select(Approval)).one()
            assert session.scalars(select(Refund)).all() == []
        visitor.open(f"/approvals/details/?id={proposal.id}")
        assert visitor.page.get_by_role("link", name=re.compile("^Approve")).count() == 0
    with visit() as visitor:
        sign_in(visitor, Role.FINANCE)
        act(visitor, f"/approvals/details/?id={proposal.id}", "Approve", previews=False, reason="I looked at it too")
    with reading() as session:
        assert session.scalars(select(Refund.amount_minor)).all() == [4_000]


def test_support_suspends_a_host_seeing_what_that_reaches_and_reinstates_them(visit, sign_in, stay, host):
    page = f"/users/details/?id={host.user.id}"
    with visit() as visitor:
        sign_in(visitor, Role.SUPPORT)
        visitor.open(f"/users/{host.user.id}/do/suspend")
        assert "Paused, and out of search: published listings (1): The lake house" in visitor.text()
        act(visitor, page, "Suspend user", previews=False, reason="Fraud")
        assert row_of(User, host.user.id).status is UserStatus.SUSPENDED
        act(visitor, page, "Reinstate user", previews=False, reason="It was not them")

    assert row_of(User, host.user.id).status is UserStatus.ACTIVE
    assert row_of(Listing, stay.listing_id).status is ListingStatus.PAUSED


def test_an_administrator_closes_an_account_and_support_is_not_offered_it(visit, sign_in, make_user):
    user = make_user(first_name="Gone")
    page = f"/users/details/?id={user.id}"
    with visit() as visitor:
        sign_in(visitor, Role.SUPPORT)
        visitor.open(page)
        assert visitor.page.get_by_role("link", name=re.compile("^Close and erase")).count() == 0
        assert visitor.open(f"/users/{user.id}/do/close").status == 403
    with visit() as visitor:
        sign_in(visitor, Role.ADMIN)
        act(visitor, page, "Close and erase", previews=False, reason="They asked by letter")

    assert row_of(User, user.id).status is UserStatus.CLOSED


def test_support_leaves_a_note_that_the_person_never_sees(visit, sign_in, guest):
    with visit() as visitor:
        sign_in(visitor, Role.SUPPORT)
        visitor.open(f"/users/details/?id={guest.user.id}")
        visitor.page.locator("[name=body]").fill("Called twice; prefers mail.")
        visitor.page.get_by_role("button", name=re.compile("note", re.IGNORECASE)).click()
        visitor.page.wait_for_selector("text=Called twice; prefers mail.")

        assert visitor.grave_faults() == []
    assert "Called twice" not in guest.get("/users/me").text


def test_an_administrator_pauses_a_job_and_lets_another_run_now(visit, sign_in, count_rows):
    with visit() as visitor:
        sign_in(visitor, Role.ADMIN)
        for link, button in (
            ("Pause… payouts-run", "Pause payouts-run"),
            ("Run now… housekeeping", "Run housekeeping"),
        ):
            visitor.open("/operations/")
            visitor.page.get_by_role("link", name=link, exact=True).click()
            visitor.page.get_by_label("Reason").fill(WHY)
            visitor.page.get_by_role("button", name=button).click()
            visitor.page.wait_for_url("**/operations/")

        assert "Job payouts-run" in visitor.text()
    assert switches.is_off("job:payouts-run")
    assert count_rows(AuditEntry, AuditEntry.reason == WHY) == 2
