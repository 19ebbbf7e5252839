"""Staff read conversations: only with a reason, and each reading is written down."""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from airbnb.domain import clock
from airbnb.domain.causes import by_staff
from airbnb.domain.errors import InvalidTransition
from airbnb.domain.kinds import Role
from airbnb.models.listings import Listing
from airbnb.models.platform import AuditEntry
from airbnb.services.attachment_moderation import take_picture_down
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.outside import storage
from airbnb.workflows.photo_clean_up import find_left_files
from tests.api.test_photos import form_bytes, picture
from tests.factories.clients import APIClient

SECRET = "My number is 0176 1234567 <b>!"
REASON = "Reported as a scam."


@pytest.fixture
def talk(guest: APIClient, host: APIClient, make_listing: Callable[..., Listing]) -> Any:
    listing = make_listing(host=host.user)
    return guest.post(f"/listings/{listing.id}/conversations", json={"message": SECRET}).json


def files() -> set[str]:
    return {file.key for file in storage().list_files("private/attachments")}


def readings() -> list[AuditEntry]:
    with reading() as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.action == "read_conversation")))


def test_words_open_with_a_reason_that_is_kept_every_time(talk: Any, staff_browser: Callable[..., Any]):
    browser, path = staff_browser(Role.SUPPORT), f"/conversations/{talk['id']}/thread"

    pages = [browser.get("/conversations/"), browser.get(f"/conversations/details/?id={talk['id']}"), browser.get(path)]
    refused = browser.submit(path, reason="")
    shown = browser.submit(path, reason=REASON)
    before = len(readings())
    browser.submit(path, reason="Once more.")

    assert all("0176" not in page.text for page in (*pages, refused))
    assert refused.status_code == 422
    assert "My number is 0176 1234567 &lt;b&gt;!" in shown.text
    assert before == 1
    assert [(one.subject_id, one.reason, one.ip) for one in readings()] == [
        (int(talk["id"]), REASON, "127.0.0.1"),
        (int(talk["id"]), "Once more.", "127.0.0.1"),
    ]


def test_a_reported_message_leads_to_its_conversation(talk: Any, host: APIClient, staff_browser: Callable[..., Any]):
    message_id = talk["last_message"]["id"]
    host.post(f"/messages/{message_id}/report", json={"reason_code": "scam"})
    browser = staff_browser(Role.ADMIN)

    listed = browser.get("/reports/")
    led = browser.get(f"/conversations/message/{message_id}")

    assert f'href="/admin/conversations/message/{message_id}"' in listed.text
    assert led.location == f"/admin/conversations/{talk['id']}/thread?message={message_id}"
    assert browser.get("/conversations/message/99999999999999999999").status_code == 404
    assert readings() == []


def test_pictures_are_shown_with_the_words_and_never_before(
    talk: Any, guest: APIClient, client: Any, staff_browser: Callable[..., Any]
):
    at, form = f"/conversations/{talk['id']}", "multipart/form-data; boundary=edge"
    sent = guest.post(f"{at}/attachments", data=form_bytes(picture(), {}), content_type=form).json["id"]
    guest.post(f"{at}/messages", json={"attachment_ids": [sent]})
    guest.post(f"{at}/attachments", data=form_bytes(picture(), {}), content_type=form)
    browser = staff_browser(Role.SUPPORT)

    before = browser.get(f"{at}/thread").text
    addresses = re.findall(r'src="(/attachments/[^"]+)"', browser.submit(f"{at}/thread", reason=REASON).text)

    assert "/attachments/" not in before
    assert [client.get(address).mimetype for address in addresses] == ["image/webp"]
    assert len(readings()) == 1


@pytest.fixture
def picture_id(talk: Any, guest: APIClient) -> str:
    """A picture that the guest sent, beside another one."""
    at, form = f"/conversations/{talk['id']}", "multipart/form-data; boundary=edge"
    sent = [
        guest.post(f"{at}/attachments", data=form_bytes(picture(), {}), content_type=form).json["id"] for _ in range(2)
    ]
    guest.post(f"{at}/messages", json={"attachment_ids": sent})
    return str(sent[0])


@pytest.fixture(autouse=True)
def _empty_storage(app: Flask) -> None:
    for key in files():
        storage().delete(key)


def shown_to(reader: APIClient, talk: Any) -> list[dict[str, Any]]:
    return list(reader.get(f"/conversations/{talk['id']}/messages").json["data"][0]["attachments"])


def test_a_picture_that_is_taken_down_is_gone_for_everybody_and_its_place_stays(
    talk: Any, picture_id: str, guest: APIClient, host: APIClient, client: Any, staff_browser: Any, run_outbox: Any
):
    run_outbox()
    before = files()
    address = shown_to(host, talk)[0]["urls"]["large"].partition("//")[2].partition("/")[2]
    browser = staff_browser(Role.SUPPORT)
    thread = browser.submit(f"/conversations/{talk['id']}/thread", reason=REASON).text
    assert f'href="/admin/pictures/{picture_id}/do/take-down"' in thread

    done = browser.submit(f"/pictures/{picture_id}/do/take-down", reason="It shows a phone number.")
    opened = client.get(f"/{address}")
    run_outbox()

    assert (done.status_code, opened.status_code) == (302, 404)
    assert files() < before
    assert (len(before), len(files())) == (4, 2)
    for reader in (guest, host):
        gone, left = shown_to(reader, talk)
        assert (gone["id"], gone["removed_at"] is not None, left["removed_at"]) == (picture_id, True, None)
    again = browser.submit(f"/conversations/{talk['id']}/thread", reason=REASON).text
    assert "Picture 1 of 2 was taken down on" in again
    with reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "take_picture_down")).one()
    assert (entry.subject_id, entry.reason) == (int(picture_id), "It shows a phone number.")
    assert find_left_files(clock.now() + timedelta(days=30)) == []


@pytest.mark.parametrize(
    "locale, title, said",
    [
        ("en", "A picture that you sent was removed", "The reason"),
        ("de", "Ein Bild von dir wurde entfernt", "Der Grund"),
    ],
)
def test_who_sent_it_is_told_why_in_their_language_and_nobody_else(
    talk: Any, picture_id: str, guest: APIClient, host: APIClient, staff_browser: Any, run_outbox: Any, mailer: Any,
    locale: str, title: str, said: str,
):  # fmt: skip
    guest.patch("/users/me", json={"locale": locale})
    run_outbox()
    mailer.sent.clear()

    staff_browser(Role.ADMIN).submit(f"/pictures/{picture_id}/do/take-down", reason=REASON)
    run_outbox()

    (mail,) = mailer.sent
    assert (mail.to, mail.subject) == (guest.user.email, title)
    assert said in mail.text
    assert REASON in mail.text
    assert REASON in mail.html
    told = guest.get("/notifications", headers={"Accept-Language": locale}).json["data"]
    assert [one["title"] for one in told if one["kind"] == "picture_removed"] == [title]
    assert not [one for one in host.get("/notifications").json["data"] if one["kind"] == "picture_removed"]


def test_a_picture_is_taken_down_once_and_only_when_it_was_sent(
    talk: Any, picture_id: str, guest: APIClient, staff_browser: Any, count_rows: Callable[..., int]
):
    at, form = f"/conversations/{talk['id']}/attachments", "multipart/form-data; boundary=edge"
    unsent = guest.post(at, data=form_bytes(picture(), {}), content_type=form).json["id"]
    browser = staff_browser(Role.SUPPORT)

    for one in (picture_id, picture_id, unsent):
        browser.submit(f"/pictures/{one}/do/take-down", reason=REASON)

    assert count_rows(AuditEntry, AuditEntry.action == "take_picture_down") == 1
    cause = by_staff(guest.user.id, now=clock.now(), reason=REASON)
    for one in (picture_id, unsent, "1"):
        with pytest.raises(InvalidTransition):
            in_transaction(partial(take_picture_down, attachment_id=int(one), cause=cause))


def test_staff_who_do_not_moderate_take_no_picture_down(picture_id: str, staff_browser: Any, guest: APIClient):
    browser = staff_browser(Role.FINANCE)

    answers = [
        browser.get(f"/pictures/{picture_id}/do/take-down"),
        browser.client.post(f"/admin/pictures/{picture_id}/do/take-down", data={"reason": REASON}),
    ]

    assert [one.status_code for one in answers] == [403, 403]
