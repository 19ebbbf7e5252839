"""The second factor: set up, asked for at the door, good once, and obligatory for staff where that is set. Case 43."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from xml.etree.ElementTree import fromstring

import pyotp
import pytest

from airbnb.domain import clock
from airbnb.domain.kinds import Role
from airbnb.models.second_factors import RecoveryCode, TotpFactor
from airbnb.models.users import UserSession
from airbnb.services.passwords import hash_password
from airbnb.unit_of_work import reading
from tests.factories.accounts import PASSWORD

#: The begin of a 30-second step; near the real time, which tokens go by.
NOON = clock.now().replace(second=0, microsecond=0)
PROBE = "/probes/forbidden"


@pytest.fixture
def someone(make_client, freeze):
    """Somebody with a password, signed in at noon."""
    freeze(NOON)
    return make_client(password_hash=hash_password(PASSWORD))


@pytest.fixture
def set_up(someone):
    """Set a second factor up at noon and confirm it; return its generator and the recovery codes."""
    answer = someone.post("/auth/totp/setup")
    assert answer.status_code == 200, answer.json
    generator = pyotp.parse_uri(answer.json["otpauth_url"])
    assert someone.post("/auth/totp/confirm", json={"totp_code": generator.at(NOON)}).status_code == 204
    return generator, answer.json["recovery_codes"]


@pytest.fixture
def log_in(post_auth, someone):
    def send(code=None, **overrides):
        body = {"email": someone.user.email, "password": PASSWORD, **({"totp_code": code} if code else {}), **overrides}
        answer = post_auth("/login", body)
        return answer.status_code, answer.json.get("code")

    return send


def test_setting_up_shows_an_address_for_apps_a_picture_and_ten_codes_once(someone, count_rows):
    answer = someone.post("/auth/totp/setup").json

    assert set(answer) == {"otpauth_url", "qr_svg", "recovery_codes"}
    assert pyotp.parse_uri(answer["otpauth_url"]).name == someone.user.email
    assert fromstring(answer["qr_svg"]).tag == "{http://www.w3.org/2000/svg}svg"
    assert len(set(answer["recovery_codes"])) == 10
    with reading() as session:
        assert all(len(row.code_hash) == 64 for row in session.query(RecoveryCode))
    assert count_rows(RecoveryCode) == 10


def test_the_secret_is_sealed_in_the_database(set_up):
    with reading() as session:
        stored = session.query(TotpFactor).one().secret_encrypted

    assert set_up[0].secret not in stored


def test_nothing_is_asked_for_until_the_first_code_is_confirmed(someone, log_in):
    someone.post("/auth/totp/setup")
    wrong = someone.post("/auth/totp/confirm", json={"totp_code": "000000"})
    not_digits = someone.post("/auth/totp/confirm", json={"totp_code": "٠٠٠٠٠٠"})

    assert (wrong.status_code, wrong.json["code"]) == (401, "invalid_totp_code")
    assert not_digits.status_code == 401
    assert log_in() == (200, None)


def test_setting_up_again_before_confirming_replaces_the_secret(someone, count_rows):
    first = pyotp.parse_uri(someone.post("/auth/totp/setup").json["otpauth_url"])
    second = pyotp.parse_uri(someone.post("/auth/totp/setup").json["otpauth_url"])

    assert someone.post("/auth/totp/confirm", json={"totp_code": first.at(NOON)}).status_code == 401
    assert someone.post("/auth/totp/confirm", json={"totp_code": second.at(NOON)}).status_code == 204
    assert count_rows(RecoveryCode) == 10


def test_a_confirmed_factor_is_not_replaced(someone, set_up):
    again = someone.post("/auth/totp/setup")
    confirmed = someone.post("/auth/totp/confirm", json={"totp_code": set_up[0].at(NOON)})

    assert (again.status_code, again.json["code"]) == (409, "totp_already_set_up")
    assert confirmed.status_code == 409


def test_confirming_without_setting_up_finds_nothing(someone):
    assert someone.post("/auth/totp/confirm", json={"totp_code": "123456"}).status_code == 404
    assert someone.delete("/auth/totp").status_code == 404


def test_signing_in_asks_for_the_code_only_after_the_right_password(set_up, log_in):
    assert log_in() == (401, "totp_required")
    assert log_in(password="violet-harbour-92") == (401, "invalid_credentials")
    assert log_in("000000", password="violet-harbour-92") == (401, "invalid_credentials")


def test_the_next_code_signs_in_and_the_clock_may_be_one_step_off(set_up, log_in, freeze):
    freeze(NOON + timedelta(minutes=5))
    generator, _ = set_up

    assert log_in(generator.at(NOON + timedelta(minutes=4))) == (401, "invalid_totp_code")
    assert log_in(generator.at(NOON + timedelta(minutes=4, seconds=30))) == (200, None)
    assert log_in(generator.at(NOON + timedelta(minutes=5, seconds=30))) == (200, None)
    assert log_in(generator.at(NOON + timedelta(minutes=6))) == (401, "invalid_totp_code")


def test_case_43_a_code_seen_over_the_shoulder_is_spent(set_up, log_in, freeze):
    generator, _ = set_up

    assert log_in(generator.at(NOON)) == (401, "invalid_totp_code")  # it confirmed the factor
    freeze(NOON + timedelta(seconds=30))
    fresh = generator.at(NOON + timedelta(seconds=30))
    assert log_in(fresh) == (200, None)
    assert log_in(fresh) == (401, "invalid_totp_code")
    assert log_in(generator.at(NOON)) == (401, "invalid_totp_code")  # older than the last one taken


def test_case_43_of_callers_with_the_same_code_at_once_one_gets_in(app, set_up, someone, freeze):
    freeze(NOON + timedelta(minutes=2))
    code = set_up[0].at(NOON + timedelta(minutes=2))

    assert sorted(_at_once(app, someone, code)) == [200, 401, 401, 401]


def test_case_43_of_callers_with_the_same_recovery_code_at_once_one_gets_in(app, set_up, someone, count_rows):
    assert sorted(_at_once(app, someone, set_up[1][0])) == [200, 401, 401, 401]
    assert count_rows(RecoveryCode, RecoveryCode.used_at.is_not(None)) == 1


def _at_once(app, someone, code):
    body = {"email": someone.user.email, "password": PASSWORD, "totp_code": code}

    def send(_):
        return app.test_client().post("/api/v1/auth/login", json=body).status_code

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(send, range(4)))


def test_each_recovery_code_works_once_however_it_is_written_and_its_owner_is_told(set_up, log_in, mailer, run_outbox):
    _, codes = set_up

    assert log_in(codes[0].lower().replace("-", " ")) == (200, None)
    assert log_in(codes[0]) == (401, "invalid_totp_code")
    assert log_in(codes[1].replace("-", "")) == (200, None)
    run_outbox()
    run_outbox()
    assert "A recovery code was used" in [mail.subject for mail in mailer.sent]


def test_case_40_after_five_wrong_codes_even_the_right_one_waits_but_a_recovery_code_does_not(set_up, log_in, freeze):
    generator, codes = set_up
    freeze(NOON + timedelta(minutes=1))
    right = generator.at(NOON + timedelta(minutes=1))
    wrong = f"{(int(right) + 1) % 1_000_000:06}"

    assert [log_in(wrong) for _ in range(5)] == [(401, "invalid_totp_code")] * 5
    assert log_in(right) == (429, "rate_limited")
    assert log_in(codes[0]) == (200, None)
    freeze(NOON + timedelta(minutes=17))
    assert log_in(generator.at(NOON + timedelta(minutes=17))) == (200, None)


def test_case_40_the_refusal_says_how_long_to_wait(set_up, post_auth, someone, freeze):
    freeze(NOON + timedelta(minutes=1))
    body = {"email": someone.user.email, "password": PASSWORD, "totp_code": "000000"}
    for _ in range(5):
        post_auth("/login", body)

    answer = post_auth("/login", body)

    assert 890 <= int(answer.headers["Retry-After"]) <= 901


def test_somebody_who_just_signed_in_takes_the_factor_away(set_up, someone, log_in, count_rows, mailer, run_outbox):
    assert someone.delete("/auth/totp").status_code == 204

    assert [count_rows(model) for model in (TotpFactor, RecoveryCode)] == [0, 0]
    assert log_in() == (200, None)
    run_outbox()
    run_outbox()
    subjects = [mail.subject for mail in mailer.sent]
    assert {"Two-step sign-in is on", "Two-step sign-in is off"} <= set(subjects)


def test_a_stolen_token_of_an_old_session_does_not_take_the_factor_away(set_up, client_for, someone, freeze):
    later = NOON + timedelta(minutes=11)
    freeze(later)
    answers = [
        someone.delete("/auth/totp"),
        someone.delete("/auth/totp", json={"totp_code": "000000"}),
        someone.delete("/auth/totp", json={"totp_code": set_up[0].at(later)}),
    ]

    assert [answer.status_code for answer in answers] == [401, 401, 204]
    assert answers[0].json["code"] == "totp_required"


def test_the_factor_of_one_user_is_not_that_of_another(set_up, guest, make_user, post_auth):
    other = make_user(password_hash=hash_password(PASSWORD))

    assert guest.delete("/auth/totp").status_code == 404
    assert post_auth("/login", {"email": other.email, "password": PASSWORD}).status_code == 200


@pytest.fixture
def obligatory(app, monkeypatch, settings):
    """Let staff need a second factor in this test, as in production."""
    strict = dataclasses.replace(settings, staff_needs_totp=True)
    monkeypatch.setitem(app.extensions, "airbnb_settings", strict)


def test_staff_can_do_nothing_of_theirs_before_they_set_a_factor_up(obligatory, make_client):
    admin = make_client(Role.ADMIN)

    refused = admin.get(PROBE)
    assert (refused.status_code, refused.json["code"]) == (403, "totp_setup_required")
    assert admin.get("/users/me").status_code == 200

    url = admin.post("/auth/totp/setup").json["otpauth_url"]
    assert admin.get(PROBE).status_code == 403
    admin.post("/auth/totp/confirm", json={"totp_code": pyotp.parse_uri(url).now()})
    assert admin.get(PROBE).status_code == 204


def test_others_are_not_asked_to_set_a_factor_up(obligatory, guest):
    assert (guest.get(PROBE).json["code"], guest.get("/users/me").status_code) == ("forbidden", 200)


def test_where_it_is_not_obligatory_staff_work_without_a_factor(make_client):
    assert make_client(Role.ADMIN).get(PROBE).status_code == 204


def test_a_session_is_opened_only_with_both_factors(set_up, log_in, count_rows):
    before = count_rows(UserSession)

    log_in()
    log_in("000000")

    assert count_rows(UserSession) == before
    assert clock.now() == NOON
