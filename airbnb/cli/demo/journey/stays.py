"""The guests' part: a quote, an instant booking, a double booking that is refused, and three cancellations."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from airbnb.cli.demo.journey.places import ZONE, Dates
from airbnb.cli.demo.journey.walk import Traveller, Walk
from airbnb.domain import clock
from airbnb.domain.money import parse_money

TOKEN = "tok_ok"  # noqa: S105 - the sandbox's test token


def today_there() -> date:
    """Return today's date where the places are."""
    return clock.now().astimezone(ZoneInfo(ZONE)).date()


def dates_in(days: int, nights: int) -> Dates:
    """Return the dates of a stay that begins some days from today."""
    check_in = today_there() + timedelta(days=days)
    return Dates(check_in, check_in + timedelta(days=nights))


def quote(walk: Walk, listing_id: str, dates: Dates) -> dict[str, Any]:
    """Price a stay and check that its lines make its total."""
    query = urlencode({**dates.as_body(), "guests": "2"})
    nights = (dates.check_out - dates.check_in).days
    body: dict[str, Any] = walk.call(
        "GET",
        f"/listings/{listing_id}/quote?{query}",
        checks={"nights.#": nights, "nights.0.price.amount": "100.00", "currency": "EUR"},
    ).body
    lines = sum(parse_minor(line["amount"]) for line in body["lines"])
    walk.check("sum of the quote's lines less its total", lines - parse_minor(body["total"]), 0)
    return body


def parse_minor(money: dict[str, str]) -> int:
    """Return the minor units of an amount as the API writes it; a leading minus is taken."""
    text = money["amount"]
    sign = -1 if text.startswith("-") else 1
    return sign * parse_money(text.removeprefix("-"), money["currency"]).amount_minor


def taxes_of(booked: dict[str, Any]) -> int:
    """Return the taxes that a booking's price adds, in minor units."""
    return sum(parse_minor(line["amount"]) for line in booked["lines"] if line["kind"] == "tax")


def book(walk: Walk, guest: Traveller, listing_id: str, dates: Dates) -> dict[str, Any]:
    """Book at once with a card that is good, at the price that was quoted."""
    offer = quote(walk, listing_id, dates)
    body = order(listing_id, dates, quote_token=offer["quote_token"], expected_total=offer["total"])
    booked: dict[str, Any] = walk.call(
        "POST",
        "/bookings",
        who=guest,
        key=True,
        json=body,
        status=201,
        checks={"status": "confirmed", "payment.status": "captured", "total": offer["total"], "paid": offer["total"]},
    ).body
    return booked


def order(listing_id: str, dates: Dates, **more: Any) -> dict[str, Any]:
    """Return the body of a booking for two with the sandbox."""
    return {
        "listing_id": listing_id,
        **dates.as_body(),
        "guests": {"adults": 2},
        "payment_method": "sandbox",
        "payment_token": TOKEN,
        **more,
    }


def book_twice(walk: Walk, guest: Traveller, other: Traveller, listing_id: str, dates: Dates) -> dict[str, Any]:
    """Book; send the same request again; let somebody else ask for the same nights."""
    booked = book(walk, guest, listing_id, dates)
    body, key = order(listing_id, dates_in(40, 2)), walk.new_key()
    first = walk.call("POST", "/bookings", who=guest, key=key, json=body, status=201, checks={"status": "confirmed"})
    again = walk.call("POST", "/bookings", who=guest, key=key, json=body, status=201, checks={"id": first.body["id"]})
    walk.check("the answer to the repeated key is marked", again.headers.get("Idempotent-Replayed"), "true")
    walk.call(
        "POST",
        "/bookings",
        who=other,
        key=True,
        json=order(listing_id, dates),
        status=409,
        checks={"code": "dates_unavailable", "first_taken_night": dates.check_in.isoformat()},
    )
    walk.call("GET", f"/bookings/{booked['id']}", who=other, status=404, checks={"code": "not_found"})
    cancel(walk, guest, first.body, refund=parse_minor(first.body["total"]))
    return booked


def cancel(walk: Walk, guest: Traveller, booked: dict[str, Any], *, refund: int) -> None:
    """Cancel as the guest, and check what comes back to the cent. Units: ``refund`` in minor units."""
    path = f"/bookings/{booked['id']}"
    money = {"amount": f"{refund // 100}.{refund % 100:02d}", "currency": "EUR"}
    walk.call("GET", f"{path}/cancellation", who=guest, checks={"refund": money})
    walk.call(
        "POST",
        f"{path}/cancel",
        who=guest,
        key=True,
        json={"reason": "Our plans have changed.", "expected_refund": money},
        checks={"status": "canceled", "refunded": money},
    )
    walk.call("POST", f"{path}/cancel", who=guest, key=True, json={}, status=409, checks={"code": "invalid_transition"})


def cancel_by_each_policy(walk: Walk, guest: Traveller, places: dict[str, str]) -> list[dict[str, Any]]:
    """Cancel stays so near that no grace applies, one under each policy, and one within the grace.

    The city's tax is for nights that were stayed, so it comes back with each.
    """
    flexible = book(walk, guest, places["flexible"], dates_in(3, 2))
    cancel(walk, guest, flexible, refund=parse_minor(flexible["total"]))
    moderate = book(walk, guest, places["moderate"], dates_in(2, 4))
    # 4 nights at 100 and 40 for cleaning are 110 a night: the host keeps 110 and half of 330; the fee stays.
    cancel(walk, guest, moderate, refund=16_500 + taxes_of(moderate))
    strict = book(walk, guest, places["strict"], dates_in(3, 2))
    cancel(walk, guest, strict, refund=taxes_of(strict))
    graced = book(walk, guest, places["strict"], dates_in(30, 2))
    cancel(walk, guest, graced, refund=parse_minor(graced["total"]))
    return [flexible, moderate, strict, graced]
