"""One booking's story as staff read it: rows of every kind as entries of one timeline."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for

from airbnb.admin.formats import ENDPOINT_PREFIX, changes_of, words_of
from airbnb.domain.money import Money
from airbnb.models.booking_changes import BookingChange
from airbnb.models.bookings import Booking
from airbnb.models.disputes import Dispute
from airbnb.models.history import StatusChange
from airbnb.models.payments import Payment, Refund
from airbnb.models.payouts import Payout
from airbnb.queries.booking_timeline import BookingStory

#: What a table's rows are called, and the view that shows them.
NAMES: dict[str, tuple[str, str | None]] = {
    Booking.__tablename__: ("Booking", None),
    Payment.__tablename__: ("Payment", "payments"),
    Refund.__tablename__: ("Refund", "refunds"),
    Payout.__tablename__: ("Payout", "payouts"),
    Dispute.__tablename__: ("Dispute", "disputes"),
    BookingChange.__tablename__: ("Change", None),
}
#: Kinds of entries that tell of money at the providers and in the book.
MONEY_KINDS = frozenset({"ledger", "payout", "call", "webhook"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened; ``kind`` is what the timeline can be narrowed to."""

    at: datetime
    kind: str
    title: str
    details: tuple[str, ...] = ()
    by: str = ""
    url: str | None = None


def entries_of(story: BookingStory, open_views: frozenset[str], *, with_money: bool) -> list[Entry]:
    """Return a booking's story, the latest first, as far as the reader may see it."""
    pages = _Pages(open_views)
    found = [
        *_moves(story, pages),
        *_postings(story),
        *_earnings(story, pages),
        *_calls(story),
        *_webhooks(story, pages),
        *_mails(story, pages),
        *_tasks(story),
        *_acts(story),
        *_approvals(story, pages),
        *_people(story, pages),
    ]
    seen = [entry for entry in found if with_money or entry.kind not in MONEY_KINDS]
    # Of one instant, what came last is above too.
    return sorted(seen, key=lambda entry: entry.at)[::-1]


class _Pages:
    """Addresses of rows in the views that the reader may open."""

    def __init__(self, open_views: frozenset[str]) -> None:
        self._open = open_views

    def of(self, stem: str | None, row_id: int | None) -> str | None:
        """Return where a row is shown, or None when there is no such page for this reader."""
        if stem is None or row_id is None or f"{ENDPOINT_PREFIX}{stem}" not in self._open:
            return None
        return url_for(f"{ENDPOINT_PREFIX}{stem}.details_view", id=row_id)


def _moves(story: BookingStory, pages: _Pages) -> Iterator[Entry]:
    amounts = _amounts(story)
    for move in story.moves:
        name, stem = NAMES[move.subject_type]
        amount = amounts.get(move.subject_id, "")
        title = f"{name} {amount}".strip()
        moved = f"{title}: {words_of(move.new)}"
        if move.old is not None and move.old != move.new:
            moved = f"{title}: {words_of(move.old)} → {words_of(move.new)}"
        yield Entry(
            at=move.at,
            kind="payout" if name == "Payout" else "status",
            title=moved,
            details=tuple(filter(None, (move.reason,))),
            by=_by(story, move),
            url=pages.of(stem, move.subject_id),
        )


def _amounts(story: BookingStory) -> dict[int, str]:
    rows: Iterable[Any] = (*story.payments, *story.refunds, *story.payouts, *story.disputes)
    return {row.id: str(Money(row.amount_minor, row.currency)) for row in rows}


def _by(story: BookingStory, move: StatusChange) -> str:
    name = story.names.get(move.actor_id or 0)
    return move.actor_kind.value if name is None else f"{name} ({move.actor_kind.value})"


def _postings(story: BookingStory) -> Iterator[Entry]:
    for posting in story.postings:
        lines = (f"{words_of(entry.account)}: {Money(entry.amount_minor, entry.currency)}" for entry in posting.entries)
        yield Entry(at=posting.occurred_at, kind="ledger", title=words_of(posting.kind).capitalize(), details=(*lines,))


def _earnings(story: BookingStory, pages: _Pages) -> Iterator[Entry]:
    for item in story.items:
        amount = Money(item.amount_minor, item.currency)
        yield Entry(
            at=item.created_at,
            kind="payout",
            title=f"Host's {item.kind.value}: {amount} from {words_of(item.source)}",
            details=(f"Due {item.due_at:%Y-%m-%d %H:%M} UTC", "In a payout" if item.payout_id else "Not paid out yet"),
            url=pages.of("payouts", item.payout_id),
        )


def _calls(story: BookingStory) -> Iterator[Entry]:
    for call in story.calls:
        error = (f"{call.attempts} tries; {call.last_error}",) if call.last_error else ()
        amount = Money(call.amount_minor, call.currency)
        title = f"Asked {call.provider.value} to {call.operation.value} {amount}: {call.state.value}"
        yield Entry(at=call.created_at, kind="call", title=title, details=error)


def _webhooks(story: BookingStory, pages: _Pages) -> Iterator[Entry]:
    for event in story.webhooks:
        yield Entry(
            at=event.received_at,
            kind="webhook",
            title=f"{event.provider.value.capitalize()} reported {words_of(event.type)}: {event.state.value}",
            details=(f"Event {event.event_id}", *filter(None, (event.last_error,))),
            url=pages.of("webhooks", event.id),
        )


def _mails(story: BookingStory, pages: _Pages) -> Iterator[Entry]:
    for mail in story.mails:
        state = f"withheld: {words_of(mail.withheld)}" if mail.withheld else "sent" if mail.sent_at else "not sent yet"
        yield Entry(
            at=mail.sent_at or mail.created_at,
            kind="mail",
            title=f"Mail “{mail.subject}”: {state}",
            details=(f"To {mail.to_address}, {words_of(mail.template)}",),
            url=pages.of("mails", mail.id),
        )


def _tasks(story: BookingStory) -> Iterator[Entry]:
    for event in story.events:
        tries = f"{event.attempts} tries" if event.attempts > 1 else None
        yield Entry(
            at=event.created_at,
            kind="task",
            title=f"Task {words_of(event.topic)}: {event.state.value}",
            details=tuple(filter(None, (tries, event.last_error))),
        )


def _acts(story: BookingStory) -> Iterator[Entry]:
    for act in story.acts:
        yield Entry(
            at=act.at,
            kind="staff",
            title=words_of(act.action).capitalize(),
            details=(*filter(None, (act.reason,)), *changes_of(act)),
            by=story.names.get(act.actor_id or 0, "a command"),
        )


def _approvals(story: BookingStory, pages: _Pages) -> Iterator[Entry]:
    for one in story.approvals:
        what = f"{words_of(one.kind.value).capitalize()}, {Money(one.amount_minor, one.currency)}"
        yield Entry(
            at=one.created_at,
            kind="staff",
            title=f"{what}: {one.status.value}",
            details=tuple(filter(None, (one.reason, "Needs a second person" if one.needs_second else None))),
            by=story.names.get(one.proposed_by_id, ""),
            url=pages.of("approvals", one.id),
        )


def _people(story: BookingStory, pages: _Pages) -> Iterator[Entry]:
    if story.talk is not None:
        title = "1 message" if story.talk.messages == 1 else f"{story.talk.messages} messages"
        note = "Between guest and host about this listing. To read them, say why."
        url = pages.of("conversations", story.talk.conversation_id)
        yield Entry(at=story.talk.last_at, kind="message", title=title, details=(note,), url=url)
    for review in story.reviews:
        yield Entry(
            at=review.created_at,
            kind="review",
            title=f"Review by the {review.side.value}: {review.rating} of 5, {review.status.value}",
            url=pages.of("reviews", review.id),
        )
