"""Attacks on signing in through a provider: forged addresses, states, codes and mixed-up providers."""

from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from werkzeug.wrappers import Response

from airbnb.domain import clock
from airbnb.domain.causes import by_system
from airbnb.domain.errors import Busy
from airbnb.domain.identities import s256
from airbnb.domain.statuses import UserStatus
from airbnb.integrations.oauth import consumer
from airbnb.models.identities import UserIdentity
from airbnb.models.users import OneTimeToken, User, UserSession
from airbnb.queries.users import find_user_by_email
from airbnb.services.users import suspend_user
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import oauth as workflows
from tests.factories.oauth import EMAIL, HOME, VERIFIER, Browser

CALLBACK = "/api/v1/auth/oauth/{}/callback"


def changed(address: str, **changes: str | None) -> str:
    """Return an address with parts of its query changed, or left out where None."""
    parts = urlsplit(address)
    query = {**dict(parse_qsl(parts.query)), **changes}
    kept = {name: value for name, value in query.items() if value is not None}
    return parts._replace(query=urlencode(kept)).geturl()


@pytest.mark.parametrize(
    "redirect_uri",
    [
        HOME + "x",
        HOME + "/",
        HOME + "/..",
        HOME + "/../../evil",
        HOME + "?next=//evil.example",
        HOME + "#evil",
        HOME + "%2f",
        HOME + "%00",
        HOME + " ",
        HOME.upper(),
        HOME.replace("https", "http"),
        HOME.replace("/auth/", "//auth/"),
        HOME.replace("/auth/", "%2Fauth/"),
        HOME.replace("/auth/", "\\auth/"),
        HOME.replace("frontend.test", "evil.frontend.test"),
        HOME.replace("frontend.test", "frontend.test.evil.example"),
        HOME.replace("frontend.test", "frontend.test@evil.example"),
        HOME.replace("frontend.test", "frontend.test:444"),
        HOME.replace("https://", "https://evil.example//"),
        HOME.replace("https:", ""),
        "//evil.example",
        "/auth/callback",
        "javascript:alert(1)",
        "https://evil.example/" + HOME,
        "",
    ],
)
def test_case_47_only_the_exact_address_is_an_end(browser, redirect_uri):
    answer = browser.begin("google", redirect_uri)

    assert (answer.status_code, set(answer.json["errors"])) == (422, {"redirect_uri"})
    assert "Location" not in answer.headers
    assert "Set-Cookie" not in answer.headers


def test_case_47_the_end_cannot_be_told_twice_or_beside(browser):
    query = [("redirect_uri", HOME), ("redirect_uri", "https://evil.example"), ("code_challenge", "a" * 43)]
    twice = browser.client.get("/api/v1/auth/oauth/google", query_string=query)
    beside = browser.begin("google", next="//evil.example")

    assert beside.json["errors"] == {"next": ["Unknown field."]}
    assert twice.status_code == 422 or "evil" not in twice.location


@pytest.mark.parametrize("challenge", [None, "", "a" * 42, "a" * 44, "a" * 42 + "=", "a" * 42 + "\n", "é" * 43])
def test_case_47_nothing_begins_without_a_challenge(browser, challenge):
    query = {"redirect_uri": HOME} if challenge is None else {"redirect_uri": HOME, "code_challenge": challenge}
    answer = browser.client.get("/api/v1/auth/oauth/google", query_string=query)

    assert (answer.status_code, set(answer.json["errors"])) == (422, {"code_challenge"})


@pytest.mark.parametrize("state", [None, "", "x", "é" * 8])
def test_case_47_a_missing_or_wrong_state_is_refused_and_the_true_answer_still_counts(browser, ana_at_google, state):
    address = browser.visit("google", ana_at_google)

    assert browser.come_back(changed(address, state=state)) == {"at": HOME, "error": "invalid_state"}
    assert "code" in browser.come_back(address)


def test_case_47_the_answer_to_another_browser_is_refused(app, browser, ana_at_google, count_rows):
    address = browser.visit("google", ana_at_google)
    victim = Browser(app)

    assert victim.come_back(address) == {"at": HOME, "error": "invalid_state"}
    victim.begin("google")
    assert victim.come_back(address) == {"at": HOME, "error": "invalid_state"}
    assert count_rows(User) == count_rows(OneTimeToken) == 0


def test_case_47_an_answer_counts_once(browser, ana_at_google):
    address = browser.visit("google", ana_at_google)

    assert "code" in browser.come_back(address)
    assert browser.come_back(address) == {"at": HOME, "error": "invalid_state"}


def test_case_47_a_provider_may_not_answer_for_another(browser, ana_at_google, ana_at_facebook, count_rows):
    from_google = browser.visit("google", ana_at_google)
    from_facebook = browser.visit("facebook", ana_at_facebook)

    for address, other in ((from_google, "facebook"), (from_facebook, "google")):
        query = urlsplit(address).query
        assert browser.come_back(f"{CALLBACK.format(other)}?{query}") == {"at": HOME, "error": "invalid_state"}
    assert count_rows(User) == 0


def test_case_47_a_code_of_another_provider_is_refused_even_with_the_right_state(
    browser, ana_at_google, ana_at_facebook, count_rows
):
    code = dict(parse_qsl(urlsplit(browser.visit("google", ana_at_google)).query))["code"]
    address = changed(browser.visit("facebook", ana_at_facebook), code=code)

    assert browser.come_back(address) == {"at": HOME, "error": "provider_error"}
    assert count_rows(User) == 0


def test_case_47_a_stolen_provider_code_is_no_good_with_another_verifier(app, browser, ana_at_facebook):
    stolen = dict(parse_qsl(urlsplit(browser.visit("facebook", ana_at_facebook)).query))["code"]
    thief = Browser(app)
    address = changed(thief.visit("facebook", "nobody"), code=stolen, error=None)

    assert thief.come_back(address) == {"at": HOME, "error": "provider_error"}


def test_case_47_a_code_is_good_once(browser, ana_at_google, count_rows):
    code = browser.sign_in("google", ana_at_google)["code"]

    assert browser.exchange(code).status_code == 200
    again = browser.exchange(code)
    assert (again.status_code, again.json["code"]) == (422, "invalid_token")
    assert count_rows(UserSession) == 1


def test_case_47_a_code_is_no_good_without_its_verifier_and_stays_good_for_its_owner(browser, ana_at_google):
    code = browser.sign_in("google", ana_at_google)["code"]
    wrong = [
        browser.exchange(code, "x" * 43),
        browser.exchange(code, s256(VERIFIER)),
        browser.exchange("x" * 43),
    ]

    assert [(answer.status_code, answer.json["code"]) for answer in wrong] == [(422, "invalid_token")] * 3
    assert browser.client.post("/api/v1/auth/oauth/exchange", json={"code": code}).status_code == 422
    assert browser.exchange(code).status_code == 200


def test_a_mailed_token_is_not_a_code(browser, registered, mailer, run_outbox, app):
    with reading() as session:
        row = session.query(OneTimeToken).one()
    assert row.purpose == "verify_email"
    run_outbox()
    token = mailer.sent[0].text.split("token=")[1].split()[0]

    assert browser.exchange(token).json["code"] == "invalid_token"


@pytest.mark.parametrize("provider", ["google", "facebook"])
def test_who_says_no_at_the_provider_ends_at_the_frontend(browser, provider):
    address = browser.visit(provider, "nobody")
    if "state=" not in address:  # the stand-in for Google leaves it out, Google does not
        with browser.client.session_transaction() as kept:
            address = changed(address, state=kept["google_oauth_state"])

    assert browser.come_back(address) == {"at": HOME, "error": "access_denied"}


@pytest.mark.parametrize("path", ["/oauth/access_token", "/me"])
@pytest.mark.parametrize(
    "answer",
    [
        Response("oops", 500),
        Response("<html>", content_type="text/html"),
        Response("[]", content_type="application/json"),
        Response('{"id": 7, "email": "ana@example.test"}', content_type="application/json"),
        Response('{"access_token": 5, "token_type": {}, "expires_in": []}', content_type="application/json"),
        Response(b"\xff\xfe", content_type="application/json; charset=utf-8"),
    ],
    ids=["error", "page", "list", "number", "token", "bytes"],
)
def test_a_provider_that_answers_nonsense_ends_at_the_frontend(
    browser, facebook, ana_at_facebook, path, answer, count_rows
):
    address = browser.visit("facebook", ana_at_facebook)
    facebook.instead[path] = answer

    assert browser.come_back(address) == {"at": HOME, "error": "provider_error"}
    assert count_rows(User) == 0


def test_a_provider_that_hangs_is_not_waited_for(browser, facebook, ana_at_facebook, monkeypatch):
    monkeypatch.setattr(consumer, "TIMEOUT_S", (0.2, 0.2))
    address = browser.visit("facebook", ana_at_facebook)
    facebook.patience_s = 1.0

    assert browser.come_back(address) == {"at": HOME, "error": "provider_error"}


def test_a_transaction_that_finds_no_room_ends_at_the_frontend(browser, ana_at_google, monkeypatch):
    def is_busy(work):
        raise Busy()

    address = browser.visit("google", ana_at_google)
    monkeypatch.setattr(workflows, "in_transaction", is_busy)

    assert browser.come_back(address) == {"at": HOME, "error": "temporarily_unavailable"}


@pytest.mark.parametrize("profile", [{}, {"email": ""}, {"email": "not-an-address"}, {"email": "ü@example.test"}])
def test_nobody_gets_an_account_without_a_usable_address(browser, facebook, profile, count_rows):
    facebook.people["7"] = {"first_name": "Ana", **profile}

    assert browser.sign_in("facebook", "7") == {"at": HOME, "error": "email_missing"}
    assert count_rows(User) == 0


# --- Whose account it is


@pytest.mark.parametrize("claims", [{}, {"email_verified": False}, {"email_verified": "true"}, {"email_verified": 1}])
def test_case_48_an_unproved_address_at_the_provider_opens_nobodys_account(
    browser, google, make_user, claims, count_rows
):
    make_user(email=EMAIL)
    google.know("thief", email=EMAIL.upper(), given_name="Mallory", **claims)

    assert browser.sign_in("google", "thief") == {"at": HOME, "error": "email_not_verified"}
    assert count_rows(UserIdentity) == count_rows(UserSession) == 0


def test_case_48_facebook_does_not_vouch_for_an_address(browser, make_user, ana_at_facebook, count_rows):
    make_user(email=EMAIL)

    assert browser.sign_in("facebook", ana_at_facebook) == {"at": HOME, "error": "email_not_verified"}
    assert count_rows(UserIdentity) == 0


def test_case_48_an_account_whose_owner_proved_nothing_is_not_joined(browser, make_user, ana_at_google, count_rows):
    """Somebody may have registered the address to wait inside for its owner, with a password of their own."""
    make_user(email=EMAIL, verified=False, password_hash="a thief's")

    assert browser.sign_in("google", ana_at_google) == {"at": HOME, "error": "account_not_verified"}
    assert count_rows(UserIdentity) == count_rows(OneTimeToken) == 0


def test_case_48_who_came_first_through_an_unproved_address_is_cut_off_by_its_owner(
    browser, ana_at_facebook, ana_at_google, post_auth, run_outbox, mailer, count_rows
):
    assert "code" in browser.sign_in("facebook", ana_at_facebook)
    assert browser.sign_in("google", ana_at_google) == {"at": HOME, "error": "account_not_verified"}

    post_auth("/password/forgot", {"email": EMAIL})
    run_outbox()
    token = next(mail for mail in mailer.sent if "reset-password" in mail.text).text.split("token=")[1].split()[0]
    assert post_auth("/password/reset", {"token": token, "password": "violet-harbour-92"}).status_code == 204

    assert count_rows(UserIdentity) == 0
    assert browser.sign_in("facebook", ana_at_facebook) == {"at": HOME, "error": "email_not_verified"}
    assert "code" in browser.sign_in("google", ana_at_google)


def test_case_48_another_person_at_the_same_provider_does_not_inherit_an_account(browser, google, ana_at_google):
    assert "code" in browser.sign_in("google", ana_at_google)
    google.know("later-owner", email=EMAIL, email_verified=True, given_name="Bo")

    assert browser.sign_in("google", "later-owner") == {"at": HOME, "error": "identity_conflict"}


@pytest.mark.parametrize("is_linked", [True, False])
def test_a_suspended_user_is_kept_out(browser, make_user, ana_at_google, is_linked):
    user = make_user(email=EMAIL)
    code = browser.sign_in("google", ana_at_google)["code"] if is_linked else ""
    in_transaction(lambda session: suspend_user(session, user.id, reason="Fraud", cause=by_system(now=clock.now())))

    assert browser.sign_in("google", ana_at_google) == {"at": HOME, "error": "account_suspended"}
    if is_linked:
        answer = browser.exchange(code)
        assert (answer.status_code, answer.json["code"]) == (403, "account_suspended")


def test_a_closed_account_stays_closed(browser, make_user, ana_at_google):
    make_user(email=EMAIL, status=UserStatus.CLOSED)

    assert browser.sign_in("google", ana_at_google) == {"at": HOME, "error": "account_closed"}


def test_a_thief_learns_nothing_about_suspended_accounts(browser, make_user, ana_at_facebook):
    make_user(email=EMAIL, status=UserStatus.SUSPENDED)

    assert browser.sign_in("facebook", ana_at_facebook) == {"at": HOME, "error": "email_not_verified"}
    with reading() as session:
        assert find_user_by_email(session, EMAIL) is not None
