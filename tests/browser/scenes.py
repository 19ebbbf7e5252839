"""A scene for each thing that staff do at the dashboard: the row it is done to, by whom, and what they answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from airbnb.domain import clock
from airbnb.domain.causes import Cause, by_staff
from airbnb.domain.kinds import MailProvider, MailReportKind, Role, SuppressionReason
from airbnb.domain.statuses import ListingStatus, OutboxState, UserStatus
from airbnb.domain.topics import Topic
from airbnb.domain.webhook_events import DeliveryState
from airbnb.models.bookings import Booking
from airbnb.models.mail_reports import MailReport, MailSuppression
from airbnb.models.payouts import Payout
from airbnb.models.platform import OutboxEvent
from airbnb.models.second_factors import TotpFactor
from airbnb.models.webhook_endpoints import WebhookDelivery
from airbnb.services import payout_holds
from airbnb.services.review_moderation import hide_review
from airbnb.services.webhook_endpoints import add_endpoint
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import approvals, payouts
from airbnb.workflows.account_closing import close_account
from tests.api.test_photos import form_bytes, picture

#: A fixture by its name.
Fixture = Callable[[str], Any]
#: Builds a scene.
Build = Callable[[Fixture], "Scene"]

SCENES: dict[str, Build] = {}


@dataclass(frozen=True, slots=True)
class Scene:
    """What is done something to."""

    row_id: int
    role: Role = Role.SUPPORT
    #: What is chosen or written beside the reason, by the names of the fields.
    answers: Mapping[str, str] = field(default_factory=dict)


def scene(*names: str) -> Callable[[Build], Build]:
    """Register the scene of actions, which are named ``view/action``."""

    def register(build: Build) -> Build:
        SCENES.update(dict.fromkeys(names, build))
        return build

    return register


def written(row: Any) -> int:
    """Write a row down and return its id."""

    def add(session: Session) -> int:
        session.add(row)
        session.flush()
        return int(row.id)

    return in_transaction(add)


def somebody(get: Fixture, role: Role = Role.FINANCE) -> Cause:
    """Return what says that another member of staff does it."""
    return by_staff(get("make_user")(roles=(role,)).id, now=clock.now(), reason="As they asked")


def stay(get: Fixture, **booked: Any) -> Booking:
    """Return a confirmed stay of the guest at a listing of the host."""
    listing = get("make_listing")(host=get("host").user, title="The lake house")
    booking: Booking = get("make_booking")(listing=listing, guest=get("guest").user, **booked)
    return booking


def earned(get: Fixture, behaviour: str = "ok") -> tuple[Booking, datetime]:
    """Return a stay that ended, and when what it earned is due to a host whose account behaves like that."""
    account = {"method": "sandbox", "currency": "EUR", "details": {"behaviour": behaviour}}
    answer = get("host").put("/users/me/payout-account", json=account)
    assert answer.status_code == 200, answer.json
    return stay(get, check_in=(clock.now() - timedelta(days=20)).date(), completed=True), clock.now() + timedelta(4)


def failed_payout(get: Fixture, behaviour: str) -> tuple[Booking, int]:
    """Return a stay and the payout for it, which failed."""
    booking, due = earned(get, behaviour)
    get("freeze")(due)
    payouts.run_payouts(due)
    with reading() as session:
        return booking, session.scalars(select(Payout.id)).one()


def held_payout(get: Fixture) -> int:
    """Return what keeps a host's money back."""
    booking, _ = earned(get)
    hold = in_transaction(partial(payout_holds.hold_booking, booking_id=booking.id, cause=somebody(get)))
    return int(hold.id)


@scene("users/suspend", "users/end-sessions")
def guest(get: Fixture) -> Scene:
    """Somebody who is signed in."""
    return Scene(get("guest").user.id)


@scene("users/reinstate")
def suspended(get: Fixture) -> Scene:
    """Somebody who was suspended."""
    return Scene(get("make_user")(status=UserStatus.SUSPENDED).id)


@scene("users/reset-second-factor")
def with_factor(get: Fixture) -> Scene:
    """Somebody whose telephone is lost."""
    user_id = get("guest").user.id
    factor = TotpFactor(user_id=user_id, secret_encrypted="x", confirmed_at=clock.now())
    in_transaction(lambda session: session.add(factor))
    return Scene(user_id)


@scene("users/close")
def leaving(get: Fixture) -> Scene:
    """Somebody who asked by letter."""
    return Scene(get("guest").user.id, Role.ADMIN)


@scene("users/erase")
def closed(get: Fixture) -> Scene:
    """Somebody whose account is closed and waits."""
    user_id = get("guest").user.id
    close_account(user_id)
    return Scene(user_id, Role.ADMIN)


@scene("listings/approve")
def in_review(get: Fixture) -> Scene:
    """A listing that its host sent in."""
    columns = {"status": ListingStatus.IN_REVIEW, "published_at": None, "title": "The lake house"}
    return Scene(get("make_listing")(host=get("host").user, **columns).id)


@scene("listings/ask-for-changes")
def in_review_with_bad_photos(get: Fixture) -> Scene:
    """The same, and what has to be better."""
    return Scene(in_review(get).row_id, answers={"choice": "photos"})


@scene("listings/take-down")
def published(get: Fixture) -> Scene:
    """A listing that people find."""
    return Scene(get("make_listing")(host=get("host").user).id)


@scene("listings/reinstate")
def taken_down(get: Fixture) -> Scene:
    """A listing that staff took down."""
    return Scene(get("make_listing")(host=get("host").user, status=ListingStatus.SUSPENDED).id)


@scene("suppressions/allow")
def bounced(get: Fixture) -> Scene:
    """An address that gets no mail any more."""
    report = MailReport(
        provider=MailProvider.MAILGUN,
        event_id="e1",
        kind=MailReportKind.BOUNCED,
        address="ana@example.test",
        happened_at=clock.now(),
    )
    suppressed = {"address": "ana@example.test", "reason": SuppressionReason.BOUNCED, "report_id": written(report)}
    return Scene(written(MailSuppression(**suppressed)))


@scene("reports/handle")
def reported(get: Fixture) -> Scene:
    """A report of a listing."""
    body = {"reason_code": "unsafe", "text": "No smoke alarm."}
    report = get("guest").post(f"/listings/{published(get).row_id}/report", json=body).json
    return Scene(int(report["id"]), answers={"choice": "acted_on"})


@scene("pictures/take-down")
def sent_picture(get: Fixture) -> Scene:
    """A picture in a conversation."""
    guest_, listing_id = get("guest"), published(get).row_id
    talk = guest_.post(f"/listings/{listing_id}/conversations", json={"message": "Hello"}).json
    at, form = f"/conversations/{talk['id']}", "multipart/form-data; boundary=edge"
    sent = guest_.post(f"{at}/attachments", data=form_bytes(picture(), {}), content_type=form).json["id"]
    guest_.post(f"{at}/messages", json={"attachment_ids": [sent]})
    return Scene(int(sent))


@scene("reviews/hide")
def review(get: Fixture) -> Scene:
    """A published review."""
    host, guest_ = get("host"), get("guest")
    listing = get("make_listing")(host=host.user)
    path = f"/bookings/{get('make_stay')(guest=guest_.user, host=host.user, listing=listing).id}/review"
    written_ = guest_.post(path, json={"rating": 2, "categories": {"cleanliness": 2}, "comment": "The neighbour!"})
    host.post(path, json={"rating": 4, "comment": "Quiet."})
    return Scene(int(written_.json["id"]))


@scene("reviews/unhide")
def hidden_review(get: Fixture) -> Scene:
    """A review that staff hid."""
    there = review(get)
    in_transaction(partial(hide_review, review_id=there.row_id, cause=somebody(get)))
    return there


@scene("bookings/cancel")
def to_be_canceled(get: Fixture) -> Scene:
    """A stay that cannot take place."""
    return Scene(stay(get).id)


@scene("bookings/extend-hold")
def unpaid(get: Fixture) -> Scene:
    """A stay that is held for who could not pay at once."""
    return Scene(stay(get, booked_days_before=0, token="tok_declined").id, answers={"by": "1_hour"})


@scene("bookings/resend-mail")
def confirmed_by_mail(get: Fixture) -> Scene:
    """A stay whose guest got mails about it; the second of what is offered is the first mail."""
    booking = stay(get)
    for _ in range(3):
        get("run_outbox")()
    return Scene(booking.id, answers={"mail": "#1"})


@scene("bookings/no-show")
def nobody_came(get: Fixture) -> Scene:
    """A stay that began yesterday."""
    booking = stay(get)
    get("freeze")(booking.check_in_at + timedelta(hours=24))
    return Scene(booking.id)


@scene("bookings/retry-payout")
def payout_failed_for_a_while(get: Fixture) -> Scene:
    """A stay whose host's bank was away."""
    booking, payout_id = failed_payout(get, "fail_temporary")
    return Scene(booking.id, Role.FINANCE, {"payout": str(payout_id)})


@scene("bookings/waive-penalty")
def canceled_by_host(get: Fixture) -> Scene:
    """A stay that its host called off ten days before."""
    booking = stay(get, check_in=(clock.now() + timedelta(days=10)).date())
    answer = get("host").post(f"/bookings/{booking.id}/cancel", json={}, key="cancel")
    assert answer.status_code == 200, answer.json
    return Scene(booking.id, Role.FINANCE)


@scene("payouts/pay-by-hand")
def payout_failed_for_good(get: Fixture) -> Scene:
    """A payout to an account that is closed."""
    _, payout_id = failed_payout(get, "fail_permanent")
    return Scene(payout_id, Role.FINANCE)


@scene("payout-holds/release")
def held(get: Fixture) -> Scene:
    """Money that somebody kept back."""
    return Scene(held_payout(get), Role.FINANCE)


@scene("approvals/approve", "approvals/reject")
def proposed(get: Fixture) -> Scene:
    """What somebody else wants to do, which is more than one may do alone."""
    get("low_limit")
    release = partial(payout_holds.release_proposal, hold_id=held_payout(get))
    return Scene(approvals.propose(release, request_key="one", cause=somebody(get)).id, Role.FINANCE)


@scene("taxes/retire")
def tax(get: Fixture) -> Scene:
    """A tax in force."""
    return Scene(get("make_tax")("PT", city="Lisbon").id, Role.FINANCE)


@scene("coupons/retire")
def coupon(get: Fixture) -> Scene:
    """A coupon that people may still use."""
    return Scene(get("make_coupon")("SPRING", percent_bps=1_000).id, Role.FINANCE)


@scene("outbox/resend")
def dead_letter(get: Fixture) -> Scene:
    """An event that was given up."""
    event = OutboxEvent(
        topic=Topic.PASSWORD_CHANGED,
        subject_id=get("guest").user.id,
        payload={},
        state=OutboxState.DEAD,
        attempts=8,
        last_error="550 <no such mailbox>",
    )
    return Scene(written(event), Role.ADMIN)


@scene("webhook-deliveries/resend")
def undelivered(get: Fixture) -> Scene:
    """A message that nobody took."""
    owner_id = get("host").user.id

    def add(session: Session) -> int:
        endpoint, _ = add_endpoint(
            session,
            owner_id,
            sees_all=False,
            now=clock.now(),
            url="https://hooks.example.com/in",
            events=["booking.confirmed"],
        )
        failed = {"state": DeliveryState.FAILED, "attempts": 10, "last_status": 500, "tries": []}
        row = WebhookDelivery(
            endpoint_id=endpoint.id, event_id=endpoint.id, event_type="booking.confirmed", body="{}", **failed
        )
        session.add(row)
        session.flush()
        return int(row.id)

    return Scene(in_transaction(add), Role.ADMIN)
