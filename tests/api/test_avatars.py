"""Pictures of people: uploaded, shown small, replaced, removed with their files."""

import io

import pytest
from PIL import Image

from airbnb.integrations.images import confined
from airbnb.integrations.storage.protocol import StorageUnavailable
from airbnb.models.users import User
from airbnb.unit_of_work import reading
from airbnb.workflows.outside import storage
from tests.api.test_photos import form_bytes, path_of, picture


@pytest.fixture
def upload(guest):
    def send(data):
        mimetype = "multipart/form-data; boundary=edge"
        return guest.put("/users/me/avatar", data=form_bytes(data, {}), content_type=mimetype)

    return send


def key_of(user):
    with reading() as session:
        return session.get(User, user.id).avatar_key


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
def test_an_avatar_is_shown_small_to_everybody(guest, client, upload, image_format):
    answer = upload(picture(image_format, (1200, 900)))

    assert answer.status_code == 200, answer.json
    url = answer.json["avatar_url"]
    assert client.get(f"/api/v1/users/{guest.user.id}").json["avatar_url"] == url
    shown = client.get(path_of(url))
    assert (shown.status_code, shown.mimetype) == (200, "image/webp")
    assert Image.open(io.BytesIO(shown.data)).size == (480, 360)


def test_nothing_but_the_pixels_of_the_upload_is_kept(guest, client, upload):
    target, exif = io.BytesIO(), Image.Exif()
    exif[0x010E] = "a secret place"
    Image.new("RGB", (640, 400)).save(target, "JPEG", exif=exif)

    url = upload(target.getvalue()).json["avatar_url"]

    assert b"secret" not in client.get(path_of(url)).data


def test_the_old_picture_goes_when_a_new_one_comes(guest, upload, run_outbox):
    upload(picture())
    old = key_of(guest.user)
    upload(picture("PNG"))
    run_outbox()

    assert not storage().exists(old)
    assert storage().exists(key_of(guest.user))


def test_removing_takes_the_file_along(guest, upload, run_outbox):
    upload(picture())
    old = key_of(guest.user)

    assert guest.delete("/users/me/avatar").status_code == 204
    assert guest.get("/users/me").json["avatar_url"] is None
    run_outbox()
    assert not storage().exists(old)
    assert guest.delete("/users/me/avatar").status_code == 204


@pytest.mark.parametrize(
    "data, status, code",
    [
        (b"", 415, "unsupported_media_type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "unsupported_media_type"),
        (b"GIF89a" + bytes(40), 415, "unsupported_media_type"),
        (picture()[:300], 422, "invalid_image"),
    ],
)
def test_what_is_no_usable_picture_is_refused_and_leaves_the_old_one(guest, upload, data, status, code):
    upload(picture())
    before = key_of(guest.user)

    answer = upload(data)

    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert key_of(guest.user) == before


def test_a_form_without_a_file_and_a_stranger_are_refused(guest, client):
    empty = guest.put("/users/me/avatar", data={}, content_type="multipart/form-data; boundary=edge")

    assert empty.status_code in (400, 422)
    assert client.put("/api/v1/users/me/avatar", data={"file": (io.BytesIO(picture()), "a.jpg")}).status_code == 401
    assert client.delete("/api/v1/users/me/avatar").status_code == 401


def test_a_picture_that_asks_for_more_than_it_may_fails_alone(guest, upload, monkeypatch):
    monkeypatch.setattr(confined, "MEMORY_BYTES", 1024 * 1024)

    answer = upload(picture("PNG", (1200, 900)))

    assert (answer.status_code, answer.json["code"]) == (422, "invalid_image")
    assert key_of(guest.user) is None


def test_a_store_that_is_away_is_told_apart_from_a_fault_of_ours(guest, upload, monkeypatch, caplog):
    def refuse(*args):
        raise StorageUnavailable("S3 can't be reached: bucket of the company")

    monkeypatch.setattr(type(storage()), "put", refuse)
    answer = upload(picture())

    assert (answer.status_code, answer.json["code"]) == (503, "storage_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert "bucket" not in answer.text
    assert "bucket of the company" in caplog.text
    assert key_of(guest.user) is None
