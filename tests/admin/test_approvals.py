"""Moving money by hand: alone up to a limit, with a second person above it, and each thing once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from airbnb.domain import clock
from airbnb.domain.approvals import ApprovalKind, OwnProposal, needs_second_person
from airbnb.domain.causes import by_staff
from airbnb.domain.errors import InvalidTransition
from airbnb.domain.kinds import Role
from airbnb.domain.money import Money
from airbnb.domain.payment_reports import PayoutReport
from airbnb.domain.statuses import ApprovalStatus, PayoutStatus
from airbnb.extensions import current_settings
from airbnb.models.approvals import Approval
from airbnb.models.history import StatusChange
from airbnb.models.payments import PaymentIntent
from airbnb.models.payouts import Payout, PayoutHold
from airbnb.models.platform import AuditEntry
from airbnb.queries.ledger import balances, find_faults
from airbnb.services.approvals import Proposal
from airbnb.services.approvals import propose as propose_in
from airbnb.services.payouts import apply_report
from airbnb.tasks.payments import expire_approvals
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import approvals, payouts
from tests.factories.dashboard import Browser

LIMIT = 50_000


@pytest.fixture
def earned(guest, host, make_listing, make_booking):
    """A stay that has ended and is due, of a host who can be paid."""

    def make(nightly_price_minor=30_000):
        host.put("/users/me/payout-account", json={"method": "sandbox", "currency": "EUR", "details": {}})
        listing = make_listing(host=host.user, nightly_price_minor=nightly_price_minor)
        check_in = (clock.now() - timedelta(days=20)).date()
        return make_booking(listing=listing, guest=guest.user, check_in=check_in, completed=True)

    return make


@pytest.fixture
def run_payouts(freeze):
    """Run payouts once what holds changed accounts is over."""
    later = clock.now() + timedelta(days=4)

    def run():
        freeze(later)
        return payouts.run_payouts(later)

    return run


def only(model):
    with reading() as session:
        return session.scalars(select(model)).one()


def hold(browser, subject):
    answer = browser.submit("/payout-holds/add", subject=str(subject), reason="A neighbour wrote to us")
    assert answer.status_code == 302, answer.text
    return only(PayoutHold)


def release(browser, row):
    return browser.submit(f"/payout-holds/{row.id}/do/release", reason="All is well")


def second_browser(app, make_staff):
    browser = Browser(app)
    assert browser.sign_in(make_staff(Role.FINANCE)).status_code == 302
    return browser


@pytest.mark.parametrize("worth, needed", [(LIMIT, False), (LIMIT + 1, True), (None, True), (0, False)])
def test_who_decides(worth, needed):
    assert needs_second_person(worth, above_minor=LIMIT) is needed


@pytest.mark.parametrize("by_code", [True, False], ids=["one stay", "the host"])
def test_held_money_waits_and_shows_why_until_it_is_released(
    earned, staff_browser, run_payouts, run_outbox, host, by_code
):
    booking = earned(nightly_price_minor=10_000)
    browser = staff_browser(Role.FINANCE)
    row = hold(browser, booking.code.lower() if by_code else host.user.id)

    assert run_payouts() == 0
    (waiting,) = host.get("/payouts").json["data"]
    assert (waiting["status"], waiting["held_reasons"]) == ("scheduled", ["staff"])
    run_payouts()
    run_outbox()
    assert [one["kind"] for one in host.get("/notifications").json["data"]].count("payout_held") == 1

    release(staff_browser(Role.FINANCE), row)
    assert only(PayoutHold).released_at is not None
    assert run_payouts() == 1
    assert only(Payout).status is PayoutStatus.PAID


def test_a_held_stay_does_not_hold_the_others(earned, staff_browser, run_payouts, host):
    held, _ = earned(), earned()
    hold(staff_browser(Role.FINANCE), held.code)

    assert run_payouts() == 1
    statuses = {one["status"]: one["held_reasons"] for one in host.get("/payouts").json["data"]}
    assert statuses == {"scheduled": ["staff"], "paid": []}


def test_a_payout_that_failed_for_a_while_is_not_tried_again_while_it_is_held(
    earned, staff_browser, host, freeze, run_payouts
):
    earned()
    host.put(
        "/users/me/payout-account",
        json={"method": "sandbox", "currency": "EUR", "details": {"behaviour": "fail_temporary"}},
    )
    run_payouts()
    assert only(Payout).status is PayoutStatus.FAILED
    browser = staff_browser(Role.FINANCE)
    hold(browser, host.user.id)

    later = clock.now() + timedelta(days=1)
    freeze(later)
    payouts.run_payouts(later)

    assert only(Payout).attempts == 1


def test_what_is_held_twice_or_is_not_there_is_refused(earned, staff_browser, count_rows):
    booking, browser = earned(), staff_browser(Role.FINANCE)
    hold(browser, booking.code)

    browser.submit("/payout-holds/add", subject=booking.code, reason="Once more")
    for nobody in ("HMNOTHERE1", "99999999999999999999999", "1"):
        assert browser.submit("/payout-holds/add", subject=nobody, reason="Nobody").status_code == 422

    assert count_rows(PayoutHold) == 1


def test_above_the_limit_another_person_decides(app, earned, staff_browser, make_staff, run_payouts, count_rows):
    booking, browser = earned(), staff_browser(Role.FINANCE)
    row = hold(browser, booking.code)
    assert "Waiting for a second person" in browser.get("/").text

    release(browser, row)
    release(browser, row)
    proposal = only(Approval)
    assert (proposal.status, proposal.needs_second, proposal.amount_minor > LIMIT) == (
        ApprovalStatus.PENDING,
        True,
        True,
    )
    assert only(PayoutHold).released_at is None

    browser.submit(f"/approvals/{proposal.id}/do/approve", reason="I agree with myself")
    assert only(Approval).status is ApprovalStatus.PENDING
    assert run_payouts() == 0

    other = second_browser(app, make_staff)
    other.submit(f"/approvals/{proposal.id}/do/approve", reason="I looked at it too")
    other.submit(f"/approvals/{proposal.id}/do/approve", reason="I looked at it too")

    done = only(Approval)
    assert (done.status, done.open_subject) == (ApprovalStatus.APPROVED, None)
    assert done.decided_by_id not in (None, done.proposed_by_id)
    assert run_payouts() == 1
    for action in ("propose_release_hold", "release_hold", "release_payouts"):
        assert count_rows(AuditEntry, AuditEntry.action == action) == 1, action
    assert count_rows(StatusChange, StatusChange.subject_id == proposal.id) == 2


def test_a_proposal_is_rejected_by_another_or_taken_back_by_who_made_it(app, earned, staff_browser, make_staff):
    booking, browser = earned(), staff_browser(Role.FINANCE)
    row = hold(browser, booking.code)
    deciders = [second_browser(app, make_staff), browser]

    for decider in deciders:
        release(browser, row)
        with reading() as session:
            waiting = session.scalars(select(Approval).where(Approval.status == ApprovalStatus.PENDING)).one()
        decider.submit(f"/approvals/{waiting.id}/do/reject", reason="Not yet")

    with reading() as session:
        assert [one.status for one in session.scalars(select(Approval))] == [ApprovalStatus.REJECTED] * 2
    assert only(PayoutHold).released_at is None


def test_a_proposal_lapses_after_a_week(app, earned, staff_browser, make_staff, freeze):
    booking, browser = earned(), staff_browser(Role.FINANCE)
    release(browser, hold(browser, booking.code))
    proposal, approver = only(Approval), make_staff(Role.FINANCE)
    approve = {"approval_id": proposal.id, "cause": by_staff(approver.id, now=proposal.expires_at)}

    with pytest.raises(InvalidTransition):
        approvals.approve(**approve)
    freeze(proposal.expires_at)
    assert expire_approvals() == 1
    with pytest.raises(InvalidTransition):
        approvals.approve(**approve)

    assert only(Approval).status is ApprovalStatus.EXPIRED
    assert only(PayoutHold).released_at is None


def test_what_failed_for_good_is_paid_by_hand_once_and_the_provider_has_no_say_in_it(
    earned, staff_browser, host, run_payouts, run_outbox
):
    earned(nightly_price_minor=10_000)
    account = {"method": "sandbox", "currency": "EUR", "details": {"behaviour": "fail_permanent"}}
    host.put("/users/me/payout-account", json=account)
    run_payouts()
    payout, browser = only(Payout), staff_browser(Role.FINANCE)
    assert (payout.status, payout.failure_permanent) == (PayoutStatus.FAILED, True)

    for _ in range(2):
        browser.submit(f"/payouts/{payout.id}/do/pay-by-hand", reason="SEPA 2027-04-03 / 17")
    with reading() as session:
        intent_id = session.scalars(select(PaymentIntent.id).where(PaymentIntent.payout_id == payout.id)).one()
    late = PayoutReport(status=PayoutStatus.FAILED, failure_code="account_closed", is_permanent=True)
    in_transaction(lambda session: apply_report(session, intent_id, late, now=clock.now()))

    paid = only(Payout)
    assert (paid.status, paid.by_hand_reference) == (PayoutStatus.PAID, "SEPA 2027-04-03 / 17")
    with reading() as session:
        assert find_faults(session) == []
        assert balances(session)["platform_bank", "EUR"] == -paid.amount_minor
        assert ("host_payable", "EUR") not in balances(session)
    run_outbox()
    assert "payout_paid" in [one["kind"] for one in host.get("/notifications").json["data"]]
    assert run_payouts() == 0


class TestMechanism:
    """The same with an act of its own, whose doings are counted."""

    @pytest.fixture
    def staff(self, make_staff):
        return [make_staff(Role.FINANCE) for _ in range(2)]

    @pytest.fixture
    def acts(self):
        done = []
        return done, {ApprovalKind.REFUND: lambda session, approval, cause: done.append(approval.id) or []}

    def propose(self, acts, who, amount_minor, key, currency="EUR"):
        proposal = Proposal(
            kind=ApprovalKind.REFUND,
            subject=Payout,
            subject_id=7,
            amounts=[Money(amount_minor, currency)],
            terms={"lines": []},
        )
        cause = by_staff(who.id, now=clock.now(), reason="Because")
        return in_transaction(
            lambda session: propose_in(session, lambda _: proposal, request_key=key, acts=acts, cause=cause)
        ).approval

    def test_a_form_sent_twice_is_one_act(self, staff, acts, count_rows):
        done, table = acts
        first, second = (self.propose(table, staff[0], 100, "form") for _ in range(2))

        assert first.id == second.id
        assert (len(done), count_rows(Approval)) == (1, 1)

    def test_a_large_amount_is_not_for_one_in_small_parts(self, staff, acts):
        done, table = acts
        half = LIMIT // 2

        statuses = [self.propose(table, staff[0], half, f"part {number}").status for number in range(3)]

        assert statuses == [ApprovalStatus.APPROVED, ApprovalStatus.APPROVED, ApprovalStatus.PENDING]
        assert len(done) == 2

    def test_a_currency_without_a_rate_needs_a_second_person(self, staff, acts):
        assert self.propose(acts[1], staff[0], 1, "yen", currency="JPY").status is ApprovalStatus.PENDING

    def test_a_limit_of_nothing_asks_always(self, app, staff, acts, monkeypatch):
        monkeypatch.setitem(app.extensions, "airbnb_settings", replace(current_settings(), approval_above_minor=0))

        assert self.propose(acts[1], staff[0], 1, "cent").status is ApprovalStatus.PENDING

    def test_an_act_that_is_refused_leaves_the_proposal_waiting(self, staff, acts, monkeypatch):
        waiting = self.propose(acts[1], staff[0], LIMIT + 1, "large")

        def refused(session, approval, cause):
            raise InvalidTransition()

        monkeypatch.setattr(approvals, "ACTS", {ApprovalKind.REFUND: refused})
        with pytest.raises(InvalidTransition):
            approvals.approve(waiting.id, by_staff(staff[1].id, now=clock.now()))

        assert only(Approval).status is ApprovalStatus.PENDING

    def test_the_database_refuses_an_approval_by_whoever_proposed_it(self, staff, acts):
        waiting = self.propose(acts[1], staff[0], LIMIT + 1, "large")
        with pytest.raises(OwnProposal):
            approvals.approve(waiting.id, by_staff(staff[0].id, now=clock.now()))

        for decider in (staff[0].id, None):
            # Beside every service, as a slip in the code would do it.
            cheat = update(Approval).values(status="approved", open_subject=None, decided_by_id=decider)
            with pytest.raises((IntegrityError, OperationalError)):
                in_transaction(lambda session, cheat=cheat: session.execute(cheat))
        honest = update(Approval).values(status="approved", open_subject=None, decided_by_id=staff[1].id)
        in_transaction(lambda session: session.execute(honest))
