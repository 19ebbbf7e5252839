"""The periodic jobs of bookings and money, and the commands that run them by hand."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import delete, select, update

from airbnb.domain import clock
from airbnb.integrations.payments import GatewayUnavailable
from airbnb.models.audit_runs import AuditRun
from airbnb.models.calendar import BookedNight
from airbnb.models.payments import Payment, PaymentIntent
from airbnb.models.platform import JobRun
from airbnb.queries import job_runs
from airbnb.tasks import bookings, payments
from airbnb.tasks.jobs import DEAD_AFTER, OWNER
from airbnb.tasks.schedule import beat_schedule
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import timers

pytestmark = pytest.mark.usefixtures("own_sandbox")

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)
CHECK_OUT_AT = datetime(2027, 4, 9, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)


@pytest.fixture
def booking(guest, host, make_listing):
    def book(token="tok_ok"):
        body = {
            "listing_id": str(make_listing(host=host.user).id),
            "check_in": "2027-04-05",
            "check_out": "2027-04-09",
            "guests": {"adults": 1},
            "payment_method": "sandbox",
            "payment_token": token,
        }
        return guest.post("/bookings", json=body, key=token).json

    return book


def test_each_job_runs_once_in_its_period(booking, freeze, count_rows):
    booking("tok_declined")
    freeze(NOW + timedelta(minutes=16))

    assert [bookings.expire_holds(), bookings.expire_holds()] == [1, 0]
    assert count_rows(JobRun, JobRun.job == "bookings-expire") == 1


def test_a_run_whose_worker_was_killed_is_taken_over_in_the_same_period(booking, freeze, count_rows):
    """The daily audit dies half-way; what beat asks for later on that day repeats it, yet never beside a live one."""
    booking()
    killed = partial(
        job_runs.claim_period, job="ledger-audit", period="2027-03-20T00:00:00+00:00", owner="killed", now=NOW
    )
    assert in_transaction(partial(killed, dead_before=NOW - DEAD_AFTER))

    freeze(NOW + DEAD_AFTER - timedelta(seconds=1))
    payments.audit_ledger()
    too_early = count_rows(AuditRun)
    freeze(NOW + DEAD_AFTER)
    payments.audit_ledger()
    payments.audit_ledger()

    assert (too_early, count_rows(AuditRun)) == (0, 1)
    assert count_rows(JobRun, JobRun.claimed_by == OWNER, JobRun.finished_at.is_not(None)) == 1


def test_beat_asks_for_rare_jobs_every_hour():
    asked = beat_schedule()

    assert asked["ledger-audit"]["schedule"] == timedelta(hours=1)
    assert asked["bookings-expire"]["schedule"] == timedelta(minutes=1)


def test_the_whole_life_is_run_by_the_jobs(booking, guest, host, freeze, run_outbox):
    host.put("/users/me/payout-account", json={"method": "sandbox", "currency": "EUR", "details": {}})
    made = booking("tok_requires_action")
    guest.post(f"/sandbox/payments/{made['payment']['id']}/events", json={"type": "payment.authorized", "delay_s": 60})
    run_outbox()
    freeze(NOW + timedelta(minutes=2))
    assert payments.deliver_sandbox_webhooks() == 2
    run_outbox()
    assert guest.get(f"/bookings/{made['id']}").json["status"] == "confirmed"

    freeze(CHECK_OUT_AT)
    assert bookings.complete_stays() == 1
    freeze(CHECK_OUT_AT + timedelta(hours=24))
    assert payments.run_payouts() == 1
    assert payments.audit_ledger() == 0
    assert host.get("/payouts").json["data"][0]["status"] == "paid"


def test_a_lost_answer_is_asked_for(booking, freeze):
    booking("tok_timeout")
    freeze(NOW + timedelta(minutes=1))

    assert payments.resolve_unknown() == 1


def test_a_silent_provider_is_asked_less_and_less_often(booking, own_sandbox, monkeypatch, freeze):
    def silent(reference, *, since):
        raise GatewayUnavailable("no answer")

    booking("tok_timeout")
    monkeypatch.setattr(own_sandbox, "find_payment", silent)
    gaps, at = [], NOW
    for _ in range(7):
        with reading() as session:
            due = session.scalars(select(PaymentIntent.next_check_at)).one()
        gaps.append((due - at).total_seconds())
        freeze(at := due)
        timers.resolve_unsettled(due)

    assert gaps == [30, 60, 120, 240, 480, 600, 600]


def test_one_bad_record_does_not_stop_the_others(booking, monkeypatch):
    made = [booking("tok_declined"), booking("tok_insufficient_funds")]
    expire = timers.expire_one

    def fails_for_the_first(booking_id, *, now):
        if str(booking_id) == made[0]["id"]:
            raise RuntimeError("broken")
        return expire(booking_id, now=now)

    monkeypatch.setattr(timers, "expire_one", fails_for_the_first)

    assert timers.expire_lapsed(NOW + timedelta(hours=1)) == 1


class TestCommands:
    @pytest.fixture
    def flask(self, app):
        yield lambda *words: app.test_cli_runner().invoke(args=list(words))
        clock.set_source(None)

    def test_a_sweep_acts_at_the_instant_it_is_given(self, flask, booking):
        booking()

        result = flask("bookings", "sweep", "--now", "2027-04-09T10:00:00Z")

        assert (result.exit_code, result.output) == (0, "0 expired, 1 completed, 0 calls looked up\n")

    def test_what_a_sweep_ahead_of_time_causes_is_told_at_once(self, flask, booking, freeze, guest, run_outbox):
        booking()
        run_outbox()
        flask("bookings", "sweep", "--now", "2027-04-09T10:00:00Z")
        freeze(NOW)

        run_outbox()

        told = [notification["kind"] for notification in guest.get("/notifications").json["data"]]
        assert "booking_completed" in told, told

    def test_payouts_run_at_the_instant_they_are_given(self, flask, booking, host):
        host.put("/users/me/payout-account", json={"method": "sandbox", "currency": "EUR", "details": {}})
        booking()
        flask("bookings", "sweep", "--now", "2027-04-09T10:00:00+00:00")

        assert flask("payouts", "run", "--now", "2027-04-10T10:00:00").output == "1 payouts sent\n"
        assert flask("ledger", "audit").exit_code == 0

    def test_a_wrong_instant_is_refused(self, flask):
        assert flask("payouts", "run", "--now", "tomorrow").exit_code == 2

    def test_audits_fail_on_a_fault(self, flask, booking):
        made = booking()
        assert flask("calendar", "audit").exit_code == 0
        in_transaction(lambda session: session.execute(delete(BookedNight).where(BookedNight.night > NOW.date())))
        in_transaction(lambda session: session.execute(update(Payment).values(captured_minor=1)))

        calendar, ledger = flask("calendar", "audit"), flask("ledger", "audit")

        assert (calendar.exit_code, ledger.exit_code) == (1, 1)
        assert f"{made['code']} is confirmed with 0 of 4 nights" in calendar.output
        assert made["code"] in ledger.output
