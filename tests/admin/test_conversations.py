"""Staff read conversations: only with a reason, and each reading is written down."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from airbnb.domain.kinds import Role
from airbnb.models.listings import Listing
from airbnb.models.platform import AuditEntry
from airbnb.unit_of_work import reading
from tests.api.test_photos import form_bytes, picture
from tests.factories.clients import APIClient

SECRET = "My number is 0176 1234567 <b>!"
REASON = "Reported as a scam."


@pytest.fixture
def talk(guest: APIClient, host: APIClient, make_listing: Callable[..., Listing]) -> Any:
    listing = make_listing(host=host.user)
    return guest.post(f"/listings/{listing.id}/conversations", json={"message": SECRET}).json


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
