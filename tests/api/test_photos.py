"""Photos over HTTP: uploaded, made ready by a worker, served, ordered, described and removed."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from airbnb.domain.kinds import Role
from airbnb.domain.statuses import ListingStatus
from airbnb.integrations.images.sizes import make_sizes
from airbnb.models.listings import ListingPhoto
from airbnb.models.platform import OutboxEvent
from airbnb.queries.photos import find_photo
from airbnb.unit_of_work import reading
from airbnb.workflows.outside import storage
from airbnb.workflows.photos import make_photo_sizes


def picture(image_format: str = "JPEG", size: tuple[int, int] = (640, 400)) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, (200, 120, 60)).save(target, image_format)
    return target.getvalue()


def form_bytes(data: bytes, texts: dict[str, str]) -> bytes:
    """Write a form by hand: the test client would leave large ones behind in open files."""
    parts = [f'name="{name}"\r\n\r\n{text}'.encode() for name, text in texts.items()]
    parts.append(b'name="file"; filename="photo.jpg"\r\nContent-Type: image/jpeg\r\n\r\n' + data)
    return b"".join(b"--edge\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts) + b"--edge--\r\n"


@pytest.fixture
def upload(host: Any) -> Callable[..., Any]:
    """Send a file as a photo of a listing."""

    def send(listing: Any, data: bytes | None = None, *, as_client: Any = None, **texts: str) -> Any:
        body = form_bytes(picture() if data is None else data, texts)
        mimetype = "multipart/form-data; boundary=edge"
        return (as_client or host).post(f"/listings/{listing.id}/photos", data=body, content_type=mimetype)

    return send


def every_file() -> list[str]:
    return [file.key for folder in ("photos", "private") for file in storage().list_files(folder)]


def path_of(url: str) -> str:
    return url.removeprefix("http://localhost")


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
def test_an_upload_is_processed_and_then_served_at_the_addresses_given_at_once(
    host, client, make_listing, upload, run_outbox, image_format
):
    listing = make_listing(host=host.user, photos=0)

    answer = upload(listing, picture(image_format), caption="The room", alt_text="A bright room")

    assert answer.status_code == 201
    photo = answer.json
    assert (photo["status"], photo["width"], photo["height"], photo["position"]) == ("processing", 640, 400, 0)
    assert (photo["caption"], photo["alt_text"]) == ("The room", "A bright room")
    small = path_of(photo["urls"]["small"])
    early = client.get(small)
    assert (early.status_code, early.headers["Cache-Control"]) == (404, "no-store")
    assert client.get("/api/v1/listings").json["data"][0]["cover_photo"] is None

    assert run_outbox() == 1

    for name, url in photo["urls"].items():
        served = client.get(path_of(url))
        assert (served.status_code, served.mimetype) == (200, "image/webp"), name
        assert served.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert served.headers["X-Content-Type-Options"] == "nosniff"
        assert Image.open(io.BytesIO(served.data)).format == "WEBP"
        fallback = client.get(path_of(url).replace(".webp", ".jpg"))
        assert (fallback.status_code, fallback.mimetype) == (200, "image/jpeg"), name
        assert fallback.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert Image.open(io.BytesIO(fallback.data)).size == Image.open(io.BytesIO(served.data)).size
    shown = client.get(f"/api/v1/listings/{listing.id}").json["photos"]
    assert [(entry["id"], entry["status"]) for entry in shown] == [(photo["id"], "ready")]
    assert client.get("/api/v1/listings").json["data"][0]["cover_photo"]["id"] == photo["id"]


def test_the_original_is_never_served(host, client, make_listing, upload):
    listing = make_listing(host=host.user, photos=0)
    photo_id = int(upload(listing).json["id"])
    with reading() as session:
        photo = find_photo(session, photo_id)
    assert photo is not None
    original = f"private/{photo.base_key}-original"

    assert storage().exists(original)
    for path in (original, f"./{original}", f"x/../{original}", "etc/passwd", "%2e%2e/secret.key", "photos"):
        assert client.get(f"/files/{path}").status_code == 404


@pytest.mark.parametrize(
    "data, status, code",
    [
        (b"GIF89a" + b"\0" * 40, 415, "unsupported_media_type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "unsupported_media_type"),
        (b"", 415, "unsupported_media_type"),
        (picture()[:200], 422, "invalid_image"),
        (picture() + b"<script>alert(1)</script>", 422, "invalid_image"),
        (b"\xff\xd8\xff" + b"\0" * (20 * 1024 * 1024), 413, "payload_too_large"),
        (b"\xff\xd8\xff" + b"\0" * (22 * 1024 * 1024), 413, "payload_too_large"),
    ],
)
def test_what_is_not_a_usable_picture_leaves_nothing_behind(host, make_listing, upload, count_rows, data, status, code):
    listing = make_listing(host=host.user, photos=0)

    answer = upload(listing, data)

    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert count_rows(ListingPhoto) == count_rows(OutboxEvent) == 0


def test_a_picture_of_too_many_pixels_is_refused(host, make_listing, upload):
    listing = make_listing(host=host.user, photos=0)

    answer = upload(listing, picture("PNG", (8_000, 5_001)))

    assert (answer.status_code, answer.json["code"]) == (422, "invalid_image")
    assert answer.json["why"] == "too_many_pixels"


def test_a_form_without_a_file_or_with_strange_parts_is_refused(host, make_listing, upload):
    listing = make_listing(host=host.user)

    missing = host.post(f"/listings/{listing.id}/photos", data={"caption": "x"}, content_type="multipart/form-data")
    strange = upload(listing, colour="blue")
    json = host.post(f"/listings/{listing.id}/photos", json={"file": "x"})

    assert (missing.status_code, list(missing.json["errors"])) == (422, ["file"])
    assert (strange.status_code, list(strange.json["errors"])) == (422, ["colour"])
    assert json.status_code == 415


def test_a_picture_whose_pixels_are_broken_fails(host, make_listing, run_outbox, upload, client):
    listing = make_listing(host=host.user, photos=0)
    whole = picture("PNG")
    start = whole.index(b"IDAT") + 4
    answer = upload(listing, whole[:start] + b"\0" * 40 + whole[start + 40 :])

    assert answer.status_code == 201
    run_outbox()

    [photo] = host.get(f"/listings/{listing.id}").json["photos"]
    assert photo["status"] == "failed"
    assert client.get(f"/api/v1/listings/{listing.id}").json["photos"] == []


def test_making_sizes_twice_changes_nothing(host, make_listing, upload, run_outbox):
    listing = make_listing(host=host.user, photos=0)
    photo_id = int(upload(listing).json["id"])

    assert make_photo_sizes(photo_id) is True
    assert make_photo_sizes(photo_id) is False
    assert run_outbox() == 1
    assert make_photo_sizes(1) is False


def test_a_listing_has_at_most_fifty_photos(host, make_listing, upload):
    listing = make_listing(host=host.user, photos=50)

    answer = upload(listing)

    assert (answer.status_code, answer.json["code"]) == (409, "too_many_photos")


def test_photos_are_put_in_order_and_the_first_is_the_cover(host, client, make_listing):
    listing = make_listing(host=host.user, photos=3)
    ids = [photo["id"] for photo in host.get(f"/listings/{listing.id}").json["photos"]]
    order = [ids[2], ids[0], ids[1]]

    answer = host.patch(f"/listings/{listing.id}/photos", json={"order": order})

    assert answer.status_code == 200
    assert [photo["id"] for photo in answer.json["photos"]] == order
    assert client.get("/api/v1/listings").json["data"][0]["cover_photo"]["id"] == ids[2]
    for wrong in (ids[:2], [*ids, ids[0]], [ids[0], ids[1], "1"], []):
        assert host.patch(f"/listings/{listing.id}/photos", json={"order": wrong}).status_code == 422


def test_a_photo_is_described_anew(host, make_listing):
    listing = make_listing(host=host.user)
    before = host.get(f"/listings/{listing.id}")
    photo_id = before.json["photos"][0]["id"]

    answer = host.patch(f"/listings/{listing.id}/photos/{photo_id}", json={"caption": "Sea", "alt_text": None})

    assert (answer.status_code, answer.json["caption"]) == (200, "Sea")
    assert host.get(f"/listings/{listing.id}").headers["ETag"] != before.headers["ETag"]
    assert host.patch(f"/listings/{listing.id}/photos/{photo_id}", json={"caption": "x" * 301}).status_code == 422


def test_a_removed_photo_takes_its_files_along(host, client, make_listing, upload, run_outbox, count_rows):
    listing = make_listing(host=host.user, photos=0)
    photo = upload(listing).json
    run_outbox()

    assert host.delete(f"/listings/{listing.id}/photos/{photo['id']}").status_code == 204

    assert count_rows(ListingPhoto) == 0
    assert not [file for file in every_file() if f"/{listing.id}/" in file]
    assert client.get(path_of(photo["urls"]["small"])).status_code == 404
    assert host.delete(f"/listings/{listing.id}/photos/{photo['id']}").status_code == 404


def test_a_photo_deleted_while_its_sizes_are_made_leaves_no_file(host, make_listing, upload, client, monkeypatch):
    listing = make_listing(host=host.user, photos=0)
    photo = upload(listing).json

    def delete_meanwhile(data: bytes) -> Any:
        assert host.delete(f"/listings/{listing.id}/photos/{photo['id']}").status_code == 204
        return make_sizes(data, with_jpeg=True)

    monkeypatch.setattr("airbnb.workflows.photos.make_sizes_confined", delete_meanwhile)

    assert make_photo_sizes(int(photo["id"])) is False
    assert client.get(path_of(photo["urls"]["small"])).status_code == 404


def test_photos_belong_to_the_owner_of_their_listing(host, make_client, make_listing, upload):
    other = make_client(Role.HOST)
    public, draft = make_listing(host=host.user), make_listing(host=host.user, status=ListingStatus.DRAFT)
    mine = make_listing(host=other.user)
    photo_id = host.get(f"/listings/{public.id}").json["photos"][0]["id"]

    assert upload(public, as_client=other).status_code == 403
    assert upload(draft, as_client=other).status_code == 404
    assert other.delete(f"/listings/{public.id}/photos/{photo_id}").status_code == 403
    assert other.delete(f"/listings/{mine.id}/photos/{photo_id}").status_code == 404
