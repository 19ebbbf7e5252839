"""Jobs that find what got lost between database and storage."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image
from sqlalchemy import delete

from airbnb.domain import clock
from airbnb.domain.statuses import PhotoStatus
from airbnb.integrations.storage.protocol import StorageUnavailable
from airbnb.models.listings import ListingPhoto
from airbnb.models.platform import OutboxEvent
from airbnb.tasks import photos
from airbnb.unit_of_work import in_transaction
from airbnb.workflows import photo_clean_up
from airbnb.workflows.outside import storage


def picture():
    target = io.BytesIO()
    Image.new("RGB", (64, 40), "teal").save(target, "JPEG")
    return target.getvalue()


def every_file():
    return {file.key for folder in ("photos", "private", "avatars") for file in storage().list_files(folder)}


@pytest.fixture(autouse=True)
def _empty_storage(app):
    for key in every_file():
        storage().delete(key)


@pytest.fixture
def listing(host, make_listing):
    return make_listing(host=host.user, photos=0)


@pytest.fixture
def upload(host, listing):
    def send():
        form = {"file": (io.BytesIO(picture()), "photo.jpg")}
        return host.post(f"/listings/{listing.id}/photos", data=form, content_type="multipart/form-data").json

    return send


NAME = "0123456789abcdef01234567"
STRANGERS = {"photos/demo/1-0-small.webp", "photos/1/readme.txt", "private/exports/1.zip", "avatars/1/x-small.webp"}


def test_only_old_files_of_photos_that_nobody_names_are_deleted(upload, run_outbox, freeze):
    upload()
    run_outbox()
    named = every_file()
    orphans = {
        f"photos/1/{NAME}-small.webp",
        f"photos/1/{NAME}-large.jpg",
        f"private/photos/1/{NAME}-original",
        f"private/uploads/1/{NAME}",
        f"private/attachments/{NAME}-small.webp",
    }
    for key in orphans | STRANGERS:
        storage().put(key, b"x", "image/webp")
    assert photo_clean_up.delete_orphans(datetime.now(UTC)) == 0

    assert photo_clean_up.delete_orphans(datetime.now(UTC) + timedelta(days=1, seconds=5)) == 5

    assert len(named) == 7
    assert every_file() == named | STRANGERS


def test_many_orphans_are_found_in_batches(app, monkeypatch):
    monkeypatch.setattr(photo_clean_up, "BATCH", 3)
    for number in range(8):
        storage().put(f"photos/{number}/{NAME}-small.webp", b"x", "image/webp")

    assert photo_clean_up.delete_orphans(datetime.now(UTC) + timedelta(days=2)) == 8


def test_a_photo_whose_event_was_lost_is_made_later(upload, host, listing):
    upload()
    in_transaction(lambda session: session.execute(delete(OutboxEvent)))

    assert photo_clean_up.resume_lost(clock.now()) == 0
    assert photo_clean_up.resume_lost(clock.now() + timedelta(minutes=31)) == 1

    assert [photo["status"] for photo in host.get(f"/listings/{listing.id}").json["photos"]] == ["ready"]


def test_a_lost_photo_without_its_original_fails_and_keeps_none_waiting(upload, count_rows):
    upload()
    upload()
    originals = sorted(key for key in every_file() if key.endswith("-original"))
    storage().delete(originals[0])

    assert photo_clean_up.resume_lost(clock.now() + timedelta(hours=1)) == 2
    assert count_rows(ListingPhoto, ListingPhoto.status == PhotoStatus.FAILED) == 1
    assert count_rows(ListingPhoto, ListingPhoto.status == PhotoStatus.READY) == 1


def test_a_store_that_is_away_leaves_lost_photos_for_the_next_time(upload, monkeypatch, count_rows):
    upload()

    def away(photo_id):
        raise StorageUnavailable("away")

    monkeypatch.setattr(photo_clean_up, "make_photo_sizes", away)

    assert photo_clean_up.resume_lost(clock.now() + timedelta(hours=1)) == 0
    assert count_rows(ListingPhoto, ListingPhoto.status == PhotoStatus.PROCESSING) == 1


def test_each_job_runs_once_in_its_period(app, freeze):
    storage().put(f"private/uploads/1/{NAME}", b"x", "image/png")
    freeze(datetime.now(UTC) + timedelta(days=3))

    assert [photos.delete_orphans(), photos.delete_orphans()] == [1, 0]
    assert [photos.resume_lost(), photos.resume_lost()] == [0, 0]
