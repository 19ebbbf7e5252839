"""Lists of the dashboard: pages by key, filters and searches by index, and the file of what is shown."""

import csv
import io
import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from airbnb.admin import lists
from airbnb.admin.filters import MADE_AT, IsOneOf, IsText, IsYes
from airbnb.admin.views import StaffView
from airbnb.domain import clock
from airbnb.domain.ids import first_id_at
from airbnb.domain.kinds import Role
from airbnb.domain.statuses import OutboxState
from airbnb.models.calendar_feeds import CalendarFeed
from airbnb.models.payments import Payment
from airbnb.models.platform import AuditEntry, OutboxEvent
from airbnb.models.users import User
from airbnb.unit_of_work import in_transaction, reading
from tests.factories.dashboard import TOKEN, Browser

LINK = re.compile(r'rel="(prev|next)" href="([^"]+)"')
INLINE = re.compile(r"<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=|javascript:")


def views_of(app: Flask) -> list[StaffView]:
    """Return the dashboard's lists."""
    (admin,) = app.extensions["admin"]
    return [view for view in admin._views if isinstance(view, StaffView)]


def unaided(view: StaffView) -> list[str]:
    """Return the columns that staff can sort, filter or search a big table by without an index that begins so.

    Where any number of rows may have the word that is asked for, the index must bring them in an order, too.
    """
    columns = [getattr(view.model, name).property.columns[0] for name in view._sortable_columns]
    columns += [flt.column for flt in view._filters or () if getattr(flt.column, "name", None) not in MADE_AT]
    columns = [column.property.columns[0] if hasattr(column, "property") else column for column in columns]
    found = {column.key for column in columns if not lists.is_led_by(column)}
    words = [flt.column for flt in view._filters or () if isinstance(flt, IsText | IsOneOf | IsYes)]
    found |= {column.key for column in words if lists.order_behind(column) is None}
    searched = [column for column, _ in view._search_fields or ()]
    return sorted(found | {one.key for one in searched if not lists.is_led_by(one) and lists.leading(one) is None})


def test_every_question_to_a_big_table_is_answered_by_an_index(app: Flask):
    views = views_of(app)

    assert len(views) > 15
    assert {view.stem: unaided(view) for view in views if not view.is_small and unaided(view)} == {}


def test_the_check_of_indexes_sees_a_column_without_one(app: Flask):
    (users,) = (view for view in views_of(app) if view.stem == "users")

    class ByLocale(type(users)):
        column_filters = ("locale",)

    assert unaided(ByLocale(User, "More users", "more-users")) == ["locale"]


def test_the_check_of_indexes_sees_a_word_whose_rows_would_have_to_be_sorted(app: Flask):
    (payments,) = (view for view in views_of(app) if view.stem == "payments")

    class ByProvider(type(payments)):
        column_filters = ("provider",)

    by_provider = ByProvider(Payment, "More payments", "more-payments")
    assert unaided(by_provider) == []
    without = [index for index in Payment.__table__.indexes if next(iter(index.columns)).name == "provider"]
    for index in without:
        Payment.__table__.indexes.remove(index)
    try:
        assert unaided(by_provider) == ["provider"]
    finally:
        Payment.__table__.indexes.update(without)


def test_a_filter_brings_its_list_in_the_order_of_its_index(app: Flask, staff_browser):
    noon = clock.now()

    def events(session):
        for hours in (2, 1, 3):
            due = noon + timedelta(hours=hours)
            session.add(OutboxEvent(topic=f"due.{hours}", subject_id=1, state=OutboxState.DEAD, due_at=due))
            session.flush()

    in_transaction(events)
    browser = staff_browser(Role.ADMIN)

    def shown(query: str) -> list[str]:
        return list(dict.fromkeys(re.findall(r"due\.(\d)", browser.get(f"/outbox/?{query}").text)))

    assert shown("flt0_state_equals=dead") == ["3", "2", "1"]
    assert shown("sort=0&desc=1") == ["3", "1", "2"], "without a filter the newest comes first"


def test_every_order_of_a_filter_is_one_of_the_views_own_rows(app: Flask):
    for view in views_of(app):
        for flt in view._filters or ():
            assert all(hasattr(view.model, column.key) for column in flt.order()), (view.stem, flt.name)


def addresses(page: str) -> dict[str, str]:
    return {rel: href.replace("&amp;", "&").removeprefix("/admin") for rel, href in LINK.findall(page)}


def test_pages_go_on_and_back_by_key_and_hold_each_row_once(staff_browser, make_user):
    browser = staff_browser(Role.SUPPORT)
    for number in range(45):
        make_user(email=f"pager{number:02}@page.example")
    sort = "sort=1&page_size=20&search=pager"

    first = browser.get(f"/users/?{sort}").text
    second = browser.get(addresses(first)["next"]).text
    third = browser.get(addresses(second)["next"]).text
    back = browser.get(addresses(third)["prev"]).text

    def shown(page: str) -> list[str]:
        return re.findall(r">pager(\d\d)@page", page)

    assert [*shown(first), *shown(second), *shown(third)] == [f"{number:02}" for number in range(45)]
    assert shown(back) == shown(second)
    assert ("next" in addresses(third), "prev" in addresses(first)) == (False, False)


@pytest.mark.parametrize("descending", [True, False])
def test_rows_without_a_value_have_their_place_in_a_sorted_list(host, make_listing, descending: bool):
    listing = make_listing(host=host.user)
    noon = clock.now()

    def feeds(session):
        for number in range(7):
            tried = None if number % 2 else noon - timedelta(hours=number // 4)
            session.add(
                CalendarFeed(
                    listing_id=listing.id,
                    name=str(number),
                    url_hash=str(number),
                    next_sync_at=noon,
                    last_tried_at=tried,
                )
            )

    in_transaction(feeds)
    order = lists.Order(columns=(CalendarFeed.last_tried_at, CalendarFeed.id), descending=descending)
    with reading() as session:
        whole = list(lists.fetch(session, select(CalendarFeed), order, place=None, limit=99).rows)
        paged, place = [], None
        while True:
            page = lists.fetch(session, select(CalendarFeed), order, place=place, limit=2)
            paged += page.rows
            if page.next_key is None:
                break
            key = order.read(order.written(page.next_key))
            place = lists.Place(key=key)
        before = lists.fetch(
            session, select(CalendarFeed), order, place=lists.Place(key=page.previous_key, is_before=True), limit=99
        )

    assert [one.id for one in paged] == [one.id for one in whole]
    assert len(whole) == 7
    assert [one.id for one in before.rows] == [one.id for one in whole[: -len(page.rows)]]


@pytest.mark.parametrize("key", ["nonsense", "[]", "[1]", '["x", "y"]', f'["a@b.example", "{2**70}"]', "[null]"])
def test_an_altered_place_in_the_address_shows_the_first_page(staff_browser, make_user, key: str):
    browser = staff_browser(Role.SUPPORT)
    make_user(email="first@page.example")

    answer = browser.client.get("/admin/users/", query_string={"sort": "1", "after": key})

    assert answer.status_code == 200
    assert "first@page.example" in answer.text


@pytest.mark.parametrize(
    "query, found",
    [
        ("search=Lovel", True),
        ("search=lovelace", True),
        ("search=ADA@page", True),
        ("search=velace", False),
        ("search={id}", True),
        ("search=1", False),
        ("search=%25", False),
        (f"search={2**80}", False),
    ],
)
def test_a_search_finds_how_values_begin_and_ids(staff_browser, make_user, query: str, found: bool):
    user = make_user(email="ada@page.example", last_name="Lovelace")

    page = staff_browser(Role.SUPPORT).get(f"/users/?{query.format(id=user.id)}").text

    assert ("ada@page.example" in page) == found


@pytest.fixture
def ids_of_today(monkeypatch):
    """Let ids begin at the clock again, which other tests have set ahead."""
    monkeypatch.setattr("airbnb.domain.ids._last_ms", 0)


def test_days_of_making_are_filtered_with_the_days_at_both_ends(ids_of_today, staff_browser, make_user):
    browser = staff_browser(Role.SUPPORT)
    make_user(email="new@page.example")
    today = clock.now().date()

    def is_shown(**days: str) -> bool:
        query = {f"flt{index}_created_at_{name}": day for index, (name, day) in enumerate(days.items())}
        return "new@page.example" in browser.client.get("/admin/users/", query_string=query).text

    tomorrow = (today + timedelta(days=1)).isoformat()
    assert is_shown(**{"from": today.isoformat(), "before": tomorrow})
    assert not is_shown(**{"from": tomorrow})
    assert not is_shown(before=today.isoformat())


def test_no_row_made_at_an_instant_has_a_smaller_id_than_its_bound(ids_of_today, make_user):
    before = clock.now()
    user = make_user()

    assert first_id_at(before) <= user.id < first_id_at(clock.now() + timedelta(seconds=2))


@pytest.mark.parametrize(
    "question", ["status_equals=flying", "created_at_from=yesterday", "role_equals=x", "listing_id_equals=a"]
)
def test_an_impossible_answer_to_a_filter_is_named_and_left_out(staff_browser, question: str):
    answer = staff_browser(Role.SUPPORT).get(f"/bookings/?flt0_{question}")

    assert answer.status_code == 200
    assert ("is no answer to the filter" in answer.text) == (not question.startswith("role"))


def test_a_list_filtered_to_nothing_says_how_to_see_everything(staff_browser):
    page = staff_browser(Role.SUPPORT).get("/users/?search=nobody-has-this-name").text

    assert "Nothing fits" in page
    assert 'href="/admin/users/">show everything' in page


def export(browser: Browser, path: str) -> tuple[int, list[list[str]]]:
    """Take the file of a list as its button does."""
    page = browser.get(path).text
    token = TOKEN.search(page)
    target = re.search(r'method="post" action="(/admin/[^"]*export[^"]*)"', page)
    answer = browser.client.post(target[1].replace("&amp;", "&"), data={"csrf_token": token[1]})
    return answer.status_code, list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))


def test_a_file_holds_every_row_of_the_list_and_runs_no_formula(staff_browser, make_user, count_rows, monkeypatch):
    monkeypatch.setattr("airbnb.admin.exports.ROWS_AT_ONCE", 3)
    browser = staff_browser(Role.SUPPORT)
    for number in range(7):
        make_user(email=f"pager{number}@page.example", first_name='=HYPERLINK("http://evil.example")')

    status, rows = export(browser, "/users/?search=pager&page_size=20")

    assert status == 200
    assert rows[0][:3] == ["Id", "Email", "First Name"]
    assert sorted(row[1] for row in rows[1:]) == [f"pager{number}@page.example" for number in range(7)]
    assert {row[2] for row in rows[1:]} == {'\'=HYPERLINK("http://evil.example")'}
    assert {row[4] for row in rows[1:]} == {"active"}
    assert count_rows(AuditEntry, AuditEntry.action == "export_rows", AuditEntry.subject_type == "users") == 1


def test_amounts_are_numbers_in_files_with_their_currency_apart(staff_browser, make_listing, host):
    make_listing(host=host.user, nightly_price_minor=12_050)

    _, rows = export(staff_browser(Role.SUPPORT), "/listings/")

    index = rows[0].index("Nightly Price")
    assert rows[0][index + 1] == "Nightly Price currency"
    assert rows[1][index : index + 2] == ["120.50", "EUR"]


def test_a_file_needs_the_forms_token_and_the_views_right(staff_browser, count_rows):
    forged = staff_browser(Role.ADMIN).client.post("/admin/users/export")
    closed = staff_browser(Role.SUPPORT).client.post("/admin/payments/export")

    assert (forged.status_code, closed.status_code) == (400, 403)
    assert count_rows(AuditEntry, AuditEntry.action == "export_rows") == 0


def test_every_list_answers_and_holds_nothing_that_the_policy_forbids(app: Flask, staff_browser):
    browser = staff_browser(Role.ADMIN)

    for view in views_of(app):
        answer = browser.get(f"/{view.stem}/")
        assert (view.stem, answer.status_code) == (view.stem, 200)
        assert (view.stem, INLINE.findall(answer.text)) == (view.stem, [])
        assert export(browser, f"/{view.stem}/")[0] == 200


def test_lists_are_closed_to_people_without_a_role(client: FlaskClient):
    assert client.post("/admin/users/export").status_code == 302
