"""What keeps staff from harm: lists that are given up in time, only what was shown is done, read only means so."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text

from airbnb.admin.access import STILL_ACCEPTED
from airbnb.admin.formats import ENDPOINT_PREFIX
from airbnb.domain.kinds import Role
from airbnb.domain.statuses import UserStatus
from airbnb.domain.switches import Switch
from airbnb.engines import StatementTooSlow, time_limited
from airbnb.models.platform import AuditEntry
from airbnb.models.users import User
from airbnb.queries.ledger import find_faults
from airbnb.unit_of_work import read_engine, reading
from airbnb.workflows import switches
from tests.factories.dashboard import Browser, form_values

#: Compares every place with every other, in which no index helps: seconds on any machine.
SLOW = "SELECT COUNT(*) FROM places a JOIN places b ON a.name <> b.folded_name"
LIMIT_S = 0.2


@pytest.fixture
def slow_lists(monkeypatch: Any) -> Iterator[None]:
    """A database that takes seconds over the list of users, and staff who are patient for a fifth of one."""
    monkeypatch.setattr("airbnb.admin.views.LONGEST_READ_S", LIMIT_S)
    engine = read_engine()

    def delay(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> Any:
        is_list = "FROM users" in statement and re.search(r"ORDER BY users\.id DESC", statement)
        return (SLOW, ()) if is_list else (statement, parameters)

    event.listen(engine, "before_cursor_execute", delay, retval=True)
    yield
    event.remove(engine, "before_cursor_execute", delay)


def test_a_statement_over_its_limit_is_given_up_and_the_connection_goes_on(app: Flask) -> None:
    with read_engine().connect() as connection:
        with pytest.raises(StatementTooSlow), time_limited(connection, LIMIT_S):
            connection.execute(text(SLOW)).all()
        with time_limited(connection, LIMIT_S):
            assert connection.scalar(text("SELECT 1")) == 1
        # The limit is gone with its block: this takes longer and ends.
        fewer = f"{SLOW} WHERE a.id % 40 = 0"
        assert connection.scalar(text(fewer)) > 0


@pytest.mark.usefixtures("slow_lists")
def test_a_list_that_takes_too_long_says_what_to_do(staff_browser: Any) -> None:
    browser = staff_browser(Role.SUPPORT)

    answer = browser.get("/users/?search=someone")
    other = browser.get("/bookings/")

    assert answer.status_code == 503
    assert "This would have taken too long" in answer.text
    assert "Write more of what you search for" in answer.text
    assert other.status_code == 200


def test_an_action_is_done_only_as_it_was_shown(staff_browser: Any, make_user: Any, make_listing: Any) -> None:
    browser, user = staff_browser(Role.ADMIN), make_user(roles=(Role.GUEST, Role.HOST))
    path = f"/users/{user.id}/do/suspend"
    shown = form_values(browser.get(path).text)
    make_listing(host=user)  # suspending reaches further now

    late = browser.client.post(f"/admin{path}", data={**shown, "reason": "Fraud"})
    with reading() as session:
        status = session.get_one(User, user.id).status
    again = browser.client.post(f"/admin{path}", data={**form_values(late.text), "reason": "Fraud"})

    assert (late.status_code, status) == (422, UserStatus.ACTIVE)
    assert "Something changed since you looked" in late.text
    assert again.status_code == 302
    with reading() as session:
        assert session.get_one(User, user.id).status is UserStatus.SUSPENDED


def posts_of(app: Flask) -> list[str]:
    """Return an address for every form of the dashboard that may change something."""
    samples = {"row_id": "1", "action_name": "suspend", "what": "outbox.drain", "verb": "run", "state": "off"}
    found = []
    for rule in app.url_map.iter_rules():
        blueprint, _, name = rule.endpoint.rpartition(".")
        ours = blueprint == "admin" or blueprint.startswith(ENDPOINT_PREFIX)
        if ours and "POST" in (rule.methods or ()) and name not in STILL_ACCEPTED:
            found.append(re.sub(r"<(?:\w+:)?(\w+)>", lambda name: samples.get(name[1], "1"), rule.rule))
    return found


def test_while_all_is_read_only_every_form_is_turned_away_but_the_switches(
    app: Flask, staff_browser: Any, count_rows: Any
) -> None:
    browser = staff_browser(Role.ADMIN)
    browser.submit("/operations/switches/read_only/off", reason="A move to another cluster")
    written = count_rows(AuditEntry)
    addresses = posts_of(app)

    assert len(addresses) > 40
    for address in addresses:
        answer = browser.client.post(address, data={"reason": "In spite of it"})
        assert (answer.status_code, answer.location) == (302, "/admin/"), address
    assert "paused for the moment" in browser.get("/").text
    assert count_rows(AuditEntry) == written
    browser.submit("/operations/switches/read_only/on", reason="Moved")
    assert not switches.is_off(Switch.READ_ONLY)


def test_a_booking_leads_finance_to_refunds_by_line_and_support_not(
    staff_browser: Any, make_staff: Any, app: Flask, make_listing: Any, make_booking: Any, host: Any, guest: Any
) -> None:
    booking = make_booking(listing=make_listing(host=host.user), guest=guest.user)
    page = f"/bookings/details/?id={booking.id}"
    support = Browser(app)
    assert support.sign_in(make_staff(Role.SUPPORT)).status_code == 302
    finance = staff_browser(Role.FINANCE)

    assert f"/admin/refunds/booking/{booking.id}" in finance.get(page).text
    assert finance.get(f"/refunds/booking/{booking.id}").status_code == 200
    assert f"/admin/refunds/booking/{booking.id}" not in support.get(page).text


def test_what_was_refunded_is_not_given_back_again_when_the_stay_is_canceled(
    staff_browser: Any, app: Flask, make_staff: Any, make_listing: Any, make_booking: Any, host: Any, guest: Any
) -> None:
    listing = make_listing(host=host.user, nightly_price_minor=10_000, cleaning_fee_minor=4_000)
    booking = make_booking(listing=listing, guest=guest.user)
    finance = staff_browser(Role.FINANCE)
    path, wish = f"/refunds/booking/{booking.id}", {"cleaning": "40.00", "bearer": "each", "reason": "It was dirty"}
    shown = form_values(finance.submit(path, **wish).text)
    agreed = {name: shown[name] for name in ("agreed", "request_key")}
    assert finance.submit(path, **wish, **agreed).status_code == 302
    support = Browser(app)
    support.sign_in(make_staff(Role.SUPPORT))

    page = support.get(f"/bookings/{booking.id}/do/cancel").text
    form = form_values(page)
    done = support.decide(f"/bookings/{booking.id}/do/cancel", reason="The host is ill")

    assert (form["refund_nights"], form["refund_cleaning"]) == ("300.00", "0.00")
    assert "Charged: 40.00 EUR, of which 40.00 EUR went back before." in page
    assert done.status_code == 302
    with reading() as session:
        assert find_faults(session) == []
        paid, back = session.execute(
            text("SELECT SUM(captured_minor), SUM(refunded_minor) FROM payments WHERE booking_id = :id"),
            {"id": booking.id},
        ).one()
    assert back == paid
