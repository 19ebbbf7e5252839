"""Proving an address by a mailed link."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from airbnb.domain import clock
from airbnb.domain.topics import Topic
from airbnb.models.platform import OutboxEvent
from airbnb.models.users import OneTimeToken
from airbnb.services.one_time_tokens import token_text
from airbnb.unit_of_work import reading


@pytest.fixture
def mailed_tokens(settings):
    """Return the tokens that were mailed, oldest first."""

    def tokens() -> list[str]:
        with reading() as session:
            ids = session.scalars(select(OneTimeToken.id).order_by(OneTimeToken.id)).all()
        return [token_text(token_id, settings.secret_key) for token_id in ids]

    return tokens


def is_verified(client, registered) -> bool:
    headers = {"Authorization": f"Bearer {registered['access_token']}"}
    return client.get("/api/v1/users/me", headers=headers).json["email_verified"]


def test_the_mailed_link_proves_the_address(client, post_auth, registered, mailed_tokens, count_rows):
    answer = post_auth("/verify-email", {"token": mailed_tokens()[0]})

    assert (answer.status_code, answer.data) == (204, b"")
    assert is_verified(client, registered)
    assert count_rows(OutboxEvent, OutboxEvent.topic == Topic.USER_VERIFIED) == 1


def test_case_41_a_link_works_once(post_auth, registered, mailed_tokens):
    token = mailed_tokens()[0]
    post_auth("/verify-email", {"token": token})

    again = post_auth("/verify-email", {"token": token})

    assert (again.status_code, again.json["code"]) == (422, "invalid_token")


def test_case_41_a_link_ends_after_half_an_hour(client, post_auth, registered, mailed_tokens, freeze):
    freeze(clock.now() + timedelta(minutes=31))

    assert post_auth("/verify-email", {"token": mailed_tokens()[0]}).json["code"] == "invalid_token"


def test_another_link_can_be_asked_for_and_both_work_until_one_is_used(post_auth, registered, mailed_tokens):
    resent = post_auth("/verify-email/resend", token=registered["access_token"])
    older, newer = mailed_tokens()

    assert (resent.status_code, resent.data) == (202, b"")
    assert post_auth("/verify-email", {"token": older}).status_code == 204
    assert post_auth("/verify-email", {"token": newer}).status_code == 422


def test_a_proved_address_gets_no_other_link(guest, count_rows):
    assert guest.post("/auth/verify-email/resend").status_code == 202
    assert count_rows(OneTimeToken) == count_rows(OutboxEvent) == 0


@pytest.mark.parametrize("body", [{}, {"token": None}, {"token": 7}, {"token": ""}, {"token": "x", "more": 1}])
def test_a_body_of_another_shape_is_refused(post_auth, body):
    assert post_auth("/verify-email", body).json["code"] == "validation_failed"


def test_the_link_in_the_mail_that_was_sent_proves_the_address(client, post_auth, registered, run_outbox, mailer):
    run_outbox()
    mail = next(message for message in mailer.sent if "verify-email?token=" in message.text)
    token = mail.text.partition("/verify-email?token=")[2].split()[0]

    assert mail.to == "ana@example.test"
    assert post_auth("/verify-email", {"token": token}).status_code == 204
    assert is_verified(client, registered)
