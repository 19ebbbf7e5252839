"""Moving an account to another e-mail address."""

import re
from datetime import timedelta

import pytest

from airbnb.domain import clock
from airbnb.domain.causes import by_system
from airbnb.models.users import OneTimeToken, User
from airbnb.services.passwords import hash_password
from airbnb.services.users import suspend_user
from airbnb.unit_of_work import in_transaction, reading
from tests.factories.accounts import PASSWORD

NEW = "ada.new@example.test"


@pytest.fixture
def ada(make_client):
    return make_client(email="ada@example.test", password_hash=hash_password(PASSWORD))


@pytest.fixture
def ask(ada, run_outbox, mailer):
    """Ask for another address and return the token in the mail."""

    def send(email=NEW):
        answer = ada.post("/auth/email/change", json={"email": email, "password": PASSWORD})
        assert answer.status_code == 202, answer.json
        run_outbox()
        run_outbox()
        return re.search(r"token=([\w-]+)", mailer.sent[-1].text)[1]

    return send


def email_of(user):
    with reading() as session:
        return session.get(User, user.id).email


def test_the_link_goes_to_the_new_address_and_nothing_changes_before_it_is_opened(ada, ask, mailer):
    ask("Ada.New@Example.TEST")

    assert [mail.to for mail in mailer.sent] == [NEW]
    assert email_of(ada.user) == "ada@example.test"


def test_opening_the_link_moves_the_account_and_the_old_address_is_told(ada, ask, post_auth, mailer, run_outbox):
    answer = post_auth("/email/confirm", {"token": ask()})

    assert answer.status_code == 204
    me = ada.get("/users/me").json
    assert (me["email"], me["email_verified"]) == (NEW, True)
    run_outbox()
    run_outbox()
    assert (mailer.sent[-1].to, mailer.sent[-1].subject) == ("ada@example.test", "Your e-mail address was changed")
    assert post_auth("/login", {"email": NEW, "password": PASSWORD}).status_code == 200
    assert post_auth("/login", {"email": "ada@example.test", "password": PASSWORD}).status_code == 401


def test_case_41_a_link_works_once_for_half_an_hour_and_only_the_latest(ask, post_auth, freeze):
    older, token = ask("ada.other@example.test"), ask()

    assert post_auth("/email/confirm", {"token": older}).json["code"] == "invalid_token"
    now = clock.now()
    freeze(now + timedelta(minutes=31))
    assert post_auth("/email/confirm", {"token": token}).json["code"] == "invalid_token"
    freeze(now)
    assert post_auth("/email/confirm", {"token": token}).status_code == 204
    assert post_auth("/email/confirm", {"token": token}).json["code"] == "invalid_token"


def test_case_41_every_other_link_dies_with_the_old_address(ask, post_auth, count_rows, run_outbox):
    token = ask()
    post_auth("/password/forgot", {"email": "ada@example.test"})
    run_outbox()

    post_auth("/email/confirm", {"token": token})

    assert count_rows(OneTimeToken, OneTimeToken.used_at.is_(None)) == 0


def test_case_41_a_poisoned_host_header_changes_no_link(ada, run_outbox, mailer):
    headers = {"Host": "evil.test", "X-Forwarded-Host": "evil.test"}
    ada.post("/auth/email/change", json={"email": NEW, "password": PASSWORD}, headers=headers)
    run_outbox()
    run_outbox()

    assert "http://frontend.test/confirm-email?token=" in mailer.sent[-1].text
    assert "evil" not in mailer.sent[-1].text + (mailer.sent[-1].html or "")


@pytest.mark.parametrize(
    "body, fields",
    [
        ({"email": NEW}, ["password"]),
        ({"email": NEW, "password": "violet-harbour-92"}, ["password"]),
        ({"email": "ADA@example.test", "password": PASSWORD}, ["email"]),
        ({"email": "nowhere", "password": PASSWORD}, ["email"]),
        ({"password": PASSWORD}, ["email"]),
        ({"email": NEW, "password": PASSWORD, "user_id": "7"}, ["user_id"]),
    ],
)
def test_a_bad_request_names_the_field_and_makes_no_link(ada, count_rows, body, fields):
    answer = ada.post("/auth/email/change", json=body)

    assert (answer.status_code, list(answer.json["errors"])) == (422, fields)
    assert count_rows(OneTimeToken) == 0


def test_case_40_a_stolen_token_guesses_the_password_ten_times_at_most(ada):
    answers = [ada.post("/auth/email/change", json={"email": NEW, "password": f"wrong-{n}"}) for n in range(11)]

    assert [answer.status_code for answer in answers] == [422] * 10 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 800
    change = {"current_password": PASSWORD, "password": "another-harbour-17"}
    assert ada.post("/auth/password/change", json=change).status_code == 429


def test_an_address_of_somebody_else_is_refused_at_once_and_when_they_were_quicker(ada, ask, post_auth, make_user):
    make_user(email="grace@example.test")
    taken = ada.post("/auth/email/change", json={"email": "grace@example.test", "password": PASSWORD})
    token = ask()
    make_user(email=NEW)

    late = post_auth("/email/confirm", {"token": token})

    assert (taken.status_code, taken.json["code"]) == (409, "email_taken")
    assert (late.status_code, late.json["code"]) == (409, "email_taken")
    assert email_of(ada.user) == "ada@example.test"


def test_an_account_that_was_suspended_meanwhile_does_not_move(ask, post_auth, ada):
    token, cause = ask(), by_system(now=clock.now())
    in_transaction(lambda session: suspend_user(session, ada.user.id, reason="Reports", cause=cause))

    assert post_auth("/email/confirm", {"token": token}).json["code"] == "invalid_token"


def test_a_token_for_something_else_moves_nothing(ask, post_auth):
    token = ask()

    assert post_auth("/verify-email", {"token": token}).json["code"] == "invalid_token"
    assert post_auth("/password/reset", {"token": token, "password": PASSWORD}).json["code"] == "invalid_token"
