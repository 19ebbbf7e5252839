"""Pictures in messages over HTTP: uploaded, sent, seen by two people, opened by addresses that end."""

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image

from airbnb.domain import attachments as rules
from airbnb.domain import clock
from airbnb.integrations.images import confined
from airbnb.integrations.storage.protocol import StorageUnavailable
from airbnb.models.messages import Message, MessageAttachment
from airbnb.tasks import files
from airbnb.workflows.account_closing import erase_due_accounts
from airbnb.workflows.outside import storage
from tests.api.test_hostile_uploads import KEPT, MARK, REFUSED
from tests.api.test_photos import form_bytes, path_of, picture

UPLOAD = "multipart/form-data; boundary=edge"


@pytest.fixture
def talk(guest, host, make_listing) -> str:
    listing = make_listing(host=host.user)
    return guest.post(f"/listings/{listing.id}/conversations", json={"message": "Is there a lift?"}).json["id"]


@pytest.fixture
def upload(guest, talk) -> Callable[..., Any]:
    def send(data: bytes | None = None, *, by: Any = None, to: str = talk) -> Any:
        body = form_bytes(picture() if data is None else data, {})
        return (by or guest).post(f"/conversations/{to}/attachments", data=body, content_type=UPLOAD)

    return send


@pytest.fixture
def send(guest, talk) -> Callable[..., Any]:
    def post(*ids: str, by: Any = None, to: str = talk, **body: Any) -> Any:
        return (by or guest).post(f"/conversations/{to}/messages", json={"attachment_ids": list(ids), **body})

    return post


@pytest.fixture(autouse=True)
def _empty_storage(app) -> None:
    for key in every_file():
        storage().delete(key)


def every_file() -> set[str]:
    return {file.key for file in storage().list_files("private/attachments")}


def size_of(served: Any) -> tuple[int, int]:
    return Image.open(io.BytesIO(served.data)).size


def test_a_picture_is_uploaded_sent_and_seen_by_both(guest, host, client, talk, upload, send):
    first, second = upload(picture("JPEG", (2000, 1000))), upload(picture("PNG"))
    assert first.status_code == second.status_code == 201
    assert first.headers["Location"] == f"/api/v1/conversations/{talk}/attachments/{first.json['id']}"
    assert (first.json["width"], first.json["height"]) == (1600, 800)

    sent = send(second.json["id"], first.json["id"], text="The door and the stairs")

    assert sent.status_code == 201, sent.json
    for reader in (guest, host):
        seen = reader.get(f"/conversations/{talk}/messages").json["data"][0]
        assert seen["text"] == "The door and the stairs"
        assert [one["id"] for one in seen["attachments"]] == [second.json["id"], first.json["id"]]
        assert reader.get(f"/conversations/{talk}").json["last_message"] == seen
        shown = {size: client.get(path_of(url)) for size, url in seen["attachments"][1]["urls"].items()}
        assert {size: size_of(served) for size, served in shown.items()} == {"large": (1600, 800), "small": (480, 240)}
        assert shown["small"].headers["Cache-Control"] == "private, max-age=900"
        assert shown["small"].headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert shown["small"].mimetype == "image/webp"


def test_nobody_sees_what_was_not_sent(host, talk, upload):
    upload()

    assert [one["attachments"] for one in host.get(f"/conversations/{talk}/messages").json["data"]] == [[]]


def test_pictures_need_no_words_and_the_reader_is_told_how_many(host, upload, send, run_outbox, mailer):
    sent = send(upload().json["id"], upload().json["id"])
    run_outbox()

    assert (sent.status_code, sent.json["text"], sent.json["is_masked"]) == (201, "", False)
    assert host.get("/users/me/counters").json["unread_messages"] == 2
    assert "There are 2 pictures with it." in mailer.sent[-1].text
    assert "There are 2 pictures with it." in mailer.sent[-1].html


@pytest.mark.parametrize(
    "body, field",
    [
        ({}, "text"),
        ({"attachment_ids": []}, "attachment_ids"),
        ({"attachment_ids": ["1"] * 2}, "attachment_ids"),
        ({"attachment_ids": [str(n) for n in range(1, 12)]}, "attachment_ids"),
        ({"attachment_ids": ["9"], "text": "Look"}, "attachment_ids.0"),
        ({"attachment_ids": ["x"]}, "attachment_ids.0"),
    ],
)
def test_what_makes_no_message_is_refused_and_named(guest, talk, count_rows, body, field):
    answer = guest.post(f"/conversations/{talk}/messages", json=body)

    assert (answer.status_code, answer.json["code"], list(answer.json["errors"])) == (422, "validation_failed", [field])
    assert count_rows(Message) == 1


def test_a_picture_is_sent_once_by_who_uploaded_it_and_in_its_conversation(
    guest, host, make_listing, talk, upload, send, count_rows
):
    mine, hosts = upload().json["id"], upload(by=host).json["id"]
    other = guest.post(f"/listings/{make_listing(host=host.user).id}/conversations", json={"message": "Hi"}).json["id"]

    refused = [send(hosts), send(mine, by=host), send(mine, to=other)]
    sent, again = send(mine), send(mine)

    assert [one.status_code for one in refused] == [422] * 3
    assert (sent.status_code, again.status_code) == (201, 422)
    assert count_rows(MessageAttachment, MessageAttachment.message_id.is_not(None)) == 1


def test_a_repeated_request_sends_them_once(guest, talk, upload, count_rows):
    path, body = f"/conversations/{talk}/messages", {"attachment_ids": [upload().json["id"]]}

    first, second = guest.post(path, json=body, key="k"), guest.post(path, json=body, key="k")

    assert first.json["id"] == second.json["id"]
    assert count_rows(Message) == 2


@pytest.mark.parametrize("name", REFUSED)
def test_case_54_what_is_no_plain_picture_is_refused(upload, count_rows, name):
    answer = upload(REFUSED[name])

    assert (answer.status_code, answer.json["code"]) in ((415, "unsupported_media_type"), (422, "invalid_image"))
    assert count_rows(MessageAttachment) == 0
    assert every_file() == set()


@pytest.mark.parametrize("name", KEPT)
def test_case_54_nothing_but_pixels_is_kept(client, upload, name):
    answer = upload(KEPT[name])

    assert answer.status_code == 201, answer.json
    for url in answer.json["urls"].values():
        served = client.get(path_of(url))
        assert served.data[8:12] == b"WEBP"
        assert MARK not in served.data


def test_a_picture_that_asks_for_more_than_it_may_fails_alone(upload, monkeypatch):
    monkeypatch.setattr(confined, "MEMORY_BYTES", 1024 * 1024)

    answer = upload(picture("PNG", (1200, 900)))

    assert (answer.status_code, answer.json["code"]) == (422, "invalid_image")
    assert every_file() == set()


def test_a_large_file_is_refused(upload, monkeypatch):
    monkeypatch.setattr("airbnb.workflows.photos.MAX_PHOTO_MB", 0)

    assert (upload().status_code, upload().json["code"]) == (413, "payload_too_large")


def test_a_store_that_is_away_leaves_nothing_behind(upload, monkeypatch, count_rows):
    def refuse(*args: Any) -> None:
        raise StorageUnavailable("away")

    monkeypatch.setattr(type(storage()), "put", refuse)

    assert (upload().status_code, upload().json["code"]) == (503, "storage_unavailable")
    assert count_rows(MessageAttachment) == 0


def test_who_uploads_without_sending_is_stopped_until_some_are_sent_or_removed(guest, talk, upload, send, monkeypatch):
    monkeypatch.setattr("airbnb.services.attachments.MAX_UNSENT", 2)
    first, second = upload().json["id"], upload().json["id"]

    full = upload()
    send(first)
    guest.delete(f"/conversations/{talk}/attachments/{second}")

    assert (full.status_code, full.json["code"]) == (409, "too_many_attachments")
    assert [upload().status_code for _ in range(3)] == [201, 201, 409]


def test_only_what_was_not_sent_is_removed_and_only_by_who_uploaded_it(guest, host, talk, upload, send, run_outbox):
    waiting, sent = upload().json, upload().json
    send(sent["id"])
    at = f"/conversations/{talk}/attachments"

    answers = [host.delete(f"{at}/{waiting['id']}"), guest.delete(f"{at}/{sent['id']}")]
    removed = [guest.delete(f"{at}/{waiting['id']}"), guest.delete(f"{at}/{waiting['id']}")]
    run_outbox()

    assert [one.status_code for one in answers + removed] == [404, 404, 204, 404]
    assert len(every_file()) == 2


def test_an_address_ends_and_a_new_one_comes_with_the_list(guest, client, talk, upload, send, freeze):
    send(upload().json["id"])

    def address() -> str:
        return path_of(guest.get(f"/conversations/{talk}/messages").json["data"][0]["attachments"][0]["urls"]["small"])

    first = address()
    assert client.get(first).status_code == 200
    guessed = first.replace("/small/", "/large/")
    freeze(clock.now() + rules.LINK_LIFETIME)

    assert client.get(first).status_code == client.get(guessed).status_code == 404
    assert client.get(address()).status_code == 200


def test_the_store_serves_none_by_its_own_name(client, upload):
    upload()

    assert {client.get(f"/files/{key}").status_code for key in every_file()} == {404}


@pytest.mark.parametrize("who", ["other_guest", "nobody"])
def test_strangers_upload_nothing(app, client, make_client, talk, upload, who):
    if who == "nobody":
        body = form_bytes(picture(), {})
        answer = client.post(f"/api/v1/conversations/{talk}/attachments", data=body, content_type=UPLOAD)
    else:
        answer = upload(by=make_client())

    assert answer.status_code == (401 if who == "nobody" else 404)
    assert every_file() == set()


def test_what_nobody_sent_goes_after_a_day(upload, send, freeze, run_outbox, count_rows):
    sent = upload().json["id"]
    send(sent)
    upload()
    freeze(clock.now() + timedelta(hours=23))
    upload()
    freeze(clock.now() + timedelta(hours=2))

    assert [files.delete_unsent(), files.delete_unsent()] == [1, 0]
    run_outbox()
    assert count_rows(MessageAttachment) == 2
    assert len(every_file()) == 4


def test_pages_of_messages_cost_no_query_per_picture(guest, host, talk, upload, send, count_statements):
    for _ in range(4):
        send(upload().json["id"], upload().json["id"])
    count_statements.clear()

    assert len(host.get(f"/conversations/{talk}/messages").json["data"]) == 5
    assert len([one for one in count_statements if one.startswith("SELECT")]) <= 8


def test_an_export_holds_what_its_owner_showed(guest, host, client, upload, send, run_outbox):
    send(upload().json["id"], upload().json["id"])
    upload(by=host)
    export = guest.post("/users/me/exports").json["id"]
    run_outbox()

    url = guest.get(f"/users/me/exports/{export}").json["download_url"]
    archive = zipfile.ZipFile(io.BytesIO(client.get(path_of(url)).data))
    names = [name for name in archive.namelist() if name.startswith("files/conversation-")]

    assert len(names) == 2
    assert all(archive.read(name)[8:12] == b"WEBP" for name in names)
    assert archive.read("message_pictures.json").count(b'"message_id"') == 2


def test_pictures_go_with_who_is_forgotten_also_where_they_were_sent(
    guest, host, client, talk, upload, send, run_outbox, count_rows
):
    send(upload().json["id"], text="That is me")
    upload()
    kept = send(upload(by=host).json["id"], by=host).json["attachments"][0]
    address = path_of(host.get(f"/conversations/{talk}/messages").json["data"][1]["attachments"][0]["urls"]["large"])

    guest.delete("/users/me")
    erase_due_accounts(clock.now() + timedelta(days=15))
    run_outbox()

    assert client.get(address).status_code == 404
    assert [one["attachments"] for one in host.get(f"/conversations/{talk}/messages").json["data"]][1:] == [[], []]
    assert client.get(path_of(kept["urls"]["large"])).status_code == 200
    assert (count_rows(MessageAttachment), len(every_file())) == (1, 2)
