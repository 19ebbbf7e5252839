"""What cancelling is shown to give back is what it gives, to the second, by whoever cancels and wherever they are.

Source: docs/rules/cancellation.md.
"""

import time
from datetime import UTC, date, datetime, timedelta

import pytest

from airbnb.domain.cancellation import CancellationPolicy
from airbnb.domain.kinds import Role
from airbnb.models.calendar import BookedNight
from airbnb.models.payouts import PayoutItem
from airbnb.queries.ledger import find_faults
from airbnb.queries.night_audit import find_night_faults
from airbnb.unit_of_work import reading

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
NOW = datetime(2027, 1, 10, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)


@pytest.fixture(autouse=True)
def _audit(app):
    yield
    with reading() as session:
        assert find_faults(session) == []
        assert find_night_faults(session) == []


@pytest.fixture
def stay(guest, host, make_listing, client_for, freeze):
    """Book a stay at NOW or just before; four nights of 100.00 and 40.00 cleaning cost 501.60."""

    def book(check_in="2027-04-05", nights=4, booked_at=NOW, price=10_000, **columns):
        freeze(booked_at)
        columns = {"cleaning_fee_minor": 4_000, "nightly_price_minor": price, "booking_window_days": 720, **columns}
        body = {
            "listing_id": str(make_listing(host=host.user, **columns).id),
            "check_in": check_in,
            "check_out": f"{date.fromisoformat(check_in) + timedelta(days=nights)}",
            "guests": {"adults": 2},
            "payment_method": "sandbox",
            "payment_token": "tok_ok",
        }
        answer = client_for(guest.user).post("/bookings", json=body, key="book")
        assert (answer.status_code, answer.json.get("status")) == (201, "confirmed"), answer.json
        return answer.json

    return book


@pytest.fixture
def cancel(client_for):
    """Return how somebody, signed in anew, cancels."""
    return lambda caller, booking: cancel_as_shown(client_for(caller.user), booking)


def cancel_as_shown(client, booking):
    """Look what cancelling gives back, cancel with just that, and return the preview and the booking."""
    preview = client.get(f"/bookings/{booking['id']}/cancellation").json
    body = {"expected_refund": preview["refund"]}
    answer = client.post(f"/bookings/{booking['id']}/cancel", json=body, key="cancel")
    assert answer.status_code == 200, answer.json
    assert answer.json["refunded"] == preview["refund"]
    given = sum(round(float(line["refund"]["amount"]) * 100) for line in preview["lines"])
    assert given == minor(preview["refund"])
    return preview, answer.json


def minor(money):
    return round(float(money["amount"]) * 100)


def nights():
    with reading() as session:
        rows = session.query(BookedNight).order_by(BookedNight.night).all()
    return [(str(row.night), row.kind.value) for row in rows]


def items():
    with reading() as session:
        return [(row.source, row.amount_minor) for row in session.query(PayoutItem).order_by(PayoutItem.id)]


T = datetime(2027, 4, 5, 14, tzinfo=UTC)  # 15:00 in Lisbon, a week after its clocks sprang forward
BANDS = [
    # policy, deadline, what comes back up to it, and after it
    ("flexible", T - DAY, "501.60", "330.00"),
    ("flexible", T, "330.00", "220.00"),
    ("moderate", T - 5 * DAY, "501.60", "165.00"),
    ("moderate", T, "165.00", "110.00"),
    ("limited", T - 14 * DAY + HOUR, "501.60", "220.00"),  # there it is winter still, and 15:00 an hour later
    ("limited", T - 7 * DAY, "220.00", "0.00"),
    ("firm", T - 30 * DAY + HOUR, "501.60", "220.00"),
    ("strict", NOW + DAY, "501.60", "220.00"),
    ("strict", T - 7 * DAY, "220.00", "0.00"),
    ("non_refundable", NOW + DAY, "501.60", "0.00"),
]


@pytest.mark.parametrize("shift", [-SECOND, timedelta(0), SECOND], ids=["before", "at", "after"])
@pytest.mark.parametrize("policy, deadline, until, afterwards", BANDS)
def test_the_preview_is_what_cancelling_gives(guest, stay, freeze, cancel, policy, deadline, until, afterwards, shift):
    booking = stay(cancellation_policy=CancellationPolicy(policy))
    freeze(deadline + shift)

    preview, _ = cancel(guest, booking)

    assert preview["refund"]["amount"] == (afterwards if shift > timedelta(0) else until)
    assert {"until", "refund"} <= preview["schedule"][0].keys()


CLOCKS = [
    # zone, check-in, one day before T in UTC: the clock jumps in between
    ("America/New_York", "2027-03-14", datetime(2027, 3, 13, 20, tzinfo=UTC)),
    ("America/New_York", "2027-11-07", datetime(2027, 11, 6, 19, tzinfo=UTC)),
    ("Europe/Berlin", "2027-03-28", datetime(2027, 3, 27, 14, tzinfo=UTC)),
    ("Europe/Berlin", "2027-10-31", datetime(2027, 10, 30, 13, tzinfo=UTC)),
    ("Australia/Lord_Howe", "2027-04-04", datetime(2027, 4, 3, 4, tzinfo=UTC)),
    ("Australia/Lord_Howe", "2027-10-03", datetime(2027, 10, 2, 4, 30, tzinfo=UTC)),
    ("Europe/Berlin", "2028-02-29", datetime(2028, 2, 28, 14, tzinfo=UTC)),
]


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("zone, check_in, deadline", CLOCKS)
def test_a_deadline_is_an_hour_of_the_listings_clock(guest, stay, freeze, cancel, zone, check_in, deadline, late):
    booking = stay(
        check_in,
        booked_at=deadline - 20 * DAY,
        time_zone=zone,
        cancellation_policy=CancellationPolicy.FLEXIBLE,
    )
    freeze(deadline + SECOND if late else deadline)

    preview, _ = cancel(guest, booking)

    assert preview["refund"]["amount"] == ("330.00" if late else "501.60")


@pytest.mark.parametrize(
    "length, before, refund",
    [
        (1, DAY, "159.60"),
        (1, DAY - SECOND, "0.00"),
        (365, 30 * DAY, "41655.60"),
        (365, 30 * DAY - SECOND, "33536.70"),  # kept: 30 nights of 100.11
    ],
)
def test_one_night_and_a_year(guest, stay, freeze, cancel, length, before, refund):
    check_in_at = datetime(2027, 7, 5, 14, tzinfo=UTC)
    booking = stay("2027-07-05", nights=length, cancellation_policy=CancellationPolicy.FLEXIBLE)
    freeze(check_in_at - before)

    preview, _ = cancel(guest, booking)

    assert preview["refund"]["amount"] == refund


@pytest.mark.parametrize(
    "before, nights_booked, price, penalty",
    [
        (30 * DAY, 20, 20_000, 40_400),  # a tenth of 4,040.00
        (30 * DAY - SECOND, 4, 20_000, 21_000),  # a quarter of 840.00
        (2 * DAY, 4, 20_000, 21_000),
        (2 * DAY - SECOND, 4, 20_000, 42_000),  # a half
        (30 * DAY, 1, 10_000, 5_000),  # at least
        (DAY, 20, 20_000, 100_000),  # at most
        (-SECOND, 4, 20_000, 31_500),  # a half of the three nights to come
    ],
)
def test_a_host_pays_by_how_late_they_cancel(guest, host, stay, freeze, cancel, before, nights_booked, price, penalty):
    check_in_at = datetime(2027, 7, 5, 14, tzinfo=UTC)
    booking = stay("2027-07-05", nights=nights_booked, price=price, booked_at=check_in_at - 40 * DAY)
    freeze(check_in_at - before)

    _, canceled = cancel(host, booking)

    assert items()[-1] == ("penalty", -penalty)
    has_begun = before < timedelta(0)
    assert (canceled["refunded"] == booking["total"]) is not has_begun
    blocked = [night for night, kind in nights() if kind == "block"]
    assert len(blocked) == nights_booked - has_begun
    assert "2027-07-05" not in blocked if has_begun else blocked[0] == "2027-07-05"


@pytest.mark.parametrize("shift, refund, taken", [(timedelta(0), "501.60", 0), (SECOND, "376.20", 1)])
def test_staff_give_back_all_up_to_check_in_and_then_the_nights_to_come(
    make_client, stay, freeze, cancel, shift, refund, taken, trusted_staff
):
    booking = stay(cancellation_policy=CancellationPolicy.STRICT)
    freeze(T + shift)

    preview, _ = cancel(make_client(Role.SUPPORT), booking)

    assert preview["refund"]["amount"] == refund
    assert len(nights()) == taken
    assert "penalty" not in [source for source, _ in items()]


@pytest.fixture
def server_in(monkeypatch):
    """Let the server's machine stand in a zone."""

    def move(zone):
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield move
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu"])
def test_everybody_sees_the_same_nights_wherever_the_server_is(guest, host, make_client, stay, server_in, zone):
    server_in(zone)
    booking = stay("2027-04-05", time_zone="Australia/Lord_Howe")

    seen = [client.get(f"/bookings/{booking['id']}").json for client in (guest, host, make_client(Role.SUPPORT))]

    assert {(one["check_in"], one["check_out"], one["check_in_at"]) for one in seen} == {
        ("2027-04-05", "2027-04-09", "2027-04-05T04:30:00.000000Z")
    }
    assert [night for night, _ in nights()] == ["2027-04-05", "2027-04-06", "2027-04-07", "2027-04-08"]
