"""A host notes that a guest never came: when, once, by whom, and with the money as booked."""

from datetime import UTC, date, datetime, timedelta

import pytest

from airbnb.domain.kinds import Role
from airbnb.models.calendar import BookedNight
from airbnb.models.ledger import LedgerTransaction
from airbnb.models.notifications import Notification
from airbnb.models.platform import AuditEntry
from airbnb.unit_of_work import reading
from airbnb.workflows import timers

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
CHECK_IN = date(2027, 4, 5)


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)


@pytest.fixture
def stay(guest, host, make_listing, make_booking):
    return make_booking(listing=make_listing(host=host.user), guest=guest.user, check_in=CHECK_IN, nights=3)


def rows(model, **filters):
    with reading() as session:
        return session.query(model).filter_by(**filters).all()


def test_from_24_hours_after_check_in_the_host_notes_it_and_nothing_else_changes(
    guest, host, stay, freeze, count_rows, run_outbox
):
    before = guest.get(f"/bookings/{stay.id}").json
    posted, taken = count_rows(LedgerTransaction), count_rows(BookedNight)
    freeze(stay.check_in_at + timedelta(hours=24))
    assert host.get(f"/bookings/{stay.id}").json["actions"][-1] == "no_show"

    answer = host.post(f"/bookings/{stay.id}/no-show", key="gone")
    run_outbox()

    assert (answer.status_code, answer.json["status"]) == (200, "confirmed"), answer.json
    assert answer.json["no_show_at"] == "2027-04-06T14:00:00.000000Z"
    assert "no_show" not in answer.json["actions"]
    last = answer.json["status_history"][-1]
    assert (last["from"], last["to"], last["by"]) == ("confirmed", "confirmed", "host")
    assert (count_rows(LedgerTransaction), count_rows(BookedNight)) == (posted, taken)
    after = guest.get(f"/bookings/{stay.id}").json
    assert [after[name] for name in ("total", "paid", "refunded")] == [
        before[name] for name in ("total", "paid", "refunded")
    ]
    (entry,) = rows(AuditEntry, action="note_no_show")
    assert (entry.actor_id, entry.subject_id) == (stay.host_id, stay.id)
    (alert,) = rows(Notification, kind="booking_no_show")
    assert (alert.user_id, alert.subject_type, alert.subject_id) == (stay.guest_id, "booking", stay.id)


def test_a_repeat_changes_nothing(host, stay, freeze, count_rows):
    freeze(stay.check_in_at + timedelta(hours=24))
    url = f"/bookings/{stay.id}/no-show"
    first = host.post(url)
    freeze(stay.check_in_at + timedelta(hours=30))

    again = host.post(url)

    assert (again.status_code, again.json["no_show_at"]) == (200, first.json["no_show_at"])
    assert count_rows(AuditEntry, AuditEntry.action == "note_no_show") == 1


@pytest.mark.parametrize(
    "nights, moment, status",
    [
        (3, timedelta(hours=24) - SECOND, 409),
        (3, timedelta(hours=24), 200),
        (1, timedelta(hours=20) - SECOND, 409),  # check-out at 11:00 comes first
        (1, timedelta(hours=20), 200),
    ],
)
def test_not_before_its_time(guest, host, make_listing, make_booking, freeze, nights, moment, status):
    stay = make_booking(listing=make_listing(host=host.user), guest=guest.user, check_in=CHECK_IN, nights=nights)
    freeze(stay.check_in_at + moment)

    answer = host.post(f"/bookings/{stay.id}/no-show")

    assert answer.status_code == status, answer.json
    assert status == 200 or answer.json["code"] == "invalid_transition"


def test_only_for_a_stay_that_is_agreed(guest, host, stay, freeze):
    guest.post(f"/bookings/{stay.id}/cancel", json={}, key="cancel")
    freeze(stay.check_in_at + timedelta(hours=24))

    assert host.post(f"/bookings/{stay.id}/no-show").status_code == 409


def test_only_by_its_host_and_by_support(guest, make_client, stay, freeze):
    freeze(stay.check_in_at + timedelta(hours=24))

    answers = [
        client.post(f"/bookings/{stay.id}/no-show").status_code
        for client in (guest, make_client(Role.HOST), make_client(Role.FINANCE), make_client(Role.SUPPORT))
    ]

    assert answers == [403, 404, 404, 200]


def test_the_stay_still_completes_and_pays_its_host(host, stay, freeze):
    freeze(stay.check_in_at + timedelta(hours=24))
    host.post(f"/bookings/{stay.id}/no-show")

    assert timers.complete_one(stay.id, now=stay.check_out_at)

    assert host.get(f"/bookings/{stay.id}").json["status"] == "completed"
