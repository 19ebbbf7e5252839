"""The dashboard: who gets in, what they see, what they may do, and what is written down about it."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from airbnb.domain import clock
from airbnb.domain.kinds import Role
from airbnb.domain.money import format_amount
from airbnb.domain.statuses import ListingStatus, UserStatus
from airbnb.models.calendar import BookedNight
from airbnb.models.listings import Listing
from airbnb.models.payments import Refund
from airbnb.models.platform import AuditEntry, OutboxEvent
from airbnb.models.search import SearchDocument
from airbnb.models.users import User, UserSession
from airbnb.unit_of_work import reading
from tests.factories.dashboard import PASSWORD, TOKEN, Browser

VIEWS = ("users", "listings", "bookings", "payments", "payouts", "reviews", "reports", "feeds", "conflicts", "audit")


def test_strangers_are_sent_to_the_sign_in_from_every_page(browser: Browser):
    for path in ("/", *(f"/{view}/" for view in VIEWS), "/users/details/?id=1", "/users/1/do/suspend"):
        answer = browser.get(path)
        assert (path, answer.status_code) == (path, 302)
        assert answer.location.startswith("/admin/login")


def test_a_wrong_password_and_an_account_without_a_role_do_not_get_in(browser: Browser, make_staff, count_rows):
    staff, guest = make_staff(Role.SUPPORT), make_staff()

    wrong = browser.sign_in(staff, "another pass phrase")
    no_role = browser.sign_in(guest)

    assert "wrong" in wrong.text
    assert "no access" in no_role.text
    assert browser.get("/users/").status_code == 302
    assert count_rows(UserSession, UserSession.revoked_at.is_(None)) == 0


def test_signing_in_without_the_forms_token_is_refused(browser: Browser, make_staff):
    user = make_staff(Role.ADMIN)

    answer = browser.client.post("/admin/login", data={"email": user.email, "password": PASSWORD})

    assert answer.status_code == 200
    assert browser.get("/users/").status_code == 302


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/admin/\\evil", "javascript:alert(1)"])
def test_the_sign_in_never_leads_to_another_site(browser: Browser, make_staff, target: str):
    answer = browser.submit(f"/login?next={target}", email=make_staff(Role.ADMIN).email, password=PASSWORD)

    assert answer.location == "/admin/"


def test_signing_out_ends_the_session_for_good(staff_browser, count_rows):
    browser = staff_browser(Role.ADMIN)
    cookie = browser.client.get_cookie("session")
    page = browser.get("/")

    browser.client.post("/admin/logout", data={"csrf_token": TOKEN.search(page.text)[1]})
    browser.client.set_cookie("session", cookie.value)

    assert browser.get("/users/").status_code == 302


def test_who_was_away_for_too_long_signs_in_again(staff_browser, freeze):
    now = clock.now()
    freeze(now)
    browser = staff_browser(Role.ADMIN)
    stolen = browser.client.get_cookie("session").value
    for minutes in (29, 58):
        freeze(now + timedelta(minutes=minutes))
        assert browser.get("/users/").status_code == 200

    freeze(now + timedelta(minutes=89))
    away = browser.get("/users/")
    browser.client.set_cookie("session", stolen)
    old = browser.get("/users/")

    assert (away.status_code, old.status_code) == (302, 302)
    assert away.location.startswith("/admin/login")


@pytest.mark.parametrize(
    "role, closed",
    [
        (Role.ADMIN, set()),
        (Role.FINANCE, {"reports"}),
        (Role.SUPPORT, {"payments", "payouts"}),
    ],
)
def test_each_role_sees_its_views_and_no_other(staff_browser, role: Role, closed: set[str]):
    browser = staff_browser(role)

    answers = {view: browser.get(f"/{view}/").status_code for view in VIEWS}

    assert answers == {view: 403 if view in closed else 200 for view in VIEWS}


def test_lists_can_be_searched_and_filtered_and_lead_to_details(staff_browser, make_user):
    browser = staff_browser(Role.SUPPORT)
    wanted = make_user(email="wanted@example.test")
    make_user(email="other@example.test")

    searched = browser.get("/users/?search=wanted")
    filtered = browser.get("/users/?flt0_status_equals=suspended")
    details = browser.get(f"/users/details/?id={wanted.id}")

    assert "wanted@example.test" in searched.text
    assert "other@example.test" not in searched.text
    assert "wanted@example.test" not in filtered.text
    assert "wanted@example.test" in details.text
    assert "password" not in details.text.lower()


def test_nothing_can_be_created_edited_or_deleted_by_hand(staff_browser, make_user):
    browser = staff_browser(Role.ADMIN)
    user = make_user()

    answers = [
        browser.client.post(f"/admin/users/{path}", data={"id": str(user.id)}).status_code
        for path in ("new/", f"edit/?id={user.id}", "delete/", "ajax/update/", "action/")
    ]

    assert all(status in (302, 400, 404, 405) for status in answers)
    with reading() as session:
        assert session.get(User, user.id).first_name == "Ada"


def test_suspending_asks_for_a_reason_ends_every_session_and_is_written_down(
    staff_browser, make_user, client_for, count_rows
):
    browser = staff_browser(Role.SUPPORT)
    guest = client_for(make_user())
    path = f"/users/{guest.user.id}/do/suspend"

    without_reason = browser.submit(path, reason="")
    done = browser.submit(path, reason="Spam to twelve hosts")

    assert without_reason.status_code == 422
    assert done.status_code == 302
    assert guest.get("/users/me").status_code in (401, 403)
    with reading() as session:
        assert session.get(User, guest.user.id).status is UserStatus.SUSPENDED
    written = (AuditEntry.action == "suspend_user", AuditEntry.reason == "Spam to twelve hosts")
    assert count_rows(AuditEntry, *written, AuditEntry.ip == "127.0.0.1") == 1


def test_a_suspended_user_can_be_reinstated(staff_browser, make_user, count_rows):
    browser = staff_browser(Role.ADMIN)
    user = make_user(status=UserStatus.SUSPENDED)

    browser.submit(f"/users/{user.id}/do/reinstate", reason="A mistake of ours")

    with reading() as session:
        assert session.get(User, user.id).status is UserStatus.ACTIVE
    assert count_rows(AuditEntry, AuditEntry.action == "reinstate_user") == 1


def test_taking_a_listing_down_hides_it_from_search_and_tells_the_host(
    staff_browser, make_listing, make_user, count_rows
):
    browser = staff_browser(Role.SUPPORT)
    listing = make_listing(host=make_user(roles=(Role.HOST,)))
    assert count_rows(SearchDocument, SearchDocument.id == listing.id) == 1

    browser.submit(f"/listings/{listing.id}/do/take-down", reason="The pictures show another place")

    with reading() as session:
        assert session.get(Listing, listing.id).status is ListingStatus.SUSPENDED
    assert count_rows(SearchDocument, SearchDocument.id == listing.id) == 0
    assert count_rows(OutboxEvent, OutboxEvent.topic == "listing.decision") == 1
    assert count_rows(AuditEntry, AuditEntry.action == "take_listing_down") == 1


def test_canceling_a_booking_pays_everything_back_and_is_written_down(
    staff_browser, make_listing, make_booking, make_user, guest, count_rows
):
    browser = staff_browser(Role.SUPPORT)
    listing = make_listing(host=make_user(roles=(Role.HOST,)), instant_book=True)
    booking = make_booking(listing=listing, guest=guest.user)
    path = f"/bookings/{booking.id}/do/cancel"

    asked = browser.preview(path, reason="The house burnt down")
    done = browser.decide(path, reason="The house burnt down")
    again = browser.get(path)

    total = f"{format_amount(booking.total_minor, booking.currency)} {booking.currency}"
    assert f"The guest gets {total} back, of {total} in all" in asked.text
    assert done.status_code == 302
    assert "not possible" in again.text
    assert guest.get(f"/bookings/{booking.id}").json["status"] == "canceled"
    assert count_rows(Refund, Refund.booking_id == booking.id, Refund.amount_minor == booking.total_minor) == 1
    assert count_rows(BookedNight, BookedNight.booking_id == booking.id) == 0
    acts = (AuditEntry.action == "cancel_booking", AuditEntry.subject_type == "bookings")
    assert count_rows(AuditEntry, *acts, AuditEntry.ip == "127.0.0.1") == 1


def test_an_action_needs_its_own_right_and_the_forms_token(staff_browser, make_user, count_rows):
    browser = staff_browser(Role.FINANCE)
    user = make_user()

    seen = browser.get(f"/users/details/?id={user.id}")
    tried = browser.client.post(f"/admin/users/{user.id}/do/suspend", data={"reason": "Because I can"})

    assert "Suspend user" not in seen.text
    assert tried.status_code == 403
    assert count_rows(AuditEntry) == 0


def test_an_action_without_the_forms_token_does_nothing(staff_browser, make_user, count_rows):
    browser = staff_browser(Role.ADMIN)
    user = make_user()

    answer = browser.client.post(f"/admin/users/{user.id}/do/suspend", data={"reason": "Forged on another site"})

    assert answer.status_code == 422
    assert count_rows(AuditEntry) == 0


def test_what_people_type_is_shown_as_text(staff_browser, make_user):
    browser = staff_browser(Role.ADMIN)
    user = make_user(first_name="<script>alert(1)</script>", bio="<img src=x onerror=alert(2)>\nline two")

    pages = browser.get("/users/").text + browser.get(f"/users/details/?id={user.id}").text
    pages += browser.get(f"/users/{user.id}/do/suspend").text

    assert "<script>alert(1)" not in pages
    assert "<img src=x" not in pages


def test_pages_carry_a_policy_and_load_nothing_from_another_host(client: FlaskClient):
    page = client.get("/admin/login")
    addresses = re.findall(r'(?:src|href)="([^"#]+)"', page.text)

    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert "unsafe" not in policy
    assert page.headers["Cache-Control"] == "no-store"
    assert all(address.startswith("/") for address in addresses)
    for address in addresses:
        with client.get(address, follow_redirects=True) as asset:
            assert (address, asset.status_code) == (address, 200)
