"""The life of a photo where files are kept in S3 or at Cloudinary: sent straight there, made, served, removed."""

import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
import requests
from PIL import Image

from airbnb.config.storage import StorageSettings, cloudinary_place, s3_place
from airbnb.integrations.storage import CloudinaryStorage, S3Storage, Storage
from airbnb.workflows.outside import EXTENSION
from tests.fakes.cloudinary import API_KEY, API_SECRET, CLOUD, running_cloudinary
from tests.fakes.s3 import running_s3

KEYS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
FILES_URL = "http://localhost/files"


@pytest.fixture(scope="module")
def in_s3() -> Iterator[Storage]:
    with running_s3() as url:
        admin = boto3.session.Session(**KEYS, region_name="us-east-1").client("s3", endpoint_url=url)
        admin.create_bucket(Bucket="homes")
        admin.close()
        place = s3_place(f"s3://homes/ours?endpoint={url}")
        yield S3Storage(place, StorageSettings(url="", files_url=FILES_URL, upload_secret="", **KEYS))


@pytest.fixture(scope="module")
def at_cloudinary() -> Iterator[Storage]:
    with running_cloudinary() as provider:
        place = cloudinary_place(f"cloudinary://{API_KEY}:{API_SECRET}@{CLOUD}/ours?endpoint={provider.url}")
        yield CloudinaryStorage(place, FILES_URL)


@pytest.fixture(params=["in_s3", "at_cloudinary"])
def store(request: pytest.FixtureRequest, app: Any) -> Storage:
    found: Storage = request.getfixturevalue(request.param)
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], storage=found)
    return found


def files(store: Storage) -> list[str]:
    return [file.key for folder in ("photos", "private") for file in store.list_files(folder)]


def sent(begun: dict[str, Any], data: bytes) -> bool:
    if begun["method"] == "POST":
        return requests.post(begun["url"], data=begun["fields"], files={"file": data}, timeout=10).ok
    return requests.put(begun["url"], data=data, headers=begun["headers"], timeout=10).ok


def test_a_photo_lives_where_the_settings_say(store, host, client, make_listing, run_outbox):
    listing = make_listing(host=host.user, photos=0)
    target = io.BytesIO()
    Image.new("RGB", (640, 400), "teal").save(target, "PNG")
    data, uploads = target.getvalue(), f"/listings/{listing.id}/photos/uploads"

    begun = host.post(uploads, json={"content_type": "image/png", "size": len(data)}).json
    assert sent(begun, data)
    photo = host.post(f"{uploads}/{begun['upload_id']}/complete", json={}).json
    run_outbox()

    assert len(files(store)) == 7
    for url in photo["urls"].values():
        served = client.get(url.removeprefix("http://localhost"))
        assert (served.status_code, served.mimetype) == (200, "image/webp")
    assert host.delete(f"/listings/{listing.id}/photos/{photo['id']}").status_code == 204
    assert files(store) == []


def test_what_the_store_let_through_is_deleted_at_completion(store, host, make_listing):
    listing = make_listing(host=host.user, photos=0)
    uploads = f"/listings/{listing.id}/photos/uploads"
    begun = host.post(uploads, json={"content_type": "image/png", "size": 40}).json
    assert sent(begun, b"<svg onload=alert(1)>" + b" " * 19)

    answer = host.post(f"{uploads}/{begun['upload_id']}/complete", json={})

    assert (answer.status_code, answer.json["code"]) == (415, "unsupported_media_type")
    assert files(store) == []


def test_the_product_takes_no_file_for_another_store(store, client):
    assert client.put("/files/private/uploads/1/x?size=1", data=b"x").status_code == 404
