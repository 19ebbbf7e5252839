"""Access tokens: whose we take, how long a check is kept, and that an ended session is over. Cases 42 and 45."""

import base64
import dataclasses
import hashlib
import hmac
import json
import time
from datetime import timedelta

import jwt
import pytest
from flask_jwt_extended import create_access_token, create_refresh_token

from airbnb.blueprints.http import verified_tokens
from airbnb.blueprints.http.verified_tokens import VerifiedTokens
from airbnb.domain import clock
from airbnb.domain.causes import by_staff
from airbnb.domain.kinds import Role
from airbnb.models.users import UserRole, UserSession
from airbnb.queries import identity_cache
from airbnb.queries.identity import find_identity
from airbnb.queries.identity_cache import recall, remember
from airbnb.queries.sessions import end_session
from airbnb.services.moderation import suspend_user
from airbnb.unit_of_work import in_transaction, reading
from tests.api.test_errors import assert_problem


def segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def with_token(client, token: str, path: str = "/users/me", method: str = "GET"):
    return client.open(f"/api/v1{path}", method=method, headers={"Authorization": f"Bearer {token}"})


def signed_by_hand(guest, settings, key: str | None = None, kid: object = None, **changes: object) -> str:
    """Return a token of the guest's, with some claims changed and None ones left out."""
    secret_kid, secret = settings.jwt_keys[0]
    claims = jwt.decode(guest.token, secret, algorithms=["HS256"], audience="api")
    claims = {name: value for name, value in {**claims, **changes}.items() if value is not None}
    return jwt.encode(claims, key or secret, algorithm="HS256", headers={"kid": kid or secret_kid})


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        "Bearer x",
        "Bearer a.b.c",
        "Bearer " + "x" * 10_000,
        "Token x",
        "Bearer é",
    ],
)
def test_case_45_a_header_without_a_token_of_ours(client, header):
    answer = client.get("/api/v1/users/me", headers={"Authorization": header})

    assert_problem(answer, 401, "unauthenticated")


@pytest.mark.parametrize(
    "changes",
    [
        {"key": "another-key-of-more-than-32-characters"},
        {"kid": "unknown"},
        {"kid": "../../etc/passwd"},
        {"kid": "' OR 1=1 --"},
        {"aud": None},
        {"aud": "others"},
        {"iss": None},
        {"iss": "https://elsewhere.test"},
        {"sub": None},
        {"sub": "nobody"},
        {"sub": 7},
        {"sub": "0"},
        {"sid": None},
        {"sid": "nothing"},
        {"sid": "99999999999999999999999"},
        {"sid": "1"},
        {"jti": None},
        {"type": "refresh"},
        {"exp": None},
        {"nbf": 9_999_999_999},
        {"iat": "soon"},
    ],
)
def test_case_45_a_token_that_was_tampered_with(client, guest, settings, changes):
    token = signed_by_hand(guest, settings, **changes)

    assert_problem(with_token(client, token), 401, "unauthenticated")


@pytest.mark.parametrize("algorithm", ["none", "None", "nOnE", "HS384", "HS512", "RS256", "ES256"])
@pytest.mark.parametrize("signature", ["", "c2lnbmF0dXJl"])
def test_case_45_another_algorithm(client, guest, settings, algorithm, signature):
    header = segment({"alg": algorithm, "typ": "JWT", "kid": settings.jwt_keys[0][0]})

    answer = with_token(client, f"{header}.{guest.token.split('.')[1]}.{signature}")

    assert_problem(answer, 401, "unauthenticated")


@pytest.mark.parametrize(
    "extra",
    [
        {"jku": "https://evil.test/keys.json"},
        {"x5u": "https://evil.test/cert.pem"},
        {"jwk": {"kty": "oct", "k": "YWJj"}},
        {"crit": ["exp"]},
        {"b64": False, "crit": ["b64"]},
        {"typ": "at+jwt"},
        {"typ": None},
        {"kid": None},
        {"kid": ["embedded"]},
        {"kid": {"$ne": ""}},
        {"kid": "/dev/null"},
        {"kid": "embedded\u0000"},
    ],
)
def test_case_45_a_well_signed_token_with_headers_of_its_own(client, guest, settings, extra):
    kid, secret = settings.jwt_keys[0]
    headers = {"alg": "HS256", "typ": "JWT", "kid": kid, **extra}
    unsigned = f"{segment({k: v for k, v in headers.items() if v is not None})}.{guest.token.split('.')[1]}"
    signature = base64.urlsafe_b64encode(hmac.digest(secret.encode(), unsigned.encode(), hashlib.sha256))

    answer = with_token(client, f"{unsigned}.{signature.rstrip(b'=').decode()}")

    assert_problem(answer, 401, "unauthenticated")


def test_case_45_a_key_that_everybody_knows(client, guest, settings):
    for key in ("", "secret", "null", settings.public_url, settings.jwt_keys[0][0]):
        unsigned = guest.token.rpartition(".")[0]
        signature = base64.urlsafe_b64encode(hmac.digest(key.encode(), unsigned.encode(), hashlib.sha256))
        answer = with_token(client, f"{unsigned}.{signature.rstrip(b'=').decode()}")
        assert_problem(answer, 401, "unauthenticated")


def test_case_45_a_refresh_token_opens_nothing_and_an_access_token_renews_nothing(app, client, guest):
    claims = {"sid": str(guest.session.id)}
    refresh = create_refresh_token(str(guest.user.id), additional_claims=claims)

    assert_problem(with_token(client, refresh), 401, "unauthenticated")
    assert_problem(guest.post("/auth/refresh"), 401, "unauthenticated")


def test_case_45_a_token_of_ten_kilobytes_is_not_read(client, guest, settings):
    token = signed_by_hand(guest, settings, padding="x" * 10_000)
    began = time.perf_counter()

    assert_problem(with_token(client, token), 401, "unauthenticated")
    assert_problem(with_token(client, token, "/auth/refresh", "POST"), 401, "unauthenticated")
    assert time.perf_counter() - began < 1


def test_case_45_a_token_past_its_time_by_a_second(app, client, guest):
    token = create_access_token(
        str(guest.user.id), additional_claims={"sid": str(guest.session.id)}, expires_delta=timedelta(seconds=-1)
    )

    assert_problem(with_token(client, token), 401, "token_expired")


def test_a_token_says_by_whom_for_what_and_with_which_key(guest, settings):
    claims = jwt.decode(guest.token, options={"verify_signature": False})

    assert jwt.get_unverified_header(guest.token) == {"alg": "HS256", "typ": "JWT", "kid": settings.jwt_keys[0][0]}
    assert (claims["iss"], claims["aud"], claims["type"]) == (settings.public_url, "api", "access")
    assert claims["exp"] - claims["iat"] <= 15 * 60


def test_a_bad_token_is_refused_where_none_is_needed(client):
    answer = client.get("/api/v1/config", headers={"Authorization": "Bearer x"})

    assert_problem(answer, 401, "unauthenticated")


def test_case_45_keys_are_rotated_without_signing_anybody_out(app, guest, client_for, settings, monkeypatch):
    new = ("2027", "a-newer-key-of-more-than-32-characters")
    rotated = dataclasses.replace(settings, jwt_keys=(new, *settings.jwt_keys))
    monkeypatch.setitem(app.extensions, "airbnb_settings", rotated)

    assert guest.get("/users/me").status_code == 200
    newer = client_for(guest.user)
    assert jwt.get_unverified_header(newer.token)["kid"] == "2027"
    assert newer.get("/users/me").status_code == 200


def test_a_key_that_was_taken_away_opens_nothing_even_for_a_token_just_seen(app, guest, settings, monkeypatch):
    assert guest.get("/users/me").status_code == 200
    only_new = dataclasses.replace(settings, jwt_keys=(("2027", "a-newer-key-of-more-than-32-characters"),))
    monkeypatch.setitem(app.extensions, "airbnb_settings", only_new)

    assert_problem(guest.get("/users/me"), 401, "unauthenticated")


def test_a_check_is_kept_for_a_minute_and_for_few_tokens(monkeypatch):
    keys = (("a", "b"),)
    checked = VerifiedTokens()
    later = clock.now().timestamp() + 600
    checked.add("token", {"exp": later}, keys)

    assert checked.find("token", keys) == {"exp": later}
    assert checked.find("token", (("a", "c"),)) is None
    now = time.monotonic()
    monkeypatch.setattr(verified_tokens.time, "monotonic", lambda: now + 61)
    assert checked.find("token", keys) is None
    for number in range(verified_tokens.MOST_TOKENS + 10):
        checked.add(str(number), {"exp": later}, keys)
    assert len(checked._checked) <= verified_tokens.MOST_TOKENS


def test_a_token_just_seen_still_expires_in_time(app, client, guest, freeze):
    claims = {"sid": str(guest.session.id)}
    token = create_access_token(str(guest.user.id), additional_claims=claims, expires_delta=timedelta(seconds=1))

    assert with_token(client, token).status_code == 200
    time.sleep(2.01 - time.time() % 1)
    assert_problem(with_token(client, token), 401, "token_expired")


# --- Ended at once, without asking the database, or with it where the store is away


@pytest.fixture(params=["with the store", "without it", "with a store that hangs"])
def memory(request):
    """The three ways in which the shared store can be."""
    if request.param != "without it":
        server = request.getfixturevalue("app_on_redis")
        if request.param == "with a store that hangs":
            server.hang()
    return request.param


def test_a_signed_in_request_makes_two_trips_and_no_query(app_on_redis, guest, count_trips, count_statements):
    guest.get("/auth/sessions")
    count_statements.clear()
    count_trips()

    assert guest.get("/probes/forbidden").status_code == 403

    assert count_trips() == 2  # the limit, and who it is
    assert count_statements == []


def test_a_stranger_makes_one_trip(app_on_redis, client, count_trips):
    client.get("/api/v1/config")
    count_trips()

    client.get("/api/v1/config")

    assert count_trips() == 1


def test_case_42_an_ended_session_is_over_at_once(memory, guest, client_for):
    other = client_for(guest.user)
    assert [one.get("/users/me").status_code for one in (guest, other, guest, other)] == [200] * 4

    assert guest.delete(f"/auth/sessions/{other.session.id}").status_code == 204

    assert_problem(other.get("/users/me"), 401, "unauthenticated")
    assert guest.get("/users/me").status_code == 200
    assert guest.post("/auth/logout").status_code == 204
    assert_problem(guest.get("/users/me"), 401, "unauthenticated")


def test_case_42_a_suspension_is_felt_at_once(memory, guest, make_user):
    staff = make_user(roles=(Role.SUPPORT,))
    assert guest.get("/users/me").status_code == 200

    in_transaction(lambda rows: suspend_user(rows, guest.user.id, cause=by_staff(staff.id, now=clock.now())))

    assert guest.get("/users/me").status_code == 401


def test_case_42_a_role_that_is_taken_or_given_counts_at_once(memory, make_client):
    staff = make_client(Role.ADMIN)
    assert staff.get("/probes/forbidden").status_code == 204

    def drop(rows):
        rows.delete(rows.get_one(UserRole, (staff.user.id, Role.ADMIN)))

    in_transaction(drop)
    assert staff.get("/probes/forbidden").status_code == 403
    in_transaction(lambda rows: rows.add(UserRole(user_id=staff.user.id, role=Role.ADMIN)))
    assert staff.get("/probes/forbidden").status_code == 204


def test_a_proved_address_counts_at_once(memory, make_client):
    guest = make_client(verified=False)
    assert guest.get("/probes/verified").status_code == 403

    def prove(rows):
        rows.merge(guest.user).email_verified_at = clock.now()

    in_transaction(prove)
    assert guest.get("/probes/verified").status_code == 204


def found(guest):
    with reading() as rows:
        return find_identity(rows, session_id=guest.session.id, user_id=guest.user.id)


def known(guest):
    return recall(session_id=guest.session.id, user_id=guest.user.id)


def end(guest):
    in_transaction(lambda rows: end_session(rows, guest.session.id, user_id=guest.user.id, now=clock.now()))


def test_a_slow_reader_does_not_bring_an_ended_session_back(app_on_redis, guest):
    version, live = known(guest).version, found(guest)
    assert version is not None
    assert live is not None

    end(guest)
    remember(live, version)

    assert known(guest).identity is None
    assert_problem(guest.get("/users/me"), 401, "unauthenticated")


def test_nor_does_it_when_the_mark_of_the_end_is_gone(app_on_redis, guest, monkeypatch):
    monkeypatch.setattr(identity_cache, "CLOSED_TTL_S", 1)
    version, live = known(guest).version, found(guest)
    end(guest)
    remember(live, version)
    time.sleep(1.1)

    assert known(guest).identity is None
    assert known(guest).version not in (None, version)


def test_while_the_mark_stands_nothing_is_stored(app_on_redis, guest):
    end(guest)

    assert known(guest) == (None, None)


def test_an_end_that_does_not_commit_costs_queries_and_nothing_else(app_on_redis, guest):
    guest.get("/users/me")

    def fail(rows):
        end_session(rows, guest.session.id, user_id=guest.user.id, now=clock.now())
        raise KeyError

    with pytest.raises(KeyError):
        in_transaction(fail)
    assert guest.get("/users/me").status_code == 200


def test_a_process_that_dies_between_mark_and_commit_leaves_nothing_wrong(app_on_redis, guest):
    guest.get("/users/me")
    identity_cache.forget([guest.user.id])  # and then nothing

    assert known(guest) == (None, None)
    assert guest.get("/users/me").status_code == 200


def test_an_end_during_an_outage_is_told_when_the_store_is_back(app_on_redis, app, guest, monkeypatch):
    assert guest.get("/users/me").status_code == 200
    assert known(guest).identity is not None
    app_on_redis.hang()
    end(guest)
    app_on_redis.wake()
    monkeypatch.setattr(app.extensions["airbnb_shared_store"], "_rests_until", 0.0)

    assert_problem(guest.get("/users/me"), 401, "unauthenticated")


def test_an_entry_of_another_user_or_release_is_not_believed(app_on_redis, app, guest, host):
    guest.get("/users/me")
    assert recall(session_id=guest.session.id, user_id=host.user.id).identity is None

    version = known(guest).version
    odd = json.dumps(
        {
            "version": version.decode(),
            "roles": [],
            "status": "active",
            "rank": 7,
            **{"user_id": guest.user.id, "session_id": guest.session.id},
        }
    )
    app.extensions["airbnb_shared_store"].ask(lambda client: client.set(f"identity:session:{guest.session.id}", odd))
    assert known(guest).identity is None
    assert guest.get("/users/me").status_code == 200


def test_a_session_past_its_time_is_not_live_in_the_store(app_on_redis, guest, freeze):
    guest.get("/users/me")
    assert known(guest).identity is not None

    freeze(clock.now() + timedelta(days=40))

    assert known(guest).identity is None


def test_updates_of_sessions_through_the_orm_are_noticed(app_on_redis, guest):
    guest.get("/users/me")

    def end_by_hand(rows):
        rows.get_one(UserSession, guest.session.id).revoked_at = clock.now()

    in_transaction(end_by_hand)

    assert_problem(guest.get("/users/me"), 401, "unauthenticated")
