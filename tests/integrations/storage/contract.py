"""What every file store must do; an adapter's tests subclass ``StorageContract`` and give it a ``storage``."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import requests

from airbnb.integrations.storage.protocol import EmptyFile, FileMissing, InvalidKey, SignedUpload, StoredFile

BAD_KEYS = [
    "",
    "/etc/passwd",
    "../up",
    "a/../b",
    "a/..",
    ".",
    "..",
    ".hidden",
    "a/.hidden",
    "a//b",
    "a/",
    "a\\b",
    "a\0b",
    "a b",
    "a\n",
    "é",
    "a%2e",
    "C:x",
    "x" * 201,
]


def send_file(upload: SignedUpload, data: bytes) -> bool:
    """Upload as a client would, and tell whether it was taken."""
    if upload.method == "POST":
        answer = requests.post(upload.url, data=upload.fields, files={"file": data}, timeout=10)
    else:
        answer = requests.put(upload.url, data=data, headers=upload.headers, timeout=10)
    return answer.ok


class StorageContract:
    """Subclasses override the ``storage`` fixture with an empty store."""

    @pytest.fixture
    def send(self) -> Callable[[SignedUpload, bytes], bool]:
        return send_file

    @pytest.fixture
    def storage(self):
        raise NotImplementedError

    def test_what_is_put_can_be_opened(self, storage):
        storage.put("photos/1/small.webp", b"\x00\xffpicture", "image/webp")

        assert storage.open("photos/1/small.webp") == b"\x00\xffpicture"
        assert storage.exists("photos/1/small.webp")

    @pytest.mark.parametrize(
        "key, content_type",
        [("a.webp", "image/webp"), ("a.webp", "image/png"), ("plain", "text/calendar"), ("x.bin", "application/pdf")],
    )
    def test_size_and_type_are_kept(self, storage, key, content_type):
        storage.put(key, b"12345", content_type)

        assert storage.stat(key) == StoredFile(size=5, content_type=content_type)

    def test_putting_again_replaces_content_and_type(self, storage):
        storage.put("a/b.webp", b"old content", "image/png")
        storage.put("a/b.webp", b"new", "image/webp")

        assert storage.open("a/b.webp") == b"new"
        assert storage.stat("a/b.webp") == StoredFile(size=3, content_type="image/webp")

    def test_an_empty_file_is_refused(self, storage):
        with pytest.raises(EmptyFile):
            storage.put("empty.txt", b"", "text/plain")

        assert not storage.exists("empty.txt")

    def test_every_byte_is_kept(self, storage):
        data = bytes(range(256)) * 4_096
        storage.put("private/all/bytes", data, "application/octet-stream")

        assert storage.open("private/all/bytes") == data

    def test_a_missing_file_is_named_missing(self, storage):
        assert not storage.exists("nobody.webp")
        with pytest.raises(FileMissing):
            storage.open("nobody.webp")
        with pytest.raises(FileMissing):
            storage.stat("nobody.webp")

    def test_deleting_removes_and_may_be_repeated(self, storage):
        storage.put("gone.bin", b"x", "image/webp")

        storage.delete("gone.bin")
        storage.delete("gone.bin")

        assert not storage.exists("gone.bin")

    def test_a_folder_of_keys_is_not_a_file(self, storage):
        storage.put("folder/file.txt", b"x", "text/plain")

        assert not storage.exists("folder")
        with pytest.raises(FileMissing):
            storage.open("folder")
        storage.delete("folder")
        assert storage.exists("folder/file.txt")

    def test_the_url_ends_with_the_key_and_needs_no_file(self, storage):
        assert storage.url("photos/1/small.webp").endswith("/photos/1/small.webp")

    @pytest.mark.parametrize("folder", ["photos", "private/photos"])
    def test_the_files_of_a_folder_are_listed(self, storage, folder):
        began = datetime.now(UTC) - timedelta(seconds=2)
        keys = {f"{folder}/1/a.webp", f"{folder}/1/b.jpg", f"{folder}/2/deep/c"}
        for key in {*keys, f"{folder}x/1", "other/1/a.webp"}:
            storage.put(key, b"x", "image/png")

        listed = list(storage.list_files(folder))

        assert sorted(file.key for file in listed) == sorted(keys)
        assert all(began <= file.changed_at <= datetime.now(UTC) + timedelta(seconds=1) for file in listed)
        assert list(storage.list_files("nothing")) == []
        with pytest.raises(InvalidKey):
            list(storage.list_files("../up"))

    @pytest.mark.parametrize("key", ["photos/direct.jpg", "private/uploads/direct"])
    def test_a_stranger_uploads_one_file_by_a_signed_address(self, storage, send, key):
        soon = datetime.now(UTC) + timedelta(minutes=30)
        upload = storage.presign_upload(key, content_type="image/jpeg", size=8, expires_at=soon)

        assert not storage.exists(key)
        assert send(upload, b"\xff\xd8 bytes")
        assert storage.stat(key) == StoredFile(size=8, content_type="image/jpeg")
        assert storage.open(key) == b"\xff\xd8 bytes"

    @pytest.mark.parametrize("key", BAD_KEYS)
    def test_keys_that_could_lead_elsewhere_are_refused(self, storage, key):
        for call in (storage.open, storage.stat, storage.exists, storage.delete, storage.url):
            with pytest.raises(InvalidKey):
                call(key)
        with pytest.raises(InvalidKey):
            storage.put(key, b"x", "text/plain")
        with pytest.raises(InvalidKey):
            storage.presign_upload(key, content_type="image/png", size=1, expires_at=datetime.now(UTC))

    def test_a_key_of_200_characters_works(self, storage):
        key = "a" * 100 + "/" + "b" * 99
        storage.put(key, b"x", "text/plain")

        assert storage.open(key) == b"x"
