"""Webhooks to integrators: endpoints, messages and their signatures, order, retries, and what they may not do."""

import dataclasses
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from ipaddress import ip_address
from typing import Any

import orjson
import pytest
from flask import Flask

from airbnb.domain import clock
from airbnb.domain.kinds import Role
from airbnb.domain.topics import Topic
from airbnb.domain.webhook_events import MOST_TRIES, RETRY_AFTER, DeliveryState
from airbnb.integrations.fetching import Fetcher
from airbnb.models.webhook_endpoints import WebhookDelivery, WebhookEndpoint
from airbnb.services import outbox
from airbnb.tasks import webhook_delivery as tasks
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.outside import EXTENSION
from tests.factories.clients import APIClient
from tests.fakes.public_address import PATIENCE_S, fetcher_to
from tests.fakes.webhook_receiver import Receiver, is_genuine

ENDPOINTS = "/webhook-endpoints"
URL = "http://hooks.example.com/in"
ALL = ["booking.confirmed", "booking.canceled", "booking.completed", "message.received"]


@pytest.fixture
def receiver(app: Flask) -> Iterator[Receiver]:
    """What answers at the public address of hooks.example.com, as far as the product can tell."""
    with closing(Receiver()) as made:
        app.extensions[EXTENSION] = dataclasses.replace(app.extensions[EXTENSION], fetcher=fetcher_to(made.port))
        yield made


@pytest.fixture
def stay(make_stay: Callable[..., Any], guest: APIClient, host: APIClient) -> Any:
    return make_stay(guest=guest.user, host=host.user)


@pytest.fixture
def happen(run_outbox: Callable[[], int], stay: Any) -> Callable[..., None]:
    """Let things happen to the stay, and let the workers tell of them."""

    def tell(*topics: Topic, subject_id: int | None = None) -> None:
        for topic in topics:
            in_transaction(lambda session: outbox.record(session, topic, subject_id=subject_id or stay.id))  # noqa: B023
        run_outbox()

    return tell


def add(client: APIClient, **changes: Any) -> dict[str, Any]:
    answer = client.post(ENDPOINTS, json={"url": URL, "events": ALL, **changes})
    assert answer.status_code == 201, answer.json
    return dict(answer.json)


def deliver() -> int:
    return int(tasks.deliver_due.run())


def deliveries(client: APIClient, endpoint: dict[str, Any]) -> list[dict[str, Any]]:
    return list(client.get(f"{ENDPOINTS}/{endpoint['id']}/deliveries").json["data"])


def test_a_receiver_written_from_the_document_verifies_what_it_gets(
    host: APIClient, receiver: Receiver, happen: Callable[..., None], stay: Any
):
    endpoint = add(host)
    happen(Topic.BOOKING_CONFIRMED)

    assert deliver() == 1

    [(headers, body)] = receiver.messages
    assert is_genuine(headers, body, endpoint["secret"], now=time.time())
    assert not is_genuine(headers, body + b" ", endpoint["secret"], now=time.time())
    assert not is_genuine(headers, body, endpoint["secret"], now=time.time() + 301)
    message = orjson.loads(body)
    assert (message["type"], message["data"]["id"]) == ("booking.confirmed", str(stay.id))
    assert message["data"]["code"] == stay.code
    [delivery] = deliveries(host, endpoint)
    assert (delivery["state"], delivery["event_id"]) == ("delivered", headers["webhook-id"])
    assert [one["status"] for one in delivery["tries"]] == [200]


def test_two_secrets_are_valid_while_one_is_replaced(
    host: APIClient, receiver: Receiver, happen: Callable[..., None], freeze: Callable[..., None]
):
    endpoint = add(host)
    rotated = host.post(f"{ENDPOINTS}/{endpoint['id']}/rotate-secret").json
    happen(Topic.BOOKING_CONFIRMED)
    deliver()
    freeze(clock.now() + timedelta(hours=25))
    happen(Topic.BOOKING_CANCELED)
    deliver()

    secrets = [endpoint["secret"], rotated["secret"]]
    seen = [
        [is_genuine(headers, body, secret, now=int(headers["webhook-timestamp"])) for secret in secrets]
        for headers, body in receiver.messages
    ]
    assert seen == [[True, True], [False, True]]


def test_the_secret_is_shown_once_and_stored_sealed(host: APIClient):
    endpoint = add(host)

    [listed] = host.get(ENDPOINTS).json["data"]

    assert endpoint["secret"].startswith("whsec_")
    assert "secret" not in listed
    with reading() as session:
        stored = session.get_one(WebhookEndpoint, int(endpoint["id"]))
    assert endpoint["secret"] not in stored.secret_encrypted


def test_only_who_owns_the_booking_is_told_and_staff_of_all(
    host: APIClient,
    make_client: Callable[..., APIClient],
    receiver: Receiver,
    happen: Callable[..., None],
):
    stranger, staff = make_client(Role.HOST), make_client(Role.SUPPORT)
    told, not_told, overseeing = add(host), add(stranger), add(staff)
    happen(Topic.BOOKING_CONFIRMED)

    assert (told["sees_all"], not_told["sees_all"], overseeing["sees_all"]) == (False, False, True)
    assert len(deliveries(host, told)) == len(deliveries(staff, overseeing)) == 1
    assert deliveries(stranger, not_told) == []


def test_only_the_events_that_were_chosen_come(host: APIClient, receiver: Receiver, happen: Callable[..., None]):
    endpoint = add(host, events=["booking.canceled"])
    happen(Topic.BOOKING_CONFIRMED, Topic.BOOKING_CANCELED)

    assert [one["type"] for one in deliveries(host, endpoint)] == ["booking.canceled"]


def test_messages_of_one_booking_keep_their_order(
    host: APIClient, receiver: Receiver, happen: Callable[..., None], freeze: Callable[..., None]
):
    add(host)
    now = clock.now()
    freeze(now)
    receiver.answers = [500]
    happen(Topic.BOOKING_CONFIRMED, Topic.BOOKING_COMPLETED)

    assert deliver() == 1  # the first fails, and the second waits for it
    freeze(now + RETRY_AFTER[0])
    assert deliver() == 2

    assert [orjson.loads(body)["type"] for _, body in receiver.messages] == [
        "booking.confirmed",
        "booking.confirmed",
        "booking.completed",
    ]
    first, again = (headers["webhook-id"] for headers, _ in receiver.messages[:2])
    assert first == again


def test_a_message_waits_for_an_elder_event_that_no_worker_has_handled(
    host: APIClient, receiver: Receiver, stay: Any, run_outbox: Callable[[], int], freeze: Callable[..., None]
):
    add(host)
    now = clock.now()
    freeze(now)
    later = now + timedelta(minutes=1)
    in_transaction(lambda session: outbox.record(session, Topic.BOOKING_CONFIRMED, subject_id=stay.id, due_at=later))
    in_transaction(lambda session: outbox.record(session, Topic.BOOKING_COMPLETED, subject_id=stay.id))
    run_outbox()
    assert deliver() == 0

    freeze(later)
    run_outbox()
    assert deliver() == 2

    told = [orjson.loads(body)["type"] for _, body in receiver.messages]
    assert told == ["booking.confirmed", "booking.completed"]


def test_case_25_after_three_days_of_failures_the_endpoint_is_disabled_and_its_owner_told(
    host: APIClient,
    receiver: Receiver,
    happen: Callable[..., None],
    freeze: Callable[..., None],
    run_outbox: Callable[[], int],
):
    endpoint = add(host)
    now = clock.now()
    freeze(now)
    receiver.answers = [500] * MOST_TRIES
    happen(Topic.BOOKING_CONFIRMED)
    for pause in (*RETRY_AFTER, None):
        assert deliver() == 1
        assert deliver() == 0, "not before it is due"
        if pause is not None:
            now += pause
            freeze(now)
    happen(Topic.BOOKING_CANCELED)  # nothing is written for an endpoint that is off

    [shown] = host.get(ENDPOINTS).json["data"]
    assert (shown["enabled"], shown["disabled_reason"]) == (False, "failing")
    [delivery] = deliveries(host, endpoint)
    assert (delivery["state"], delivery["attempts"]) == ("failed", MOST_TRIES)
    kinds = [one["kind"] for one in host.get("/notifications").json["data"]]
    assert kinds.count("webhook_disabled") == 1


def test_an_endpoint_that_says_it_is_gone_is_disabled_at_once(
    host: APIClient, receiver: Receiver, happen: Callable[..., None]
):
    add(host)
    receiver.answers = [410]
    happen(Topic.BOOKING_CONFIRMED)
    deliver()

    assert host.get(ENDPOINTS).json["data"][0]["disabled_reason"] == "gone"


def test_redirects_are_not_followed(host: APIClient, receiver: Receiver, happen: Callable[..., None]):
    endpoint = add(host)
    receiver.answers = [302]
    happen(Topic.BOOKING_CONFIRMED)
    deliver()

    assert len(receiver.messages) == 1
    assert deliveries(host, endpoint)[0]["tries"][0]["status"] == 302
    assert deliveries(host, endpoint)[0]["state"] == "pending"


def test_a_slow_receiver_holds_nobody_longer_than_the_limit(
    host: APIClient, receiver: Receiver, happen: Callable[..., None]
):
    endpoint = add(host)
    receiver.delay_s = 5 * PATIENCE_S
    happen(Topic.BOOKING_CONFIRMED)
    began = time.monotonic()

    deliver()

    assert time.monotonic() - began < 2.5 * PATIENCE_S
    assert deliveries(host, endpoint)[0]["tries"][0]["error"] == "too_slow"


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/x", "http://169.254.169.254/", "http://[::1]/", "ftp://a.example/", "http://a.example:22/"],
)
def test_an_address_of_an_inner_network_is_refused(host: APIClient, url: str):
    refused = host.post(ENDPOINTS, json={"url": url, "events": ALL})

    assert (refused.status_code, list(refused.json["errors"])) == (422, ["url"])


def test_a_name_that_leads_to_an_inner_network_is_not_called(
    app: Flask, host: APIClient, receiver: Receiver, happen: Callable[..., None]
):
    inner = Fetcher(user_agent="test", resolve=lambda host: [ip_address("10.0.0.1")])
    app.extensions[EXTENSION] = dataclasses.replace(app.extensions[EXTENSION], fetcher=inner)
    endpoint = add(host)
    happen(Topic.BOOKING_CONFIRMED)
    deliver()

    assert receiver.messages == []
    assert deliveries(host, endpoint)[0]["tries"][0]["error"] == "unsafe_url address"


def test_what_was_delivered_can_be_sent_again_under_its_id(
    host: APIClient, receiver: Receiver, happen: Callable[..., None]
):
    endpoint = add(host)
    happen(Topic.BOOKING_CONFIRMED)
    deliver()
    [delivery] = deliveries(host, endpoint)

    again = host.post(f"/webhook-deliveries/{delivery['id']}/resend")
    while_waiting = host.post(f"/webhook-deliveries/{delivery['id']}/resend")
    deliver()

    assert (again.status_code, again.json["state"]) == (202, "pending")
    assert (while_waiting.status_code, while_waiting.json["code"]) == (409, "invalid_transition")
    assert len({headers["webhook-id"] for headers, _ in receiver.messages}) == 1
    assert len(receiver.messages) == 2


def test_an_endpoint_is_changed_switched_off_and_removed(
    host: APIClient, happen: Callable[..., None], receiver: Receiver, count_rows: Callable[..., int]
):
    endpoint = add(host)
    at = f"{ENDPOINTS}/{endpoint['id']}"
    changed = host.patch(at, json={"description": "Channel manager", "enabled": False}).json
    happen(Topic.BOOKING_CONFIRMED)
    assert (changed["description"], changed["enabled"], changed["disabled_reason"]) == (
        "Channel manager",
        False,
        "owner",
    )
    assert count_rows(WebhookDelivery) == 0
    assert host.patch(at, json={"enabled": True}).json["disabled_reason"] is None
    happen(Topic.BOOKING_CANCELED)
    assert count_rows(WebhookDelivery) == 1

    assert host.delete(at).status_code == 204
    assert host.delete(at).status_code == 404
    assert count_rows(WebhookDelivery) == 0


def test_other_peoples_endpoints_are_not_found(
    host: APIClient, make_client: Callable[..., APIClient], receiver: Receiver, happen: Callable[..., None]
):
    endpoint, stranger = add(host), make_client(Role.HOST)
    happen(Topic.BOOKING_CONFIRMED)
    [delivery] = deliveries(host, endpoint)

    asked = [
        stranger.patch(f"{ENDPOINTS}/{endpoint['id']}", json={"enabled": False}),
        stranger.post(f"{ENDPOINTS}/{endpoint['id']}/rotate-secret"),
        stranger.get(f"{ENDPOINTS}/{endpoint['id']}/deliveries"),
        stranger.post(f"/webhook-deliveries/{delivery['id']}/resend"),
    ]
    assert [one.status_code for one in asked] == [404] * 4
    assert stranger.get(ENDPOINTS).json["data"] == []


def test_nobody_has_more_endpoints_than_ten(host: APIClient):
    for _ in range(10):
        add(host)

    refused = host.post(ENDPOINTS, json={"url": URL, "events": ALL})

    assert (refused.status_code, refused.json["code"]) == (409, "too_many_webhook_endpoints")


def test_a_message_of_a_dead_worker_is_sent_by_another(
    host: APIClient, receiver: Receiver, happen: Callable[..., None], freeze: Callable[..., None]
):
    endpoint = add(host)
    happen(Topic.BOOKING_CONFIRMED)

    def claim(session: Any) -> None:
        row = session.query(WebhookDelivery).one()
        row.state, row.owner, row.held_at, row.attempts = DeliveryState.HELD, "dead", clock.now(), 1

    in_transaction(claim)
    tasks.sweep.run()
    assert receiver.messages == []
    freeze(clock.now() + tasks.STUCK_AFTER + timedelta(minutes=1))
    tasks.sweep.run()

    assert len(receiver.messages) == 1
    assert deliveries(host, endpoint)[0]["state"] == "delivered"


def test_the_log_is_read_with_one_statement_a_page(
    host: APIClient, receiver: Receiver, happen: Callable[..., None], count_statements: list[str]
):
    endpoint = add(host)
    happen(Topic.BOOKING_CONFIRMED, Topic.BOOKING_CANCELED, Topic.BOOKING_COMPLETED)
    count_statements.clear()

    page = host.get(f"{ENDPOINTS}/{endpoint['id']}/deliveries?limit=2").json

    assert len(page["data"]) == 2
    assert page["page"]["next_cursor"]
    assert len([one for one in count_statements if "FROM webhook_deliveries" in one]) == 1


def test_the_document_describes_every_event(app: Flask, client: Any):
    document = client.get("/api/v1/openapi.json").json

    assert {"booking.confirmed", "message.received"} <= set(document["webhooks"])
    assert document["webhooks"]["booking.confirmed"]["post"]["requestBody"]
