"""The second factor at the dashboard's door."""

import dataclasses
from datetime import timedelta

import pyotp
import pytest

from airbnb.domain import clock
from airbnb.domain.kinds import Role
from airbnb.models.users import UserSession
from airbnb.services.passwords import hash_password
from tests.factories.dashboard import PASSWORD

NOON = clock.now().replace(second=0, microsecond=0)


@pytest.fixture
def member(make_user, freeze):
    freeze(NOON)
    return make_user(roles=(Role.ADMIN,), password_hash=hash_password(PASSWORD))


@pytest.fixture
def generator(member, client_for):
    """Set the member's second factor up and return its generator."""
    client = client_for(member)
    made = pyotp.parse_uri(client.post("/auth/totp/setup").json["otpauth_url"])
    code = made.at(NOON - timedelta(seconds=30))
    assert client.post("/auth/totp/confirm", json={"totp_code": code}).status_code == 204
    return made


@pytest.fixture
def obligatory(app, monkeypatch, settings):
    strict = dataclasses.replace(settings, staff_needs_totp=True)
    monkeypatch.setitem(app.extensions, "airbnb_settings", strict)


def test_the_sign_in_asks_for_the_code_once_a_factor_is_set_up(browser, member, generator, count_rows):
    before = count_rows(UserSession)
    without = browser.sign_in(member)
    wrong = browser.submit("/login", email=member.email, password=PASSWORD, totp_code="000000")

    assert "authenticator app" in without.text
    assert "The code is wrong" in wrong.text
    assert count_rows(UserSession) == before
    right = browser.submit("/login", email=member.email, password=PASSWORD, totp_code=generator.at(NOON))
    assert (right.status_code, browser.get("/users/").status_code) == (302, 200)


def test_case_43_a_code_that_opened_the_dashboard_opens_nothing_else(browser, member, generator, post_auth):
    code = generator.at(NOON)
    browser.submit("/login", email=member.email, password=PASSWORD, totp_code=code)

    answer = post_auth("/login", {"email": member.email, "password": PASSWORD, "totp_code": code})

    assert (answer.status_code, answer.json["code"]) == (401, "invalid_totp_code")


@pytest.mark.parametrize("path", ["/", "/users/", "/payments/", "/users/details/?id=1", "/users/1/do/suspend"])
def test_where_it_is_obligatory_staff_see_only_that_they_must_set_it_up(obligatory, browser, member, path):
    assert browser.sign_in(member).status_code == 302

    page = browser.get(path)

    # A row that is not there is looked for before anybody is refused.
    assert page.status_code in ((403, 404) if "do" in path else (403,))
    if page.status_code == 403:
        assert "totp_setup_required" in page.text


def test_a_factor_set_up_meanwhile_opens_the_dashboard(obligatory, browser, member, request):
    browser.sign_in(member)
    assert browser.get("/users/").status_code == 403

    request.getfixturevalue("generator")

    assert browser.get("/users/").status_code == 200


def test_who_must_set_a_factor_up_can_sign_out(obligatory, browser, member, count_rows):
    browser.sign_in(member)

    page = browser.get("/")
    token = page.text.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    assert browser.client.post("/admin/logout", data={"csrf_token": token}).status_code == 302
    assert count_rows(UserSession, UserSession.revoked_at.is_(None)) == 0


def test_wrong_passwords_at_the_dashboard_count_with_those_at_the_api(browser, member, post_auth):
    for _ in range(10):
        post_auth("/login", {"email": member.email, "password": "wrong-harbour-92"})

    assert "too often" in browser.sign_in(member).text
