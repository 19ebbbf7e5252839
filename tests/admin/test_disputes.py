"""Staff who look after money see disputes with what there is to show the bank."""

import pytest

from airbnb.domain.kinds import Role
from airbnb.models.disputes import Dispute
from airbnb.unit_of_work import reading


@pytest.fixture
def booking(guest, host, make_listing, own_sandbox, run_outbox):
    body = {
        "listing_id": str(make_listing(host=host.user).id),
        "check_in": "2027-04-05",
        "check_out": "2027-04-09",
        "guests": {"adults": 1},
        "payment_method": "sandbox",
        "payment_token": "tok_ok",
    }
    booked = guest.post("/bookings", json=body, key="book").json
    guest.post(f"/sandbox/payments/{booked['payment']['id']}/events", json={"type": "dispute"})
    run_outbox()
    return booked


def test_an_open_dispute_is_listed_with_its_evidence(booking, staff_browser):
    browser = staff_browser(Role.FINANCE)
    with reading() as session:
        dispute = session.query(Dispute).one()

    home = browser.get("/")
    listed = browser.get("/disputes/?flt0_state_equals=open")
    details = browser.get(f"/disputes/details/?id={dispute.id}")

    assert "Open disputes" in home.text
    assert booking["code"] in listed.text
    for words in ("fraudulent", "receipt: ", "history: confirmed", f"booking: {booking['code']}"):
        assert words in details.text
    assert str(dispute.id) not in browser.get("/disputes/?flt0_state_equals=done").text


def test_support_does_not_see_disputes(booking, staff_browser):
    browser = staff_browser(Role.SUPPORT)

    assert browser.get("/disputes/").status_code == 403
    assert "Open disputes" not in browser.get("/").text
