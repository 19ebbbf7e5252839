"""Conversations over HTTP: opened by a question or a booking, read by two people and nobody else."""

from collections.abc import Callable
from typing import Any

import pytest

from airbnb.domain import clock
from airbnb.domain.kinds import Role
from airbnb.domain.statuses import ListingStatus
from airbnb.models.bookings import Booking
from airbnb.models.listings import Listing
from airbnb.models.messages import Conversation, Message
from airbnb.services.messages import ensure_booking_conversation, open_with
from airbnb.unit_of_work import in_transaction
from tests.factories.clients import APIClient
from tests.fakes.mailer import RecordingMailer


@pytest.fixture
def listing(host: APIClient, make_listing: Callable[..., Listing]) -> Listing:
    return make_listing(host=host.user)


def ask(guest: APIClient, listing: Listing, **body: Any) -> Any:
    return guest.post(f"/listings/{listing.id}/conversations", json={"message": "Is there a lift?", **body})


def test_a_question_opens_a_conversation(guest: APIClient, host: APIClient, listing: Listing):
    answer = ask(guest, listing, check_in="2027-06-01", check_out="2027-06-04", guests=2)

    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/conversations/{answer.json['id']}"
    assert answer.json["listing"] == {"id": str(listing.id), "title": listing.title}
    assert answer.json["booking"] is None
    assert answer.json["counterparty"]["id"] == str(host.user.id)
    assert answer.json["unread_count"] == 0
    last = answer.json["last_message"]
    assert (last["text"], last["author_id"]) == ("Is there a lift?", str(guest.user.id))
    assert last["stay"] == {"check_in": "2027-06-01", "check_out": "2027-06-04", "guests": 2}


def test_a_second_question_goes_on_with_the_conversation(
    guest: APIClient, listing: Listing, count_rows: Callable[..., int]
):
    first, second = ask(guest, listing), ask(guest, listing)

    assert first.json["id"] == second.json["id"]
    assert (count_rows(Conversation), count_rows(Message)) == (1, 2)


def test_a_repeated_request_asks_once(guest: APIClient, listing: Listing, count_rows: Callable[..., int]):
    path, body = f"/listings/{listing.id}/conversations", {"message": "Hello"}

    first = guest.post(path, json=body, key="k1")
    second = guest.post(path, json=body, key="k1")

    assert first.json == second.json
    assert count_rows(Message) == 1


def test_both_talk_and_see_what_is_new(guest: APIClient, host: APIClient, listing: Listing):
    talk = ask(guest, listing).json["id"]
    assert host.get("/conversations").json["data"][0]["unread_count"] == 1

    answer = host.post(f"/conversations/{talk}/messages", json={"text": "Yes, there is."})
    (shown,) = guest.get("/conversations").json["data"]
    messages = guest.get(f"/conversations/{talk}/messages").json["data"]

    assert answer.status_code == 201
    assert shown["unread_count"] == 1
    assert shown["last_message"]["text"] == "Yes, there is."
    assert [message["text"] for message in messages] == ["Yes, there is.", "Is there a lift?"]
    # Who answers has read what came before.
    assert host.get("/conversations").json["data"][0]["unread_count"] == 0


def test_reading_goes_as_far_as_was_seen_and_never_back(guest: APIClient, host: APIClient, listing: Listing):
    talk = ask(guest, listing).json["id"]
    path = f"/conversations/{talk}"
    sent = [guest.post(f"{path}/messages", json={"text": str(number)}).json["id"] for number in range(3)]

    partly = host.post(f"{path}/read", json={"message_id": sent[0]})
    fully = host.post(f"{path}/read")
    back = host.post(f"{path}/read", json={"message_id": sent[0]})

    assert [answer.json["unread_count"] for answer in (partly, fully, back)] == [2, 0, 0]
    assert guest.get("/users/me/counters").json["unread_messages"] == 0


def test_the_reader_is_told(
    guest: APIClient, host: APIClient, listing: Listing, mailer: RecordingMailer, run_outbox: Callable[[], int]
):
    ask(guest, listing)
    run_outbox()

    assert [message.to for message in mailer.sent] == [host.user.email]
    assert "> Is there a lift?" in mailer.sent[0].text
    assert [one["kind"] for one in host.get("/notifications").json["data"]] == ["message_received"]
    assert guest.get("/notifications").json["data"] == []


def test_conversations_come_latest_first_in_pages_without_a_query_per_row(
    guest: APIClient, host: APIClient, make_listing: Callable[..., Listing], count_statements: list[str]
):
    talks = [ask(guest, make_listing(host=host.user)).json["id"] for _ in range(5)]
    guest.post(f"/conversations/{talks[0]}/messages", json={"text": "Hello again"})
    count_statements.clear()

    first = guest.get("/conversations?limit=3").json

    selects = [text for text in count_statements if text.startswith("SELECT")]
    rest = guest.get(f"/conversations?limit=3&cursor={first['page']['next_cursor']}").json
    assert [one["id"] for one in first["data"] + rest["data"]] == [talks[0], talks[4], talks[3], talks[2], talks[1]]
    assert len(selects) <= 7


@pytest.mark.parametrize("path", ["", "/messages"])
def test_nobody_else_reads_a_conversation(
    guest: APIClient, listing: Listing, make_client: Callable[..., APIClient], path: str
):
    talk = ask(guest, listing).json["id"]

    assert make_client(Role.HOST).get(f"/conversations/{talk}{path}").status_code == 404


def test_nobody_else_writes_into_a_conversation(
    guest: APIClient, listing: Listing, make_client: Callable[..., APIClient], count_rows: Callable[..., int]
):
    talk, stranger = ask(guest, listing).json["id"], make_client()

    assert stranger.post(f"/conversations/{talk}/messages", json={"text": "Hi"}).status_code == 404
    assert stranger.post(f"/conversations/{talk}/read").status_code == 404
    assert count_rows(Message) == 1


def test_hosts_do_not_ask_themselves(host: APIClient, listing: Listing, count_rows: Callable[..., int]):
    answer = ask(host, listing)

    assert (answer.status_code, answer.json["code"]) == (422, "own_listing")
    assert count_rows(Conversation) == 0


def test_only_published_listings_are_asked_about(
    guest: APIClient, host: APIClient, make_listing: Callable[..., Listing]
):
    assert ask(guest, make_listing(host=host.user, status=ListingStatus.PAUSED)).status_code == 404


@pytest.mark.parametrize(
    "body, path",
    [
        ({"message": ""}, "message"),
        ({"message": " \n "}, "message"),
        ({"message": "x" * 5_001}, "message"),
        ({"check_in": "2027-06-04"}, "check_out"),
        ({"check_out": "2027-06-04"}, "check_in"),
        ({"check_in": "2027-06-04", "check_out": "2027-06-04"}, "check_out"),
        ({"check_in": "tomorrow", "check_out": "2027-06-04"}, "check_in"),
        ({"guests": 0}, "guests"),
        ({"subject": "Hello"}, "subject"),
    ],
)
def test_a_bad_question_is_refused_by_name(
    guest: APIClient, listing: Listing, body: dict[str, Any], path: str, count_rows: Callable[..., int]
):
    answer = ask(guest, listing, **body)

    assert answer.status_code == 422
    assert path in answer.json["errors"]
    assert count_rows(Conversation) == 0


def test_a_booking_opens_one_conversation_and_keeps_to_it(
    guest: APIClient, host: APIClient, listing: Listing, make_stay: Callable[..., Booking]
):
    asked = ask(guest, listing).json["id"]
    booking = make_stay(guest=guest.user, host=host.user, listing=listing)

    def work(session: Any) -> list[int]:
        first = ensure_booking_conversation(session, booking, now=clock.now())
        second = open_with(session, booking, "See you!", now=clock.now())
        return [first.id, second.id]

    assert in_transaction(work) == [int(asked)] * 2
    (shown,) = host.get("/conversations").json["data"]
    assert shown["booking"]["code"] == booking.code
    assert shown["last_message"]["text"] == "See you!"


def test_a_booking_without_words_is_not_in_the_list(
    guest: APIClient, listing: Listing, host: APIClient, make_stay: Callable[..., Booking]
):
    booking = make_stay(guest=guest.user, host=host.user, listing=listing)
    talk = in_transaction(lambda session: open_with(session, booking, None, now=clock.now()))

    assert guest.get("/conversations").json["data"] == []
    shown = guest.get(f"/conversations/{talk.id}").json
    assert (shown["last_message"], shown["booking"]["status"]) == (None, "completed")
