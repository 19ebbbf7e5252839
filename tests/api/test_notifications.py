"""Reading alerts over HTTP, in the reader's language, and choosing what to be told."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from airbnb.domain.notifications import SWITCHABLE, NotificationKind
from airbnb.models.notifications import Notification
from airbnb.schemas.notification_texts import TEXTS, texts_of
from airbnb.unit_of_work import in_transaction
from airbnb.workflows.mail_samples import BOOKING, PAID
from tests.factories.clients import APIClient

PREFERENCES = "/users/me/notification-preferences"


@pytest.fixture
def make_alert(app: Flask) -> Callable[..., Notification]:
    """Make an alert of one user."""

    def make(client: APIClient, **columns: Any) -> Notification:
        params = {**PAID, "check_in": "2026-06-01"}
        defaults = {"kind": "payment_received", "params": params, "subject_type": "booking", "subject_id": 5}
        alert = Notification(user_id=client.user.id, **{**defaults, **columns})
        in_transaction(lambda session: session.add(alert))
        return alert

    return make


def test_alerts_come_newest_first_with_texts(guest: APIClient, make_alert: Callable[..., Notification]):
    make_alert(guest, kind="password_changed", params={}, subject_type=None, subject_id=None)
    alert = make_alert(guest)

    data = guest.get("/notifications").json["data"]

    assert [one["kind"] for one in data] == ["payment_received", "password_changed"]
    assert data[0] == {
        "id": str(alert.id),
        "kind": "payment_received",
        "title": "We received your payment of €1,342.00",
        "body": "A room with a view, Mon, 1 Jun 2026 – Thu, 4 Jun 2026",
        "subject": {"type": "booking", "id": "5"},
        "read_at": None,
        "created_at": data[0]["created_at"],
    }
    assert data[1]["subject"] is None


def test_words_and_numbers_follow_accept_language_and_then_the_users_locale(
    make_client: Callable[..., APIClient], make_alert: Callable[..., Notification]
):
    reader = make_client(locale="de")
    make_alert(reader)

    by_user = reader.get("/notifications")
    by_header = reader.get("/notifications", headers={"Accept-Language": "fr, en-GB;q=0.8, de;q=0.5"})

    assert by_user.json["data"][0]["title"] == "Wir haben deine Zahlung von 1.342,00\xa0€ erhalten"
    assert by_header.json["data"][0]["title"] == "We received your payment of €1,342.00"
    assert all("Accept-Language" in answer.headers["Vary"] for answer in (by_user, by_header))


def test_a_language_that_nobody_knows_is_passed_over(guest: APIClient, make_alert: Callable[..., Notification]):
    make_alert(guest)

    answer = guest.get("/notifications", headers={"Accept-Language": "*, xx-nowhere, ../etc"})

    assert "€1,342.00" in answer.json["data"][0]["title"]


def test_the_list_is_paged_and_filtered(guest: APIClient, make_alert: Callable[..., Notification]):
    alerts = [make_alert(guest) for _ in range(3)]
    guest.post(f"/notifications/{alerts[2].id}/read")

    first = guest.get("/notifications?limit=2").json
    rest = guest.get(f"/notifications?limit=2&cursor={first['page']['next_cursor']}").json
    unread = guest.get("/notifications?unread=true").json
    read = guest.get("/notifications?unread=false").json

    assert [one["id"] for one in first["data"] + rest["data"]] == [str(one.id) for one in reversed(alerts)]
    assert rest["page"]["next_cursor"] is None
    assert [one["id"] for one in unread["data"]] == [str(alerts[1].id), str(alerts[0].id)]
    assert [one["id"] for one in read["data"]] == [str(alerts[2].id)]


def test_the_list_takes_one_statement_beside_the_identity(
    guest: APIClient, make_alert: Callable[..., Notification], count_statements: list[str]
):
    for _ in range(10):
        make_alert(guest)
    count_statements.clear()

    guest.get("/notifications")

    assert len([text for text in count_statements if "FROM notifications" in text]) == 1


def test_reading_twice_keeps_the_first_time(guest: APIClient, make_alert: Callable[..., Notification]):
    alert = make_alert(guest)

    first = guest.post(f"/notifications/{alert.id}/read")
    second = guest.post(f"/notifications/{alert.id}/read")

    assert first.status_code == second.status_code == 200
    assert first.json["read_at"] == second.json["read_at"] is not None


def test_all_are_read_at_once_and_nobody_elses(
    guest: APIClient, host: APIClient, make_alert: Callable[..., Notification], count_rows: Callable[..., int]
):
    for client in (guest, guest, host):
        make_alert(client)

    answer = guest.post("/notifications/read-all")

    assert (answer.status_code, answer.data) == (204, b"")
    assert count_rows(Notification, Notification.read_at.is_(None)) == 1


def test_somebody_elses_alert_is_not_found(
    guest: APIClient, host: APIClient, make_alert: Callable[..., Notification], count_rows: Callable[..., int]
):
    alert = make_alert(host)

    assert guest.post(f"/notifications/{alert.id}/read").status_code == 404
    assert count_rows(Notification, Notification.read_at.is_(None)) == 1


@pytest.mark.parametrize("path", ["/notifications", "/users/me/notification-preferences"])
def test_a_stranger_sees_nothing(client: Any, path: str):
    assert client.get(f"/api/v1{path}").status_code == 401


@pytest.mark.parametrize("query", ["unread=maybe", "limit=101", "cursor=x", "sort=id"])
def test_a_bad_query_is_refused(guest: APIClient, query: str):
    assert guest.get(f"/notifications?{query}").status_code == 422


def test_preferences_begin_with_everything_on(guest: APIClient):
    events = guest.get(PREFERENCES).json["events"]

    assert list(events) == [kind.value for kind in SWITCHABLE]
    assert all(channels == {"email": True, "in_app": True} for channels in events.values())


def test_preferences_are_replaced_as_a_whole(guest: APIClient):
    off = {"email": False, "in_app": False}

    first = guest.put(PREFERENCES, json={"events": {"booking_confirmed": off, "payout_paid": off}})
    second = guest.put(PREFERENCES, json={"events": {"booking_confirmed": off}})

    assert first.json["events"]["payout_paid"] == off
    assert second.json == guest.get(PREFERENCES).json
    assert second.json["events"]["booking_confirmed"] == off
    assert second.json["events"]["payout_paid"] == {"email": True, "in_app": True}


@pytest.mark.parametrize(
    "body, path",
    [
        ({"events": {"no_such_event": {"email": True, "in_app": True}}}, "events.no_such_event"),
        ({"events": {"password_changed": {"email": False, "in_app": True}}}, "events.password_changed"),
        ({"events": {"payout_paid": {"email": False}}}, "events.payout_paid.in_app"),
        ({"events": {"payout_paid": {"email": "no", "in_app": True}}}, "events.payout_paid.email"),
        ({}, "events"),
    ],
)
def test_bad_preferences_are_refused_by_name(guest: APIClient, body: dict[str, Any], path: str):
    answer = guest.put(PREFERENCES, json=body)

    assert answer.status_code == 422
    assert path in answer.json["errors"]


@pytest.mark.parametrize("kind", NotificationKind)
@pytest.mark.parametrize("side", ["guest", "host"])
def test_every_kind_has_a_text(app: Flask, kind: NotificationKind, side: str):
    people = {"author_name": "Ada", "responder_name": "Hugo", "feed_name": "Elsewhere"}
    params = {**BOOKING, **PAID, **people, "endpoint": "hooks.example.com", "side": side, "rating": 5, "stays": 1}

    title, body = texts_of(kind, params)

    assert title
    assert body
    assert "There is news" not in title or kind is NotificationKind.LISTING_DECISION
    assert "%" not in title + body


@pytest.mark.parametrize("name", TEXTS)
def test_a_hostile_title_is_data_and_no_format(app: Flask, name: str):
    names = ("listing_title", "guest_name", "host_name", "author_name", "feed_name", "endpoint")
    params = dict.fromkeys(names, "%(secret)s {0} <b>")
    facts = {**BOOKING, **PAID, "responder_name": "x", "rating": 5, **params}
    kind, _, variant = name.rpartition("_")

    title, body = texts_of(kind, {**facts, "side": variant, "decision": variant})

    assert title
    assert body
