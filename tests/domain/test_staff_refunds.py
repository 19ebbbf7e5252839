"""What staff may give back and who bears it, exactly; the rows are those of docs/rules/refunds.md."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airbnb.domain.dispute_rules import host_bears
from airbnb.domain.kinds import Provider
from airbnb.domain.ledger_accounts import Account
from airbnb.domain.money import parse_money
from airbnb.domain.postings import Entry, ensure_balanced
from airbnb.domain.provider_currencies import rounded_up
from airbnb.domain.refund_postings import refund_given, refund_offset
from airbnb.domain.staff_refunds import (
    GOODWILL,
    HostPart,
    NothingToRefund,
    RefundBearer,
    RefundTooLarge,
    borne_by,
    ensure_refundable,
    host_part,
    refundable_lines,
)

CHARGED = [("nights", 42_000), ("discount", -2_000), ("cleaning", 4_000), ("guest_service_fee", 6_160), ("tax", 900)]
OWNER = Entry(account="", amount_minor=0, currency="EUR", booking_id=1, user_id=2)


def test_discounts_count_to_the_nights_and_what_went_back_is_taken_off():
    lines = refundable_lines(CHARGED, [("nights", 10_000), ("cleaning", 5_000), ("goodwill", 1_000)])

    assert {kind: line.left_minor for kind, line in lines.items()} == {
        "nights": 30_000,
        "cleaning": 0,
        "guest_service_fee": 6_160,
        "tax": 900,
    }


@pytest.mark.parametrize(
    "asked, left, refusal",
    [
        ({"cleaning": 4_001}, 60_000, RefundTooLarge),
        ({"pets": 1}, 60_000, RefundTooLarge),
        ({"nights": 40_000, "cleaning": 4_000}, 43_999, RefundTooLarge),
        ({GOODWILL: 101}, 100, RefundTooLarge),
        ({}, 60_000, NothingToRefund),
        ({"cleaning": 0}, 60_000, NothingToRefund),
        ({"cleaning": 100, "nights": -50}, 60_000, NothingToRefund),
    ],
)
def test_case_32_what_is_not_there_does_not_go_back(asked, left, refusal):
    with pytest.raises(refusal):
        ensure_refundable(asked, refundable_lines(CHARGED, []), left_minor=left, currency="EUR")


def test_everything_that_is_there_may_go_back():
    asked = {"nights": 40_000, "cleaning": 4_000, "guest_service_fee": 6_160, "tax": 900}

    assert ensure_refundable(asked, refundable_lines(CHARGED, []), left_minor=51_060, currency="EUR") == 51_060


@pytest.mark.parametrize(
    "asked, bearer, host, platform",
    [
        ({"cleaning": 4_000, "guest_service_fee": 560}, RefundBearer.EACH, 3_880, 680),
        ({"nights": 10_000}, RefundBearer.EACH, 9_700, 300),
        ({"cleaning": 4_000}, RefundBearer.PLATFORM, 0, 4_000),
        ({GOODWILL: 2_500}, RefundBearer.EACH, 0, 2_500),
    ],
)
def test_each_line_is_borne_by_those_whose_part_it_was(asked, bearer, host, platform):
    borne = borne_by(asked, bearer, taxes=(0, 0))
    part = host_part(borne.host_lines_minor, borne.host_taxes_minor, fee_bps=300)

    assert part.owed_minor == host
    assert part.fee_minor + borne.guest_fee_minor + borne.goodwill_minor == platform


def test_taxes_are_borne_by_those_who_were_to_hand_them_on():
    borne = borne_by({"tax": 90}, RefundBearer.EACH, taxes=(600, 300))

    assert (borne.taxes_minor, borne.host_taxes_minor) == (60, 30)
    assert borne_by({"tax": 90}, RefundBearer.PLATFORM, taxes=(600, 300)).goodwill_minor == 30


@pytest.mark.parametrize(
    "provider, currency, owed, sent",
    [
        ("stripe", "KWD", "5.005", "5.010"),
        ("stripe", "KWD", "5.010", "5.010"),
        ("stripe", "ISK", "5001", "5001"),
        ("paypal", "HUF", "4000.50", "4001.00"),
        ("paypal", "EUR", "10.01", "10.01"),
        ("sandbox", "KWD", "5.005", "5.005"),
    ],
)
def test_a_provider_moves_what_its_step_allows(provider, currency, owed, sent):
    owed_minor, sent_minor = (parse_money(text, currency).amount_minor for text in (owed, sent))

    assert rounded_up(Provider(provider), owed_minor, currency) == sent_minor


@pytest.mark.parametrize(
    "earned, taken, reason, owed",
    [
        (42_680, 50_160, "product_not_received", 42_680),
        (42_680, 10_000, "product_unacceptable", 8_509),
        (42_680, 50_160, "merchandise_or_service_not_as_described", 42_680),
        (42_680, 50_160, "fraudulent", 0),
        (0, 50_160, "product_not_received", 0),
        (42_680, 99_999, "product_not_received", 42_680),
    ],
)
def test_a_host_bears_what_was_wrong_with_the_stay(earned, taken, reason, owed):
    assert host_bears(reason, amount_minor=taken, total_minor=50_160, earned_minor=earned) == owed


amounts = st.integers(0, 10**7)


@given(
    st.fixed_dictionaries({"nights": amounts, "cleaning": amounts, "guest_service_fee": amounts, GOODWILL: amounts}),
    st.sampled_from(RefundBearer),
    st.integers(0, 2_000),
    st.sampled_from([None, 3, 7]),
    st.lists(st.integers(1, 100), max_size=3),
)
def test_nothing_is_created_or_lost_however_it_is_taken_back(asked, bearer, fee_bps, rate, percents):
    """Given once and taken off in parts, it balances every time; taken off whole, nothing of it is left."""
    asked["guest_service_fee"] += 1  # something goes back
    borne = borne_by(asked, bearer, taxes=(0, 0))
    part = host_part(borne.host_lines_minor // (rate or 1), 0, fee_bps=fee_bps)
    entries = refund_given(
        OWNER,
        host_currency="EUR" if rate is None else "USD",
        borne=borne,
        part=part,
        exchanged_minor=None if rate is None else part.whole_minor * rate,
    )
    ensure_balanced(entries)
    left_minor = sum(asked.values())
    for percent in [*percents, 100]:
        taken_minor = left_minor * percent // 100
        if not taken_minor:
            continue
        offset = refund_offset(entries, taken_minor, currency="EUR")
        ensure_balanced(offset)
        entries, left_minor = [*entries, *offset], left_minor - taken_minor

    sums = {}
    for entry in entries:
        name = Account.HOST_RECEIVABLE if entry.account == Account.HOST_PAYABLE else entry.account
        sums[name, entry.currency] = sums.get((name, entry.currency), 0) + entry.amount_minor
    assert set(sums.values()) <= {0}


def test_a_part_of_nothing_is_nothing():
    assert host_part(0, 0, fee_bps=300) == HostPart(owed_minor=0, fee_minor=0)
