"""Photos sent straight to storage: a signed address, the file, and its check when the upload is completed."""

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from PIL import Image

from airbnb.domain.kinds import Role
from airbnb.domain.statuses import ListingStatus
from airbnb.models.listings import ListingPhoto
from airbnb.models.platform import OutboxEvent
from airbnb.workflows.outside import storage

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)


def picture(image_format: str = "JPEG", size: tuple[int, int] = (640, 400)) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, (200, 120, 60)).save(target, image_format)
    return target.getvalue()


@pytest.fixture(autouse=True)
def _now(freeze: Any) -> None:
    freeze(NOW)


@pytest.fixture
def listing(host: Any, make_listing: Any) -> Any:
    return make_listing(host=host.user, photos=0)


@pytest.fixture
def begin(host: Any, listing: Any) -> Callable[..., Any]:
    """Ask for a signed address."""

    def ask(data: bytes = b"", *, as_client: Any = None, **body: Any) -> Any:
        announced = {"content_type": "image/jpeg", "size": len(data), **body}
        return (as_client or host).post(f"/listings/{listing.id}/photos/uploads", json=announced)

    return ask


@pytest.fixture
def send(client: Any) -> Callable[..., Any]:
    """Send the file as the answer says, without a token."""

    def put(begun: Any, data: bytes, **headers: str) -> Any:
        path = begun["url"].removeprefix("http://localhost")
        return client.open(path, method=begun["method"], data=data, headers={**begun["headers"], **headers})

    return put


@pytest.fixture
def complete(host: Any, listing: Any) -> Callable[..., Any]:
    def ask(upload_id: str, *, as_client: Any = None, of: Any = None, **body: Any) -> Any:
        path = f"/listings/{(of or listing).id}/photos/uploads/{upload_id}/complete"
        return (as_client or host).post(path, json=body)

    return ask


def uploads() -> list[str]:
    return [file.key for file in storage().list_files("private/uploads")]


@pytest.fixture(autouse=True)
def _empty_storage(app: Any) -> None:
    for key in uploads():
        storage().delete(key)


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
def test_a_file_sent_straight_to_storage_becomes_a_photo(begin, send, complete, client, run_outbox, image_format):
    data = picture(image_format)

    answer = begin(data, content_type=f"image/{image_format.lower()}")

    begun = answer.json
    assert (answer.status_code, begun["method"], begun["fields"]) == (201, "PUT", {})
    assert begun["expires_at"] == "2027-03-20T13:00:00.000000Z"
    assert answer.headers["Location"].endswith(f"/uploads/{begun['upload_id']}/complete")
    assert send(begun, data).status_code == 204
    done = complete(begun["upload_id"], caption="The room")
    assert done.status_code == 201
    assert (done.json["status"], done.json["caption"], done.json["width"]) == ("processing", "The room", 640)
    assert uploads() == []
    run_outbox()
    for url in done.json["urls"].values():
        assert client.get(url.removeprefix("http://localhost")).mimetype == "image/webp"


def test_completing_again_answers_the_same_photo(begin, send, complete, count_rows):
    begun = begin(picture()).json
    send(begun, picture())

    first, second = complete(begun["upload_id"]), complete(begun["upload_id"])

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json == second.json
    assert count_rows(ListingPhoto) == 1
    assert count_rows(OutboxEvent) == 1


def test_an_upload_whose_photo_was_removed_is_over(begin, send, complete, host, listing):
    begun = begin(picture()).json
    send(begun, picture())
    photo = complete(begun["upload_id"]).json
    host.delete(f"/listings/{listing.id}/photos/{photo['id']}")

    assert complete(begun["upload_id"]).json["code"] == "upload_missing"


def test_nothing_is_completed_before_the_file_came(begin, complete, count_rows):
    answer = complete(begin(picture()).json["upload_id"])

    assert (answer.status_code, answer.json["code"]) == (409, "upload_missing")
    assert count_rows(ListingPhoto) == 0


def test_an_upload_ends_after_an_hour(begin, send, complete, freeze, host, client_for):
    begun, sent = begin(picture()).json, begin(picture()).json
    send(sent, picture())

    freeze(NOW + timedelta(hours=1))

    assert send(begun, picture()).status_code == 403
    assert complete(sent["upload_id"], as_client=client_for(host.user)).status_code == 404


def test_an_upload_belongs_to_one_host_and_one_listing(begin, send, complete, host, make_client, make_listing):
    other = make_client(Role.HOST)
    theirs, mine = make_listing(host=other.user), make_listing(host=host.user)
    begun = begin(picture()).json
    send(begun, picture())
    upload_id = begun["upload_id"]

    assert begin(picture(), as_client=other).status_code == 403
    assert complete(upload_id, as_client=other).status_code == 404
    assert complete(upload_id, as_client=other, of=theirs).status_code == 404
    assert complete(upload_id, of=mine).status_code == 404
    for wrong in (upload_id[:-1] + ("0" if upload_id[-1] != "0" else "1"), "x", "1-2-3", "é", upload_id + "0"):
        assert complete(wrong).status_code == 404
    assert complete(upload_id).status_code == 201


@pytest.mark.parametrize(
    "body, status, code",
    [
        ({"content_type": "image/gif"}, 415, "unsupported_media_type"),
        ({"content_type": "image/svg+xml"}, 415, "unsupported_media_type"),
        ({"content_type": "image/jpeg\r\nX: y"}, 415, "unsupported_media_type"),
        ({"size": 20 * 1024 * 1024 + 1}, 413, "payload_too_large"),
        ({"size": 2**63 - 1}, 413, "payload_too_large"),
        ({"size": 0}, 422, "validation_failed"),
        ({"size": -1}, 422, "validation_failed"),
        ({"size": "9"}, 422, "validation_failed"),
        ({"key": "private/../x"}, 422, "validation_failed"),
    ],
)
def test_what_can_be_no_photo_gets_no_address(begin, body, status, code):
    answer = begin(**{"size": 100, **body})

    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_a_full_or_archived_listing_takes_no_upload(begin, send, complete, host, make_listing):
    full = make_listing(host=host.user, photos=50)
    archived = make_listing(host=host.user, status=ListingStatus.ARCHIVED)
    body = {"content_type": "image/png", "size": 10}

    assert host.post(f"/listings/{full.id}/photos/uploads", json=body).json["code"] == "too_many_photos"
    assert host.post(f"/listings/{archived.id}/photos/uploads", json=body).json["code"] == "invalid_transition"


def test_a_listing_that_is_full_by_now_takes_no_photo(begin, send, complete, listing, monkeypatch, count_rows):
    monkeypatch.setattr("airbnb.services.photos.MAX_PHOTOS", 1)
    begun = [begin(picture()).json for _ in range(2)]
    for one in begun:
        send(one, picture())

    assert complete(begun[0]["upload_id"]).status_code == 201
    assert complete(begun[1]["upload_id"]).json["code"] == "too_many_photos"
    assert count_rows(ListingPhoto) == 1


@pytest.mark.parametrize(
    "stored, content_type, status, code",
    [
        (picture() + b"longer", "image/jpeg", 422, "invalid_image"),
        (picture(), "text/html", 415, "unsupported_media_type"),
        (b"\xff\xd8\xff" + b"\0" * (20 * 1024 * 1024), "image/jpeg", 413, "payload_too_large"),
        (b"<svg onload=alert(1)>" + b" " * (len(picture()) - 21), "image/jpeg", 415, "unsupported_media_type"),
        (picture()[:-40] + b"<script>" + b" " * 32, "image/jpeg", 422, "invalid_image"),
    ],
)
def test_what_another_store_let_through_is_refused_and_deleted(
    begin, complete, count_rows, stored, content_type, status, code
):
    begun = begin(picture()).json
    [key] = [begun["url"].removeprefix("http://localhost/files/").partition("?")[0]]
    storage().put(key, stored, content_type)

    answer = complete(begun["upload_id"])

    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert uploads() == []
    assert count_rows(ListingPhoto) == 0
    assert complete(begun["upload_id"]).json["code"] == "upload_missing"


def test_a_picture_of_another_type_than_announced_is_refused(begin, send, complete):
    data = picture("PNG")
    begun = begin(data).json
    send(begun, data)

    assert complete(begun["upload_id"]).status_code == 415
    assert uploads() == []


def test_a_signed_address_takes_just_the_file_that_was_announced(begin, send, client):
    data = picture()
    begun = begin(data).json
    path = begun["url"].removeprefix("http://localhost")

    for refused in (
        send(begun, data + b"x"),
        send(begun, data[:-1]),
        send(begun, data, **{"Content-Type": "text/html"}),
        client.put(path.replace("signature=", "signature=0"), data=data, headers=begun["headers"]),
        client.put(path.replace("private/uploads", "photos"), data=data, headers=begun["headers"]),
        client.put(f"/files/photos/x.webp?{urlencode({'size': 1})}", data=b"x"),
        client.put("/files/../secret.key", data=b"x"),
        client.put("/files/private/.hidden", data=b"x"),
    ):
        assert refused.status_code in (403, 404, 405)
    assert uploads() == []
    assert send(begun, data).status_code == 204
    assert client.get(path).status_code == 404


def test_no_token_no_address(client, guest, listing):
    body = {"content_type": "image/png", "size": 10}

    assert client.post(f"/api/v1/listings/{listing.id}/photos/uploads", json=body).status_code == 401
    assert guest.post(f"/listings/{listing.id}/photos/uploads", json=body).status_code == 403
