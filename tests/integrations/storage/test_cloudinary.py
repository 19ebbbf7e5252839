"""The Cloudinary store keeps the contract against a stand-in and leaves the library's own configuration alone."""

from datetime import UTC, datetime, timedelta

import cloudinary
import pytest

from airbnb.config.storage import cloudinary_place
from airbnb.integrations.storage.cloudinary import CloudinaryStorage
from airbnb.integrations.storage.protocol import FileMissing, StorageUnavailable
from tests import servers
from tests.fakes.cloudinary import API_KEY, API_SECRET, CLOUD, running_cloudinary
from tests.integrations.storage.contract import StorageContract, send_file


def make_store(url, *, folder="", secret=API_SECRET):
    place = cloudinary_place(f"cloudinary://{API_KEY}:{secret}@{CLOUD}{folder}?endpoint={url}")
    return CloudinaryStorage(place, "https://res.cloudinary.test/raw/upload/")


@pytest.fixture(scope="module")
def server():
    with running_cloudinary() as running:
        yield running


@pytest.fixture
def provider(server):
    server.assets.clear()
    yield server
    server.fail, server.delay_s = None, 0.0


@pytest.fixture
def storage(provider):
    return make_store(provider.url)


class TestContract(StorageContract):
    @pytest.fixture
    def storage(self, provider):
        return make_store(provider.url)


class TestContractInFolder(StorageContract):
    @pytest.fixture
    def storage(self, provider):
        return make_store(provider.url, folder="/our/folder")


def test_private_files_are_assets_that_the_network_never_shows(storage, provider):
    storage.put("private/photos/1/a", b"x", "image/png")
    storage.put("photos/1/a.webp", b"x", "image/webp")

    assert set(provider.assets) == {("authenticated", "private/photos/1/a"), ("upload", "photos/1/a.webp")}


def test_long_listings_are_read_to_their_end(storage, monkeypatch):
    monkeypatch.setattr("airbnb.integrations.storage.cloudinary.PAGE_SIZE", 3)
    for number in range(7):
        storage.put(f"photos/{number}", b"x", "image/png")

    assert sorted(file.key for file in storage.list_files("photos")) == [f"photos/{number}" for number in range(7)]


def test_an_upload_after_its_time_or_for_another_file_is_refused(storage):
    late = datetime.now(UTC) - timedelta(minutes=1)
    upload = storage.presign_upload("private/uploads/1", content_type="image/png", size=1, expires_at=late)
    assert not send_file(upload, b"x")

    soon = datetime.now(UTC) + timedelta(minutes=1)
    upload = storage.presign_upload("private/uploads/1", content_type="image/png", size=1, expires_at=soon)
    upload.fields["public_id"] = "photos/1/cover.webp"
    assert not send_file(upload, b"x")


@pytest.mark.parametrize("status", [401, 403, 420, 429, 500, 502, 503])
def test_every_refusal_of_the_provider_is_a_store_that_is_away(storage, provider, status):
    provider.fail = status

    for call in (storage.open, storage.stat, storage.exists, storage.delete):
        with pytest.raises(StorageUnavailable):
            call("a")
    with pytest.raises(StorageUnavailable):
        storage.put("a", b"x", "text/plain")
    with pytest.raises(StorageUnavailable):
        list(storage.list_files("a"))


def test_a_wrong_secret_is_no_missing_file(provider):
    store = make_store(provider.url, secret="wrong")

    with pytest.raises(StorageUnavailable) as caught:
        store.open("a")
    assert not isinstance(caught.value, FileMissing)
    assert "signature" not in str(caught.value)


def test_a_slow_provider_is_given_up(storage, provider, monkeypatch):
    monkeypatch.setattr("airbnb.integrations.storage.cloudinary.TIMEOUT_S", 0.05)
    provider.delay_s = 0.5

    for call in (storage.open, storage.stat, storage.delete):
        with pytest.raises(StorageUnavailable):
            call("a")


def test_a_provider_that_is_away_is_unavailable():
    store = make_store(f"http://127.0.0.1:{servers.free_port()}")

    with pytest.raises(StorageUnavailable):
        store.put("a", b"x", "text/plain")
    with pytest.raises(StorageUnavailable):
        store.open("a")


def test_two_accounts_live_in_one_process_and_nothing_global_is_set_or_heard(provider, storage):
    before = dict(vars(cloudinary.config()))
    cloudinary.config(cloud_name="elsewhere", api_key="no", api_secret="no", oauth_token="no", upload_prefix="http://[")
    try:
        storage.put("a", b"x", "text/plain")
        assert storage.open("a") == b"x"
        assert storage.stat("a").size == 1
        with pytest.raises(StorageUnavailable):
            make_store(provider.url, secret="other").stat("a")
    finally:
        vars(cloudinary.config()).clear()
        vars(cloudinary.config()).update(before)
