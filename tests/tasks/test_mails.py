"""Every mail's words, what hostile texts do in them, and how they are sent."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from icalendar import Calendar

from airbnb.domain import clock
from airbnb.domain.kinds import TokenPurpose
from airbnb.domain.notifications import NotificationKind
from airbnb.domain.statuses import OutboxState, UserStatus
from airbnb.domain.topics import Topic
from airbnb.integrations.mail import MailMessage, MailRefused, MailUnavailable
from airbnb.models import notifications as models
from airbnb.models.platform import OutboxEvent
from airbnb.models.users import OneTimeToken, User
from airbnb.services import outbox
from airbnb.services.one_time_tokens import make_token, token_text
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.mail_samples import BOOKING, SAMPLES, sample_reader
from airbnb.workflows.mails import Letter, message_id_of, write_mail
from tests.fakes.mailer import RecordingMailer
from tests.settings import UPDATE_SNAPSHOTS

SNAPSHOTS = Path(__file__).parents[1] / "snapshots" / "mails"
TEMPLATES = Path(__file__).parents[2] / "airbnb" / "templates" / "mail"
HOSTILE = "<script>alert(1)</script>\r\nBcc: all@example.test\u202e<img src=x onerror=alert(2)>"


class Words(HTMLParser):
    """Collects what a reader of the HTML sees, and which tags and attributes there are."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self._hidden = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self._hidden = tag in ("style", "title")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False

    def handle_data(self, data: str) -> None:
        if data.strip() and not self._hidden:
            self.seen.append(" ".join(data.split()))


def letter(template: str, facts: dict[str, Any], **columns: Any) -> Letter:
    return Letter(event_id=7, user=sample_reader(**columns), template=template, facts=facts, subject_id=8)


def words_of(message: MailMessage) -> Words:
    parser = Words()
    parser.feed(message.html or "")
    return parser


def order_mail(user: User, template: str = "password_changed", **params: Any) -> OutboxEvent:
    payload = {
        "template": template,
        "user_id": user.id,
        "params": {"subject_type": "user", "subject_id": user.id, **params},
    }
    return in_transaction(lambda session: outbox.record(session, Topic.MAIL_SEND, subject_id=user.id, payload=payload))


def state_of(event: OutboxEvent) -> OutboxEvent:
    with reading() as session:
        found = session.get(OutboxEvent, event.id)
    assert found is not None
    return found


@pytest.mark.parametrize("locale", ["en", "de"])
@pytest.mark.parametrize("name", SAMPLES)
def test_a_mail_says_what_it_said_before(app: Flask, name: str, locale: str):
    message = write_mail(letter(*SAMPLES[name], locale=locale))

    shown = "\n".join(words_of(message).seen)
    text = f"Subject: {message.subject}\n\n{message.text}\n======== HTML\n{shown}\n"
    path = SNAPSHOTS / locale / f"{name}.txt"
    if UPDATE_SNAPSHOTS:
        path.write_text(text)
    assert text == path.read_text()


def test_every_template_has_a_snapshot_and_every_snapshot_a_letter():
    templates = {path.name.removesuffix(".subject.txt") for path in TEMPLATES.glob("*.subject.txt")}

    assert templates == {template for template, _ in SAMPLES.values()}
    for locale in ("en", "de"):
        assert {path.stem for path in (SNAPSHOTS / locale).glob("*.txt")} == set(SAMPLES)
    for template in templates:
        assert (TEMPLATES / f"{template}.txt").exists()
        assert (TEMPLATES / f"{template}.html").exists()


@pytest.mark.parametrize("name", SAMPLES)
def test_hostile_names_and_titles_do_nothing(app: Flask, name: str):
    template, facts = SAMPLES[name]
    texts = (
        "listing_title",
        "guest_name",
        "host_name",
        "author_name",
        "responder_name",
        "comment",
        "response",
        "feed_name",
    )
    facts = {**facts, **{key: HOSTILE for key in (*texts, "reason") if key in facts}}

    message = write_mail(letter(template, facts, first_name=HOSTILE))

    parser = words_of(message)
    assert not {"script", "img", "iframe", "link"} & set(parser.tags)
    assert not [key for key, _ in parser.attributes if key.startswith("on")]
    assert not re.search(r"[\r\n\u202e]", message.subject)
    assert "\u202e" not in message.text
    assert not re.search(r"^Bcc:", message.text, re.MULTILINE)


@pytest.mark.parametrize("name", SAMPLES)
def test_no_mail_loads_anything_from_elsewhere(app: Flask, name: str):
    message = write_mail(letter(*SAMPLES[name]))

    links = [value for key, value in words_of(message).attributes if key in ("href", "src", "background")]
    assert all(value is not None and value.startswith("http://frontend.test/") for value in links)
    assert "url(" not in (message.html or "")


def test_styles_stand_in_the_tags_and_the_dark_ones_in_the_head(app: Flask):
    html = write_mail(letter(*SAMPLES["booking_confirmed_guest"])).html or ""

    assert 'class="button"' in html
    assert re.search(r'<a[^>]*style="[^"]*background:\s?#2f6f62', html)
    assert "prefers-color-scheme: dark" in html
    assert "max-width: 480px" in html


@pytest.mark.parametrize(
    "locale, total, day",
    [
        ("en", "€1,342.00", "Mon, 1 Jun 2026"),
        ("de", "1.342,00\xa0€", "Montag, 1. Juni 2026"),
        ("de-AT", "€\xa01.342,00", "Montag, 1. Juni 2026"),
        ("pt-BR", "€1,342.00", "Mon, 1 Jun 2026"),
        ("xx-nowhere", "€1,342.00", "Mon, 1 Jun 2026"),
    ],
)
def test_money_and_dates_follow_the_reader(app: Flask, locale: str, total: str, day: str):
    message = write_mail(letter("booking_confirmed_guest", BOOKING, locale=locale))

    assert total in message.text
    assert day in message.text


@pytest.mark.parametrize("locale, lang", [("en", "en"), ("de-CH", "de-CH"), ("pt-BR", "en"), ("xx-nowhere", "en")])
def test_a_mail_names_the_language_that_it_is_in(app: Flask, locale: str, lang: str):
    message = write_mail(letter("booking_confirmed_guest", BOOKING, locale=locale))

    assert f'<html lang="{lang}" dir="ltr">' in (message.html or "")
    assert ("Dein Aufenthalt ist gebucht" in message.text) == lang.startswith("de")


def test_times_are_those_of_the_listing(app: Flask):
    message = write_mail(letter("booking_confirmed_guest", {**BOOKING, "time_zone": "Asia/Tokyo"}))

    assert "Check-in from: Mon, 1 Jun 2026, 11:00\u202fPM" in message.text


@pytest.mark.parametrize(
    "name, locale, summary, status",
    [
        ("booking_confirmed_guest", "en", "Stay: A room with a view", "CONFIRMED"),
        ("booking_confirmed_host", "de", "Grace in A room with a view", "CONFIRMED"),
        ("booking_changed_guest", "de", "Aufenthalt: A room with a view", "CONFIRMED"),
        ("booking_canceled_host_by_guest", "en", "Grace at A room with a view", "CANCELLED"),
    ],
)
def test_the_stay_goes_along_for_the_readers_calendar(app: Flask, name: str, locale: str, summary: str, status: str):
    (file,) = write_mail(letter(*SAMPLES[name], locale=locale)).attachments

    (event,) = Calendar.from_ical(file.data).walk("VEVENT")
    assert (file.filename, file.content_type) == ("stay.ics", "text/calendar")
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == ("HMXK4T2Q9P@localhost", 3, status)
    assert (event["SUMMARY"], event["URL"]) == (summary, "http://frontend.test/bookings/HMXK4T2Q9P")
    assert event["DTSTART"].dt == datetime(2026, 6, 1, 14, tzinfo=UTC)
    assert event["DTEND"].dt == datetime(2026, 6, 4, 10, tzinfo=UTC)


@pytest.mark.parametrize("kind", NotificationKind)
def test_mails_of_agreements_money_and_safety_have_no_one_click_stop(app: Flask, kind: NotificationKind):
    mail = write_mail(replace(letter("password_changed", {}), kind=kind))

    group = kind.value.partition("_")[0]
    reminds = kind in (NotificationKind.BOOKING_COMPLETED, NotificationKind.ACCOUNT_VERIFIED)
    decides = kind is NotificationKind.REVIEW_HIDDEN
    is_stoppable = reminds or (group in ("review", "message") and not decides) or kind.value.endswith("reminder")
    assert ("List-Unsubscribe" in mail.headers) == is_stoppable
    assert ("/unsubscribe/" in mail.text) == is_stoppable


def test_other_mails_carry_no_calendar(app: Flask):
    with_one = {name for name in SAMPLES if write_mail(letter(*SAMPLES[name])).attachments}

    assert {name.rsplit("_by_", 1)[0].removesuffix("_guest").removesuffix("_host") for name in with_one} == {
        "booking_confirmed",
        "booking_changed",
        "booking_canceled",
    }


def test_a_hostile_title_adds_no_line_to_the_calendar(app: Flask):
    facts = {**BOOKING, "listing_title": "A\r\nATTENDEE:mailto:x@example.test\nB; C, D"}

    (file,) = write_mail(letter("booking_confirmed_guest", facts)).attachments

    assert b"\r\nATTENDEE" not in file.data
    (event,) = Calendar.from_ical(file.data).walk("VEVENT")
    assert event["SUMMARY"] == "Stay: A ATTENDEE:mailto:x@example.test B; C, D"


def test_a_mail_is_sent_once_with_a_stable_id(
    app: Flask, make_user: Callable[..., User], mailer: RecordingMailer, run_outbox: Callable[[], int]
):
    user = make_user()
    event = order_mail(user)

    run_outbox()
    run_outbox()

    assert [(sent.to, sent.message_id) for sent in mailer.sent] == [(user.email, f"<outbox-{event.id}@localhost>")]
    assert state_of(event).state is OutboxState.DONE


def test_a_worker_that_died_after_sending_does_not_send_again(
    app: Flask, make_user: Callable[..., User], mailer: RecordingMailer, run_outbox: Callable[[], int]
):
    event = order_mail(make_user())
    run_outbox()

    def give_back(session: Any) -> None:
        session.get(OutboxEvent, event.id).state = OutboxState.NEW

    in_transaction(give_back)
    run_outbox()

    assert len(mailer.sent) == 1


def test_a_worker_that_died_while_sending_sends_again_under_the_same_id(
    app: Flask,
    make_user: Callable[..., User],
    mailer: RecordingMailer,
    run_outbox: Callable[[], int],
    count_rows: Callable[..., int],
):
    user = make_user()
    event = order_mail(user)

    def first_attempt(session: Any) -> None:
        session.add(
            models.MailMessage(
                event_id=event.id,
                user_id=user.id,
                template="password_changed",
                to_address="old@example.test",
                subject="before",
                message_id=message_id_of(event.id),
            )
        )

    in_transaction(first_attempt)
    run_outbox()

    assert [sent.message_id for sent in mailer.sent] == [message_id_of(event.id)]
    assert count_rows(models.MailMessage, models.MailMessage.to_address == user.email) == 1


def test_a_server_that_is_away_is_tried_again_later(
    app: Flask, make_user: Callable[..., User], mailer: RecordingMailer, run_outbox: Callable[[], int]
):
    event = order_mail(make_user())
    mailer.fail_with = MailUnavailable("smtp_421")

    run_outbox()

    waiting = state_of(event)
    assert (waiting.state, waiting.attempts) == (OutboxState.NEW, 1)
    assert waiting.due_at > clock.now()
    assert waiting.last_error == "MailUnavailable: smtp_421"


@pytest.mark.parametrize("columns", [{}, {"email": "a@example.test\r\nbcc: b@example.test"}])
def test_a_refused_mail_is_a_dead_letter_with_its_reason(
    app: Flask,
    make_user: Callable[..., User],
    mailer: RecordingMailer,
    run_outbox: Callable[[], int],
    columns: dict[str, Any],
):
    event = order_mail(make_user(**columns))
    mailer.fail_with = MailRefused("smtp_550")

    run_outbox()

    dead = state_of(event)
    assert (dead.state, dead.attempts) == (OutboxState.DEAD, 1)
    assert dead.last_error == f"mail refused: {'header_injection' if columns else 'smtp_550'}"


@pytest.mark.parametrize("columns", [{"email": "host-1@import.invalid"}, {"status": UserStatus.CLOSED}])
def test_nobody_gets_no_mail(
    app: Flask,
    make_user: Callable[..., User],
    mailer: RecordingMailer,
    run_outbox: Callable[[], int],
    columns: dict[str, Any],
):
    event = order_mail(make_user(**columns))

    run_outbox()

    assert mailer.sent == []
    assert state_of(event).state is OutboxState.DONE


@pytest.mark.parametrize(
    "topic, purpose, path",
    [
        (Topic.EMAIL_VERIFICATION_ASKED, TokenPurpose.VERIFY_EMAIL, "verify-email"),
        (Topic.PASSWORD_RESET_ASKED, TokenPurpose.RESET_PASSWORD, "reset-password"),
    ],
)
@pytest.mark.parametrize("is_spent", [False, True])
def test_a_link_carries_its_token_while_that_holds(
    app: Flask,
    make_user: Callable[..., User],
    mailer: RecordingMailer,
    run_outbox: Callable[[], int],
    topic: Topic,
    purpose: TokenPurpose,
    path: str,
    is_spent: bool,
):
    user = make_user(verified=False)
    secret = app.extensions["airbnb_settings"].secret_key

    def work(session: Any) -> OneTimeToken:
        token = make_token(session, user_id=user.id, purpose=purpose, secret=secret, now=clock.now())
        token.used_at = clock.now() if is_spent else None
        outbox.record(session, topic, subject_id=user.id, payload={"token_id": token.id})
        return token

    token = in_transaction(work)
    run_outbox()

    link = f"http://frontend.test/{path}?token={token_text(token.id, secret)}"
    assert [link in sent.text and link in (sent.html or "") for sent in mailer.sent] == ([] if is_spent else [True])
