"""Live alerts: who may open a stream, what comes on it, and that nothing comes twice or never."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from airbnb.blueprints.streaming import hub as hubs
from airbnb.blueprints.streaming import reader as readers
from airbnb.blueprints.streaming import streams as streams_module
from airbnb.blueprints.streaming.hub import Hub
from airbnb.domain import clock
from airbnb.domain.ids import first_id_at, new_id
from airbnb.domain.streams import StreamEventName
from airbnb.domain.topics import Topic
from airbnb.models.stream_events import StreamEvent
from airbnb.models.users import UserSession
from airbnb.services import outbox
from airbnb.services.streams import send_to_streams
from airbnb.unit_of_work import in_transaction
from tests.factories.clients import APIClient
from tests.factories.streams import OpenStream, open_by_ticket

TICKETS = "/notifications/stream-ticket"
Open = Callable[..., OpenStream]


def send(client: APIClient, number: int, **columns: Any) -> None:
    """Send somebody's streams an event that tells its number."""

    def work(session: Session) -> None:
        if columns:
            row = StreamEvent(user_id=client.user.id, name="booking", data=f'{{"number":{number}}}', **columns)
            session.add(row)
        else:
            send_to_streams(session, client.user.id, StreamEventName.BOOKING, {"number": number})

    in_transaction(work)


def numbers(stream: OpenStream, count: int) -> list[int]:
    return [stream.until("booking").data["number"] for _ in range(count)]


def test_an_alert_is_on_the_open_stream_within_a_second_of_its_commit(
    guest: APIClient, open_stream: Open, run_outbox: Callable[[], int]
):
    stream = open_stream(guest)
    assert stream.next().name == "counters"
    in_transaction(lambda session: outbox.record(session, Topic.PASSWORD_CHANGED, subject_id=guest.user.id))

    run_outbox()
    committed_at = time.monotonic()
    event = stream.until("notification")

    assert time.monotonic() - committed_at <= 1
    assert event.data == guest.get("/notifications").json["data"][0]
    assert stream.until("counters").data == guest.get("/users/me/counters").json


def test_both_sides_of_a_booking_hear_of_it(
    guest: APIClient,
    host: APIClient,
    stranger: APIClient,
    make_stay: Callable[..., Any],
    open_stream: Open,
    run_outbox: Callable[[], int],
):
    stay = make_stay(guest=guest.user, host=host.user)
    streams = [open_stream(client) for client in (guest, host, stranger)]
    in_transaction(lambda session: outbox.record(session, Topic.BOOKING_CONFIRMED, subject_id=stay.id))
    run_outbox()

    for stream in streams[:2]:
        news = {"id": str(stay.id), "code": stay.code, "kind": "booking_confirmed"}
        assert stream.until("booking").data == news
    assert streams[2].next().name == "counters"
    assert streams[2].is_silent()


def test_reading_an_alert_elsewhere_counts_anew(guest: APIClient, open_stream: Open, run_outbox: Callable[[], int]):
    in_transaction(lambda session: outbox.record(session, Topic.PASSWORD_CHANGED, subject_id=guest.user.id))
    run_outbox()
    stream = open_stream(guest)
    assert stream.until("counters").data["unread_notifications"] == 1

    guest.post("/notifications/read-all")

    assert stream.until("counters").data["unread_notifications"] == 0


def test_a_ticket_opens_one_stream(app: Flask, hub: Hub, guest: APIClient):
    made = guest.post(TICKETS)
    first = open_by_ticket(app, made.json["ticket"])
    second = open_by_ticket(app, made.json["ticket"])

    assert (made.status_code, made.json["expires_in"]) == (201, 60)
    assert (first.status_code, first.mimetype) == (200, "text/event-stream")
    assert first.headers["Cache-Control"] == "no-cache, no-transform"
    assert first.headers["X-Accel-Buffering"] == "no"
    assert (second.status_code, second.json["code"]) == (401, "unauthenticated")
    first.close()


def test_two_windows_open_with_a_ticket_each(app: Flask, hub: Hub, guest: APIClient):
    tickets = [guest.post(TICKETS).json["ticket"] for _ in range(2)]
    opened = [open_by_ticket(app, ticket) for ticket in tickets]

    assert [one.status_code for one in opened] == [200, 200]
    for one in opened:
        one.close()


def test_a_ticket_is_good_for_a_minute_and_no_longer_than_its_session(
    app: Flask, hub: Hub, guest: APIClient, freeze: Callable[..., None]
):
    now = clock.now()
    freeze(now)
    late, of_an_ended_session = (guest.post(TICKETS).json["ticket"] for _ in range(2))
    freeze(now + timedelta(seconds=61))
    assert open_by_ticket(app, late).status_code == 401
    freeze(now + timedelta(seconds=30))
    guest.post("/auth/logout")
    assert open_by_ticket(app, of_an_ended_session).status_code == 401


@pytest.fixture
def stranger(make_client: Callable[..., APIClient]) -> APIClient:
    return make_client()


@pytest.mark.parametrize("way", ["header", "query"])
def test_whoever_comes_back_gets_what_was_missed_once(guest: APIClient, open_stream: Open, way: str):
    first = open_stream(guest)
    send(guest, 1)
    last = first.until("booking").id
    first.close()
    for number in (2, 3):
        send(guest, number)
    options = {"header": {"headers": {"Last-Event-ID": last}}, "query": {"query_string": {"last_event_id": last}}}

    again = open_stream(guest, **options[way])
    send(guest, 4)

    assert numbers(again, 3) == [2, 3, 4]
    assert again.until("counters")
    assert again.is_silent()


def test_more_than_a_page_was_missed(guest: APIClient, open_stream: Open, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hubs, "CATCH_UP_PAGE", 2)
    last = open_stream(guest).next().id
    for number in range(5):
        send(guest, number)

    assert numbers(open_stream(guest, headers={"Last-Event-ID": last}), 5) == [0, 1, 2, 3, 4]


def test_what_is_committed_late_is_not_lost_and_comes_once(guest: APIClient, open_stream: Open):
    """An id is made when a row is written; rows become visible in another order."""
    stream = open_stream(guest)
    stream.next()
    early = new_id()
    send(guest, 2)
    arrived = stream.until("booking")
    send(guest, 1, id=early)

    assert arrived.data["number"] == 2
    late = stream.until("booking")
    assert late.data["number"] == 1

    # Whoever comes back before the late one arrived gets it, and the other one not again.
    for last, missing in ((arrived.id, [1]), (late.id, [])):
        again = open_stream(guest, headers={"Last-Event-ID": last})
        assert numbers(again, len(missing)) == missing
        assert again.next().name == "counters"
        assert again.is_silent(for_s=0.4)


def test_the_highest_id_alone_would_lose_what_is_committed_late(guest: APIClient, open_stream: Open):
    """The control of the test above: it is the list of received ids that finds the late one."""
    early = new_id()
    highest = new_id()
    send(guest, 1, id=early)

    again = open_stream(guest, headers={"Last-Event-ID": str(highest)})

    assert again.next().name == "counters"
    assert again.is_silent(for_s=0.4)


def test_who_opens_a_stream_gets_nothing_of_the_past(guest: APIClient, open_stream: Open):
    send(guest, 1)
    stream = open_stream(guest)
    send(guest, 2)

    assert numbers(stream, 1) == [2]


def test_strangers_hear_nothing(guest: APIClient, stranger: APIClient, open_stream: Open):
    stream = open_stream(guest)
    send(stranger, 1)
    send(guest, 2)

    assert numbers(stream, 1) == [2]


def test_the_stream_says_when_its_session_has_ended(
    guest: APIClient, open_stream: Open, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(readers, "SESSIONS_EVERY_S", 0.1)
    stream = open_stream(guest)

    in_transaction(lambda session: setattr(session.get(UserSession, guest.session.id), "revoked_at", clock.now()))

    assert stream.until("reauth").data == {"reason": "session_ended"}
    assert stream.rest() == []


def test_the_stream_says_when_the_token_is_over(guest: APIClient, open_stream: Open, freeze: Callable[..., None]):
    start = clock.now()
    freeze(start)
    stream = open_stream(guest)
    stream.next()
    freeze(start + timedelta(minutes=16))
    send(guest, 1, id=first_id_at(clock.now()))

    assert stream.until("reauth").data == {"reason": "token_expired"}
    assert stream.rest() == []


def test_a_silent_stream_is_pinged(guest: APIClient, open_stream: Open, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(streams_module, "PING_S", 0.1)
    stream = open_stream(guest)
    time.sleep(0.5)
    stream.close()

    assert streams_module.PING == b": ping\n\n"
    assert stream.rest().count(streams_module.PING) >= 3


def test_one_stream_more_than_fits_is_told_to_come_later(
    guest: APIClient, open_stream: Open, hub: Hub, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(hub, "_limit", 2)
    first, _ = open_stream(guest), open_stream(guest)

    refused = guest.get("/notifications/stream")
    first.close()

    assert (refused.status_code, refused.json["code"]) == (503, "streams_full")
    assert refused.headers["Retry-After"] == "5"
    assert open_stream(guest).next().name == "counters"


def test_a_full_process_does_not_spend_the_ticket(
    app: Flask, guest: APIClient, open_stream: Open, hub: Hub, monkeypatch: pytest.MonkeyPatch
):
    ticket = guest.post(TICKETS).json["ticket"]
    monkeypatch.setattr(hub, "_limit", 0)
    assert open_by_ticket(app, ticket).status_code == 503
    monkeypatch.setattr(hub, "_limit", 1)

    opened = open_by_ticket(app, ticket)

    assert opened.status_code == 200
    opened.close()


def test_one_stream_more_than_a_user_may_have_ends_the_oldest(
    guest: APIClient, open_stream: Open, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(hubs, "MOST_PER_USER", 2)
    oldest, second = open_stream(guest), open_stream(guest)
    newest = open_stream(guest)

    oldest.rest()
    send(guest, 1)

    assert numbers(second, 1) == numbers(newest, 1) == [1]


def test_a_client_that_is_too_slow_is_let_go_and_loses_nothing(
    guest: APIClient, hub: Hub, open_stream: Open, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(streams_module, "MOST_QUEUED", 3)
    slow = guest.get("/notifications/stream", buffered=False)
    body = iter(slow.response)
    taken = [next(body).decode() for _ in range(2)]  # the opening and the counters; then it stalls
    position = next(line for line in taken[-1].splitlines() if line.startswith("id: ")).removeprefix("id: ")
    for number in range(6):
        send(guest, number)
    deadline = time.monotonic() + 5
    while not hub.streams_of(guest.user.id)[0]._is_ended:
        assert time.monotonic() < deadline, "the slow client was not let go"
        time.sleep(0.02)

    left = list(body)
    slow.close()

    assert left == []
    assert numbers(open_stream(guest, headers={"Last-Event-ID": position}), 6) == list(range(6))


@pytest.mark.parametrize("text", ["x", "1.", "-1", "9" * 30, "1" + ".1" * 50, f"{2**63 - 1}.5"])
def test_a_position_that_nobody_was_given_is_refused(guest: APIClient, hub: Hub, text: str):
    answer = guest.get("/notifications/stream", headers={"Last-Event-ID": text})

    assert (answer.status_code, answer.json["code"]) == (422, "invalid_cursor")


def test_asking_for_the_headers_alone_leaves_no_stream_open(guest: APIClient, hub: Hub):
    answer = guest.open("HEAD", "/notifications/stream")

    assert answer.status_code == 200
    assert hub.users() == set()
