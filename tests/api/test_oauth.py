"""Signing in through Google and Facebook, from the first redirect to the tokens."""

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pyotp
import pytest

from airbnb.domain import clock
from airbnb.models.identities import UserIdentity
from airbnb.models.users import OneTimeToken, User, UserSession
from airbnb.services import second_factors
from airbnb.unit_of_work import in_transaction, reading
from tests.factories.oauth import EMAIL, HOME, OTHER_HOME, Browser


def test_a_stranger_signs_in_through_google_and_has_a_verified_account(browser, ana_at_google):
    end = browser.sign_in("google", ana_at_google)
    answer = browser.exchange(end["code"])

    assert end["at"] == HOME
    assert answer.status_code == 200, answer.json
    assert set(answer.json) == {"user", "access_token", "refresh_token", "token_type", "expires_in"}
    user = answer.json["user"]
    assert (user["email"], user["email_verified"], user["roles"]) == (EMAIL, True, ["guest"])
    assert (user["first_name"], user["last_name"]) == ("Ana", "Silva")
    headers = {"Authorization": f"Bearer {answer.json['access_token']}"}
    assert browser.client.get("/api/v1/users/me", headers=headers).json["id"] == user["id"]


def test_a_stranger_signs_in_through_facebook_and_still_has_to_prove_the_address(
    browser, ana_at_facebook, run_outbox, mailer
):
    answer = browser.exchange(browser.sign_in("facebook", ana_at_facebook)["code"])

    assert answer.status_code == 200, answer.json
    assert answer.json["user"]["email_verified"] is False
    run_outbox()
    assert [(mail.to, "verify-email" in mail.text) for mail in mailer.sent] == [(EMAIL, True)]


def test_whoever_comes_again_gets_the_same_account(browser, ana_at_google, ana_at_facebook, count_rows):
    for provider, person in (("google", ana_at_google), ("google", ana_at_google)):
        assert browser.exchange(browser.sign_in(provider, person)["code"]).status_code == 200

    assert (count_rows(User), count_rows(UserIdentity), count_rows(UserSession)) == (1, 1, 2)


def test_the_query_of_the_frontends_address_stays(browser, ana_at_google):
    end = browser.sign_in("google", ana_at_google, redirect_uri=OTHER_HOME)

    assert end["at"] == "https://app.frontend.test/"
    assert (end["screen"], set(end)) == ("signed-in", {"at", "screen", "code"})


def test_the_provider_gets_state_pkce_and_the_address_from_the_settings(browser, facebook, ana_at_facebook):
    browser.client.get(
        "/api/v1/auth/oauth/facebook",
        query_string={"redirect_uri": HOME, "code_challenge": "a" * 43},
        headers={"Host": "evil.example"},
    )
    browser.visit("facebook", ana_at_facebook)
    asked = facebook.dialogs[-1]

    assert asked["redirect_uri"] == "http://localhost/api/v1/auth/oauth/facebook/callback"
    assert (asked["code_challenge_method"], len(asked["code_challenge"])) == ("S256", 43)
    assert len(asked["state"]) >= 20
    assert asked["scope"] == "email public_profile"


def test_a_provider_may_name_the_scopes_otherwise(browser, facebook, ana_at_facebook):
    facebook.beside_token["scope"] = "https://provider.example/auth/userinfo.email openid"

    assert "code" in browser.sign_in("facebook", ana_at_facebook)


def test_the_host_header_does_not_move_the_callback(browser):
    asked = {"redirect_uri": HOME, "code_challenge": "a" * 43}
    answer = browser.client.get("/api/v1/auth/oauth/google", query_string=asked, headers={"Host": "evil.example"})

    assert "evil" not in answer.location


def test_nothing_of_the_provider_is_kept(browser, ana_at_facebook, facebook, app):
    end = browser.sign_in("facebook", ana_at_facebook)
    with browser.client.session_transaction() as kept:
        assert dict(kept) == {}
    with reading() as session:
        rows = [session.query(model).all() for model in (UserIdentity, OneTimeToken)]

    written = " ".join(str(vars(row)) for table in rows for row in table)
    assert facebook.tokens_given
    assert not [token for token in facebook.tokens_given if token in written]
    assert end["code"] not in written


def test_the_config_lists_the_providers_that_are_set_up(browser):
    assert browser.client.get("/api/v1/config").json["oauth_providers"] == ["facebook", "google"]


def test_a_provider_that_is_not_set_up_is_not_there(client):
    query = {"redirect_uri": HOME, "code_challenge": "a" * 43}
    answers = [client.get(f"/api/v1/auth/oauth/{name}", query_string=query) for name in ("google", "apple", "exchange")]
    back = client.get("/api/v1/auth/oauth/google/callback?code=x&state=y")

    assert [answer.status_code for answer in (*answers, back)] == [404] * 4


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Let threads take turns after every few instructions, so that whatever they share gets mixed up."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def test_twelve_people_sign_in_at_the_same_moment(app, browser, google, facebook, hasty_threads, count_rows):
    barrier = threading.Barrier(12)
    for number in range(12):
        google.know(f"p{number}", email=f"p{number}@example.test", email_verified=True, given_name=f"P{number}")
        facebook.people[str(number)] = {"email": f"f{number}@example.test", "first_name": f"F{number}"}

    def walk(number: int) -> tuple[int, str]:
        provider, person = ("google", f"p{number}") if number % 2 else ("facebook", str(number))
        own = Browser(app)
        verifier = f"{number:02}" * 30
        address = own.visit(provider, person, verifier=verifier)
        barrier.wait(30)
        answer = own.exchange(own.come_back(address)["code"], verifier)
        return answer.status_code, answer.json["user"]["first_name"]

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(walk, range(12)))

    assert answers == [(200, f"P{n}" if n % 2 else f"F{n}") for n in range(12)]
    assert count_rows(User) == 12


def test_one_stranger_in_twelve_windows_gets_one_account(app, browser, ana_at_google, count_rows):
    barrier = threading.Barrier(12)

    def walk(number: int) -> int:
        own = Browser(app)
        address = own.visit("google", ana_at_google)
        barrier.wait(30)
        return own.exchange(own.come_back(address)["code"]).status_code

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(walk, range(12)))

    assert answers == [200] * 12
    assert (count_rows(User), count_rows(UserIdentity), count_rows(UserSession)) == (1, 1, 12)


def test_of_many_who_bring_the_same_code_one_gets_in(app, browser, ana_at_google, count_rows):
    code, barrier = browser.sign_in("google", ana_at_google)["code"], threading.Barrier(8)

    def bring(number: int) -> int:
        barrier.wait(30)
        return Browser(app).exchange(code).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(bring, range(8)))

    assert answers == [200] + [422] * 7
    assert count_rows(UserSession) == 1


def test_a_code_is_good_for_a_minute(browser, ana_at_google, freeze):
    code = browser.sign_in("google", ana_at_google)["code"]
    freeze(clock.now() + timedelta(seconds=61))

    assert browser.exchange(code).json["code"] == "invalid_token"


def test_a_dance_may_take_ten_minutes(browser, ana_at_google, freeze):
    address = browser.visit("google", ana_at_google)
    freeze(clock.now() + timedelta(minutes=11))

    assert browser.come_back(address) == {"at": HOME, "error": "invalid_state"}


@pytest.fixture
def recovery_codes(make_user, settings) -> list[str]:
    """The recovery codes of somebody with a second factor, whose address is Ana's."""
    user, now = make_user(email=EMAIL), clock.now()
    keys = settings.encryption_keys
    factor = in_transaction(lambda session: second_factors.set_up(session, user, keys=keys, now=now))
    code = pyotp.parse_uri(factor.otpauth_url).at(now)
    in_transaction(lambda session: second_factors.confirm(session, user.id, code, keys=keys, now=now))
    return factor.recovery_codes


def test_a_second_factor_is_asked_for_at_the_exchange_and_the_code_waits(browser, ana_at_google, recovery_codes):
    code = browser.sign_in("google", ana_at_google)["code"]

    missing = browser.exchange(code)
    wrong = browser.exchange(code, totp_code="AAAA-AAAA-AAAA")
    right = browser.exchange(code, totp_code=recovery_codes[0])

    assert [answer.json.get("code") for answer in (missing, wrong)] == ["totp_required", "invalid_totp_code"]
    assert right.status_code == 200, right.json


def test_a_second_factor_is_not_spent_without_the_verifier(browser, ana_at_google, recovery_codes):
    code = browser.sign_in("google", ana_at_google)["code"]

    assert browser.exchange(code, "x" * 43, totp_code=recovery_codes[0]).json["code"] == "invalid_token"
    assert browser.exchange(code, totp_code=recovery_codes[0]).status_code == 200
