"""What time brings: the stay is completed, the host is paid, both sides review, and everybody was told."""

from datetime import datetime, timedelta
from typing import Any

from airbnb.cli.demo.journey.walk import Traveller, Walk
from airbnb.domain import clock

PAYOUT_DELAY = timedelta(hours=25)
ACCOUNT_HOLD = timedelta(hours=73)
AFTER_CHECK_OUT = timedelta(minutes=5)


def say_where_to_pay(walk: Walk, host: Traveller) -> None:
    """Let the host name an account."""
    body = {"method": "sandbox", "currency": "EUR", "details": {"account": "JOURNEY0007"}}
    walk.call("PUT", "/users/me/payout-account", who=host, json=body, checks={"method": "sandbox", "currency": "EUR"})


def complete_and_pay_out(walk: Walk, guest: Traveller, host: Traveller, booked: dict[str, Any]) -> None:
    """Move time past check-out, then past every hold of the payout."""
    path = f"/bookings/{booked['id']}"
    over = datetime.fromisoformat(booked["check_out_at"])
    _at(walk, over + AFTER_CHECK_OUT, "bookings", "sweep")
    walk.call("GET", path, who=guest, checks={"status": "completed"})
    earned = walk.call("GET", path, who=host, checks={"status": "completed"}).body["host_payout"]
    _at(walk, max(over + PAYOUT_DELAY, clock.now() + ACCOUNT_HOLD), "payouts", "run")
    walk.call(
        "GET",
        "/payouts",
        who=host,
        checks={
            "data.#": 1,
            "data.0.status": "paid",
            "data.0.amount": earned,
            "data.0.items.0.booking_id": booked["id"],
        },
    )


def _at(walk: Walk, instant: datetime, *command: str) -> None:
    """Run a command as if it were that instant, and let people be told of what it did."""
    now = instant.isoformat().replace("+00:00", "Z")
    walk.command(*command, "--now", now)
    walk.command("outbox", "drain", "--now", now)


def review_each_other(walk: Walk, guest: Traveller, host: Traveller, booked: dict[str, Any]) -> None:
    """Let both sides review, which publishes both reviews, and the host respond."""
    path = f"/bookings/{booked['id']}/review"
    stars = {"cleanliness": 5, "accuracy": 4, "check_in": 5, "communication": 5, "location": 4, "value": 5}
    body = {"rating": 5, "categories": stars, "comment": "Everything as described, and the river at the door."}
    written = walk.call("POST", path, who=guest, json=body, status=201, checks={"rating": 5, "status": "pending"}).body
    walk.call("POST", path, who=guest, json=body, status=409, checks={"code": "already_reviewed"})
    listing = f"/listings/{booked['listing']['id']}"
    walk.call("GET", f"{listing}/reviews", checks={"data.#": 0})
    body = {"rating": 5, "comment": "Kind guests who left everything tidy."}
    walk.call("POST", path, who=host, json=body, status=201, checks={"status": "published"})
    answer = {"text": "Thank you, and come back soon!"}
    walk.call(
        "POST",
        f"/reviews/{written['id']}/response",
        who=host,
        json=answer,
        checks={"response.text": answer["text"], "status": "published"},
    )
    walk.call(
        "GET", f"{listing}/reviews", checks={"data.#": 1, "data.0.rating": 5, "data.0.response.text": answer["text"]}
    )
    walk.call("GET", listing, checks={"rating_summary.overall": 5, "rating_summary.count": 1})


def read_news(walk: Walk, guest: Traveller, host: Traveller, stays: dict[str, dict[str, Any]]) -> None:
    """Check that alerts and mails came for confirmation, payment, cancellation, refund and payout."""
    title, canceled = stays["completed"]["listing"]["title"], stays["canceled"]["listing"]["title"]
    refunded = walk.call("GET", f"/bookings/{stays['canceled']['id']}", who=guest).body["refunded"]
    for who, what, begins in (
        (guest, "the booking is confirmed", f"Booked: {title}"),
        (guest, "the payment was received", "We received your payment of"),
        (guest, "the booking is canceled", f"Canceled: {canceled}"),
        (guest, "the refund is on its way", f"€{refunded['amount']} are on their way back to you"),
        (host, "somebody has booked", f"{guest.name} booked {title}"),
        (host, "somebody has canceled", f"Canceled: {guest.name} at {canceled}"),
        (host, "the payout is on its way", "€"),
    ):
        ends = "are on their way to you" if begins == "€" else ""
        walk.wait_for_letter(who, what, lambda one: one.subject.startswith(begins) and one.subject.endswith(ends))  # noqa: B023
    _read_alerts(walk, guest, {"booking_confirmed", "payment_received", "booking_canceled", "payment_refunded"})
    _read_alerts(walk, host, {"booking_confirmed", "booking_canceled", "payout_paid", "review_published"})


def _read_alerts(walk: Walk, who: Traveller, wanted: set[str]) -> None:
    path = "/notifications?limit=100"

    def all_there() -> bool:
        answer = walk.world.request("GET", path, headers={"Authorization": f"Bearer {who.token}"})
        return wanted <= {one["kind"] for one in answer.body["data"]}

    walk.wait_until(f"alerts of {who.name}", all_there)
    news = walk.call("GET", path, who=who, checks={"data.#": lambda count: count >= len(wanted)}).body["data"]
    walk.check(f"kinds of alerts that {who.name} misses", sorted(wanted - {one["kind"] for one in news}), [])
    walk.call("POST", f"/notifications/{news[0]['id']}/read", who=who, checks={"read_at": lambda at: at is not None})
