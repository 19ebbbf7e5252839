"""The caller's account, and what everybody may see of a person."""

import pytest

from airbnb.domain import clock
from airbnb.domain.causes import by_system
from airbnb.domain.kinds import Role
from airbnb.models.users import User, UserFigures, UserRole
from airbnb.services.users import suspend_user
from airbnb.unit_of_work import in_transaction, reading

ACCOUNT_FIELDS = {
    "id",
    "email",
    "email_verified",
    "first_name",
    "last_name",
    "phone",
    "bio",
    "languages",
    "locale",
    "currency",
    "avatar_url",
    "roles",
    "birth_date",
    "created_at",
}


def stored(user_id: int) -> dict[str, object]:
    with reading() as session:
        row = session.get(User, user_id)
    return {name: value for name, value in row.__dict__.items() if not name.startswith("_")}


def test_an_account_shows_just_what_the_contract_names(guest):
    answer = guest.get("/users/me")

    assert answer.status_code == 200
    assert set(answer.json) == ACCOUNT_FIELDS
    assert answer.json["id"] == str(guest.user.id)
    assert answer.json["created_at"].endswith("Z")


def test_an_account_without_a_sign_in_is_not_shown(client):
    answer = client.get("/api/v1/users/me")

    assert (answer.status_code, answer.json["code"]) == (401, "unauthenticated")


def test_showing_the_account_costs_three_statements(guest, count_statements):
    guest.get("/users/me")

    assert len(count_statements) == 3  # who is it, the account, its roles


def test_a_patch_changes_what_it_names_and_nothing_else(guest):
    before = guest.get("/users/me").json
    changes = {
        "first_name": "Grace",
        "phone": "+353 1 234 5678",
        "bio": "Sails.\nReads.",
        "languages": ["en", "pt-BR"],
        "locale": "de",
        "currency": "JPY",
        "birth_date": "1990-12-09",
    }

    answer = guest.patch("/users/me", json=changes)

    assert answer.status_code == 200, answer.json
    assert answer.json == {**before, **changes, "phone": "+35312345678"}
    assert guest.get("/users/me").json == answer.json


def test_null_clears_what_is_optional(make_client):
    client = make_client(phone="+35312345678", bio="Sails.")

    answer = client.patch("/users/me", json={"phone": None, "bio": None, "birth_date": None})

    assert (answer.status_code, answer.json["phone"], answer.json["bio"]) == (200, None, None)


def test_an_empty_patch_changes_nothing(guest):
    before = guest.get("/users/me")

    answer = guest.patch("/users/me", json={})

    assert answer.json == before.json
    assert answer.headers["ETag"] == before.headers["ETag"]


@pytest.mark.parametrize(
    "field, value",
    [
        ("first_name", None),
        ("first_name", " "),
        ("first_name", ["Ana"]),
        ("last_name", "S" * 81),
        ("phone", "12345"),
        ("phone", "+999999999999999999999"),
        ("phone", "+353 1 234 5678 ext. 9"),
        ("bio", "x" * 2_001),
        ("bio", "\x07"),
        ("languages", "en"),
        ("languages", ["klingonese"]),
        ("languages", ["en", "en"]),
        ("languages", None),
        ("locale", None),
        ("locale", "../../etc"),
        ("currency", "BTC"),
        ("birth_date", "2026-02-30"),
        ("birth_date", "2020-01-01"),
        ("email", "new@example.test"),
        ("email_verified", True),
        ("roles", ["admin"]),
        ("status", "active"),
        ("password", "violet-harbour-91"),
        ("id", "1"),
        ("version", 9),
        ("created_at", "2020-01-01T00:00:00Z"),
    ],
)
def test_a_bad_patch_names_the_field_and_leaves_no_trace(guest, field, value):
    before = stored(guest.user.id)

    answer = guest.patch("/users/me", json={"last_name": "Changed", field: value})

    assert (answer.status_code, answer.json["code"]) == (422, "validation_failed")
    assert {path.split(".")[0] for path in answer.json["errors"]} == {field}
    assert stored(guest.user.id) == before


def test_a_patch_from_an_older_version_is_refused(guest):
    etag = guest.get("/users/me").headers["ETag"]
    first = guest.patch("/users/me", json={"first_name": "Grace"}, headers={"If-Match": etag})

    late = guest.patch("/users/me", json={"first_name": "Joan"}, headers={"If-Match": etag})

    assert first.status_code == 200
    assert (late.status_code, late.json["code"]) == (412, "precondition_failed")
    assert guest.get("/users/me").json["first_name"] == "Grace"


def test_an_account_that_did_not_change_is_not_sent_again(guest):
    etag = guest.get("/users/me").headers["ETag"]

    same = guest.get("/users/me", headers={"If-None-Match": etag})
    guest.patch("/users/me", json={"first_name": "Grace"})
    changed = guest.get("/users/me", headers={"If-None-Match": etag})

    assert (same.status_code, same.data) == (304, b"")
    assert changed.status_code == 200


def test_becoming_a_host_adds_the_role_once(guest, count_rows):
    etag = guest.get("/users/me").headers["ETag"]

    first, second = guest.post("/users/me/host"), guest.post("/users/me/host")

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json["roles"] == second.json["roles"] == ["guest", "host"]
    assert first.headers["ETag"] != etag
    assert count_rows(UserRole, UserRole.role == Role.HOST) == 1


def test_a_profile_shows_what_everybody_may_see(client, make_user):
    user = make_user(bio="Sails.", languages=["en"], phone="+35312345678")
    figures = UserFigures(
        user_id=user.id, host_rating_sum=14, host_review_count=3, guest_rating_sum=0, guest_review_count=0
    )
    in_transaction(lambda session: session.add(figures))

    answer = client.get(f"/api/v1/users/{user.id}")

    assert answer.status_code == 200
    profile = dict(answer.json)
    assert profile.pop("since").endswith("Z")
    assert profile == {
        "id": str(user.id),
        "first_name": "Ada",
        "avatar_url": None,
        "bio": "Sails.",
        "languages": ["en"],
        "reviews_as_host": {"rating": 4.67, "count": 3},
        "reviews_as_guest": {"rating": None, "count": 0},
    }


def test_a_profile_costs_one_statement(client, make_user, count_statements):
    user = make_user()
    count_statements.clear()

    client.get(f"/api/v1/users/{user.id}")

    assert len(count_statements) == 1


@pytest.mark.parametrize("user_id", ["1", "0", "9223372036854775807", "9223372036854775808", "x", "-1", "1.0"])
def test_a_person_who_is_not_there_is_not_found(client, user_id):
    answer = client.get(f"/api/v1/users/{user_id}")

    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


def test_a_suspended_person_has_no_profile(client, make_user):
    user = make_user()
    in_transaction(lambda session: suspend_user(session, user.id, reason="spam", cause=by_system(now=clock.now())))

    assert client.get(f"/api/v1/users/{user.id}").status_code == 404


def test_a_picture_is_shown_where_files_are_served(make_client):
    client = make_client(avatar_key="avatars/7.webp")

    assert client.get("/users/me").json["avatar_url"] == "http://localhost/files/avatars/7.webp"
