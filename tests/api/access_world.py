"""The people and things that the access matrix calls upon, made once; nothing that a request writes there stays."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from airbnb import unit_of_work
from airbnb.domain import clock
from airbnb.domain.approvals import ApprovalKind
from airbnb.domain.causes import by_staff
from airbnb.domain.ids import new_id
from airbnb.domain.kinds import Provider, ReportReason, ReportSubject, ReviewSide, Role, SessionKind, SuppressionReason
from airbnb.domain.statuses import ListingStatus, ReviewStatus, UserStatus
from airbnb.domain.taxes import TaxKind
from airbnb.domain.webhook_events import DeliveryState
from airbnb.models.approvals import Approval
from airbnb.models.bookings import Booking
from airbnb.models.calendar_feeds import CalendarConflict, CalendarFeed
from airbnb.models.listings import ListingPhoto
from airbnb.models.mail_reports import MailSuppression
from airbnb.models.messages import MessageAttachment
from airbnb.models.notifications import Notification
from airbnb.models.payments import Payment
from airbnb.models.payouts import Payout
from airbnb.models.platform import OutboxEvent
from airbnb.models.pricing import Coupon, TaxRuleVersion
from airbnb.models.reports import Report
from airbnb.models.reviews import Review
from airbnb.models.users import User, UserSession
from airbnb.models.webhook_endpoints import WebhookDelivery
from airbnb.models.wishlists import Wishlist
from airbnb.services.payout_holds import hold_host
from airbnb.services.webhook_endpoints import add_endpoint
from airbnb.unit_of_work import in_transaction, reading
from tests.factories.clients import APIClient

ROLES: dict[str, tuple[Role, ...]] = {
    "guest": (),
    "other_guest": (),
    "host": (Role.HOST,),
    "other_host": (Role.HOST,),
    "support": (Role.SUPPORT,),
    "finance": (Role.FINANCE,),
    "admin": (Role.ADMIN,),
    "suspended": (Role.HOST,),
}


@dataclass
class World:
    """Somebody of each kind, and the ids of what they own."""

    app: Flask
    people: dict[str, User]
    clients: dict[str, APIClient]
    ids: dict[str, str] = field(default_factory=dict)
    staff_sessions: dict[str, UserSession] = field(default_factory=dict)

    def call(self, actor: str, method: str, path: str, send: dict[str, Any]) -> TestResponse:
        """Send a request to the API as somebody; ``photo`` in ``send`` makes it an upload."""
        options = dict(send)
        if options.pop("photo", False):
            options["data"] = {"file": (io.BytesIO(_picture()), "photo.png")}
        headers = {"Idempotency-Key": "matrix"} if method == "POST" else {}
        if actor in self.clients:
            headers["Authorization"] = f"Bearer {self.clients[actor].token}"
        return self.app.test_client().open(path, method=method, headers=headers, **options)

    def browse(self, actor: str, method: str, path: str) -> TestResponse:
        """Open a page of the dashboard with the cookie that a sign-in there would have given, staff or not."""
        return self._browser(actor).open(path, method=method)

    def send(self, actor: str, path: str, form: dict[str, str]) -> TestResponse:
        """Send a form to the dashboard that it never showed."""
        return self._browser(actor).post(path, data=form)

    def _browser(self, actor: str) -> FlaskClient:
        browser = self.app.test_client()
        if actor in self.staff_sessions:
            with browser.session_transaction() as cookie:
                row = self.staff_sessions[actor]
                cookie["staff_session"], cookie["staff_user"] = row.id, row.user_id
                cookie["staff_seen"] = int(clock.now().timestamp())
        return browser


@pytest.fixture
def world(app: Flask, make_user, make_listing, make_booking, make_stay, client_for) -> World:
    people = {name: make_user(roles=roles) for name, roles in ROLES.items()}
    made = World(app, people, {name: client_for(user) for name, user in people.items()})
    in_transaction(lambda rows: _suspend(rows, people["suspended"]))
    guest, host = people["guest"], people["host"]
    listing = make_listing(host=host)
    booking = make_booking(listing=listing, guest=guest)
    stay = make_stay(guest=guest, host=host, listing=listing)
    old_stay = make_stay(guest=guest, host=host, listing=listing, ended=timedelta(days=9))
    with reading() as rows:
        photo = rows.scalar(select(ListingPhoto.id).where(ListingPhoto.listing_id == listing.id))
        event = rows.scalar(select(OutboxEvent.id).limit(1))
        payment = rows.scalar(select(Payment.id).where(Payment.booking_id == booking.id))
    wish = {
        "check_in": booking.check_in.isoformat(),
        "check_out": (booking.check_out + timedelta(days=1)).isoformat(),
        "guests": {"adults": 2},
    }
    change = made.clients["guest"].post(f"/bookings/{booking.id}/changes", json=wish)
    talk = made.clients["guest"].post(f"/listings/{listing.id}/conversations", json={"message": "Is it quiet?"})
    made.ids = {
        "guest": str(guest.id),
        "host": str(host.id),
        "listing": str(listing.id),
        "draft": str(make_listing(host=host, status=ListingStatus.DRAFT).id),
        "booking": str(booking.id),
        "change": change.json["id"],
        "photo": str(photo),
        "payment": str(payment),
        "event": str(event),
        "conversation": talk.json["id"],
        "message": talk.json["last_message"]["id"],
        "attachment": in_transaction(lambda rows: _write_picture(rows, int(talk.json["id"]), guest)),
        "picture": in_transaction(
            lambda rows: _write_picture(
                rows, int(talk.json["id"]), guest, message_id=int(talk.json["last_message"]["id"])
            )
        ),
        "export": made.clients["guest"].post("/users/me/exports").json["id"],
        "session": str(client_for(guest).session.id),
        **in_transaction(lambda rows: _write_rows(rows, guest, host, (stay, old_stay))),
        **in_transaction(lambda rows: _write_webhook_rows(rows, host)),
        **in_transaction(lambda rows: _write_staff_rows(rows, people["admin"], host)),
    }
    made.staff_sessions = in_transaction(
        lambda rows: {name: _at_dashboard(rows, user) for name, user in people.items()}
    )
    return made


@pytest.fixture
def nothing_stays(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Leave out every COMMIT from here on, so that requests do all their work and the world stays as it is."""
    monkeypatch.setattr(unit_of_work, "_commit", lambda session: None)
    return monkeypatch.undo


def _suspend(rows: Session, user: User) -> None:
    # By hand, so that the session goes on: it is the status that must keep the person out.
    setattr(rows.merge(user), "status", UserStatus.SUSPENDED)  # noqa: B010 - no assignment to a status elsewhere


def _at_dashboard(rows: Session, user: User) -> UserSession:
    device = UserSession(
        user_id=user.id, kind=SessionKind.ADMIN, refresh_hash="", expires_at=clock.now() + timedelta(hours=1)
    )
    rows.add(device)
    return device


def _price_rows(today: date) -> dict[str, Any]:
    tax_id = new_id()
    return {
        "tax": TaxRuleVersion(
            id=tax_id,
            series_id=tax_id,
            version=1,
            current_of=tax_id,
            country_code="PT",
            label="City tax",
            kind=TaxKind.PERCENT,
            rate_bps=100,
            valid_from=today,
        ),
        "coupon": Coupon(code="MATRIX", percent_bps=1_000, valid_from=clock.now()),
    }


def _write_picture(rows: Session, conversation_id: int, author: User, *, message_id: int | None = None) -> str:
    """Write a picture that waits for its message, or one that was sent with it."""
    one = MessageAttachment(
        conversation_id=conversation_id,
        message_id=message_id,
        author_id=author.id,
        base_key=f"attachments/{message_id or conversation_id:024x}",
        width=4,
        height=4,
        size_bytes=9,
    )
    rows.add(one)
    rows.flush()
    return str(one.id)


def _write_rows(rows: Session, guest: User, host: User, stays: tuple[Booking, Booking]) -> dict[str, str]:
    stay, old_stay = stays
    listing_id, now = stay.listing_id, clock.now()
    common = {"side": ReviewSide.GUEST, "author_id": guest.id, "subject_id": host.id, "rating": 5, "comment": "Lovely."}
    made: dict[str, Any] = {
        "notification": Notification(user_id=guest.id, kind="booking_confirmed"),
        **_price_rows(now.date()),
        "suppression": MailSuppression(address="gone@example.test", reason=SuppressionReason.BOUNCED),
        "wishlist": Wishlist(user_id=guest.id, name="Summer"),
        "payout": Payout(
            host_id=host.id,
            run_key="2026-01-01",
            provider=Provider.SANDBOX,
            currency="EUR",
            amount_minor=100,
            due_at=now,
        ),
        "hidden_review": Review(
            booking_id=stay.id, listing_id=stay.listing_id, window_ends_at=now + timedelta(days=5), **common
        ),
        "review": Review(
            booking_id=old_stay.id,
            listing_id=old_stay.listing_id,
            window_ends_at=now,
            published_at=now,
            status=ReviewStatus.PUBLISHED,
            **common,
        ),
    }
    rows.add_all(made.values())
    rows.flush()
    made["feed"] = CalendarFeed(
        listing_id=listing_id, name="Elsewhere", url="http://127.0.0.1/a.ics", url_hash="0" * 64, next_sync_at=now
    )
    rows.add(made["feed"])
    rows.flush()
    made["conflict"] = CalendarConflict(
        listing_id=listing_id,
        feed_id=made["feed"].id,
        event_key="0" * 64,
        booking_id=old_stay.id,
        starts_on=now.date(),
        ends_on=now.date() + timedelta(days=1),
    )
    made["report"] = Report(
        reporter_id=guest.id, subject_type=ReportSubject.USER, subject_id=host.id, reason_code=ReportReason.SPAM
    )
    rows.add_all((made["conflict"], made["report"]))
    rows.flush()
    return {name: str(row.id) for name, row in made.items()}


def _write_webhook_rows(rows: Session, host: User) -> dict[str, str]:
    columns = {"url": "https://hooks.example.com/in", "events": ["booking.confirmed"]}
    endpoint, _ = add_endpoint(rows, host.id, sees_all=False, now=clock.now(), **columns)
    message = {"event_id": 1, "event_type": "booking.confirmed", "body": "{}", "state": DeliveryState.DELIVERED}
    delivery = WebhookDelivery(endpoint_id=endpoint.id, **message)
    rows.add(delivery)
    rows.flush()
    return {"endpoint": str(endpoint.id), "delivery": str(delivery.id)}


def _write_staff_rows(rows: Session, staff: User, host: User) -> dict[str, str]:
    cause = by_staff(staff.id, now=clock.now(), reason="To be looked at")
    hold = hold_host(rows, host.id, cause=cause)
    approval = Approval(
        kind=ApprovalKind.RELEASE_HOLD,
        subject_type="payout_holds",
        subject_id=hold.id,
        request_key="matrix",
        currency="EUR",
        amount_minor=100,
        needs_second=True,
        proposed_by_id=staff.id,
        expires_at=clock.now() + timedelta(days=1),
    )
    rows.add(approval)
    rows.flush()
    return {"hold": str(hold.id), "approval": str(approval.id)}


def _picture() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (800, 600), "teal").save(target, "PNG")
    return target.getvalue()
