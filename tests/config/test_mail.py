"""Who takes the mail, read from MAIL_URL."""

import pytest

from airbnb.config import ConfigError, load_settings
from airbnb.config.mail import mailgun_api, sendgrid_api


def test_providers_addresses_are_read():
    assert sendgrid_api("sendgrid://SG.a.b@api.eu.sendgrid.com").endpoint == "https://api.eu.sendgrid.com"
    assert mailgun_api("mailgun://key@mg.example.com").endpoint == "https://api.mailgun.net"
    europe = mailgun_api("mailgun://key%2F1@mg.example.com?region=eu")
    assert (europe.endpoint, europe.domain, europe.key) == ("https://api.eu.mailgun.net", "mg.example.com", "key/1")


@pytest.mark.parametrize(
    "environ, told",
    [
        ({"MAIL_URL": "sendgrid://api.sendgrid.com"}, "MAIL_URL must be sendgrid://KEY@"),
        ({"MAIL_URL": "mailgun://the-secret@mg.example.com?region=mars"}, "region=us or region=eu"),
        ({"MAIL_URL": "mailgun://the-secret@mg.example.com?colour=red"}, "takes no other options"),
        ({"MAIL_URL": "pigeon://coop"}, "MAIL_URL must begin with one of"),
        ({"SENDGRID_WEBHOOK_PUBLIC_KEY": "the-secret"}, "SENDGRID_WEBHOOK_PUBLIC_KEY must be the public key"),
    ],
)
def test_addresses_that_cannot_be_used_are_named_and_their_keys_are_not(tmp_path, environ, told):
    with pytest.raises(ConfigError, match=told) as caught:
        load_settings({"INSTANCE_PATH": str(tmp_path), **environ})
    assert "the-secret" not in str(caught.value)
