"""What every file store must do; an adapter's tests subclass ``StorageContract`` and give it a ``storage``."""

import pytest

from airbnb.integrations.storage.protocol import FileMissing, InvalidKey, StoredFile

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


class StorageContract:
    """Subclasses override the ``storage`` fixture with an empty store."""

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

    def test_an_empty_file_is_a_file(self, storage):
        storage.put("empty.txt", b"", "text/plain")

        assert storage.exists("empty.txt")
        assert storage.open("empty.txt") == b""

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

    @pytest.mark.parametrize("key", BAD_KEYS)
    def test_keys_that_could_lead_elsewhere_are_refused(self, storage, key):
        for call in (storage.open, storage.stat, storage.exists, storage.delete, storage.url):
            with pytest.raises(InvalidKey):
                call(key)
        with pytest.raises(InvalidKey):
            storage.put(key, b"x", "text/plain")

    def test_a_key_of_200_characters_works(self, storage):
        key = "a" * 100 + "/" + "b" * 99
        storage.put(key, b"x", "text/plain")

        assert storage.open(key) == b"x"
