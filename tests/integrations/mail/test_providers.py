"""SendGrid and Mailgun take the same mail, and their refusals say whether to try again."""

from collections.abc import Iterator

import pytest

from airbnb.config.mail import MailSettings
from airbnb.integrations.mail import (
    Attachment,
    Mailer,
    MailMessage,
    MailRefused,
    MailUnavailable,
    SMTPMailer,
    make_mailer,
)
from tests.fakes.mail_apis import DOMAIN, KEY, MailAPIs, running_mail_apis

MESSAGE = MailMessage(
    to="ana@example.test",
    subject="Ihr Aufenthalt in Köln ✓",
    text="Grüße",
    html="<p>Grüße</p>",
    message_id="<outbox-1@stays.example>",
    headers={"List-Unsubscribe": "<https://stays.example/u/1>"},
    attachments=(Attachment("stay.ics", "text/calendar", b"BEGIN:VCALENDAR\r\n"),),
)


@pytest.fixture(scope="module")
def running() -> Iterator[MailAPIs]:
    with running_mail_apis() as apis:
        yield apis


@pytest.fixture
def apis(running: MailAPIs) -> MailAPIs:
    running.sendgrid.clear()
    running.mailgun.clear()
    running.fail = None
    return running


def mailer_at(url: str) -> Mailer:
    return make_mailer(MailSettings(url=url, sender="Stays <hello@stays.example>", sink_port=1))


def sendgrid(apis: MailAPIs, key: str = KEY) -> Mailer:
    return mailer_at(f"sendgrid://{key}@api.sendgrid.com?endpoint={apis.url}")


def mailgun(apis: MailAPIs, key: str = KEY) -> Mailer:
    return mailer_at(f"mailgun://{key}@{DOMAIN}?endpoint={apis.url}")


PROVIDERS = pytest.mark.parametrize("provider", [sendgrid, mailgun])


def test_sendgrid_gets_every_part(apis):
    assert sendgrid(apis).send(MESSAGE) == MESSAGE.message_id

    (body,) = apis.sendgrid
    assert body["personalizations"] == [
        {"to": [{"email": "ana@example.test"}], "custom_args": {"message_id": MESSAGE.message_id}}
    ]
    assert body["from"] == {"email": "hello@stays.example", "name": "Stays"}
    assert body["subject"] == MESSAGE.subject
    assert body["content"] == [
        {"type": "text/plain", "value": "Grüße"},
        {"type": "text/html", "value": "<p>Grüße</p>"},
    ]
    assert body["headers"]["Message-ID"] == MESSAGE.message_id
    assert body["headers"]["List-Unsubscribe"] == "<https://stays.example/u/1>"
    assert body["attachments"][0]["filename"] == "stay.ics"
    assert body["tracking_settings"]["click_tracking"] == {"enable": False}


def test_mailgun_gets_the_mail_as_it_would_go_by_smtp(apis):
    assert mailgun(apis).send(MESSAGE) == MESSAGE.message_id

    ((fields, mime),) = apis.mailgun
    assert fields == {"to": "ana@example.test", "o:tracking": "no"}
    assert (mime["Message-ID"], mime["Subject"]) == (MESSAGE.message_id, MESSAGE.subject)
    assert (mime["From"], mime["To"]) == ("Stays <hello@stays.example>", "ana@example.test")
    assert mime["Auto-Submitted"] == "auto-generated"
    assert mime.get_body(("plain",)).get_content().strip() == "Grüße"
    assert mime.get_body(("html",)).get_content().strip() == "<p>Grüße</p>"
    assert [part.get_filename() for part in mime.iter_attachments()] == ["stay.ics"]


@PROVIDERS
@pytest.mark.parametrize("status", [400, 413, 422])
def test_what_is_wrong_with_the_mail_is_final(apis, provider, status):
    apis.fail = status
    with pytest.raises(MailRefused, match=f"http_{status}"):
        provider(apis).send(MESSAGE)


@PROVIDERS
@pytest.mark.parametrize("status", [302, 404, 429, 500, 503])
def test_what_may_pass_is_tried_again(apis, provider, status):
    apis.fail = status
    with pytest.raises(MailUnavailable, match=f"http_{status}"):
        provider(apis).send(MESSAGE)


@PROVIDERS
def test_a_wrong_key_is_not_the_mails_fault_and_is_not_told(apis, provider):
    with pytest.raises(MailUnavailable) as caught:
        provider(apis, "another-key").send(MESSAGE)
    assert "another-key" not in repr(caught.value.__dict__) + str(caught.value)


@PROVIDERS
def test_a_provider_that_is_away_is_tried_again(provider):
    with pytest.raises(MailUnavailable):
        provider(MailAPIs("http://127.0.0.1:9")).send(MESSAGE)


def test_every_other_address_is_a_mail_servers():
    assert isinstance(mailer_at("smtp://127.0.0.1:25"), SMTPMailer)
