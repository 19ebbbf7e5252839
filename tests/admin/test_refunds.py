"""Giving something back at the dashboard: the effect is shown first, agreed with, and done once."""

import html
import re
from functools import partial

import pytest
from sqlalchemy import select

from airbnb.domain import clock
from airbnb.domain.kinds import Role
from airbnb.domain.payment_reports import RefundReport
from airbnb.domain.statuses import RefundStatus
from airbnb.models.approvals import Approval
from airbnb.models.payments import Refund
from airbnb.services import refund_reports
from airbnb.unit_of_work import in_transaction, reading

REASON = "The heating was broken"
HIDDEN = re.compile(r'name="(agreed|request_key)"[^>]*value="([^"]*)"')


@pytest.fixture
def booking(guest, host, make_listing, make_booking):
    return make_booking(listing=make_listing(host=host.user, cleaning_fee_minor=4_000), guest=guest.user)


@pytest.fixture
def browser(staff_browser):
    return staff_browser(Role.FINANCE)


def hidden(page):
    return {name: html.unescape(value) for name, value in HIDDEN.findall(page.text)}


def refunds():
    with reading() as session:
        return session.scalars(select(Refund).order_by(Refund.id)).all()


def test_staff_see_the_effect_agree_with_it_and_a_form_sent_twice_is_one_refund(booking, browser, count_rows):
    path = f"/refunds/booking/{booking.id}"
    fields = {"cleaning": "40.00", "bearer": "each", "reason": REASON}

    assert "40.00 EUR of 40.00 EUR left" in browser.get(path).text
    shown = browser.submit(path, **fields)
    assert (shown.status_code, refunds()) == (200, [])
    for sentence in ("The guest gets 40.00 EUR", "The host bears 38.80 EUR", "The platform gives up 1.20 EUR"):
        assert sentence in shown.text

    for _ in range(2):
        assert browser.submit(path, **fields, **hidden(shown)).status_code in (200, 302)

    assert [(one.amount_minor, one.status) for one in refunds()] == [(4_000, RefundStatus.SUCCEEDED)]
    assert count_rows(Approval) == 1
    assert "0.00 EUR of 40.00 EUR left" in browser.get(path).text


def test_an_effect_that_has_changed_is_shown_again_and_not_done(booking, browser):
    path = f"/refunds/booking/{booking.id}"
    shown = browser.submit(path, cleaning="10.00", bearer="each", reason=REASON)

    other = browser.submit(path, cleaning="20.00", bearer="each", reason=REASON, **hidden(shown))

    assert (other.status_code, refunds()) == (200, [])
    assert "The guest gets 20.00 EUR" in other.text


@pytest.mark.parametrize(
    "fields, said",
    [
        ({"cleaning": "40.01"}, "At most 40.00 EUR can go back."),
        ({"nights": "1e3"}, ""),
        ({"nights": "-1.00"}, ""),
        ({"goodwill": "100000.00"}, "can go back."),
        ({}, "Say what goes back."),
    ],
)
def test_case_32_what_can_not_go_back_is_a_422(booking, browser, fields, said):
    answer = browser.submit(f"/refunds/booking/{booking.id}", bearer="each", reason=REASON, **fields)

    assert answer.status_code == 422
    assert said in answer.text
    assert refunds() == []


def test_a_booking_is_found_by_its_code(booking, browser):
    found = browser.submit("/refunds/add", booking=booking.code.lower())

    assert found.location.endswith(f"/refunds/booking/{booking.id}")
    assert browser.submit("/refunds/add", booking="HMNOTHERE1").status_code == 422
    assert browser.get("/refunds/booking/1").status_code == 404


def test_a_failed_refund_waits_on_the_first_page_and_is_sent_another_way(booking, browser):
    path = f"/refunds/booking/{booking.id}"
    fields = {"cleaning": "40.00", "bearer": "each", "reason": REASON}
    browser.submit(path, **fields, **hidden(browser.submit(path, **fields)))
    (refund,) = refunds()
    report = RefundReport(status=RefundStatus.FAILED, failure_code="card_closed")
    in_transaction(partial(refund_reports.apply_refund_report, refund_id=refund.id, report=report, now=clock.now()))
    assert "Failed refunds" in browser.get("/").text

    change = f"/refunds/{refund.id}/change"
    refused = browser.submit(change, route="bank_transfer", reference="", reason=REASON)
    browser.submit(change, route="bank_transfer", reference="SEPA 17", reason=REASON)

    assert refused.status_code == 422
    assert [(one.status, one.route_reference) for one in refunds()] == [(RefundStatus.REROUTED, "SEPA 17")]
    assert browser.get(change).status_code == 404
