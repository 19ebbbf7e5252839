"""The folder store keeps the contract and never shows half a file."""

import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from airbnb.integrations.storage.local import LocalStorage, UploadRefused
from airbnb.integrations.storage.protocol import StorageUnavailable
from tests.integrations.storage.contract import StorageContract


class TestContract(StorageContract):
    @pytest.fixture
    def storage(self, tmp_path):
        return LocalStorage(tmp_path / "files", "http://api.test/media/", upload_secret="secret")

    @pytest.fixture
    def send(self, storage):
        return partial(take, storage)


def take(storage, upload, data):
    """Do what the product does with a PUT at a signed address."""
    parts = urlsplit(upload.url)
    key, content_type = parts.path.removeprefix("/media/"), upload.headers["Content-Type"]
    query = dict(parse_qsl(parts.query))
    storage.check_upload(key, query, content_type=content_type, size=len(data), now=datetime.now(UTC))
    storage.put(key, data, content_type)
    return upload.method == "PUT"


@pytest.fixture
def storage(tmp_path):
    return LocalStorage(tmp_path / "files", "http://api.test/media/", upload_secret="secret")


def names_in(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_urls_begin_with_the_base(storage):
    assert storage.url("a/b.webp") == "http://api.test/media/a/b.webp"


def test_only_the_file_is_left_when_its_name_tells_the_type(storage, tmp_path):
    storage.put("a/b.webp", b"1", "image/png")
    storage.put("a/b.webp", b"2", "image/webp")

    assert names_in(tmp_path) == ["b.webp"]
    assert storage.path_of("a/b.webp").read_bytes() == b"2"


def test_deleting_leaves_nothing_behind(storage, tmp_path):
    storage.put("a/b", b"1", "image/png")
    storage.delete("a/b")

    assert names_in(tmp_path) == []


def test_a_failed_write_keeps_the_old_file_and_no_draft(storage, tmp_path, monkeypatch):
    storage.put("a.txt", b"old", "text/plain")

    def full_disk(self, target):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", full_disk)
        with pytest.raises(StorageUnavailable, match="No space"):
            storage.put("a.txt", b"new", "text/plain")

    assert storage.open("a.txt") == b"old"
    assert names_in(tmp_path) == ["a.txt"]


def test_readers_see_the_old_or_the_new_file_never_a_part(storage):
    contents = {letter * 200_000 for letter in (b"a", b"b")}
    storage.put("big.txt", min(contents), "text/plain")
    done = threading.Event()
    seen = set()

    def read():
        while not done.is_set():
            seen.add(storage.open("big.txt"))

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(10):
        for content in sorted(contents):
            storage.put("big.txt", content, "text/plain")
    done.set()
    reader.join()

    assert seen <= contents


NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)
ANNOUNCED = {"content_type": "image/png", "size": 5, "now": NOW}


@pytest.mark.parametrize(
    "key, changed, told",
    [
        ("a/other.png", {}, {}),
        ("a/b.png", {"signature": "0" * 64}, {}),
        ("a/b.png", {"signature": "é"}, {}),
        ("a/b.png", {"size": "6"}, {"size": 6}),
        ("a/b.png", {"expires": "9999999999"}, {}),
        ("a/b.png", {"type": "text/html"}, {"content_type": "text/html"}),
        ("a/b.png", {}, {"size": 6}),
        ("a/b.png", {}, {"content_type": "text/html"}),
        ("a/b.png", {}, {"now": NOW + timedelta(minutes=1)}),
    ],
)
def test_a_signed_address_is_good_for_one_file_and_a_while(storage, key, changed, told):
    terms = {"content_type": "image/png", "size": 5}
    upload = storage.presign_upload("a/b.png", **terms, expires_at=NOW + timedelta(minutes=1))
    query = dict(parse_qsl(urlsplit(upload.url).query))

    storage.check_upload("a/b.png", query, **ANNOUNCED)
    with pytest.raises(UploadRefused):
        storage.check_upload(key, {**query, **changed}, **{**ANNOUNCED, **told})
    with pytest.raises(UploadRefused):
        storage.check_upload(key, {}, **ANNOUNCED)
