"""The dashboard as staff use it: signing in, finding, taking files, stopping things; with keys alone and on a phone."""

import csv
import re
from datetime import timedelta
from pathlib import Path

import pytest

from airbnb.admin.views import StaffView
from airbnb.domain import clock
from airbnb.domain.kinds import Role
from airbnb.models.platform import AuditEntry
from airbnb.workflows import figures, switches

WIDTHS = (360, 1440)
MORE_PAGES = (
    "/", "/operations/", "/policies/", "/operations/switches/mail/off", "/operations/jobs/housekeeping/run",
    "/mails/templates",
)  # fmt: skip


@pytest.fixture
def stays(make_listing, make_booking, host, guest):
    """Two stays, one of them over."""
    listing = make_listing(host=host.user, title="The lake house")
    today = clock.now().date()
    past = make_booking(listing=listing, guest=guest.user, check_in=today - timedelta(days=9), completed=True)
    coming = make_booking(listing=listing, guest=guest.user)
    figures.roll_up_recent()
    return past, coming


def test_signing_in_needs_the_code_of_the_second_factor(visit, staff_with_factor):
    user, code = staff_with_factor(Role.ADMIN)
    with visit() as visitor:
        visitor.open("/login")
        for typed in ("000000", code()):
            visitor.page.get_by_label("E-mail").fill(user.email)
            visitor.page.get_by_label("Password").fill("a long pass phrase")
            visitor.page.get_by_label("Code of your authenticator").fill(typed)
            visitor.page.get_by_role("button", name="Sign in").click()
            visitor.page.wait_for_load_state()

        assert "What needs attention" in visitor.text()


def test_staff_filter_a_list_open_a_row_and_go_back(visit, sign_in, stays):
    past, coming = stays
    with visit() as visitor:
        sign_in(visitor, Role.SUPPORT)
        visitor.open("/bookings/")
        visitor.page.get_by_text("Filters").click()
        visitor.page.get_by_label("Status", exact=True).select_option("completed")
        visitor.page.get_by_role("button", name="Filter").click()
        visitor.page.wait_for_url("**status_equals=completed**")

        assert past.code in visitor.text()
        assert coming.code not in visitor.text()
        visitor.page.get_by_role("link", name=re.compile("^Open")).first.click()
        assert past.code in visitor.text()


def test_staff_search_and_take_the_file_of_what_they_see(visit, sign_in, stays, make_user, count_rows, tmp_path: Path):
    make_user(email="wanted@page.example", first_name="=1+1")
    with visit() as visitor:
        sign_in(visitor, Role.SUPPORT)
        visitor.open("/users/")
        visitor.page.get_by_role("searchbox").fill("wanted")
        visitor.page.get_by_role("button", name="Search").click()
        visitor.page.wait_for_url("**search=wanted**")
        with visitor.page.expect_download() as taken:
            visitor.page.get_by_role("button", name="Export as CSV").click()
        taken.value.save_as(tmp_path / "users.csv")

    rows = list(csv.reader((tmp_path / "users.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [row[1] for row in rows[1:]] == ["wanted@page.example"]
    assert rows[1][2] == "'=1+1"
    assert count_rows(AuditEntry, AuditEntry.action == "export_rows") == 1


def test_an_administrator_stops_bookings_and_everybody_sees_it(visit, sign_in):
    with visit() as visitor:
        sign_in(visitor, Role.ADMIN)
        visitor.open("/operations/")
        visitor.page.get_by_role("link", name="Turn off… New bookings").click()
        visitor.page.get_by_label("Reason").fill("The price engine is wrong")
        visitor.page.get_by_role("button", name="Turn off: new bookings").click()
        visitor.page.wait_for_url("**/operations/")
        visitor.open("/users/")

        assert "Switched off: New bookings" in visitor.text()
    assert switches.is_off("new_bookings")


def test_support_does_not_get_at_what_is_for_finance_and_administrators(visit, sign_in, stays):
    with visit() as visitor:
        sign_in(visitor, Role.SUPPORT)
        links = visitor.page.get_by_role("navigation").get_by_role("link").all_inner_texts()

        assert {"Payments", "Payouts", "Operations", "Ledger"} & set(links) == set()
        assert [visitor.open(path).status for path in ("/payments/", "/operations/", "/ledger/")] == [403, 403, 403]


def test_the_charts_are_drawn_under_the_policy_and_each_has_its_table(visit, sign_in, stays):
    with visit() as visitor:
        sign_in(visitor, Role.ADMIN)
        visitor.page.wait_for_selector("[data-chart] canvas")
        visitor.page.get_by_text("As a table").first.click()

        assert visitor.page.locator("[data-chart] canvas").count() == 5
        assert clock.now().date().isoformat() in visitor.text()
        assert visitor.complaints == []


def test_instants_are_shown_in_the_readers_zone_with_utc_beside(visit, sign_in, stays):
    with visit() as visitor:
        sign_in(visitor, Role.SUPPORT)
        visitor.open("/bookings/")
        moment = visitor.page.locator("time").first

        assert moment.get_attribute("title").endswith("UTC")
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d (GMT|UTC)(\+[01])?|.*WEST?", moment.inner_text())


def test_on_a_phone_the_menu_opens_and_closes_by_key(visit, sign_in):
    with visit(360) as visitor:
        sign_in(visitor, Role.ADMIN)
        menu, button = visitor.page.get_by_role("navigation", name="Dashboard"), visitor.page.get_by_text("Menu")

        assert not menu.is_visible()
        button.focus()
        visitor.page.keyboard.press("Enter")
        assert menu.is_visible()
        visitor.page.keyboard.press("Escape")
        assert not menu.is_visible()


def test_the_first_stop_of_the_keyboard_leads_past_the_menu(visit, sign_in):
    with visit() as visitor:
        sign_in(visitor, Role.ADMIN)
        visitor.page.keyboard.press("Tab")
        visitor.page.keyboard.press("Enter")

        assert visitor.page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_can_be_used_by_everybody_and_fits_its_window(
    visit, sign_in, stays, app, width: int, tmp_path: Path
):
    (admin,) = app.extensions["admin"]
    stems = [view.stem for view in admin._views if isinstance(view, StaffView)]
    found = {}
    with visit(width) as visitor:
        sign_in(visitor, Role.ADMIN)
        pages = [*MORE_PAGES, *(f"/{stem}/" for stem in stems)]
        for stem in ("bookings", "listings", "users", "payments", "ledger"):
            visitor.open(f"/{stem}/")
            link = visitor.page.get_by_role("link", name=re.compile("^Open")).first
            pages.append(link.get_attribute("href").removeprefix("/admin"))
        pages.append(f"/bookings/{stays[0].id}/do/cancel")  # not possible any more
        for path in pages:
            assert visitor.open(path).status == 200
            faults = visitor.grave_faults() + ([("too wide", path)] if visitor.is_too_wide() else [])
            if faults:
                found[path.partition("?")[0]] = faults
        assert visitor.complaints == []

    assert found == {}


def test_axe_sees_a_page_that_some_cannot_use(visit, sign_in):
    with visit() as visitor:
        sign_in(visitor, Role.ADMIN)
        visitor.page.evaluate("document.querySelector('main').innerHTML = '<input><img src=\"/static/icon.svg\">'")

        assert {rule for rule, _ in visitor.grave_faults()} >= {"label", "image-alt"}
