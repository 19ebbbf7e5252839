"""Stopping one sort of mail from the mail itself: no sign-in, one click, and only what may be stopped."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from airbnb.domain.kinds import Channel
from airbnb.domain.notifications import ALWAYS_TOLD, ONE_CLICK, NotificationKind
from airbnb.extensions import current_settings
from airbnb.models.users import User
from airbnb.queries.notifications import list_preferences
from airbnb.schemas.notification_texts import EVENT_NAMES
from airbnb.services.unsubscribing import unsubscribe_token
from airbnb.unit_of_work import reading
from tests.factories.clients import APIClient
from tests.fakes.mailer import RecordingMailer

KIND = NotificationKind.MESSAGE_RECEIVED


@pytest.fixture
def address(app: Any, guest: APIClient) -> str:
    """Where the guest's mails about messages are stopped."""
    return f"/unsubscribe/{unsubscribe_token(guest.user.id, KIND, current_settings().secret_key)}"


def choices(user: User) -> dict[tuple[str, Channel], bool]:
    with reading() as session:
        return list_preferences(session, user.id)


def test_a_mail_carries_the_headers_and_the_link(
    guest: APIClient,
    host: APIClient,
    make_listing: Callable[..., Any],
    mailer: RecordingMailer,
    run_outbox: Callable[[], int],
    client: FlaskClient,
):
    listing = make_listing(host=host.user)
    guest.post(f"/listings/{listing.id}/conversations", json={"message": "Is it quiet?"})
    run_outbox()
    (mail,) = [mail for mail in mailer.sent if mail.to == host.user.email]

    url = mail.headers["List-Unsubscribe"].strip("<>")
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert url in mail.text
    assert url in str(mail.html)
    path = url.removeprefix(current_settings().public_url)
    assert client.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200

    guest.post(f"/listings/{listing.id}/conversations", json={"message": "Hello?"})
    run_outbox()
    assert len([mail for mail in mailer.sent if mail.to == host.user.email]) == 1
    assert len(host.get("/notifications").json["data"]) == 2


def test_looking_changes_nothing_and_the_button_does(client, guest, address):
    page = client.get(address)

    assert page.status_code == 200
    assert "Mails about: New messages" in page.text
    assert re.search(r'<form method="post">', page.text)
    assert choices(guest.user) == {}
    assert "no more mails" in client.post(address).text
    assert client.post(address).status_code == 200
    assert choices(guest.user) == {(KIND.value, Channel.EMAIL): False}


def test_the_page_is_in_the_readers_language(client, address):
    page = client.get(address, headers={"Accept-Language": "de-AT"})

    assert '<html lang="de-AT"' in page.text
    assert "E-Mails über: Neue Nachrichten" in page.text


def test_every_mail_that_is_stopped_by_one_click_has_a_name():
    assert {kind.value for kind in ONE_CLICK} == set(EVENT_NAMES)


def test_stopping_leaves_other_choices_alone(client, guest, address):
    guest.put("/users/me/notification-preferences", json={"events": {"payout_paid": {"email": False, "in_app": True}}})
    before = choices(guest.user)

    client.post(address)

    assert choices(guest.user) == {**before, (KIND.value, Channel.EMAIL): False}


def test_tokens_of_ours_alone_are_taken(client, guest, address):
    secret = current_settings().secret_key
    forged = [
        "guessed",
        "%FF",
        "A" * 2_000,
        address.removeprefix("/unsubscribe/")[:-4],
        unsubscribe_token(guest.user.id, KIND, "another secret"),
        unsubscribe_token(guest.user.id + 1, KIND, secret),
        *(unsubscribe_token(guest.user.id, kind, secret) for kind in sorted(ALWAYS_TOLD)),
    ]
    assert {client.post(f"/unsubscribe/{token}").status_code for token in forged} == {404}
    assert choices(guest.user) == {}
