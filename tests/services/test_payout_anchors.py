"""When earnings are posted and due, by the anchor of payouts, and what a cancellation after T makes of them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from airbnb.config.settings import PayoutAnchor
from airbnb.domain.cancellation import CancellationPolicy
from airbnb.domain.kinds import Role
from airbnb.models.ledger import LedgerTransaction
from airbnb.models.payouts import PayoutItem
from airbnb.queries.ledger import balances, find_faults
from airbnb.unit_of_work import reading
from airbnb.workflows import timers

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)
T = datetime(2027, 4, 5, 14, tzinfo=UTC)  # 15:00 in Lisbon
CHECK_OUT = datetime(2027, 4, 9, 10, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AT_CHECK_OUT, AT_CHECK_IN = PayoutAnchor.COMPLETED, PayoutAnchor.CHECK_IN


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)


@pytest.fixture(autouse=True)
def _audit(app):
    yield
    with reading() as session:
        assert find_faults(session) == []


@pytest.fixture
def anchored(app):
    """Return a function that sets where payouts are anchored."""
    before = app.extensions["airbnb_settings"]

    def choose(anchor):
        app.extensions["airbnb_settings"] = replace(before, payout_anchor=anchor)

    yield choose
    app.extensions["airbnb_settings"] = before


@pytest.fixture
def stay(guest, host, make_listing, make_booking):
    listing = make_listing(host=host.user, cleaning_fee_minor=4_000, cancellation_policy=CancellationPolicy.MODERATE)
    return make_booking(listing=listing, guest=guest.user, check_in=date(2027, 4, 5), nights=4)


def items():
    with reading() as session:
        rows = session.query(PayoutItem).order_by(PayoutItem.id).all()
    return [(row.kind.value, row.source, row.amount_minor, row.due_at) for row in rows]


def owed(account):
    with reading() as session:
        return balances(session).get((account, "EUR"), 0)


def run_timers(moment):
    return timers.earn_begun(moment), timers.complete_finished(moment)


@pytest.mark.parametrize(
    "anchor, moment, expected",
    [
        (AT_CHECK_OUT, T, []),
        (AT_CHECK_OUT, CHECK_OUT, [("earning", "stay", 42_680, CHECK_OUT + DAY)]),
        (AT_CHECK_IN, T - timedelta(seconds=1), []),
        (AT_CHECK_IN, T, [("earning", "stay", 42_680, T + DAY)]),
        (AT_CHECK_IN, CHECK_OUT, [("earning", "stay", 42_680, T + DAY)]),  # the timer was late
    ],
)
def test_earnings_are_posted_and_due_by_the_anchor(anchored, stay, anchor, moment, expected):
    anchored(anchor)

    run_timers(moment)
    run_timers(moment)

    assert items() == expected
    assert owed("host_payable") == -sum(amount for _, _, amount, _ in expected)


def test_check_out_adds_nothing_to_what_was_posted_at_check_in(anchored, stay, count_rows):
    anchored(AT_CHECK_IN)
    assert run_timers(T) == (1, 0)

    assert run_timers(CHECK_OUT) == (0, 1)

    assert len(items()) == 1
    assert count_rows(LedgerTransaction, LedgerTransaction.kind == "booking_completed") == 0


def test_another_anchor_from_now_on_pays_nobody_twice(anchored, stay):
    anchored(AT_CHECK_IN)
    run_timers(T)
    anchored(AT_CHECK_OUT)

    run_timers(CHECK_OUT)

    assert [amount for _, _, amount, _ in items()] == [42_680]


CANCELED = [
    # who, when, what comes back, what the host keeps, penalty
    ("guest", T - 2 * DAY, "165.00", 26_675, 0),
    ("guest", T + HOUR, "110.00", 32_010, 0),
    ("guest", T + 2 * DAY + HOUR, "0.00", 42_680, 0),
    ("support", T + HOUR, "376.20", 10_670, 0),
    ("host", T + HOUR, "376.20", 10_670, 16_500),
]


@pytest.mark.parametrize("anchor", [AT_CHECK_OUT, AT_CHECK_IN])
@pytest.mark.parametrize("who, moment, refund, kept, penalty", CANCELED)
def test_a_cancellation_leaves_the_host_the_same_under_both_anchors(
    anchored, guest, host, make_client, stay, freeze, anchor, who, moment, refund, kept, penalty
):
    anchored(anchor)
    freeze(moment)
    begun, _ = run_timers(moment)
    client = {"guest": guest, "host": host}.get(who) or make_client(Role.SUPPORT)

    answer = client.post(f"/bookings/{stay.id}/cancel", json={}, key="cancel")

    assert (answer.status_code, answer.json["refunded"]["amount"]) == (200, refund), answer.json
    noted = items()
    assert begun == (anchor is AT_CHECK_IN and moment > T)
    if begun:
        assert noted[0] == ("earning", "stay", 42_680, T + DAY)
    assert sum(amount for _, source, amount, _ in noted if source != "penalty") == kept
    assert -sum(amount for _, source, amount, _ in noted if source == "penalty") == penalty
    # In the book too: what is payable less what is owed.
    assert -owed("host_payable") - owed("host_receivable") == kept - penalty
    assert owed("guest_funds") == owed("deferred_fees") == 0


STAYS = {
    "longer": {"check_in": "2027-04-05", "check_out": "2027-04-10", "guests": {"adults": 2}},
    "shorter": {"check_in": "2027-04-05", "check_out": "2027-04-08", "guests": {"adults": 2}},
}


def change_to(guest, host, stay, wish, key):
    body = {**STAYS[wish], "payment_method": "sandbox", "payment_token": "tok_ok"}
    asked = guest.post(f"/bookings/{stay.id}/changes", json=body, key=f"ask-{key}")
    assert asked.status_code == 201, asked.json
    done = host.post(f"/bookings/{stay.id}/changes/{asked.json['id']}/accept", key=f"yes-{key}")
    assert done.status_code == 200, done.json
    return asked.json["id"]


@pytest.mark.parametrize(
    "wishes, amounts",
    [
        (["longer"], [42_680, 9_700]),
        (["shorter"], [42_680, -9_700]),
        (["shorter", "longer"], [42_680, -9_700, 19_400]),
        (["longer", "shorter"], [42_680, 9_700, -19_400]),
    ],
)
@pytest.mark.parametrize("canceled", [False, True])
def test_a_change_after_check_in_is_settled_when_it_is_agreed(
    anchored, guest, host, stay, freeze, wishes, amounts, canceled
):
    anchored(AT_CHECK_IN)
    freeze(T + HOUR)
    run_timers(T + HOUR)

    changes = [change_to(guest, host, stay, wish, f"{number}-{wish}") for number, wish in enumerate(wishes)]

    noted = items()
    assert [amount for _, _, amount, _ in noted] == amounts
    assert [source for _, source, _, _ in noted] == ["stay", *(f"change:{one}" for one in changes)]
    assert -owed("host_payable") - owed("host_receivable") == sum(amounts)
    assert owed("guest_funds") == owed("deferred_fees") == 0
    with reading() as session:
        assert find_faults(session) == []
    if canceled:
        assert guest.post(f"/bookings/{stay.id}/cancel", json={}, key="cancel").status_code == 200
    else:
        assert run_timers(CHECK_OUT + DAY) == (0, 1)
    total = sum(amount for _, _, amount, _ in items())
    assert -owed("host_payable") - owed("host_receivable") == total
    assert (total == sum(amounts)) is not canceled


def test_earnings_already_paid_out_are_taken_off_the_next_payout(anchored, guest, stay, freeze):
    anchored(AT_CHECK_IN)
    freeze(T + HOUR)
    run_timers(T + HOUR)

    guest.post(f"/bookings/{stay.id}/cancel", json={}, key="cancel")

    assert [(kind, source, amount) for kind, source, amount, _ in items()] == [
        ("earning", "stay", 42_680),
        ("debit", "cancellation", -10_670),
    ]
    assert (owed("host_payable"), owed("host_receivable")) == (-42_680, 10_670)
