"""Forgotten, reset and changed passwords."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from airbnb.domain import clock
from airbnb.domain.kinds import Role
from airbnb.domain.topics import Topic
from airbnb.models.platform import OutboxEvent
from airbnb.models.users import OneTimeToken, User
from airbnb.services.one_time_tokens import token_text
from airbnb.services.passwords import hash_password
from airbnb.unit_of_work import reading
from tests.factories.accounts import PASSWORD

NEW = "amber-lantern-44"


@pytest.fixture
def ada(make_user):
    return make_user(password_hash=hash_password(PASSWORD))


@pytest.fixture
def forgot(post_auth, settings, run_outbox):
    """Ask for a reset link and return the token that the mail would carry."""

    def ask(email: str) -> str:
        assert post_auth("/password/forgot", {"email": email}).status_code == 202
        run_outbox()
        with reading() as session:
            token_id = session.scalar(select(func.max(OneTimeToken.id)))
        return token_text(token_id, settings.secret_key)

    return ask


def logs_in(post_auth, user, password):
    return post_auth("/login", {"email": user.email, "password": password}).status_code == 200


def test_case_39_forgetting_answers_and_costs_the_same_for_an_unknown_address(
    post_auth, ada, count_rows, run_outbox, count_statements
):
    count_statements.clear()
    known = post_auth("/password/forgot", {"email": ada.email.upper()})
    statements = [line.split()[0] for line in count_statements]
    count_statements.clear()
    unknown = post_auth("/password/forgot", {"email": "nobody@example.test"})
    others = [line.split()[0] for line in count_statements]

    assert (known.status_code, known.data) == (unknown.status_code, unknown.data) == (202, b"")
    assert [word for word in statements if word != "SELECT"] == [word for word in others if word != "SELECT"]
    run_outbox()
    assert count_rows(OutboxEvent, OutboxEvent.topic == Topic.PASSWORD_RESET_ASKED) == 1


def test_the_database_never_holds_the_token_that_is_mailed(forgot, ada):
    token = forgot(ada.email)

    with reading() as session:
        row, events = session.scalars(select(OneTimeToken)).one(), session.scalars(select(OutboxEvent)).all()
    assert token not in (row.token_hash, str(row.payload), *(str(event.payload) for event in events))
    assert {"token_id": row.id} in [event.payload for event in events]


def test_case_42_a_reset_sets_the_password_proves_the_address_and_ends_every_session(
    post_auth, forgot, make_user, client_for, count_rows
):
    user = make_user(password_hash=hash_password(PASSWORD), verified=False)
    signed_in = client_for(user)

    answer = post_auth("/password/reset", {"token": forgot(user.email), "password": NEW})

    assert (answer.status_code, answer.data) == (204, b"")
    assert signed_in.get("/users/me").status_code == 401
    assert logs_in(post_auth, user, NEW)
    assert not logs_in(post_auth, user, PASSWORD)
    assert count_rows(User, User.email_verified_at.is_not(None)) == 1
    assert count_rows(OutboxEvent, OutboxEvent.topic == Topic.PASSWORD_CHANGED) == 1


def test_case_41_a_reset_link_works_once_and_ends_the_others(post_auth, forgot, ada):
    older, newer = forgot(ada.email), forgot(ada.email)

    first = post_auth("/password/reset", {"token": newer, "password": NEW})
    again = post_auth("/password/reset", {"token": newer, "password": "third-password-7"})
    other = post_auth("/password/reset", {"token": older, "password": "third-password-7"})

    assert [answer.status_code for answer in (first, again, other)] == [204, 422, 422]
    assert again.json["code"] == other.json["code"] == "invalid_token"


def test_case_41_a_reset_link_lives_half_an_hour(post_auth, forgot, ada, freeze):
    token = forgot(ada.email)
    freeze(clock.now() + timedelta(minutes=31))

    assert post_auth("/password/reset", {"token": token, "password": NEW}).json["code"] == "invalid_token"


@pytest.mark.parametrize("password", ["short-91", "password123456", "x" * 200])
def test_a_bad_new_password_leaves_the_link_usable(post_auth, forgot, ada, password):
    token = forgot(ada.email)

    refused = post_auth("/password/reset", {"token": token, "password": password})

    assert (refused.status_code, list(refused.json["errors"])) == (422, ["password"])
    assert post_auth("/password/reset", {"token": token, "password": NEW}).status_code == 204


@pytest.mark.parametrize("token", ["", "x", "é" * 20, "0" * 43, "a" * 201])
def test_a_made_up_token_is_refused(post_auth, token):
    assert post_auth("/password/reset", {"token": token, "password": NEW}).status_code == 422


def test_a_verification_token_resets_no_password(post_auth, registered, settings):
    with reading() as session:
        token = token_text(session.scalars(select(OneTimeToken.id)).one(), settings.secret_key)

    assert post_auth("/password/reset", {"token": token, "password": NEW}).json["code"] == "invalid_token"


def test_case_42_changing_keeps_this_session_and_ends_the_others(client_for, ada, post_auth):
    here, elsewhere = client_for(ada), client_for(ada)

    answer = here.post("/auth/password/change", json={"current_password": PASSWORD, "password": NEW})

    assert answer.status_code == 204
    assert here.get("/users/me").status_code == 200
    assert elsewhere.get("/users/me").status_code == 401
    assert logs_in(post_auth, ada, NEW)


@pytest.mark.parametrize("body", [{"password": NEW}, {"current_password": "something-else-1", "password": NEW}])
def test_changing_needs_the_present_password(client_for, ada, post_auth, body):
    answer = client_for(ada).post("/auth/password/change", json=body)

    assert (answer.status_code, list(answer.json["errors"])) == (422, ["current_password"])
    assert logs_in(post_auth, ada, PASSWORD)


def test_changing_ends_links_that_could_reset(client_for, ada, post_auth, forgot):
    token = forgot(ada.email)
    client_for(ada).post("/auth/password/change", json={"current_password": PASSWORD, "password": NEW})

    assert post_auth("/password/reset", {"token": token, "password": "third-password-7"}).status_code == 422


def test_an_account_without_a_password_gets_its_first(make_client, post_auth):
    client = make_client(Role.HOST, password_hash=None)

    assert client.post("/auth/password/change", json={"password": NEW}).status_code == 204
    assert logs_in(post_auth, client.user, NEW)


def test_the_address_is_no_password_when_changing_either(client_for, ada):
    answer = client_for(ada).post(
        "/auth/password/change", json={"current_password": PASSWORD, "password": ada.email.upper()}
    )

    assert list(answer.json["errors"]) == ["password"]
