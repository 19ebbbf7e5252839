"""Contact details in messages: hidden from the other side until a booking is confirmed, never lost."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from airbnb.domain import clock
from airbnb.domain.statuses import BookingStatus, PendingOn
from airbnb.extensions import current_settings
from airbnb.models.bookings import Booking
from airbnb.models.listings import Listing
from airbnb.models.messages import Message
from tests.factories.clients import APIClient
from tests.fakes.mailer import RecordingMailer

WRITTEN = "Call me: +49 176 123 45 678, or grace (at) example (dot) com"
SHOWN = "Call me: •••, or •••"


@pytest.fixture
def listing(host: APIClient, make_listing: Callable[..., Listing]) -> Listing:
    return make_listing(host=host.user)


@pytest.fixture
def talk(guest: APIClient, listing: Listing) -> str:
    return str(guest.post(f"/listings/{listing.id}/conversations", json={"message": WRITTEN}).json["id"])


def read(client: APIClient, talk: str) -> tuple[str, bool]:
    (message,) = client.get(f"/conversations/{talk}/messages").json["data"]
    last = client.get(f"/conversations/{talk}").json["last_message"]
    (listed,) = client.get("/conversations").json["data"]
    assert message == last == listed["last_message"]
    return message["text"], message["is_masked"]


def test_the_other_side_reads_no_contact_details_and_the_author_is_told(
    guest: APIClient, host: APIClient, talk: str, run_outbox: Callable[[], int], mailer: RecordingMailer
):
    run_outbox()

    assert read(host, talk) == (SHOWN, True)
    assert read(guest, talk) == (WRITTEN, True)
    assert [f"> {SHOWN}" in mail.text and "example" not in mail.text for mail in mailer.sent] == [True]
    assert "176" not in (mailer.sent[0].html or "")


@pytest.mark.parametrize(
    "columns, is_open",
    [
        ({"status": BookingStatus.PENDING, "pending_on": PendingOn.HOST}, False),
        ({"status": BookingStatus.EXPIRED, "pending_on": None}, False),
        ({"status": BookingStatus.CONFIRMED, "pending_on": None, "confirmed": True}, True),
        ({"status": BookingStatus.CANCELED, "pending_on": None, "confirmed": True}, True),
    ],
)
def test_a_confirmed_booking_of_the_two_opens_what_was_written_before(
    guest: APIClient,
    host: APIClient,
    listing: Listing,
    talk: str,
    make_stay: Callable[..., Booking],
    columns: dict[str, Any],
    is_open: bool,
):
    confirmed_at = clock.now() if columns.pop("confirmed", False) else None

    make_stay(guest=guest.user, listing=listing, confirmed_at=confirmed_at, completed_at=None, **columns)

    assert read(host, talk) == ((WRITTEN, False) if is_open else (SHOWN, True))


def test_somebody_elses_booking_opens_nothing(
    host: APIClient, listing: Listing, talk: str, make_client: Callable[..., APIClient], make_stay: Callable[..., Any]
):
    make_stay(guest=make_client().user, listing=listing)

    assert read(host, talk) == (SHOWN, True)


def test_a_marketplace_may_show_them(
    app: Flask, host: APIClient, talk: str, monkeypatch: pytest.MonkeyPatch, run_outbox: Any, mailer: RecordingMailer
):
    monkeypatch.setitem(app.extensions, "airbnb_settings", replace(current_settings(), mask_contacts=False))
    run_outbox()

    assert read(host, talk) == (WRITTEN, False)
    assert WRITTEN in mailer.sent[0].text


def test_a_reply_answers_its_author_with_their_own_words(host: APIClient, talk: str):
    sent = host.post(f"/conversations/{talk}/messages", json={"text": "I am @hugo_hosts"}).json

    assert (sent["text"], sent["is_masked"]) == ("I am @hugo_hosts", True)


def test_who_writes_too_fast_is_asked_to_wait_and_the_other_side_is_not(
    guest: APIClient, host: APIClient, talk: str, rate_limits: None, count_rows: Callable[..., int]
):
    path = f"/conversations/{talk}/messages"

    answers = [guest.post(path, json={"text": str(number)}) for number in range(32)]
    refused = [one for one in answers if one.status_code == 429]

    assert [one.status_code for one in answers[:29]] == [201] * 29
    assert {(one.json["code"], int(one.headers["Retry-After"]) in range(1, 61)) for one in refused} == {
        ("rate_limited", True)
    }
    assert count_rows(Message) == 1 + len(answers) - len(refused) <= 31
    assert host.post(path, json={"text": "Slowly, please."}).status_code == 201
