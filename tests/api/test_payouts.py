"""Money to hosts: accounts kept secret, holds, netting, failures, and what the host sees."""

from datetime import UTC, datetime, timedelta

import pytest

from airbnb.domain.kinds import PayoutItemKind, Role
from airbnb.domain.postings import host_penalty
from airbnb.models.payouts import Payout, PayoutAccount, PayoutItem
from airbnb.queries.ledger import find_faults
from airbnb.services import ledger
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import payouts, timers

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)
CHECK_OUT_AT = datetime(2027, 4, 9, 10, tzinfo=UTC)
DUE = CHECK_OUT_AT + timedelta(hours=24)


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)


@pytest.fixture(autouse=True)
def _audit(app):
    yield
    with reading() as session:
        assert find_faults(session) == []


def set_account(host, **details):
    body = {"method": "sandbox", "currency": "EUR", "details": {"iban": "DE89 3704 0044 0532 0130 00", **details}}
    return host.put("/users/me/payout-account", json=body)


@pytest.fixture
def run_payouts(freeze):
    """Run the payouts as at an instant."""

    def run(at):
        freeze(at)
        return payouts.run_payouts(at)

    return run


@pytest.fixture
def earned(guest, host, make_listing):
    """A completed stay of the host: 400.00 less 3 %."""
    listing = make_listing(host=host.user)
    body = {
        "listing_id": str(listing.id),
        "check_in": "2027-04-05",
        "check_out": "2027-04-09",
        "guests": {"adults": 1},
        "payment_method": "sandbox",
        "payment_token": "tok_ok",
    }
    booking = guest.post("/bookings", json=body, key="book").json
    assert timers.complete_finished(CHECK_OUT_AT) == 1
    return booking


def add_debit(booking, host, amount_minor):
    item = PayoutItem(
        host_id=host.user.id,
        booking_id=int(booking["id"]),
        kind=PayoutItemKind.DEBIT,
        source="penalty",
        currency="EUR",
        amount_minor=-amount_minor,
        due_at=NOW,
    )
    owed = host_penalty(
        booking_id=item.booking_id, host_id=item.host_id, amount_minor=amount_minor, currency=item.currency
    )

    def work(session):
        session.add(item)
        ledger.post(session, "host_penalty", f"booking:{item.booking_id}", owed, now=NOW)

    in_transaction(work)


def only_payout(host):
    (payout,) = host.get("/payouts").json["data"]
    return payout


def test_accounts_are_stored_sealed_and_shown_masked(host):
    assert host.get("/users/me/payout-account").status_code == 404

    body = set_account(host).json

    assert body["details"] == {"account": "•••• 3000"}
    assert body["verified"] is True
    assert host.get("/users/me/payout-account").json == body
    with reading() as session:
        stored = session.query(PayoutAccount).one()
    assert "3704" not in stored.details_encrypted + stored.masked


@pytest.mark.parametrize(
    "change", [{"method": "stripe"}, {"method": "cash"}, {"currency": "EURO"}, {"details": {"iban": ["x"]}}, {"x": 1}]
)
def test_an_account_that_cannot_be_is_refused(host, change, count_rows):
    body = {"method": "sandbox", "currency": "EUR", "details": {}, **change}

    assert host.put("/users/me/payout-account", json=body).status_code == 422
    assert count_rows(PayoutAccount) == 0


def test_guests_have_no_payouts(guest):
    for path in ("/payouts", "/users/me/earnings", "/users/me/payout-account"):
        assert guest.get(path).status_code == 403


def test_what_is_due_is_sent_once(host, guest, make_client, earned, run_payouts):
    set_account(host)
    assert run_payouts(DUE - timedelta(seconds=1)) == 0

    assert run_payouts(DUE) == 1
    assert run_payouts(DUE + timedelta(days=1)) == 0

    payout = only_payout(host)
    assert (payout["status"], payout["amount"]) == ("paid", {"amount": "388.00", "currency": "EUR"})
    assert payout["held_reasons"] == []
    assert [(item["kind"], item["booking_code"]) for item in payout["items"]] == [("earning", earned["code"])]
    assert host.get(f"/payouts/{payout['id']}").json == payout
    assert make_client(Role.HOST).get(f"/payouts/{payout['id']}").status_code == 404
    assert make_client(Role.FINANCE).get(f"/payouts/{payout['id']}").status_code == 200


def test_without_an_account_money_is_held(host, freeze, earned, run_payouts):
    assert run_payouts(DUE) == 0
    assert only_payout(host)["held_reasons"] == ["account_missing"]

    set_account(host)
    assert run_payouts(DUE + timedelta(hours=72)) == 1
    assert only_payout(host)["status"] == "paid"


def test_a_changed_account_holds_for_72_hours(host, freeze, earned, count_rows, run_payouts):
    freeze(DUE)
    set_account(host)

    assert run_payouts(DUE + timedelta(hours=71)) == 0
    assert only_payout(host)["held_reasons"] == ["account_changed"]
    assert run_payouts(DUE + timedelta(hours=72)) == 1
    assert count_rows(Payout) == 1


def test_debits_are_netted_first_and_their_rest_is_carried(host, earned, run_payouts):
    set_account(host)
    add_debit(earned, host, 10_000)

    assert run_payouts(DUE) == 1

    assert only_payout(host)["amount"]["amount"] == "288.00"


@pytest.mark.parametrize("owed, amount", [(38_800, None), (50_000, None), (38_700, "1.00"), (38_701, None)])
def test_what_is_left_below_the_minimum_waits(host, earned, owed, amount, run_payouts):
    set_account(host)
    add_debit(earned, host, owed)

    assert run_payouts(DUE) == (0 if amount is None else 1)
    assert [payout["amount"]["amount"] for payout in host.get("/payouts").json["data"]] == ([amount] if amount else [])


def test_a_temporary_failure_is_tried_again_with_the_same_call(host, earned, run_payouts):
    set_account(host, behaviour="fail_temporary")

    assert run_payouts(DUE) == 1
    failed = only_payout(host)
    assert (failed["status"], failed["failure"]["code"], failed["failure"]["permanent"]) == (
        "failed",
        "bank_unavailable",
        False,
    )
    assert run_payouts(DUE + timedelta(minutes=1)) == 0
    assert run_payouts(DUE + timedelta(minutes=15)) == 1
    assert only_payout(host)["status"] == "paid"


def test_a_permanent_failure_waits_for_another_account(host, freeze, earned, run_payouts):
    freeze(NOW)
    set_account(host, behaviour="fail_permanent")
    freeze(DUE)
    assert run_payouts(DUE) == 1
    assert only_payout(host)["failure"]["permanent"] is True
    assert run_payouts(DUE + timedelta(days=5)) == 0

    freeze(DUE + timedelta(hours=1))
    set_account(host)
    assert run_payouts(DUE + timedelta(hours=2)) == 0
    assert only_payout(host)["held_reasons"] == ["account_changed"]
    assert run_payouts(DUE + timedelta(hours=80)) == 1
    assert only_payout(host)["status"] == "paid"


def test_earnings_are_summed_by_month(host, earned, run_payouts):
    set_account(host)
    upcoming = host.get("/users/me/earnings").json["earnings"]
    run_payouts(DUE)

    (paid,) = host.get("/users/me/earnings?from=2027-04-01&to=2027-05-01").json["earnings"]

    assert upcoming[0]["upcoming"]["amount"] == "388.00"
    assert paid["paid"]["amount"] == "388.00"
    assert [(month["month"], month["paid"]["amount"]) for month in paid["months"]] == [("2027-04", "388.00")]
    assert host.get("/users/me/earnings?to=2027-04-01").json == {"earnings": [], "received": []}


@pytest.mark.parametrize("path", ["/users/me/earnings", "/bookings"])
@pytest.mark.parametrize("to", ["2027-04-05", "2027-04-04"])
def test_a_span_without_days_is_refused(host, path, to):
    answer = host.get(f"{path}?from=2027-04-05&to={to}")

    assert (answer.status_code, list(answer.json["errors"])) == (422, ["to"])
