"""The door: wrong passwords are counted where they come from, and owners hear of what is new to them."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from airbnb.domain import clock
from airbnb.domain.topics import Topic
from airbnb.models.account_safety import TryCount
from airbnb.models.platform import OutboxEvent
from airbnb.models.users import OneTimeToken, UserSession
from airbnb.services import passwords
from airbnb.services.one_time_tokens import token_text
from airbnb.unit_of_work import reading
from tests.factories.accounts import PASSWORD, registration

EMAIL = "ana@example.test"
HOME = "203.0.113.7"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def log_in(post_auth):
    def send(password=PASSWORD, *, ip=HOME, email=EMAIL, agent=FIREFOX):
        environ = {"REMOTE_ADDR": ip, "HTTP_USER_AGENT": agent}
        return post_auth("/login", {"email": email, "password": password}, environ_base=environ)

    return send


@pytest.fixture
def ana(post_auth):
    """An account whose owner registered at home."""
    environ = {"REMOTE_ADDR": HOME, "HTTP_USER_AGENT": FIREFOX}
    return post_auth("/register", registration(email=EMAIL), environ_base=environ).json


@pytest.fixture
def cheap_hashes(monkeypatch):
    """Compare passwords at once, where a test is about counting."""
    monkeypatch.setattr(passwords, "is_password", lambda password, kept: bool(kept) and password == PASSWORD)


@pytest.fixture
def reset_token(post_auth, settings, run_outbox):
    """Ask for a reset link and return the token that the mail would carry."""

    def ask(email):
        post_auth("/password/forgot", {"email": email})
        run_outbox()
        with reading() as session:
            return token_text(session.scalar(select(func.max(OneTimeToken.id))), settings.secret_key)

    return ask


def elsewhere(number):
    return f"198.51.{number // 250}.{number % 250 + 1}"


def test_case_40_a_thousand_guesses_from_one_address_get_ten_looks_and_the_owner_still_gets_in(
    ana, log_in, cheap_hashes, count_rows
):
    answers = Counter(log_in(f"wrong-password-{n}", ip="198.51.100.9").status_code for n in range(1_000))

    assert answers == {401: 10, 429: 990}
    assert log_in().status_code == 200
    assert log_in(ip="198.51.100.9").status_code == 429
    assert count_rows(TryCount) < 10


def test_case_40_a_thousand_guesses_from_two_hundred_addresses_get_fifty_looks_and_the_owner_still_gets_in(
    ana, log_in, cheap_hashes
):
    answers = Counter(log_in(f"wrong-password-{n}", ip=elsewhere(n % 200)).status_code for n in range(1_000))

    assert answers == {401: 50, 429: 950}
    assert log_in().status_code == 200


def test_case_40_an_owner_away_from_home_gets_in_by_a_mailed_link(ana, log_in, cheap_hashes, post_auth, reset_token):
    for number in range(60):
        log_in("wrong-password", ip=elsewhere(number))
    assert log_in(ip="192.0.2.44").status_code == 429

    assert post_auth("/password/reset", {"token": reset_token(EMAIL), "password": PASSWORD}).status_code == 204

    assert log_in(ip="192.0.2.44").status_code == 200


def test_case_40_one_address_that_tries_every_account_is_stopped_but_not_for_those_who_live_there(
    ana, log_in, cheap_hashes
):
    answers = Counter(log_in("wrong", ip=HOME, email=f"person{n}@example.test").status_code for n in range(150))

    assert answers == {401: 100, 429: 50}
    assert log_in().status_code == 200


def test_case_40_a_whole_ipv6_network_counts_as_one_address(ana, log_in, cheap_hashes):
    answers = Counter(log_in("wrong-password", ip=f"2001:db8:1:2::{n:x}").status_code for n in range(1, 21))

    assert answers == {401: 10, 429: 10}


def test_case_40_guesses_at_the_same_moment_are_counted_too(app, ana, cheap_hashes):
    def guess(number):
        body = {"email": EMAIL, "password": f"wrong-password-{number}"}
        return app.test_client().post("/api/v1/auth/login", json=body).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = Counter(pool.map(guess, range(40)))

    assert answers == {401: 10, 429: 30}


def test_case_39_an_unknown_address_is_limited_like_a_known_one(ana, log_in, cheap_hashes):
    known = [log_in("wrong", ip="198.51.100.9") for _ in range(12)]
    unknown = [log_in("wrong", ip="198.51.100.10", email="nobody@example.test") for _ in range(12)]

    assert [one.status_code for one in known] == [one.status_code for one in unknown]
    assert [one.json["detail"] for one in known] == [one.json["detail"] for one in unknown]


def test_a_right_password_begins_the_count_anew(ana, log_in, cheap_hashes):
    for _ in range(3):
        assert [log_in("wrong").status_code for _ in range(9)] == [401] * 9
        assert log_in().status_code == 200


def test_the_window_ends(ana, log_in, cheap_hashes, freeze):
    for _ in range(11):
        log_in("wrong", ip="198.51.100.9")
    assert int(log_in(ip="198.51.100.9").headers["Retry-After"]) <= 901

    freeze(clock.now() + timedelta(minutes=15, seconds=1))

    assert log_in(ip="198.51.100.9").status_code == 200


def told(count_rows):
    return count_rows(OutboxEvent, OutboxEvent.topic == Topic.NEW_SIGN_IN)


@pytest.mark.parametrize(
    "ip, agent, news",
    [
        (HOME, FIREFOX, 0),
        (HOME, FIREFOX.replace("140.0", "141.0"), 0),
        ("203.0.200.1", FIREFOX, 0),
        ("198.51.100.1", FIREFOX, 1),
        (HOME, "curl/8.5.0", 1),
        ("2001:db8::1", FIREFOX, 1),
    ],
)
def test_a_sign_in_unlike_any_before_is_told(ana, log_in, count_rows, ip, agent, news):
    assert log_in(ip=ip, agent=agent).status_code == 200

    assert told(count_rows) == news
    log_in(ip=ip, agent=agent)
    assert told(count_rows) == news


def test_the_mail_about_a_new_device_names_it_and_opening_an_account_is_no_news(ana, log_in, run_outbox, mailer):
    run_outbox()
    run_outbox()
    mailer.sent.clear()
    log_in(ip="198.51.100.1", agent="<b>Browser</b>")
    run_outbox()
    run_outbox()

    (mail,) = mailer.sent
    assert (mail.to, mail.subject) == (EMAIL, "New sign-in to your account")
    assert "198.51.100.1" in mail.text
    assert "<b>Browser" not in mail.html


def test_case_46_reuse_of_a_refresh_token_is_told_once(ana, post_auth, run_outbox, mailer, count_rows):
    post_auth("/refresh", token=ana["refresh_token"])
    for _ in range(3):
        assert post_auth("/refresh", token=ana["refresh_token"]).json["code"] == "token_reused"
    run_outbox()
    run_outbox()

    assert [mail.subject for mail in mailer.sent].count("We signed a device out") == 1
    assert count_rows(UserSession, UserSession.revoked_at.is_(None)) == 0
