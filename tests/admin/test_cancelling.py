"""Staff cancel with a refund of their choice: line by line, as it was shown, and with a second person for much."""

import pytest

from airbnb.domain.approvals import ApprovalKind
from airbnb.domain.kinds import Role
from airbnb.domain.statuses import ApprovalStatus, BookingStatus
from airbnb.models.approvals import Approval
from airbnb.models.payments import Refund
from airbnb.models.payouts import PayoutItem
from airbnb.models.platform import AuditEntry
from airbnb.queries.ledger import find_faults
from airbnb.unit_of_work import reading
from tests.factories.bookings import read_booking
from tests.factories.dashboard import Browser, form_values

WHY = "The heating broke down"
#: The acts upon bookings; the proposal leaves one of its own.
ON_BOOKING = (AuditEntry.action == "cancel_booking", AuditEntry.subject_type == "bookings")


@pytest.fixture
def stay(guest, host, make_listing, make_booking):
    """Three nights at 100.00 with 40.00 for cleaning."""
    listing = make_listing(host=host.user, nightly_price_minor=10_000, cleaning_fee_minor=4_000)
    return make_booking(listing=listing, guest=guest.user)


def path_of(booking) -> str:
    return f"/bookings/{booking.id}/do/cancel"


def all_of(model):
    with reading() as session:
        return session.query(model).all()


def test_the_form_begins_with_what_the_rules_give_back(stay, staff_browser):
    page = staff_browser(Role.SUPPORT).get(path_of(stay)).text

    assert form_values(page)["refund_nights"] == "300.00"
    assert "Charged: 40.00 EUR." in page


def test_a_chosen_part_of_each_line_goes_back_and_the_book_balances(stay, staff_browser, count_rows):
    browser = staff_browser(Role.SUPPORT)
    chosen = {"refund_nights": "120.50", "refund_cleaning": "0", "refund_guest_service_fee": "0"}

    shown = browser.preview(path_of(stay), reason=WHY, **chosen).text
    done = browser.decide(path_of(stay), reason=WHY, **chosen)

    assert "Nights: 120.50 EUR of 300.00 EUR" in shown
    assert "Cleaning fee: 0.00 EUR of 40.00 EUR" in shown
    assert done.status_code == 302
    assert read_booking(stay.id).status is BookingStatus.CANCELED
    (refund,) = all_of(Refund)
    assert f"The guest gets {refund.amount_minor / 100:.2f} EUR back" in shown
    assert [line for line in refund.lines if line["kind"] == "nights"] == [{"kind": "nights", "amount_minor": 12_050}]
    (item,) = all_of(PayoutItem)
    assert item.amount_minor == (34_000 - 12_050) * (10_000 - stay.host_fee_bps) // 10_000
    with reading() as session:
        assert find_faults(session) == []
    assert count_rows(AuditEntry, *ON_BOOKING, AuditEntry.reason == WHY) == 1


@pytest.mark.parametrize(
    "field, text, told",
    [
        ("refund_nights", "300.01", "Between nothing and what was charged."),
        ("refund_nights", "-1", ""),
        ("refund_nights", "1.005", ""),
        ("refund_nights", "many", ""),
        ("refund_nights", "", "An amount; 0 keeps the line."),
    ],
)
def test_impossible_amounts_are_named_and_nothing_is_done(stay, staff_browser, field, text, told, count_rows):
    browser = staff_browser(Role.SUPPORT)

    answer = browser.preview(path_of(stay), reason=WHY, **{field: text})

    assert answer.status_code == 422
    assert told in answer.text
    assert 'value="do"' not in answer.text
    assert count_rows(Refund) == count_rows(AuditEntry) == 0


def test_only_what_was_shown_is_done(stay, staff_browser, count_rows):
    browser = staff_browser(Role.SUPPORT)
    shown = browser.preview(path_of(stay), reason=WHY, refund_nights="100.00").text
    changed = {**form_values(shown), "reason": WHY, "refund_nights": "300.00", "step": "do"}

    answer = browser.client.post(f"/admin{path_of(stay)}", data=changed)
    unseen = browser.client.post(f"/admin{path_of(stay)}", data={**changed, "seen": ""})

    assert "Something changed since you looked" in answer.text
    assert unseen.status_code == 200
    assert read_booking(stay.id).status is BookingStatus.CONFIRMED
    assert count_rows(Refund) == 0


def test_a_form_sent_twice_is_one_cancellation(stay, staff_browser, count_rows):
    browser = staff_browser(Role.SUPPORT)
    form = {**form_values(browser.preview(path_of(stay), reason=WHY).text), "reason": WHY, "step": "do"}

    first = browser.client.post(f"/admin{path_of(stay)}", data=form)
    browser.client.post(f"/admin{path_of(stay)}", data=form)

    assert first.status_code == 302
    assert count_rows(Refund) == 1
    assert count_rows(AuditEntry, *ON_BOOKING) == 1


def test_much_money_goes_back_only_when_a_second_person_agrees(
    app, guest, host, make_listing, make_booking, staff_browser, make_staff, count_rows
):
    listing = make_listing(host=host.user, nightly_price_minor=40_000)
    stay = make_booking(listing=listing, guest=guest.user)
    support = staff_browser(Role.SUPPORT)

    shown = support.preview(path_of(stay), reason=WHY).text
    support.decide(path_of(stay), reason=WHY)

    assert "a second person has to approve it" in shown
    assert read_booking(stay.id).status is BookingStatus.CONFIRMED
    (proposal,) = all_of(Approval)
    assert (proposal.kind, proposal.status) == (ApprovalKind.CANCEL_BOOKING, ApprovalStatus.PENDING)
    assert support.get(f"/approvals/{proposal.id}/do/approve").status_code == 403
    finance = Browser(app)
    finance.sign_in(make_staff(Role.FINANCE))
    finance.submit(f"/approvals/{proposal.id}/do/approve", reason="I looked at it too")
    canceled = read_booking(stay.id)
    assert (canceled.status, canceled.cancel_reason) == (BookingStatus.CANCELED, WHY)
    assert [one.amount_minor for one in all_of(Refund)] == [proposal.amount_minor]
    assert count_rows(AuditEntry, *ON_BOOKING) == 1
    assert "Cancel booking" in support.get(f"/bookings/details/?id={stay.id}").text


def test_the_api_refuses_staff_alone_what_the_dashboard_does(
    guest, host, make_listing, make_booking, make_client, count_rows
):
    listing = make_listing(host=host.user, nightly_price_minor=40_000)
    stay = make_booking(listing=listing, guest=guest.user)

    answer = make_client(Role.SUPPORT).post(f"/bookings/{stay.id}/cancel", json={}, key="once")

    assert (answer.status_code, answer.json["code"]) == (409, "approval_needed")
    assert count_rows(Refund) == 0


def test_staff_never_choose_what_they_get_back_themselves(host, make_listing, make_booking, make_staff, browser):
    member = make_staff(Role.SUPPORT)
    stay = make_booking(listing=make_listing(host=host.user), guest=member)
    browser.sign_in(member)

    answer = browser.decide(path_of(stay), reason=WHY)

    assert answer.status_code == 302
    assert "not allowed" in browser.get(f"/bookings/details/?id={stay.id}").text
    assert read_booking(stay.id).status is BookingStatus.CONFIRMED
