"""Closing an account, and erasing its owner when stays, money and retention allow."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import inspect, select

from airbnb.domain import clock
from airbnb.domain.kinds import Role
from airbnb.domain.statuses import BookingStatus, ListingStatus, UserStatus
from airbnb.extensions import Base
from airbnb.models.account_safety import AccountClosure, Consent
from airbnb.models.bookings import Booking
from airbnb.models.ledger import LedgerEntry
from airbnb.models.listings import Listing, ListingPhoto
from airbnb.models.messages import Conversation, Message
from airbnb.models.payouts import PayoutAccount, PayoutItem
from airbnb.models.search import SearchDocument
from airbnb.models.users import OneTimeToken, User, UserSession
from airbnb.queries.closures import has_obligations
from airbnb.services import erasure
from airbnb.services.passwords import hash_password
from airbnb.tasks.accounts import erase_closed
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.account_closing import erase_due_accounts
from tests.factories.accounts import PASSWORD

SOON, LATER = timedelta(days=15), timedelta(days=400)


def read(model, row_id):
    with reading() as session:
        return session.get(model, row_id)


def change(model, row_id, **columns):
    def work(session):
        row = session.get(model, row_id)
        for name, value in columns.items():
            setattr(row, name, value)

    in_transaction(work)


def instant(text):
    return clock.now().fromisoformat(text)


def test_closing_ends_every_session_at_once_and_says_when_the_owner_is_erased(make_user, client_for, post_auth):
    user = make_user(password_hash=hash_password(PASSWORD))
    here, there = client_for(user), client_for(user)

    answer = here.delete("/users/me")

    assert answer.status_code == 202, answer.json
    due = instant(answer.json["erasure_scheduled_for"]) - clock.now()
    assert timedelta(days=13) < due <= timedelta(days=14)
    assert [one.get("/users/me").status_code for one in (here, there)] == [401, 401]
    assert post_auth("/login", {"email": user.email, "password": PASSWORD}).json["code"] == "invalid_credentials"
    assert here.delete("/users/me").status_code == 401


def test_closing_kills_links_and_hides_the_profile(make_user, client_for, client, post_auth, count_rows, run_outbox):
    user = make_user(password_hash=hash_password(PASSWORD))
    post_auth("/password/forgot", {"email": user.email})
    run_outbox()

    client_for(user).delete("/users/me")

    assert count_rows(OneTimeToken, OneTimeToken.used_at.is_(None)) == 0
    assert client.get(f"/api/v1/users/{user.id}").status_code == 404


def test_the_owner_is_told_by_mail_although_the_account_is_closed(guest, run_outbox, mailer):
    guest.delete("/users/me")
    run_outbox()
    run_outbox()

    assert [(mail.to, mail.subject) for mail in mailer.sent] == [(guest.user.email, "Your account is closed")]


def test_listings_leave_search_and_are_put_away_unless_somebody_is_coming(
    host, guest, make_listing, make_booking, count_rows
):
    free, booked = make_listing(host=host.user), make_listing(host=host.user)
    booking = make_booking(listing=booked, guest=guest.user)

    host.delete("/users/me")

    assert read(Listing, free.id).status is ListingStatus.ARCHIVED
    assert read(Listing, booked.id).status is ListingStatus.PAUSED
    assert count_rows(SearchDocument) == 0
    assert read(Booking, booking.id).status is BookingStatus.CONFIRMED


def test_a_confirmed_stay_goes_on_and_puts_the_erasure_off(host, guest, make_listing, make_booking, run_outbox, mailer):
    booking = make_booking(listing=make_listing(host=host.user), guest=guest.user)

    answer = guest.delete("/users/me")

    due = instant(answer.json["erasure_scheduled_for"])
    assert due == booking.check_out_at + timedelta(days=120)
    run_outbox()
    mailer.sent.clear()
    assert host.post(f"/bookings/{booking.id}/cancel", json={}, key="c1").status_code == 200
    run_outbox()
    run_outbox()
    assert guest.user.email in [mail.to for mail in mailer.sent]


@pytest.mark.parametrize("closer", ["guest", "host"])
def test_requests_that_nobody_agreed_to_are_given_up(host, guest, make_listing, make_booking, closer):
    booking = make_booking(listing=make_listing(host=host.user, instant_book=False), guest=guest.user)
    assert booking.status is BookingStatus.PENDING

    {"guest": guest, "host": host}[closer].delete("/users/me")

    expected = {"guest": BookingStatus.CANCELED, "host": BookingStatus.DECLINED}[closer]
    assert read(Booking, booking.id).status is expected


def test_nothing_is_erased_before_its_time(guest, count_rows):
    guest.delete("/users/me")

    assert erase_due_accounts(clock.now() + timedelta(days=13)) == 0
    assert erase_due_accounts(clock.now() + SOON) == 1
    assert erase_due_accounts(clock.now() + SOON) == 0
    assert count_rows(AccountClosure, AccountClosure.erased_at.is_not(None)) == 1


def test_the_beat_task_erases_what_is_due(guest, freeze):
    guest.delete("/users/me")
    freeze(clock.now() + SOON)

    assert erase_closed.run() == 1


def test_an_erased_person_is_found_nowhere(host, make_listing, run_outbox):
    user, listing = host.user, make_listing(host=host.user, arrival_guide="The key is under the mat")
    change(User, user.id, bio="I like tea", phone="+35312345678", last_name="Unmistakable")
    host.put("/users/me/payout-account", json={"method": "sandbox", "currency": "EUR", "details": {"account": "DE44"}})
    host.delete("/users/me")
    run_outbox()

    assert erase_due_accounts(clock.now() + SOON) == 1
    run_outbox()

    erased = read(User, user.id)
    assert (erased.email, erased.first_name, erased.last_name) == (f"{user.id}@erased.invalid", "Deleted", "")
    assert erased.status is UserStatus.CLOSED
    place = read(Listing, listing.id)
    assert (place.address_line1, place.arrival_guide) == ("", "")
    assert (place.latitude_e6, place.longitude_e6) == (place.public_latitude_e6, place.public_longitude_e6)
    for text in ("Unmistakable", user.email, "I like tea", "+35312345678", "under the mat", "DE44"):
        assert places_of(text) == []


def places_of(text):
    """Return the tables in which a text still stands."""
    found = []
    with reading() as session:
        for table in Base.metadata.sorted_tables:
            if any(text in str(value) for row in session.execute(select(table)) for value in row):
                found.append(table.name)
    return found


def test_files_go_with_their_owner(host, make_listing, run_outbox, count_rows):
    make_listing(host=host.user, photos=3)
    host.delete("/users/me")
    erase_due_accounts(clock.now() + SOON)
    run_outbox()

    assert count_rows(ListingPhoto) == count_rows(UserSession) == 0


def test_words_to_others_are_taken_back(guest, host, make_listing):
    listing = make_listing(host=host.user)
    in_transaction(lambda session: write_message(session, guest.user, listing, "I am Ada, call 17"))
    in_transaction(lambda session: write_message(session, host.user, listing, "Welcome!"))

    guest.delete("/users/me")
    erase_due_accounts(clock.now() + SOON)

    with reading() as session:
        assert {message.body for message in session.scalars(select(Message))} == {"—", "Welcome!"}


def write_message(session, author, listing, body):
    conversation = Conversation(listing_id=listing.id, guest_id=author.id)
    session.add(conversation)
    session.flush()
    session.add(Message(conversation_id=conversation.id, author_id=author.id, body=body))


def test_open_stays_put_the_erasure_off_whatever_was_promised(host, guest, make_listing, make_booking):
    booking = make_booking(listing=make_listing(host=host.user), guest=guest.user)
    guest.delete("/users/me")

    assert erase_due_accounts(clock.now() + LATER) == 0  # nobody completed the stay
    assert read(User, guest.user.id).email == guest.user.email
    assert booking.status is BookingStatus.CONFIRMED


def test_money_on_its_way_puts_the_erasure_off_and_the_books_stay(host, guest, make_listing, make_booking, count_rows):
    check_in = clock.now().date() - timedelta(days=10)
    make_booking(listing=make_listing(host=host.user), guest=guest.user, check_in=check_in, completed=True)
    entries = count_rows(LedgerEntry)
    assert entries > 0
    for one in (guest, host):
        one.delete("/users/me")
    assert erase_due_accounts(clock.now() + LATER) == 1  # the guest; the host has not been paid
    assert count_rows(PayoutItem, PayoutItem.payout_id.is_(None)) == 1

    assert count_rows(LedgerEntry) == entries
    assert count_rows(Booking, Booking.guest_id == guest.user.id) == 1
    with reading() as session:
        assert has_obligations(session, host.user.id)


def test_a_guest_meets_nobody_behind_an_erased_host(host, guest, make_listing, make_stay):
    booking = make_stay(guest=guest.user, host=host.user)
    host.delete("/users/me")
    erase_due_accounts(clock.now() + LATER)

    shown = guest.get(f"/bookings/{booking.id}")

    assert shown.status_code == 200
    assert "Ada" not in shown.text
    assert "Deleted" in shown.text


def test_agreements_are_kept_as_proof(post_auth, client, count_rows, registered_with_terms):
    headers = {"Authorization": f"Bearer {registered_with_terms['access_token']}"}
    client.delete("/api/v1/users/me", headers=headers)
    erase_due_accounts(clock.now() + SOON)

    assert count_rows(Consent) == 2


def test_every_table_that_names_a_person_is_erased_or_kept_for_a_reason():
    kept = {
        "user_roles",  # what an account was, which is nobody now
        "account_closures",
        "consents",  # proof of what was agreed to
        "audit_log",
        "status_history",
        "bookings",  # invoices, the books, the other side's memory
        "coupon_redemptions",  # a part of a booking's price
        "coupons",  # theirs only by the number of an account that is nobody now
        "tax_rules",  # who of the staff entered one, as the audit log says too
        "approvals",  # who of the staff moved money
        "payout_holds",
        "switches",  # who of the staff turned something off
        "staff_notes",  # those about them go by hand; who wrote one stays
        "listing_snapshots",  # the same
        "payments",
        "payouts",
        "payout_items",
        "ledger_entries",
        "conversations",
        "conversation_participants",
        "payout_accounts",  # emptied by hand
        "reports",  # what staff acted on, told by nobody in particular
    }
    known = {
        table.name
        for table in Base.metadata.tables.values()
        for column in table.columns
        for key in column.foreign_keys
        if key.column.table.name == "users"
    }
    handled = {column.class_.__tablename__ for column in erasure.DELETED}
    handled |= {column.class_.__tablename__ for column, _ in erasure.BLANKED}

    assert known - kept == handled
    assert inspect(PayoutAccount).columns.details_encrypted is not None


@pytest.fixture
def registered_with_terms(post_auth):
    body = {
        "email": "ana@example.test",
        "password": PASSWORD,
        "first_name": "Ana",
        "last_name": "Silva",
        "role": Role.GUEST,
        "accepted_terms_version": "2026-01",
        "marketing_opt_in": True,
    }
    return post_auth("/register", body).json


def test_only_one_of_two_workers_erases(guest, count_rows):
    guest.delete("/users/me")
    erase = partial(erasure.erase_account, user_id=guest.user.id, keys=(("k", "secret"),), now=clock.now())

    assert [in_transaction(erase), in_transaction(erase)] == [True, False]
