"""When hosts are paid, and how much of it.

Source: docs/rules/payouts.md.
"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airbnb.domain.payout_rules import (
    AccountFacts,
    HeldReason,
    PayoutAnchor,
    canceled_due_at,
    due_at,
    held_reasons,
    net_payout,
)

T = datetime(2026, 6, 1, 13, tzinfo=UTC)
OUT = datetime(2026, 6, 5, 9, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    "options, due",
    [
        ({}, OUT + DAY),
        ({"anchor": PayoutAnchor.CHECK_IN}, T + DAY),
        ({"delay": timedelta(hours=2)}, OUT + timedelta(hours=2)),
        ({"anchor": PayoutAnchor.CHECK_IN, "delay": timedelta(0)}, T),
    ],
)
def test_a_stay_is_due_a_delay_after_its_anchor(options, due):
    assert due_at(check_in_at=T, check_out_at=OUT, **options) == due


@pytest.mark.parametrize("now, due", [(T - 9 * DAY, T + DAY), (T + DAY, T + 2 * DAY)])
def test_a_canceled_stay_is_due_after_the_later_of_check_in_and_now(now, due):
    assert canceled_due_at(check_in_at=T, now=now) == due


@pytest.mark.parametrize(
    "facts, reasons",
    [
        ({}, ()),
        ({"has_open_dispute": True}, (HeldReason.DISPUTE,)),
        ({"has_account": False, "is_verified": False}, (HeldReason.ACCOUNT_MISSING,)),
        ({"is_verified": False}, (HeldReason.ACCOUNT_UNVERIFIED,)),
        ({"changed_at": T - timedelta(hours=71)}, (HeldReason.ACCOUNT_CHANGED,)),
        ({"changed_at": T - timedelta(hours=72)}, ()),
        ({"held_by_staff": True, "has_open_dispute": True}, (HeldReason.DISPUTE, HeldReason.STAFF)),
    ],
)
def test_every_reason_to_hold_is_named(facts, reasons):
    assert held_reasons(AccountFacts(**facts), now=T) == reasons


@pytest.mark.parametrize(
    "earnings, debits, minimum, amount, netted, waiting",
    [
        ((100_00, 50_00), (), 0, 150_00, (), 0),
        ((100_00,), (30_00, 20_00), 0, 50_00, (30_00, 20_00), 0),
        ((100_00,), (80_00, 50_00), 0, 0, (80_00, 20_00), -30_00),
        ((100_00,), (100_00,), 0, 0, (100_00,), 0),
        ((9_99,), (), 10_00, 0, (), 9_99),
        ((10_00,), (), 10_00, 10_00, (), 0),
        ((), (5_00,), 0, 0, (0,), -5_00),
        ((), (), 0, 0, (), 0),
    ],
)
def test_debits_are_netted_first_and_little_waits(earnings, debits, minimum, amount, netted, waiting):
    net = net_payout(earnings, debits, minimum_minor=minimum)

    assert (net.amount_minor, net.netted_minor, net.waiting_minor) == (amount, netted, waiting)


MINOR = st.lists(st.integers(0, 10**9), max_size=20)


@given(MINOR, MINOR, st.integers(0, 10**6))
def test_netting_loses_nothing(earnings, debits, minimum):
    net = net_payout(earnings, debits, minimum_minor=minimum)

    assert net.amount_minor + net.waiting_minor == sum(earnings) - sum(debits)
    assert net.amount_minor >= 0
    assert all(0 <= taken <= debit for taken, debit in zip(net.netted_minor, debits, strict=True))
