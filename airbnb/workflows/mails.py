"""Sending one mail: read what it is about, write it in the reader's language, hand it over, note that it went."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import css_inline
from babel import Locale
from flask import render_template
from flask_babel import force_locale
from sqlalchemy.orm import Session

from airbnb.domain import clock
from airbnb.domain.formats import day_text, moment_text, money_text, number_text, one_line
from airbnb.domain.kinds import SuppressionReason
from airbnb.domain.notifications import ONE_CLICK, NotificationKind
from airbnb.domain.statuses import UserStatus
from airbnb.extensions import current_settings
from airbnb.integrations.mail import MailMessage
from airbnb.languages import SOURCE, known_locale
from airbnb.models import notifications as models
from airbnb.models.users import OneTimeToken, User
from airbnb.queries import notifications as queries
from airbnb.queries.mail_reports import find_suppression
from airbnb.queries.notice_facts import Facts, find_facts
from airbnb.queries.outbox import find_event
from airbnb.services.one_time_tokens import token_text
from airbnb.services.unsubscribing import unsubscribe_token
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import outside
from airbnb.workflows.mail_calendars import calendar_of

#: Accounts of imported listings have made-up addresses here; RFC 2606 keeps the ending free of real ones.
NOWHERE = ".invalid"
SUBJECT_LENGTH = 300
PARTS = ("subject.txt", "txt", "html")
#: A closed account still hears of what it owes and is owed.
OBLIGATIONS = {"booking", "change", "payment", "refund", "payout"}
CLOSING_TEMPLATE = "account_closed"
#: Texts of several lines; everything else that users wrote is put on one line.
LONG_TEXTS = {"comment", "response", "reason"}

_inliner = css_inline.CSSInliner(keep_style_tags=True, keep_at_rules=True, load_remote_stylesheets=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One mail before it is written: to whom, which template, and the facts it may use."""

    event_id: int
    user: User
    template: str
    facts: Facts
    subject_id: int  # the row that the facts are about
    kind: NotificationKind | None = None  # what the reader may switch off with it
    to: str | None = None  # another address than the account's, such as the one it had

    @property
    def address(self) -> str:
        """Where the mail goes."""
        return self.to or self.user.email


def send_mail(event_id: int) -> bool:
    """Send the mail that an outbox event orders; False when it went before, or has no reader that may get it.

    Raises: MailUnavailable when a later attempt may help, MailRefused when none will.
    Idempotent: at least once toward the mail server, always under the same Message-ID.
    """
    with reading() as session:
        letter = _find_letter(session, event_id)
        sent = queries.find_mail(session, message_id_of(event_id))
        suppression = None if letter is None else find_suppression(session, letter.address)
    if letter is None or (sent is not None and sent.sent_at is not None):
        return False
    message = write_mail(letter)
    withheld = None if suppression is None else suppression.reason
    in_transaction(partial(_note, letter=letter, message=message, sent_at=None, withheld=withheld))
    if withheld is not None:
        return False
    outside.mailer().send(message)
    in_transaction(partial(_note, letter=letter, message=message, sent_at=clock.now()))
    return True


def message_id_of(event_id: int) -> str:
    """Return the Message-ID of an event's mail; it never changes, so that a repeat is seen to be one."""
    return f"<outbox-{event_id}@{urlsplit(current_settings().public_url).hostname}>"


def write_mail(letter: Letter) -> MailMessage:
    """Return the mail in its reader's language: subject, plain text and HTML with inline styles.

    Raises: MailRefused when an address or subject would smuggle in another header.
    """
    locale = known_locale(letter.user.locale, current_settings().default_locale) or Locale.parse(SOURCE)
    with force_locale(str(locale)):
        context = _context(letter, locale)
        pages = {part: render_template(f"mail/{letter.template}.{part}", **context) for part in PARTS}
        attachments = calendar_of(letter.template, letter.facts)
    return MailMessage(
        to=letter.address,
        subject=pages["subject.txt"].strip()[:SUBJECT_LENGTH],
        text=_tidy(pages["txt"]),
        html=_inliner.inline(pages["html"]),
        message_id=message_id_of(letter.event_id),
        headers=_unsubscribe_headers(letter),
        attachments=attachments,
    )


def _find_letter(session: Session, event_id: int) -> Letter | None:
    event = find_event(session, event_id)
    if event is None:
        return None
    params: dict[str, Any] = dict(event.payload["params"])
    subject_type, template = params.pop("subject_type"), event.payload["template"]
    subject_id = params.pop("subject_id")
    user = session.get(User, event.payload["user_id"])
    facts = find_facts(session, subject_type, subject_id)
    if user is None or facts is None or not _has_reader(user, subject_type, template):
        return None
    facts, to = {**facts, **params}, None
    if "old_address_of" in facts:
        change = session.get(OneTimeToken, facts["old_address_of"])
        to = change.payload.get("old_email") if change else None
    if "token_id" in facts:
        token = session.get(OneTimeToken, facts["token_id"])
        if token is None or not _is_live(token):
            return None
        facts["token"] = token_text(token.id, current_settings().secret_key)
        to = token.payload.get("email")
    kind = event.payload.get("kind")
    known = NotificationKind(kind) if kind is not None else None
    return Letter(
        event_id=event_id, user=user, template=template, facts=facts, subject_id=subject_id, kind=known, to=to
    )


def _has_reader(user: User, subject_type: str, template: str) -> bool:
    if user.email.endswith(NOWHERE):
        return False
    return user.status is not UserStatus.CLOSED or subject_type in OBLIGATIONS or template == CLOSING_TEMPLATE


def _is_live(token: OneTimeToken) -> bool:
    return token.used_at is None and token.expires_at > clock.now()


def _unsubscribe_url(letter: Letter) -> str | None:
    if letter.kind is None or letter.kind not in ONE_CLICK:
        return None
    settings = current_settings()
    token = unsubscribe_token(letter.user.id, letter.kind, settings.secret_key)
    return f"{settings.public_url}/unsubscribe/{token}"


def _unsubscribe_headers(letter: Letter) -> dict[str, str]:
    """Return the headers behind which mail programs put a button of their own (RFC 8058)."""
    url = _unsubscribe_url(letter)
    if url is None:
        return {}
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _context(letter: Letter, locale: Locale) -> dict[str, Any]:
    settings = current_settings()
    facts = {
        name: one_line(value) if isinstance(value, str) and name not in LONG_TEXTS else value
        for name, value in letter.facts.items()
    }
    return {
        **facts,
        "name": one_line(letter.user.first_name),
        "lang": str(locale).replace("_", "-"),
        "direction": locale.text_direction,
        "frontend_url": settings.frontend_url,
        "unsubscribe_url": _unsubscribe_url(letter),
        "quoted": _quoted,
        "money": lambda value: money_text(value["amount_minor"], value["currency"], locale),
        "number": lambda value: number_text(value, locale),
        "day": lambda value: day_text(value, locale),
        "utc_moment": lambda value: f"{moment_text(value, 'UTC', locale)} UTC",
        "moment": lambda value: moment_text(value, facts["time_zone"], locale),
    }


def _tidy(text: str) -> str:
    """Return a text page without the blank lines that left-out parts leave."""
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _quoted(text: str) -> str:
    """Mark what a person wrote, so that nobody takes it for words of ours."""
    clean = ["".join(letter for letter in line if letter.isprintable()) for line in text.splitlines()]
    return "\n".join(f"> {line}".rstrip() for line in clean)


def _note(
    session: Session,
    *,
    letter: Letter,
    message: MailMessage,
    sent_at: datetime | None,
    withheld: SuppressionReason | None = None,
) -> None:
    row = queries.find_mail(session, message.message_id)
    if row is None:
        row = models.MailMessage(
            event_id=letter.event_id,
            user_id=letter.user.id,
            template=letter.template,
            subject_id=letter.subject_id,
            to_address=message.to,
            subject=message.subject,
            message_id=message.message_id,
            created_at=clock.now(),
        )
        session.add(row)
    row.to_address, row.subject, row.sent_at, row.withheld = message.to, message.subject, sent_at, withheld
