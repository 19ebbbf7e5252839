"""Signing up, in, on and out."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from statistics import median
from time import perf_counter

import pytest
from argon2 import PasswordHasher
from flask_jwt_extended import create_access_token, create_refresh_token

from airbnb.domain import clock
from airbnb.domain.causes import by_system
from airbnb.domain.statuses import UserStatus
from airbnb.domain.topics import Topic
from airbnb.models.platform import OutboxEvent
from airbnb.models.users import OneTimeToken, User, UserSession
from airbnb.services import passwords
from airbnb.services.users import suspend_user
from airbnb.unit_of_work import in_transaction, reading
from tests.factories.accounts import PASSWORD, registration


def test_registering_opens_an_account_and_signs_in(post_auth, count_rows):
    answer = post_auth("/register", registration(role="host", currency="USD", locale="pt-BR"))

    assert answer.status_code == 201, answer.json
    assert answer.headers["Location"] == "/api/v1/users/me"
    assert set(answer.json) == {"user", "access_token", "refresh_token", "token_type", "expires_in"}
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("Bearer", 900)
    user = answer.json["user"]
    assert (user["email"], user["email_verified"], user["roles"]) == ("ana@example.test", False, ["guest", "host"])
    assert (user["currency"], user["locale"]) == ("USD", "pt-BR")
    assert count_rows(OutboxEvent, OutboxEvent.topic == Topic.EMAIL_VERIFICATION_ASKED) == 1


def test_a_password_is_kept_as_its_argon2id_hash(registered):
    with reading() as session:
        user = session.get(User, int(registered["user"]["id"]))

    assert user.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_the_tokens_of_a_registration_work(client, registered):
    headers = {"Authorization": f"Bearer {registered['access_token']}"}

    answer = client.get("/api/v1/users/me", headers=headers)

    assert answer.status_code == 200
    assert answer.json == registered["user"]


@pytest.mark.parametrize(
    "field, value",
    [
        ("email", "not an address"),
        ("email", "ana@example.test\r\nBcc: all@example.test"),
        ("email", "ána@example.test"),
        ("email", "a" * 250 + "@example.test"),
        ("email", None),
        ("password", "short-91"),
        ("password", "violet-harbour-91" * 10),
        ("password", "x" * 1_000_000),
        ("password", "password123456"),
        ("password", "P@ssw0rd2024!"),
        ("password", "qwertyuiop12"),
        ("password", "aaaaaaaaaaaa"),
        ("password", "ana@example.test"),
        ("password", "Ana@Example.TEST"),
        ("password", 1234567890123),
        ("first_name", ""),
        ("first_name", "   "),
        ("first_name", "A" * 81),
        ("first_name", "A\x00na"),
        ("last_name", None),
        ("role", "admin"),
        ("role", "support"),
        ("role", "owner"),
        ("birth_date", "2020-01-01"),
        ("birth_date", "3020-01-01"),
        ("birth_date", "1820-01-01"),
        ("birth_date", "yesterday"),
        ("locale", "xx-YY"),
        ("locale", "english"),
        ("currency", "EURO"),
        ("currency", "eur"),
        ("currency", "XYZ"),
        ("marketing_opt_in", "yes"),
        ("id", "7"),
        ("email_verified_at", "2026-01-01T00:00:00Z"),
        ("status", "active"),
    ],
)
def test_a_bad_registration_names_the_field_and_leaves_no_trace(post_auth, count_rows, field, value):
    answer = post_auth("/register", registration(**{field: value}))

    assert answer.status_code == 422
    assert answer.json["code"] == "validation_failed"
    assert list(answer.json["errors"]) == [field]
    assert [count_rows(model) for model in (User, UserSession, OneTimeToken, OutboxEvent)] == [0, 0, 0, 0]


def test_every_missing_field_of_a_registration_is_named(post_auth):
    answer = post_auth("/register", {})

    assert answer.status_code == 422
    assert set(answer.json["errors"]) == {"email", "password", "first_name", "last_name", "role"}


def test_case_44_a_password_of_a_million_characters_is_refused_quickly(post_auth):
    began = perf_counter()
    answer = post_auth("/register", registration(password="x" * 1_000_000))

    assert answer.status_code == 422
    assert perf_counter() - began < 5  # hashing is far slower than refusing, even on a busy machine


def test_somebody_who_turns_eighteen_today_may_register(post_auth, freeze):
    freeze(datetime(2026, 5, 4, 12, 0, tzinfo=UTC))

    too_young = post_auth("/register", registration(birth_date=date(2008, 5, 5).isoformat()))
    old_enough = post_auth("/register", registration(birth_date=date(2008, 5, 4).isoformat()))

    assert (too_young.status_code, old_enough.status_code) == (422, 201)


def test_an_address_has_one_account(post_auth, registered, count_rows):
    answer = post_auth("/register", registration(email="ANA@EXAMPLE.TEST"))

    assert (answer.status_code, answer.json["code"]) == (409, "email_taken")
    assert [count_rows(model) for model in (User, UserSession, OutboxEvent)] == [1, 1, 1]


def test_one_of_several_registrations_at_once_wins(app, count_rows):
    barrier = threading.Barrier(6)

    def register(number: int) -> int:
        barrier.wait()
        return app.test_client().post("/api/v1/auth/register", json=registration()).status_code

    with ThreadPoolExecutor(6) as pool:
        statuses = sorted(pool.map(register, range(6)))

    assert statuses == [201] + [409] * 5
    assert count_rows(User) == 1


def test_logging_in_answers_like_registering(post_auth, registered):
    answer = post_auth("/login", {"email": "ANA@example.test", "password": PASSWORD})

    assert answer.status_code == 200
    assert set(answer.json) == set(registered)
    assert answer.json["user"] == registered["user"]


def test_case_39_a_wrong_password_and_an_unknown_address_get_the_same_answer(post_auth, registered, count_rows):
    wrong = post_auth("/login", {"email": "ana@example.test", "password": "something-else-1"})
    unknown = post_auth("/login", {"email": "bob@example.test", "password": "something-else-1"})

    answers = [{**answer.json, "request_id": None} for answer in (wrong, unknown)]
    assert answers[0] == answers[1]
    assert (wrong.status_code, answers[0]["code"]) == (401, "invalid_credentials")
    assert count_rows(UserSession) == 1


def test_case_39_an_unknown_address_takes_as_long_as_a_wrong_password(post_auth, registered):
    def took(email: str) -> float:
        began = perf_counter()
        post_auth("/login", {"email": email, "password": "something-else-1"})
        return perf_counter() - began

    known, unknown = [], []
    for _ in range(7):
        known.append(took("ana@example.test"))
        unknown.append(took("bob@example.test"))

    assert 0.6 < median(unknown) / median(known) < 1.7


def test_an_account_without_a_password_cannot_be_logged_in_to(post_auth, make_user):
    user = make_user(password_hash=None)

    answer = post_auth("/login", {"email": user.email, "password": "nobody's password"})

    assert answer.json["code"] == "invalid_credentials"


def test_a_suspended_account_is_told_so_only_with_the_right_password(post_auth, registered):
    user_id = int(registered["user"]["id"])
    in_transaction(lambda session: suspend_user(session, user_id, reason="spam", cause=by_system(now=clock.now())))

    right = post_auth("/login", {"email": "ana@example.test", "password": PASSWORD})
    wrong = post_auth("/login", {"email": "ana@example.test", "password": "something-else-1"})

    assert (right.status_code, right.json["code"]) == (403, "account_suspended")
    assert (wrong.status_code, wrong.json["code"]) == (401, "invalid_credentials")


def test_a_closed_account_is_as_good_as_unknown(post_auth, make_user):
    user = make_user(password_hash=passwords.hash_password(PASSWORD), status=UserStatus.CLOSED)

    assert post_auth("/login", {"email": user.email, "password": PASSWORD}).json["code"] == "invalid_credentials"


def test_case_42_suspending_ends_the_tokens_in_use(client, post_auth, registered):
    user_id = int(registered["user"]["id"])
    in_transaction(lambda session: suspend_user(session, user_id, reason="spam", cause=by_system(now=clock.now())))

    headers = {"Authorization": f"Bearer {registered['access_token']}"}
    assert client.get("/api/v1/users/me", headers=headers).status_code == 401
    assert post_auth("/refresh", token=registered["refresh_token"]).status_code == 403


def test_case_44_logging_in_renews_a_hash_of_other_parameters(post_auth, make_user):
    old = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash(PASSWORD)
    user = make_user(password_hash=old)

    answer = post_auth("/login", {"email": user.email, "password": PASSWORD})

    with reading() as session:
        renewed = session.get(User, user.id)
    assert answer.status_code == 200
    assert not passwords.is_outdated(renewed.password_hash)
    assert passwords.is_password(PASSWORD, renewed.password_hash)
    assert renewed.version == user.version


def test_case_46_a_refresh_token_is_exchanged_once_and_then_ends_its_session(post_auth, registered):
    first = post_auth("/refresh", token=registered["refresh_token"])
    second = post_auth("/refresh", token=registered["refresh_token"])
    third = post_auth("/refresh", token=first.json["refresh_token"])

    assert (first.status_code, second.status_code, third.status_code) == (200, 401, 401)
    assert (second.json["code"], third.json["code"]) == ("token_reused", "unauthenticated")


def test_a_stolen_refresh_token_leaves_other_sessions_alone(client, post_auth, registered):
    other = post_auth("/login", {"email": "ana@example.test", "password": PASSWORD}).json
    post_auth("/refresh", token=registered["refresh_token"])
    post_auth("/refresh", token=registered["refresh_token"])

    assert post_auth("/refresh", token=other["refresh_token"]).status_code == 200


def test_a_chain_of_refreshes_works(post_auth, client, registered):
    token = registered["refresh_token"]
    for _ in range(5):
        answer = post_auth("/refresh", token=token)
        assert answer.status_code == 200
        token = answer.json["refresh_token"]

    headers = {"Authorization": f"Bearer {answer.json['access_token']}"}
    assert client.get("/api/v1/users/me", headers=headers).status_code == 200


def test_case_46_of_twenty_uses_of_a_refresh_token_at_once_one_wins(app, registered):
    headers = {"Authorization": f"Bearer {registered['refresh_token']}"}
    barrier = threading.Barrier(20)

    def refresh(number: int) -> tuple[int, str | None]:
        barrier.wait()
        answer = app.test_client().post("/api/v1/auth/refresh", headers=headers)
        return answer.status_code, answer.json.get("code")

    with ThreadPoolExecutor(20) as pool:
        answers = sorted(pool.map(refresh, range(20)))

    assert answers == [(200, None)] + [(401, "token_reused")] * 19


def test_an_access_token_does_not_refresh_and_a_refresh_token_does_not_sign_in(client, post_auth, registered):
    refreshed = post_auth("/refresh", token=registered["access_token"])
    headers = {"Authorization": f"Bearer {registered['refresh_token']}"}

    assert (refreshed.status_code, refreshed.json["code"]) == (401, "unauthenticated")
    assert client.get("/api/v1/users/me", headers=headers).json["code"] == "unauthenticated"


def test_a_session_ends_when_its_refresh_token_would(post_auth, registered, freeze, settings):
    freeze(clock.now() + settings.refresh_token_lifetime + timedelta(minutes=1))

    answer = post_auth("/refresh", token=registered["refresh_token"])

    assert (answer.status_code, answer.json["code"]) == (401, "unauthenticated")


def test_a_refresh_token_of_a_session_that_never_was_is_refused(app, post_auth, make_user):
    token = create_refresh_token(str(make_user().id), additional_claims={"sid": "123"})

    assert post_auth("/refresh", token=token).json["code"] == "unauthenticated"


def test_a_token_of_one_user_with_the_session_of_another_is_refused(app, client, registered, guest):
    token = create_access_token(str(guest.user.id), additional_claims={"sid": str(guest.session.id + 1)})
    mixed = create_access_token(registered["user"]["id"], additional_claims={"sid": str(guest.session.id)})

    for bad in (token, mixed):
        assert client.get("/api/v1/users/me", headers={"Authorization": f"Bearer {bad}"}).status_code == 401


def test_logging_out_ends_both_tokens_at_once(client, post_auth, registered):
    access = registered["access_token"]

    assert post_auth("/logout", token=access).status_code == 204
    assert client.get("/api/v1/users/me", headers={"Authorization": f"Bearer {access}"}).status_code == 401
    assert post_auth("/refresh", token=registered["refresh_token"]).json["code"] == "unauthenticated"


def test_guessing_passwords_is_slowed_down_without_locking_others_out(app, post_auth, registered, rate_limits):
    guesses = [post_auth("/login", {"email": "ana@example.test", "password": f"guess-number-{n}"}) for n in range(11)]
    other = post_auth("/login", {"email": "bob@example.test", "password": "guess-number-1"})
    elsewhere = post_auth(
        "/login",
        {"email": "ana@example.test", "password": PASSWORD},
        environ_base={"REMOTE_ADDR": "192.0.2.7"},
    )

    assert [answer.status_code for answer in guesses] == [401] * 10 + [429]
    assert guesses[-1].json["code"] == "rate_limited"
    assert int(guesses[-1].headers["Retry-After"]) > 0
    assert (other.status_code, elsewhere.status_code) == (401, 200)


def test_signing_in_and_on_costs_a_fixed_number_of_statements(post_auth, registered, count_statements):
    def sent() -> int:
        found = [line for line in count_statements if line.startswith(("SELECT", "INSERT", "UPDATE"))]
        count_statements.clear()
        return len(found)

    answer = post_auth("/login", {"email": "ana@example.test", "password": PASSWORD})
    logged_in = sent()
    post_auth("/refresh", token=answer.json["refresh_token"])

    # Where the owner usually is, three to count the try, the account; the second factor; the account and its roles, the
    # session, and where the owner was before it. Then: find, swap, account, roles.
    assert (logged_in, sent()) == (10, 4)
