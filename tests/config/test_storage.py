"""STORAGE_URL picks the store; what can't be used is refused by name, without telling a secret."""

import pytest

from airbnb.config import ConfigError, load_settings
from airbnb.config.storage import CloudinaryPlace, S3Place, cloudinary_place, s3_place
from airbnb.integrations.storage import CloudinaryStorage, LocalStorage, S3Storage, make_storage


@pytest.fixture
def load(tmp_path):
    return lambda **environment: load_settings({"APP_ENV": "test", "INSTANCE_PATH": str(tmp_path), **environment})


@pytest.mark.parametrize(
    "url, kind, files_url",
    [
        ("", LocalStorage, "http://127.0.0.1:8000/files"),
        ("file:///srv/a%20folder", LocalStorage, "http://127.0.0.1:8000/files"),
        ("s3://bucket/folder?region=eu-west-1", S3Storage, "http://127.0.0.1:8000/files"),
        ("cloudinary://key:secret@Cloud", CloudinaryStorage, "https://res.cloudinary.com/Cloud/raw/upload"),
        ("cloudinary://key:secret@cloud/a/b", CloudinaryStorage, "https://res.cloudinary.com/cloud/raw/upload/a/b"),
    ],
)
def test_the_url_picks_the_store(load, url, kind, files_url):
    keys = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}
    settings = load(STORAGE_URL=url, **keys).storage

    store = make_storage(settings, public_url="http://127.0.0.1:8000")

    assert type(store) is kind
    assert settings.files_url == files_url
    assert store.url("photos/1/a.webp") == f"{files_url}/photos/1/a.webp"


def test_an_address_of_files_stands_before_the_default(load):
    settings = load(FILES_URL="https://cdn.test/media/", PUBLIC_URL="https://api.test").storage

    assert settings.files_url == "https://cdn.test/media"
    assert make_storage(settings, public_url="https://api.test").url("a") == "https://cdn.test/media/a"


def test_places_are_read_from_urls():
    assert s3_place("s3://b.c-1/x/y?endpoint=http://127.0.0.1:9000/") == S3Place(
        bucket="b.c-1", folder="x/y", endpoint="http://127.0.0.1:9000", region="us-east-1"
    )
    assert cloudinary_place("cloudinary://1:a%2Fb@Cloud") == CloudinaryPlace(
        cloud="Cloud", api_key="1", api_secret="a/b", folder="", endpoint="https://api.cloudinary.com"
    )


@pytest.mark.parametrize(
    "url",
    [
        "ftp://hunter2/files",
        "file://host/files",
        "file:relative",
        "s3://",
        "s3:///folder",
        "s3://Bucket",
        "s3://bucket/../up",
        "s3://bucket?acl=public",
        "s3://bucket?endpoint=minio:9000",
        "cloudinary://cloud",
        "cloudinary://key@cloud",
        "cloudinary://key:hunter2@",
        "cloudinary://key:hunter2@cloud/..",
        "cloudinary://key:hunter2@cloud?timeout=3",
    ],
)
def test_a_url_that_names_no_store_is_refused(load, url):
    with pytest.raises(ConfigError, match="STORAGE_URL") as caught:
        load(STORAGE_URL=url)

    assert "hunter2" not in str(caught.value)


def test_a_key_without_its_secret_is_refused(load):
    with pytest.raises(ConfigError, match="AWS_SECRET_ACCESS_KEY"):
        load(AWS_ACCESS_KEY_ID="key")


def test_secrets_are_not_in_the_representation(load):
    settings = load(
        STORAGE_URL="cloudinary://key:hunter2@cloud", AWS_ACCESS_KEY_ID="key", AWS_SECRET_ACCESS_KEY="hunter2"
    )

    assert "hunter2" not in repr(settings.storage)
    assert "hunter2" not in repr(cloudinary_place(settings.storage.url))
