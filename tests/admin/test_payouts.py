"""Payouts at the dashboard: what was earned, and what left in another currency."""

from datetime import timedelta

from airbnb.domain import clock
from airbnb.domain.kinds import Role
from airbnb.workflows import payouts


def test_staff_see_what_was_earned_and_what_left(
    guest, host, make_listing, make_booking, freeze, set_rates, staff_browser
):
    account = {"method": "sandbox", "currency": "USD", "details": {}}
    assert host.put("/users/me/payout-account", json=account).status_code == 200
    check_in = (clock.now() - timedelta(days=20)).date()
    make_booking(listing=make_listing(host=host.user), guest=guest.user, check_in=check_in, completed=True)
    later = clock.now() + timedelta(days=4)
    freeze(later)
    set_rates(later.date().isoformat(), USD="1.0832")
    assert payouts.run_payouts(later) == 1
    (payout,) = host.get("/payouts").json["data"]

    browser = staff_browser(Role.FINANCE)

    page = browser.get("/payouts/").text
    details = browser.get(f"/payouts/details/?id={payout['id']}").text

    for amount in (payout["earned"], payout["amount"]):
        assert f"{amount['amount']} {amount['currency']}" in page
        assert f"{amount['amount']} {amount['currency']}" in details
    assert payout["amount"]["currency"] == "USD"
    assert "1.0832" in details
