"""The folder store keeps the contract and never shows half a file."""

import threading
from pathlib import Path

import pytest

from airbnb.integrations.storage.local import LocalStorage
from airbnb.integrations.storage.protocol import StorageUnavailable
from tests.integrations.storage.contract import StorageContract


class TestContract(StorageContract):
    @pytest.fixture
    def storage(self, tmp_path):
        return LocalStorage(tmp_path / "files", "http://api.test/media/")


@pytest.fixture
def storage(tmp_path):
    return LocalStorage(tmp_path / "files", "http://api.test/media/")


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
