"""People at the dashboard: what a suspension and an erasure reach is shown first; staff look after accounts."""

import pytest

from airbnb.domain import clock
from airbnb.domain.kinds import Role
from airbnb.domain.statuses import ListingStatus, UserStatus
from airbnb.models.account_safety import AccountClosure
from airbnb.models.listings import Listing
from airbnb.models.platform import AuditEntry
from airbnb.models.search import SearchDocument
from airbnb.models.second_factors import TotpFactor
from airbnb.models.staff import StaffNote
from airbnb.models.users import User
from airbnb.unit_of_work import in_transaction, reading
from tests.factories.dashboard import TOKEN

WHY = "Asked for by mail, ticket 4711"


def read(model, row_id):
    with reading() as session:
        return session.get(model, row_id)


def audited(action):
    with reading() as session:
        return session.query(AuditEntry).filter_by(action=action).all()


def test_suspending_a_host_names_what_it_reaches_and_takes_their_places_off_the_market(
    host, guest, make_listing, make_booking, staff_browser, count_rows
):
    listing = make_listing(host=host.user, title="The <lake> house")
    stay = make_booking(listing=listing, guest=guest.user)
    browser, path = staff_browser(Role.SUPPORT), f"/users/{host.user.id}/do/suspend"

    shown = browser.get(path).text
    browser.submit(path, reason=WHY)

    assert f'out of search: published listings (1): <a href="/admin/listings/details/?id={listing.id}">' in (shown)
    assert "The &lt;lake&gt; house" in shown
    assert f'/admin/bookings/details/?id={stay.id}">{stay.code}' in shown
    assert read(User, host.user.id).status is UserStatus.SUSPENDED
    assert read(Listing, listing.id).status is ListingStatus.PAUSED
    assert count_rows(SearchDocument, SearchDocument.id == listing.id) == 0
    (entry,) = audited("pause_listing")
    assert (entry.before, entry.after) == ({"status": "published"}, {"status": "paused"})
    browser.submit(f"/users/{host.user.id}/do/reinstate", reason=WHY)
    assert read(Listing, listing.id).status is ListingStatus.PAUSED


@pytest.mark.parametrize("action", ["suspend", "end-sessions", "reset-second-factor"])
@pytest.mark.parametrize("role", [Role.ADMIN, Role.SUPPORT, Role.FINANCE])
def test_support_does_nothing_to_other_staff(staff_browser, make_client, action, role, count_rows):
    colleague = make_client(role)
    in_transaction(lambda rows: rows.add(_factor(colleague.user.id)))
    browser, path = staff_browser(Role.SUPPORT), f"/users/{colleague.user.id}/do/{action}"

    page = browser.get(path)
    forced = browser.client.post(
        f"/admin{path}", data={"csrf_token": _token(browser), "reason": "I know better than the page"}
    )

    assert "not possible" in page.text
    assert forced.status_code == 422
    assert count_rows(AuditEntry) == 0
    assert read(User, colleague.user.id).status is UserStatus.ACTIVE


def _factor(user_id):
    return TotpFactor(user_id=user_id, secret_encrypted="x", confirmed_at=clock.now())


def _token(browser):
    return TOKEN.search(browser.get("/").text)[1]


def test_nobody_suspends_themselves(browser, make_staff):
    member = make_staff(Role.ADMIN)
    browser.sign_in(member)

    assert "not possible" in browser.get(f"/users/{member.id}/do/suspend").text


def test_admins_look_after_the_accounts_of_staff(staff_browser, make_client):
    colleague = make_client(Role.SUPPORT)

    staff_browser(Role.ADMIN).submit(f"/users/{colleague.user.id}/do/suspend", reason=WHY)

    assert read(User, colleague.user.id).status is UserStatus.SUSPENDED


def test_signing_somebody_out_everywhere_ends_each_session_and_says_how_many(guest, client_for, staff_browser):
    other = client_for(guest.user)

    staff_browser(Role.SUPPORT).submit(f"/users/{guest.user.id}/do/end-sessions", reason=WHY)

    assert [one.get("/users/me").status_code for one in (guest, other)] == [401, 401]
    (entry,) = audited("end_sessions")
    assert (entry.before, entry.after, entry.reason) == ({"live_sessions": 2}, {"live_sessions": 0}, WHY)


def test_a_lost_second_factor_is_taken_away_and_its_owner_told(guest, staff_browser, run_outbox, mailer, count_rows):
    in_transaction(lambda rows: rows.add(_factor(guest.user.id)))
    browser = staff_browser(Role.SUPPORT)
    path = f"/users/{guest.user.id}/do/reset-second-factor"

    browser.submit(path, reason=WHY)
    run_outbox()
    run_outbox()

    assert count_rows(TotpFactor) == 0
    assert guest.get("/users/me").status_code == 401
    assert [mail.to for mail in mailer.sent] == [guest.user.email]
    (entry,) = audited("reset_second_factor")
    assert entry.before["second_factor"] is True
    assert "not possible" in browser.get(path).text


def test_an_admin_closes_an_account_and_erases_it_with_what_stays_shown_first(
    host, make_listing, staff_browser, count_rows
):
    listing = make_listing(host=host.user)
    browser, user_id = staff_browser(Role.ADMIN), host.user.id
    browser.client.post(f"/admin/users/{user_id}/notes", data={"csrf_token": _token(browser), "body": "Called twice"})

    shown = browser.get(f"/users/{user_id}/do/close").text
    browser.submit(f"/users/{user_id}/do/close", reason=WHY)

    assert "listings (1)" in shown
    assert "stay, as the law asks" in shown
    assert read(User, user_id).status is UserStatus.CLOSED
    assert read(Listing, listing.id).status is ListingStatus.ARCHIVED
    closure = read(AccountClosure, user_id)
    (entry,) = audited("close_account")
    assert entry.after["erase_after"] == closure.erase_after.isoformat()

    browser.submit(f"/users/{user_id}/do/erase", reason="A court told us to")

    assert read(User, user_id).first_name == "Deleted"
    assert read(AccountClosure, user_id).erased_at is not None
    assert count_rows(StaffNote) == 0
    assert len(audited("erase_user")) == 1
    assert "not possible" in browser.get(f"/users/{user_id}/do/erase").text


def test_what_is_under_way_keeps_an_account_from_being_erased(host, guest, make_listing, make_booking, staff_browser):
    make_booking(listing=make_listing(host=host.user), guest=guest.user)
    browser, user_id = staff_browser(Role.ADMIN), guest.user.id
    browser.submit(f"/users/{user_id}/do/close", reason=WHY)

    shown = browser.get(f"/users/{user_id}/do/erase").text
    browser.submit(f"/users/{user_id}/do/erase", reason=WHY)

    assert "Not possible yet: stays to come or running" in shown
    assert "can&#39;t be erased yet" in browser.get(f"/users/details/?id={user_id}").text
    assert read(User, user_id).first_name == "Ada"


@pytest.mark.parametrize("view", ["users", "listings", "bookings"])
def test_notes_are_kept_with_who_and_when_and_shown_as_text(
    view, guest, host, make_listing, make_booking, staff_browser, count_rows
):
    listing = make_listing(host=host.user)
    booking = make_booking(listing=listing, guest=guest.user)
    row_id = {"users": guest.user.id, "listings": listing.id, "bookings": booking.id}[view]
    browser = staff_browser(Role.FINANCE)
    url, token = f"/admin/{view}/{row_id}/notes", _token(browser)

    kept = browser.client.post(url, data={"csrf_token": token, "body": "<script>alert(1)</script>\nCalled."})
    forged = browser.client.post(url, data={"body": "From elsewhere"})
    empty = browser.client.post(url, data={"csrf_token": token, "body": " "})
    page = browser.get(f"/{view}/details/?id={row_id}").text

    assert (kept.status_code, forged.status_code, empty.status_code) == (302, 302, 302)
    assert count_rows(StaffNote) == 1
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert(1)" not in page
    (entry,) = audited("write_note")
    assert entry.subject_type == view
    assert "Called" not in str(entry.after)
