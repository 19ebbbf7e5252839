"""Everything stored about somebody, in a zip of their own, behind an address that nobody guesses."""

import io
import json
import zipfile
from datetime import timedelta

import pytest

from airbnb.domain import clock
from airbnb.extensions import Base
from airbnb.models.account_safety import DataExport
from airbnb.models.users import User
from airbnb.queries.personal_data import PARTS
from airbnb.services.passwords import hash_password
from airbnb.tasks.accounts import clean_up
from airbnb.unit_of_work import reading
from airbnb.workflows.outside import storage
from tests.api.test_photos import form_bytes, path_of, picture
from tests.factories.accounts import PASSWORD

SECRETS = {"password_hash", "refresh_hash", "previous_refresh_hash", "token_hash", "code_hash"}


@pytest.fixture
def ask(run_outbox):
    """Ask for an export, let a worker make it, and return it as it is shown then."""

    def send(caller):
        answer = caller.post("/users/me/exports")
        assert (answer.status_code, answer.json["status"]) == (202, "pending"), answer.json
        assert answer.json["download_url"] is None
        run_outbox()
        return caller.get(f"/users/me/exports/{answer.json['id']}").json

    return send


@pytest.fixture
def fetch(client):
    """Fetch an export and return its files: names to contents."""

    def get(shown):
        answer = client.get(path_of(shown["download_url"]))
        assert answer.status_code == 200
        with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    return get


def test_an_export_is_made_by_a_worker_told_by_mail_and_fetched(guest, client, ask, run_outbox, mailer):
    shown = ask(guest)

    assert shown["status"] == "ready"
    answer = client.get(path_of(shown["download_url"]))
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("application/zip", "no-store")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert len(answer.data) == shown["size_bytes"]
    run_outbox()
    assert (mailer.sent[-1].to, mailer.sent[-1].subject) == (guest.user.email, "Your data is ready")
    assert shown["download_url"] not in mailer.sent[-1].text


def test_it_holds_what_both_sides_of_a_stay_may_know(guest, host, make_listing, make_booking, ask, fetch):
    booking = make_booking(listing=make_listing(host=host.user), guest=guest.user)

    mine, theirs = fetch(ask(guest)), fetch(ask(host))

    (stay,) = json.loads(mine["stays.json"])
    (hosted,) = json.loads(theirs["hosted_stays.json"])
    assert stay["id"] == hosted["id"] == str(booking.id)
    assert (stay["check_in"], stay["total_minor"]) == (booking.check_in.isoformat(), booking.total_minor)
    assert "host_payout_minor" in hosted.keys() - stay.keys()
    assert "guest_fee_bps" in stay.keys() - hosted.keys()
    assert json.loads(mine["hosted_stays.json"]) == json.loads(theirs["stays.json"]) == []
    (account,) = json.loads(mine["account.json"])
    assert account["email"] == guest.user.email
    assert host.user.email not in str(mine)


def test_coupons_are_told_to_who_used_one_and_to_the_host_they_are_for(
    guest, host, make_listing, make_coupon, ask, fetch
):
    make_coupon("SPRING", percent_bps=1_000, host_id=host.user.id)
    body = {
        "listing_id": str(make_listing(host=host.user).id),
        "check_in": f"{clock.now() + timedelta(days=30):%Y-%m-%d}",
        "check_out": f"{clock.now() + timedelta(days=33):%Y-%m-%d}",
        "guests": {"adults": 1},
        "coupon_code": "SPRING",
        "payment_method": "sandbox",
        "payment_token": "tok_ok",
    }
    booking = guest.post("/bookings", json=body, key="book").json

    mine, theirs = fetch(ask(guest)), fetch(ask(host))

    (used,) = json.loads(mine["coupons_used.json"])
    (given,) = json.loads(theirs["listing_coupons.json"])
    assert (used["booking_id"], used["coupon_id"]) == (booking["id"], given["id"])
    assert given["code"] == "SPRING"
    assert json.loads(mine["listing_coupons.json"]) == json.loads(theirs["coupons_used.json"]) == []


def test_it_holds_pictures_but_no_secret(make_client, make_listing, ask, fetch):
    person = make_client(password_hash=hash_password(PASSWORD))
    mimetype = "multipart/form-data; boundary=edge"
    person.put("/users/me/avatar", data=form_bytes(picture(), {}), content_type=mimetype)
    person.post("/auth/totp/setup")

    files = fetch(ask(person))

    assert files["files/avatar.webp"][8:12] == b"WEBP"
    text = "".join(data.decode() for name, data in files.items() if name.endswith(".json"))
    assert "argon2" not in text
    assert "secret_encrypted" not in text
    assert not [name for name in SECRETS if name in text]


def test_asking_twice_at_once_makes_one(guest, count_rows, run_outbox):
    first, second = guest.post("/users/me/exports").json, guest.post("/users/me/exports").json

    assert first["id"] == second["id"]
    assert run_outbox() >= 1
    assert guest.post("/users/me/exports").json["id"] != first["id"]
    assert count_rows(DataExport) == 2


def test_an_export_is_its_owners_alone(guest, host, client, ask):
    shown = ask(guest)
    path = path_of(shown["download_url"])

    assert host.get(f"/users/me/exports/{shown['id']}").status_code == 404
    assert client.get(f"/api/v1/users/me/exports/{shown['id']}").status_code == 401
    assert client.get(path[:-1] + ("0" if path[-1] != "0" else "1")).status_code == 404
    assert client.get(f"/downloads/{shown['id']}/ü").status_code == 404
    with reading() as session:
        key = session.get(DataExport, int(shown["id"])).file_key
    assert client.get(f"/files/{key}").status_code == 404


def test_the_address_dies_after_a_week_and_the_file_goes(guest, client, ask, freeze, run_outbox, count_rows):
    shown = ask(guest)
    with reading() as session:
        key = session.get(DataExport, int(shown["id"])).file_key
    freeze(clock.now() + timedelta(days=7, seconds=1))

    assert client.get(path_of(shown["download_url"])).status_code == 404
    assert storage().exists(key)
    assert clean_up.run() >= 1
    run_outbox()
    assert not storage().exists(key)
    assert count_rows(DataExport) == 0


def test_every_table_that_names_a_person_is_in_the_export_or_left_out_for_a_reason():
    left_out = {
        "one_time_tokens",  # secrets that are spent within the hour
        "recovery_codes",
        "idempotency_keys",  # copies of answers, for a day
        "ledger_entries",  # the company's books, made of the payments that are in
        "audit_log",  # what staff did, as the company's own record
        "tax_rules",  # the same: who of the staff entered one
        "staff_notes",  # the same: who of the staff wrote one
        "listing_snapshots",  # the same: who of the staff approved; the texts are in the listing
        "approvals",  # the same: what staff did to money by hand
        "payout_holds",  # the same: what staff looked into
        "switches",  # the same: what staff turned off
        "stream_events",  # repeats of notifications and messages, for a day
    }
    known = {
        table.name
        for table in Base.metadata.tables.values()
        for column in table.columns
        for key in column.foreign_keys
        if key.column.table.name == "users"
    }

    assert known - left_out == {part.owner.class_.__tablename__ for part in PARTS} - {User.__tablename__}
