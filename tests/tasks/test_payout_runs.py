"""Runs of payouts when something goes wrong: a broken host, a crash between two steps, the same run twice."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import update

from airbnb.domain.kinds import PayoutItemKind, Role
from airbnb.domain.postings import penalty_waived
from airbnb.models.payouts import PayoutAccount, PayoutItem
from airbnb.queries.ledger import find_faults
from airbnb.services import ledger
from airbnb.services.payouts import retry
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


@pytest.fixture
def earn(guest, make_listing):
    """Let a host earn 388.00 by a completed stay."""

    def earned(host, **details):
        account = {"method": "sandbox", "currency": "EUR", "details": details}
        assert host.put("/users/me/payout-account", json=account).status_code == 200
        body = {
            "listing_id": str(make_listing(host=host.user).id),
            "check_in": "2027-04-05",
            "check_out": "2027-04-09",
            "guests": {"adults": 1},
            "payment_method": "sandbox",
            "payment_token": "tok_ok",
        }
        made = guest.post("/bookings", json=body, key=f"book-{host.user.id}")
        assert (made.status_code, timers.complete_finished(CHECK_OUT_AT)) == (201, 1)
        return made.json

    return earned


def statuses(host):
    return [payout["status"] for payout in host.get("/payouts").json["data"]]


def run_at(freeze, at):
    freeze(at)
    return payouts.run_payouts(at)


def test_a_broken_account_does_not_stop_the_others(host, make_client, earn, freeze):
    other = make_client(Role.HOST)
    for one in (host, other):
        earn(one)
    broken, sound = sorted((host, other), key=lambda one: one.user.id)
    spoil = update(PayoutAccount).where(PayoutAccount.user_id == broken.user.id).values(details_encrypted="broken")
    in_transaction(lambda session: session.execute(spoil))

    assert run_at(freeze, DUE) == 1
    assert (statuses(broken), statuses(sound)) == (["processing"], ["paid"])


def test_a_retry_that_breaks_does_not_stop_the_others(host, make_client, earn, freeze, monkeypatch):
    other = make_client(Role.HOST)
    for one in (host, other):
        earn(one, behaviour="fail_temporary")
    run_at(freeze, DUE)
    resolve, seen = payouts.resolve, []

    def breaks_once(intent_id):
        seen.append(intent_id)
        if len(seen) == 1:
            raise RuntimeError("broken")
        resolve(intent_id)

    monkeypatch.setattr(payouts, "resolve", breaks_once)

    assert run_at(freeze, DUE + timedelta(days=1)) == 1
    assert sorted(statuses(host) + statuses(other)) == ["paid", "processing"]


def test_case_36_a_retry_whose_worker_died_is_found_by_the_sweep(host, earn, freeze):
    earn(host, behaviour="fail_temporary")
    run_at(freeze, DUE)
    later = DUE + timedelta(minutes=15)
    freeze(later)
    payout_id = int(host.get("/payouts").json["data"][0]["id"])
    in_transaction(partial(retry, payout_id=payout_id, now=later))  # and the worker dies before its call

    freeze(later + timedelta(minutes=1))
    assert timers.resolve_unsettled(later + timedelta(minutes=1)) == 1

    assert statuses(host) == ["paid"]


def test_a_run_at_the_same_instant_pays_what_came_in_between(host, earn, freeze):
    booking = earn(host)
    assert run_at(freeze, DUE) == 1
    bonus = PayoutItem(
        host_id=host.user.id,
        booking_id=int(booking["id"]),
        kind=PayoutItemKind.EARNING,
        source="bonus",
        currency="EUR",
        amount_minor=1_000,
        due_at=NOW,
    )
    given = penalty_waived(booking_id=bonus.booking_id, host_id=host.user.id, amount_minor=1_000, currency="EUR")

    def work(session):
        session.add(bonus)
        ledger.post(session, "bonus", f"booking:{bonus.booking_id}", given, now=NOW)

    in_transaction(work)

    assert run_at(freeze, DUE) == 1
    assert statuses(host) == ["paid", "paid"]


def test_another_account_frees_a_payout_that_failed_in_a_run_ahead_of_time(host, earn, freeze):
    """Rehearsals run payouts at an instant to come, while the account is changed today."""
    earn(host, behaviour="fail_permanent")
    run_at(freeze, DUE)
    assert statuses(host) == ["failed"]

    freeze(NOW + timedelta(days=1))
    host.put("/users/me/payout-account", json={"method": "sandbox", "currency": "EUR", "details": {"iban": "DE893704"}})

    assert statuses(host) == ["scheduled"]
    assert run_at(freeze, DUE + timedelta(days=1)) == 1
    assert statuses(host) == ["paid"]
