"""Signatures of webhooks as Standard Webhooks defines them, and the plan of tries."""

import base64
from datetime import timedelta

from airbnb.domain.webhook_events import RETRY_AFTER, new_secret, signatures

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'


def test_the_specifications_example_is_signed_alike():
    """Source: the test vector of the reference libraries of Standard Webhooks."""
    signed = signatures(BODY, message_id="msg_p5jXN8AQM9LWM0D4loKWxJek", seconds=1614265330, secrets_in_use=[SECRET])

    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_each_secret_in_use_signs():
    other = new_secret()
    both = signatures(BODY, message_id="msg_1", seconds=1, secrets_in_use=[other, SECRET])

    alone = [signatures(BODY, message_id="msg_1", seconds=1, secrets_in_use=[one]) for one in (other, SECRET)]
    assert both.split(" ") == alone


def test_secrets_are_random_and_long_enough():
    first, second = new_secret(), new_secret()

    assert first != second
    assert len(base64.b64decode(first.removeprefix("whsec_"))) == 24


def test_tries_go_on_for_three_days_with_growing_pauses():
    assert sum(RETRY_AFTER, timedelta()) > timedelta(days=2, hours=23)
    assert list(RETRY_AFTER) == sorted(RETRY_AFTER)
