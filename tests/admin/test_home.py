"""The first page: what waits, and charts whose numbers lead to their rows."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import orjson
import pytest

from airbnb.domain.figures import NO_CURRENCY, Figure
from airbnb.domain.kinds import Role
from airbnb.models.figures import DailyFigure
from airbnb.unit_of_work import in_transaction
from airbnb.workflows import figures

NOW = datetime(2027, 3, 10, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)


@pytest.fixture
def keep(app):
    """Write figures down: day, figure, value, currency."""

    def write(*rows):
        def work(session):
            for day, figure, value, currency in rows:
                session.add(DailyFigure(day=day, figure=figure, currency=currency, value=value))

        in_transaction(work)

    return write


def charts(page: str) -> list[dict]:
    return [orjson.loads(unescape(text)) for text in re.findall(r'data-chart="([^"]+)"', page)]


@pytest.mark.parametrize(
    "unit, bookings, occupancy",
    [
        ("day", [0.0, 2.0, 0.0, 5.0], [None, 50.0, 25.0, None]),
        ("week", [2.0, 5.0], [50.0, 25.0]),  # the 28th of February was a Sunday
        ("month", [2.0, 5.0], [50.0, 25.0]),
    ],
)
def test_figures_are_added_up_by_unit_and_occupancy_is_of_all_its_days(staff_browser, keep, unit, bookings, occupancy):
    keep(
        (date(2027, 2, 28), Figure.BOOKINGS, 2, NO_CURRENCY),
        (date(2027, 2, 28), Figure.NIGHTS, 2, NO_CURRENCY),
        (date(2027, 2, 28), Figure.PLACES, 4, NO_CURRENCY),
        (date(2027, 3, 1), Figure.NIGHTS, 1, NO_CURRENCY),
        (date(2027, 3, 1), Figure.PLACES, 4, NO_CURRENCY),
        (date(2027, 3, 2), Figure.BOOKINGS, 5, NO_CURRENCY),
    )

    page = staff_browser(Role.FINANCE).get(f"/?from=2027-02-27&until=2027-03-02&unit={unit}").text
    first, _, third, *_ = charts(page)

    assert first["y"][0] == bookings
    assert third["y"][0] == occupancy


def test_amounts_are_of_one_currency_and_the_others_can_be_chosen(staff_browser, keep):
    keep((date(2027, 3, 9), Figure.GROSS, 12_050, "EUR"), (date(2027, 3, 9), Figure.GROSS, 3_000, "JPY"))
    browser = staff_browser(Role.FINANCE)

    euros, yen = browser.get("/").text, browser.get("/?currency=JPY").text

    assert ("120.50 EUR" in euros, "120.50" in yen) == (True, False)
    assert "3000 JPY" in yen
    assert "<option>JPY</option>" in euros
    assert max(charts(euros)[1]["y"][0]) == 120.5


def test_each_number_leads_to_the_rows_it_stands_for(staff_browser, make_listing, make_booking, host, guest):
    booking = make_booking(
        listing=make_listing(host=host.user), guest=guest.user, check_in=NOW.date() + timedelta(days=3),
        booked_days_before=3,
    )  # fmt: skip
    figures.roll_up_recent()
    browser = staff_browser(Role.FINANCE)

    page = browser.get("/").text
    links = {unescape(href) for href in re.findall(r'href="(/admin/bookings/\?[^"]*confirmed_at_from=[^"]*)"', page)}

    assert links
    for link in links:
        assert booking.code in browser.client.get(link).text


@pytest.mark.parametrize(
    "query", ["from=yesterday", "from=2030-01-01&until=2020-01-01", "unit=year", "currency=EURO", "from=0001-01-01"]
)
def test_an_impossible_range_is_shown_as_usual(staff_browser, query: str):
    assert staff_browser(Role.FINANCE).get(f"/?{query}").status_code == 200


def test_charts_are_for_those_who_see_money(staff_browser):
    assert charts(staff_browser(Role.SUPPORT).get("/").text) == []


def test_the_first_page_costs_the_same_for_any_number_of_rows(staff_browser, keep, count_statements, make_user):
    browser = staff_browser(Role.ADMIN)

    def cost() -> int:
        count_statements.clear()
        assert browser.get("/?from=2026-03-10").status_code == 200
        return len(count_statements)

    before = cost()
    keep(*((date(2026, 5, 1) + timedelta(days=day), Figure.BOOKINGS, 1, NO_CURRENCY) for day in range(200)))
    for _ in range(5):
        make_user()

    assert cost() == before
