"""What staff do around a booking: more time to pay, a no-show, a mail again, a payout again."""

from datetime import timedelta

import pytest

from airbnb.domain import clock
from airbnb.domain.kinds import Role
from airbnb.domain.statuses import PayoutStatus
from airbnb.models.payouts import Payout
from airbnb.models.platform import AuditEntry
from airbnb.unit_of_work import reading
from airbnb.workflows import payouts
from tests.factories.bookings import read_booking

WHY = "The guest called us"


@pytest.fixture
def listing(host, make_listing):
    return make_listing(host=host.user)


def audited(action):
    with reading() as session:
        return session.query(AuditEntry).filter_by(action=action).all()


def test_a_guest_gets_longer_to_pay_and_never_more_than_a_day(guest, listing, make_booking, staff_browser, freeze):
    now = clock.now()
    freeze(now)
    stay = make_booking(listing=listing, guest=guest.user, booked_days_before=0, token="tok_declined")
    assert stay.hold_expires_at is not None
    browser, path = staff_browser(Role.SUPPORT), f"/bookings/{stay.id}/do/extend-hold"

    shown = browser.preview(path, by="1_hour", reason=WHY).text
    browser.decide(path, by="1_hour", reason=WHY)

    later = read_booking(stay.id).hold_expires_at
    assert later == stay.hold_expires_at + timedelta(hours=1)
    assert "The nights stay held until" in shown
    (entry,) = audited("extend_hold")
    assert entry.before == {"hold_expires_at": stay.hold_expires_at.isoformat()}
    assert entry.after == {"hold_expires_at": later.isoformat()}
    browser.decide(path, by="24_hours", reason=WHY)
    assert read_booking(stay.id).hold_expires_at <= clock.now() + timedelta(hours=24)
    assert "not possible" in browser.get(path).text


def test_a_hold_that_lapsed_is_not_extended(guest, listing, make_booking, staff_browser, freeze):
    stay = make_booking(listing=listing, guest=guest.user, token="tok_declined")
    browser = staff_browser(Role.SUPPORT)
    freeze(stay.hold_expires_at + timedelta(seconds=1))

    answer = browser.preview(f"/bookings/{stay.id}/do/extend-hold", by="1_hour", reason=WHY)

    assert answer.status_code == 422
    assert not audited("extend_hold")


def test_staff_note_a_no_show_from_the_time_on_that_its_host_may(guest, listing, make_booking, staff_browser, freeze):
    stay = make_booking(listing=listing, guest=guest.user)
    browser = staff_browser(Role.SUPPORT)
    path = f"/bookings/{stay.id}/do/no-show"
    assert "not possible" in browser.get(path).text
    freeze(stay.check_in_at + timedelta(hours=24))
    browser = staff_browser(Role.SUPPORT)

    browser.submit(path, reason=WHY)

    assert read_booking(stay.id).no_show_at == clock.now()
    (entry,) = audited("note_no_show")
    assert (entry.reason, entry.ip) == (WHY, "127.0.0.1")


def test_a_mail_is_sent_again_as_one_of_its_own(guest, listing, make_booking, staff_browser, run_outbox, mailer):
    stay = make_booking(listing=listing, guest=guest.user)
    run_outbox()
    run_outbox()
    first = next(mail for mail in mailer.sent if mail.to == guest.user.email)
    browser, path = staff_browser(Role.SUPPORT), f"/bookings/{stay.id}/do/resend-mail"
    page = browser.get(path).text
    mail_id = page.split(f"{first.subject}, to {first.to}")[0].rsplit('value="', 1)[1].split('"')[0]

    browser.decide(path, mail=mail_id, reason=WHY)
    run_outbox()

    same = [mail for mail in mailer.sent if (mail.to, mail.subject) == (first.to, first.subject)]
    assert len(same) == 2
    assert same[0].message_id != same[1].message_id
    assert len(audited("resend_mail")) == 1


def test_a_mail_about_something_else_is_not_offered(guest, listing, make_booking, staff_browser, run_outbox):
    stay = make_booking(listing=listing, guest=guest.user)
    run_outbox()
    run_outbox()
    browser = staff_browser(Role.SUPPORT)

    answer = browser.preview(f"/bookings/{stay.id}/do/resend-mail", mail="12345", reason=WHY)

    assert answer.status_code == 422
    assert not audited("resend_mail")


def test_a_failed_payout_is_tried_again_by_finance_alone(guest, host, listing, make_booking, staff_browser, freeze):
    account = {"method": "sandbox", "currency": "EUR", "details": {"behaviour": "fail_temporary"}}
    host.put("/users/me/payout-account", json=account)
    check_in = (clock.now() - timedelta(days=20)).date()
    stay = make_booking(listing=listing, guest=guest.user, check_in=check_in, completed=True)
    later = clock.now() + timedelta(days=4)
    freeze(later)
    payouts.run_payouts(later)
    with reading() as session:
        payout = session.query(Payout).one()
    assert payout.status is PayoutStatus.FAILED
    path = f"/bookings/{stay.id}/do/retry-payout"
    assert staff_browser(Role.SUPPORT).get(path).status_code == 403
    browser = staff_browser(Role.FINANCE)

    browser.decide(path, payout=str(payout.id), reason=WHY)

    (entry,) = audited("retry_payout")
    assert (entry.subject_id, entry.before["status"], entry.after["status"]) == (payout.id, "failed", "processing")
    with reading() as session:
        assert session.get(Payout, payout.id).attempts == 2
