"""The S3 store keeps the contract against moto's server, in a process of its own."""

import socket
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
import requests

from airbnb.config.storage import StorageSettings, s3_place
from airbnb.integrations.storage.protocol import StorageUnavailable
from airbnb.integrations.storage.s3 import S3Storage
from tests import servers
from tests.fakes.s3 import running_s3
from tests.integrations.storage.contract import StorageContract

BUCKET = "files-of-tests"
KEYS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}


@pytest.fixture(scope="module")
def endpoint():
    with running_s3() as url:
        yield url


def make_store(url):
    settings = StorageSettings(url=url, files_url="https://cdn.test/media", upload_secret="", **KEYS)
    return S3Storage(s3_place(url), settings)


@pytest.fixture(scope="module")
def stores(endpoint):
    """Making a client takes half a second, so all tests share two stores: in a folder, and without one."""
    return {
        "folder": make_store(f"s3://{BUCKET}/our/folder?endpoint={endpoint}&region=us-east-1"),
        "bucket": make_store(f"s3://{BUCKET}?endpoint={endpoint}"),
    }


@pytest.fixture(scope="module")
def admin(endpoint):
    client = boto3.session.Session(**KEYS, region_name="us-east-1").client("s3", endpoint_url=endpoint)
    yield client
    client.close()


@pytest.fixture
def bucket(endpoint, admin):
    """An empty bucket, seen by its owner."""
    requests.post(f"{endpoint}/moto-api/reset", timeout=10).raise_for_status()
    admin.create_bucket(Bucket=BUCKET)
    return admin


@pytest.fixture
def storage(stores, bucket):
    return stores["folder"]


class TestContract(StorageContract):
    @pytest.fixture
    def storage(self, stores, bucket):
        return stores["folder"]


class TestContractWithoutFolder(StorageContract):
    @pytest.fixture
    def storage(self, stores, bucket):
        return stores["bucket"]


def test_public_files_may_be_cached_for_good_and_private_ones_never(storage, bucket):
    storage.put("photos/1/a.webp", b"x", "image/webp")
    storage.put("private/photos/1/a", b"x", "image/webp")

    assert bucket.head_object(Bucket=BUCKET, Key="our/folder/photos/1/a.webp")["CacheControl"].endswith("immutable")
    private = bucket.head_object(Bucket=BUCKET, Key="our/folder/private/photos/1/a")
    assert private["CacheControl"] == "private, no-store"


def test_long_listings_are_read_to_their_end(storage, monkeypatch):
    monkeypatch.setattr("airbnb.integrations.storage.s3.PAGE_SIZE", 3)
    for number in range(7):
        storage.put(f"photos/{number}", b"x", "image/png")

    assert sorted(file.key for file in storage.list_files("photos")) == [f"photos/{number}" for number in range(7)]


def test_type_and_length_are_part_of_the_signature(storage):
    soon = datetime.now(UTC) + timedelta(minutes=10)
    upload = storage.presign_upload("private/uploads/1", content_type="image/png", size=7, expires_at=soon)
    query = parse_qs(urlsplit(upload.url).query)

    assert query["X-Amz-SignedHeaders"] == ["content-length;content-type;host"]
    assert 590 <= int(query["X-Amz-Expires"][0]) <= 600
    assert upload.headers == {"Content-Type": "image/png"}


def test_a_bucket_that_is_not_there_is_no_missing_file(endpoint):
    store = make_store(f"s3://no-such-bucket?endpoint={endpoint}")

    with pytest.raises(StorageUnavailable, match="NoSuchBucket"):
        store.put("a", b"x", "text/plain")
    with pytest.raises(StorageUnavailable, match="NoSuchBucket"):
        list(store.list_files("a"))


def test_a_server_that_is_away_or_silent_is_unavailable(monkeypatch):
    monkeypatch.setattr("airbnb.integrations.storage.s3.READ_TIMEOUT_S", 0.2)
    monkeypatch.setattr("airbnb.integrations.storage.s3.ATTEMPTS", 1)
    away = make_store(f"s3://bucket?endpoint=http://127.0.0.1:{servers.free_port()}")
    with pytest.raises(StorageUnavailable, match="EndpointConnectionError"):
        away.open("a")

    with socket.create_server(("127.0.0.1", 0)) as silent:
        store = make_store(f"s3://bucket?endpoint=http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(StorageUnavailable, match="ReadTimeout"):
            store.exists("a")


def test_addresses_begin_where_files_are_fetched(storage):
    assert storage.url("a/b.webp") == "https://cdn.test/media/a/b.webp"
