"""Who is told what when something has happened: one outbox event in, a notice per reader out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from airbnb.domain.notifications import NotificationKind as Kind
from airbnb.domain.notifications import Side
from airbnb.domain.statuses import BookingStatus
from airbnb.domain.topics import Topic
from airbnb.models.platform import OutboxEvent
from airbnb.queries.notice_facts import Facts, find_facts

#: What an in-app alert keeps of the facts: what its sentence needs, and nothing private.
PARAMS = (
    "code",
    "listing_title",
    "guest_name",
    "host_name",
    "author_name",
    "responder_name",
    "check_in",
    "check_out",
    "amount",
    "refund",
    "canceled_by",
    "rating",
    "stays",
    "decision",
    "feed_name",
    "endpoint",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What one event tells one user.

    ``subject`` is what the facts of the mail are read from; ``about`` is what the alert leads to. A notice without
    a kind is a mail only, one without a template an alert only.
    """

    user_id: int
    subject: tuple[str, int]
    about: tuple[str, int]
    kind: Kind | None = None
    template: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)  # payload of the event that the mail needs again


Builder = Callable[[OutboxEvent, Facts], list[Notice]]


def notices_of(session: Session, event: OutboxEvent) -> list[Notice]:
    """Return everything that an event tells its readers; nothing when its subject is gone."""
    subject_type, build = _BUILDERS[Topic(event.topic)]
    facts = find_facts(session, subject_type, event.subject_id)
    if facts is None:
        return []
    return build(event, {**facts, **event.payload})


def _token_mail(template: str) -> Builder:
    def build(event: OutboxEvent, facts: Facts) -> list[Notice]:
        if "token_id" not in facts:
            return []
        subject = ("user", event.subject_id)
        extra = {"token_id": facts["token_id"]}
        return [Notice(user_id=event.subject_id, subject=subject, about=subject, template=template, extra=extra)]

    return build


def _account(kind: Kind) -> Builder:
    def build(event: OutboxEvent, facts: Facts) -> list[Notice]:
        subject = ("user", event.subject_id)
        return [Notice(user_id=event.subject_id, subject=subject, about=subject, kind=kind, template=kind.value)]

    return build


def _email_changed(event: OutboxEvent, facts: Facts) -> list[Notice]:
    """Tell the old address, which the token of the change still knows; the new one shows the alert."""
    extra = {"old_address_of": event.payload["token_id"]} if "token_id" in event.payload else {}
    about, kind = ("user", event.subject_id), Kind.EMAIL_CHANGED
    return [Notice(user_id=event.subject_id, subject=about, about=about, kind=kind, template=kind.value, extra=extra)]


def _second_factor(event: OutboxEvent, facts: Facts) -> list[Notice]:
    about, kind = ("user", event.subject_id), Kind.SECOND_FACTOR_CHANGED
    told = _told_again(event)
    return [
        Notice(
            user_id=event.subject_id,
            subject=about,
            about=about,
            kind=kind,
            template=kind.value,
            params=told,
            extra=told,
        )
    ]


def _device(kind: Kind) -> Builder:
    def build(event: OutboxEvent, facts: Facts) -> list[Notice]:
        subject, about = ("session", event.subject_id), ("user", facts["user_id"])
        return [Notice(user_id=facts["user_id"], subject=subject, about=about, kind=kind, template=kind.value)]

    return build


def _mail_only(template: str, subject_type: str) -> Builder:
    def build(event: OutboxEvent, facts: Facts) -> list[Notice]:
        subject, user_id = (subject_type, event.subject_id), facts.get("user_id", event.subject_id)
        return [Notice(user_id=user_id, subject=subject, about=subject, template=template, extra=dict(event.payload))]

    return build


def _booking(kind: Kind) -> Builder:
    """Tell both sides; a host hears nothing of a hold that never became a request or a booking."""

    def build(event: OutboxEvent, facts: Facts) -> list[Notice]:
        sides = Side if facts["was_seen_by_host"] else (Side.GUEST,)
        return [_to_side(event, facts, kind, side) for side in sides]

    return build


def _change(kind: Kind, readers: Callable[[Facts], tuple[Side, ...]]) -> Builder:
    """Tell those whom it concerns of a change; the alert leads to its booking."""

    def build(event: OutboxEvent, facts: Facts) -> list[Notice]:
        return [
            _to(
                facts["guest_id"] if side is Side.GUEST else facts["host_id"],
                facts,
                kind=kind,
                subject=("change", event.subject_id),
                about=("booking", facts["booking_id"]),
                template=kind.value if kind is Kind.CHANGE_ANSWERED else f"{kind}_{side}",
                side=side,
                extra={**_told_again(event), "side": side.value},
            )
            for side in readers(facts)
        ]

    return build


def _other_side(facts: Facts) -> tuple[Side, ...]:
    return (Side.HOST,) if facts["asked_by"] == Side.GUEST else (Side.GUEST,)


def _who_waits_for_an_answer(facts: Facts) -> tuple[Side, ...]:
    if facts["decision"] in ("expired", "closed"):
        return tuple(Side)
    if facts["decision"] == "withdrawn":
        return _other_side(facts)
    # What the guest agreed to pay waits for the guest, whoever asked for it.
    return (Side.GUEST,) if facts["decision"] == "accepted" else (Side(facts["asked_by"]),)


def _reminder(kind: Kind, status: BookingStatus) -> Builder:
    """Remind one side, unless the booking has moved on since."""

    def build(event: OutboxEvent, facts: Facts) -> list[Notice]:
        if facts["status"] != status:
            return []
        side, about = Side(event.payload["side"]), ("booking", event.subject_id)
        user_id = facts["guest_id"] if side is Side.GUEST else facts["host_id"]
        return [_to(user_id, facts, kind=kind, subject=about, about=about, side=side, extra=dict(event.payload))]

    return build


def _payment(kind: Kind, subject_type: str) -> Builder:
    def build(event: OutboxEvent, facts: Facts) -> list[Notice]:
        about = ("booking", facts["booking_id"])
        subject = (subject_type, event.subject_id)
        return [_to(facts["guest_id"], facts, kind=kind, subject=subject, about=about)]

    return build


def _to_host(kind: Kind, subject_type: str) -> Builder:
    def build(event: OutboxEvent, facts: Facts) -> list[Notice]:
        subject = (subject_type, event.subject_id)
        return [_to(facts["host_id"], facts, kind=kind, subject=subject, about=subject, extra=_told_again(event))]

    return build


def _review(kind: Kind, reader: str) -> Builder:
    def build(event: OutboxEvent, facts: Facts) -> list[Notice]:
        subject = ("review", event.subject_id)
        # Until both sides have written, nobody may know what the other one says.
        about = ("booking", facts["booking_id"]) if kind is Kind.REVIEW_RECEIVED else subject
        hidden = ("rating",) if kind is Kind.REVIEW_RECEIVED else ()
        shown = {name: value for name, value in facts.items() if name not in hidden}
        side = Side.HOST if facts[reader] == facts["host_id"] else Side.GUEST
        template = f"{kind}_{side}" if kind is Kind.REVIEW_PUBLISHED else kind.value
        return [_to(facts[reader], shown, kind=kind, subject=subject, about=about, template=template, side=side)]

    return build


def _review_hidden(event: OutboxEvent, facts: Facts) -> list[Notice]:
    """Tell the author why, unless staff have shown it again meanwhile."""
    if facts["hidden_reason"] is None:
        return []
    return _review(Kind.REVIEW_HIDDEN, "author_id")(event, facts)


def _feed_conflict(event: OutboxEvent, facts: Facts) -> list[Notice]:
    subject, about = ("conflict", event.subject_id), ("booking", facts["booking_id"])
    return [_to(facts["host_id"], facts, kind=Kind.FEED_CONFLICT, subject=subject, about=about)]


def _dispute(event: OutboxEvent, facts: Facts) -> list[Notice]:
    """Tell the host, and the staff who look after money; the guest went to the bank."""
    subject, extra = ("dispute", event.subject_id), _told_again(event)
    host = _to(
        facts["host_id"],
        facts,
        kind=Kind.DISPUTE,
        subject=subject,
        about=("booking", facts["booking_id"]),
        extra={**extra, "side": Side.HOST.value},
        side=Side.HOST,
    )
    return [host, *_to_money_staff(facts, Kind.DISPUTE, subject, extra)]


def _refund_failed(event: OutboxEvent, facts: Facts) -> list[Notice]:
    """Tell the guest that the money is still owed, and the staff who find another way."""
    subject, kind = ("refund", event.subject_id), Kind.REFUND_FAILED
    about = ("booking", facts["booking_id"])
    extra = {"side": Side.GUEST.value}
    guest = _to(facts["guest_id"], facts, kind=kind, subject=subject, about=about, extra=extra, side=Side.GUEST)
    return [guest, *_to_money_staff(facts, kind, subject, {})]


def _refund_doubled(event: OutboxEvent, facts: Facts) -> list[Notice]:
    """Tell the staff who ask for the money back, or who need not any more."""
    return _to_money_staff(facts, Kind.REFUND_DOUBLED, ("refund", event.subject_id), _told_again(event))


def _to_money_staff(facts: Facts, kind: Kind, subject: tuple[str, int], extra: dict[str, Any]) -> list[Notice]:
    """Return what everybody with the role finance or admin is told."""
    return [
        _to(one, facts, kind=kind, subject=subject, about=subject, extra={**extra, "side": "staff"})
        for one in facts["staff_ids"]
    ]


def _message(event: OutboxEvent, facts: Facts) -> list[Notice]:
    about = ("conversation", facts["conversation_id"])
    subject = ("message", event.subject_id)
    return [_to(one, facts, kind=Kind.MESSAGE_RECEIVED, subject=subject, about=about) for one in facts["reader_ids"]]


def _picture_removed(event: OutboxEvent, facts: Facts) -> list[Notice]:
    subject, about = ("picture", event.subject_id), ("conversation", facts["conversation_id"])
    extra = _told_again(event)
    return [_to(facts["author_id"], facts, kind=Kind.PICTURE_REMOVED, subject=subject, about=about, extra=extra)]


def _webhook_disabled(event: OutboxEvent, facts: Facts) -> list[Notice]:
    about = ("webhook_endpoint", event.subject_id)
    return [_to(facts["user_id"], facts, kind=Kind.WEBHOOK_DISABLED, subject=about, about=about)]


def _to_side(event: OutboxEvent, facts: Facts, kind: Kind, side: Side) -> Notice:
    user_id = facts["guest_id"] if side is Side.GUEST else facts["host_id"]
    return _to(
        user_id,
        facts,
        kind=kind,
        subject=("booking", event.subject_id),
        about=("booking", event.subject_id),
        template=f"{kind}_{side}",
        side=side,
        extra=_told_again(event),
    )


def _told_again(event: OutboxEvent) -> dict[str, Any]:
    """Return what only the event knows and the mail needs."""
    known = ("decision", "reason", "reason_code")
    return {name: event.payload[name] for name in known if event.payload.get(name) is not None}


def _to(
    user_id: int,
    facts: Facts,
    *,
    kind: Kind,
    subject: tuple[str, int],
    about: tuple[str, int],
    **other: Any,
) -> Notice:
    params = {name: facts[name] for name in PARAMS if facts.get(name) is not None}
    side = other.pop("side", None)
    if side is not None:
        params["side"] = side.value
    template = other.pop("template", kind.value)
    return Notice(user_id=user_id, subject=subject, about=about, kind=kind, template=template, params=params, **other)


#: Topic -> whose row the event's ``subject_id`` is, and what it tells.
_BUILDERS: dict[Topic, tuple[str, Builder]] = {
    Topic.EMAIL_VERIFICATION_ASKED: ("user", _token_mail("verify_email")),
    Topic.PASSWORD_RESET_ASKED: ("user", _token_mail("password_reset")),
    Topic.USER_VERIFIED: ("user", _account(Kind.ACCOUNT_VERIFIED)),
    Topic.PASSWORD_CHANGED: ("user", _account(Kind.PASSWORD_CHANGED)),
    Topic.EMAIL_CHANGE_ASKED: ("user", _token_mail("email_change")),
    Topic.EMAIL_CHANGED: ("user", _email_changed),
    Topic.NEW_SIGN_IN: ("session", _device(Kind.NEW_SIGN_IN)),
    Topic.TOKEN_REUSED: ("session", _device(Kind.TOKEN_REUSED)),
    Topic.SECOND_FACTOR_CHANGED: ("user", _second_factor),
    Topic.PAYOUT_ACCOUNT_CHANGED: ("user", _account(Kind.PAYOUT_ACCOUNT_CHANGED)),
    Topic.ACCOUNT_CLOSED: ("user", _mail_only("account_closed", "user")),
    Topic.EXPORT_READY: ("export", _mail_only("export_ready", "export")),
    Topic.BOOKING_REQUESTED: ("booking", _booking(Kind.BOOKING_REQUESTED)),
    Topic.BOOKING_CONFIRMED: ("booking", _booking(Kind.BOOKING_CONFIRMED)),
    Topic.BOOKING_DECLINED: ("booking", _booking(Kind.BOOKING_DECLINED)),
    Topic.BOOKING_EXPIRED: ("booking", _booking(Kind.BOOKING_EXPIRED)),
    Topic.BOOKING_CANCELED: ("booking", _booking(Kind.BOOKING_CANCELED)),
    Topic.BOOKING_COMPLETED: ("booking", _booking(Kind.BOOKING_COMPLETED)),
    Topic.BOOKING_CHANGED: ("change", _change(Kind.BOOKING_CHANGED, lambda facts: tuple(Side))),
    Topic.CHANGE_REQUESTED: ("change", _change(Kind.CHANGE_REQUESTED, _other_side)),
    Topic.CHANGE_ANSWERED: ("change", _change(Kind.CHANGE_ANSWERED, _who_waits_for_an_answer)),
    Topic.BOOKING_NO_SHOW: ("booking", _payment(Kind.BOOKING_NO_SHOW, "booking")),
    Topic.CHECK_IN_NEAR: ("booking", _reminder(Kind.CHECK_IN_REMINDER, BookingStatus.CONFIRMED)),
    Topic.REQUEST_WAITS: ("booking", _reminder(Kind.REQUEST_REMINDER, BookingStatus.PENDING)),
    Topic.REVIEW_DUE: ("booking", _reminder(Kind.REVIEW_REMINDER, BookingStatus.COMPLETED)),
    Topic.PAYMENT_RECEIVED: ("payment", _payment(Kind.PAYMENT_RECEIVED, "payment")),
    Topic.PAYMENT_FAILED: ("payment", _payment(Kind.PAYMENT_FAILED, "payment")),
    Topic.PAYMENT_RELEASED: ("payment", _payment(Kind.PAYMENT_RELEASED, "payment")),
    Topic.PAYMENT_REFUNDED: ("refund", _payment(Kind.PAYMENT_REFUNDED, "refund")),
    Topic.REFUND_FAILED: ("refund", _refund_failed),
    Topic.REFUND_DOUBLED: ("refund", _refund_doubled),
    Topic.PAYOUT_HELD: ("payout", _to_host(Kind.PAYOUT_HELD, "payout")),
    Topic.PAYOUT_PAID: ("payout", _to_host(Kind.PAYOUT_PAID, "payout")),
    Topic.PAYOUT_FAILED: ("payout", _to_host(Kind.PAYOUT_FAILED, "payout")),
    Topic.DISPUTE_MOVED: ("dispute", _dispute),
    Topic.REVIEW_RECEIVED: ("review", _review(Kind.REVIEW_RECEIVED, "about_id")),
    Topic.REVIEW_PUBLISHED: ("review", _review(Kind.REVIEW_PUBLISHED, "about_id")),
    Topic.REVIEW_RESPONSE: ("review", _review(Kind.REVIEW_RESPONSE, "author_id")),
    Topic.REVIEW_HIDDEN: ("review", _review_hidden),
    Topic.LISTING_DECISION: ("listing", _to_host(Kind.LISTING_DECISION, "listing")),
    Topic.FEED_CONFLICT: ("conflict", _feed_conflict),
    Topic.MESSAGE_RECEIVED: ("message", _message),
    Topic.PICTURE_REMOVED: ("picture", _picture_removed),
    Topic.WEBHOOK_DISABLED: ("webhook_endpoint", _webhook_disabled),
}

#: The topics that somebody is told about.
TOLD_TOPICS = tuple(_BUILDERS)
