"""What happens while a process dies: each flow sets its scene, acts where the crash is laid, and says how it must end.

A client behaves as clients do: after a broken connection it repeats its request with the same key.
"""

import json
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from functools import partial
from http.client import HTTPException
from typing import Any, Protocol

import requests
from sqlalchemy import select

from airbnb.domain import clock
from airbnb.domain.ids import new_id
from airbnb.domain.kinds import Role
from airbnb.models.bookings import Booking
from airbnb.models.payments import Payment, Refund, WebhookEvent
from airbnb.models.payouts import Payout
from airbnb.unit_of_work import reading
from tests.concurrency.stage import Answer, Person, make_listing, make_people, order
from tests.fakes.paypal import signed_headers
from tests.fakes.stripe import signature
from tests.faults.kept import wait
from tests.faults.site import WEBHOOK_ID, WEBHOOK_SECRET, Site

BACK = "http://frontend.test/booked"
LEASE_OVER = timedelta(seconds=61)
MOST_REPEATS = 8
HIT_WITHIN_S = 30.0


class Flow(Protocol):
    """One thing that people or machines do."""

    def act(self) -> None:
        """Do it; the process may die meanwhile."""

    def go_on(self) -> None:
        """Do what whoever was cut off does next."""

    def wrong(self) -> list[str]:
        """Say what is not as it must be, when the sweeps are done."""


class Guest:
    """A guest and a host of one listing, and the requests that the guest makes."""

    def __init__(self, site: Site, seed: random.Random, *, notice_days: int = 3) -> None:
        """Make the people and the place; the stay begins ``notice_days`` from now or up to four weeks later."""
        self.site, self.seed = site, seed
        name = f"{new_id():x}"
        self.names = (f"host{name}", f"guest{name}")
        self.host, self.guest = make_people(self.names, Role.HOST)
        self.listing_id = make_listing(self.host)
        self.nights = seed.randint(1, 6)
        self.check_in: date = clock.now().date() + timedelta(days=notice_days + seed.randint(0, 27))

    def post(self, path: str, body: Any, key: str) -> Answer | None:
        """Post once; None when the process dies."""
        with suppress(OSError, HTTPException):
            return self.site.caller(0, self.guest).post(path, body, key=key)
        return None

    def post_until_answered(self, path: str, body: Any, key: str) -> Answer:
        """Post again and again with one key, as a client does that got no answer. Raises: TimeoutError."""
        for _ in range(MOST_REPEATS):
            self.site.wait_for_webs()
            answer = self.post(path, body, key)
            if answer is not None and answer.status < 500:
                if answer.status != 409 or answer.json["code"] != "idempotency_conflict":
                    return answer
                self.site.advance(LEASE_OVER)
        raise TimeoutError(f"{path} was never answered")

    def order(self, provider: str, token: str | None) -> dict[str, Any]:
        more = {"payment_method": provider, "return_url": BACK, "cancel_url": f"{BACK}?canceled=1"}
        body = order(self.listing_id, self.check_in, self.nights, **more)
        return {**body, "payment_token": token} if token else {k: v for k, v in body.items() if k != "payment_token"}

    def book(
        self, provider: str = "stripe", token: str | None = "pm_card_visa", *, key: str = "book"
    ) -> dict[str, Any]:
        answer = self.post_until_answered("/bookings", self.order(provider, token), key)
        assert answer.status == 201, answer.body
        booked: dict[str, Any] = answer.json
        return booked

    def book_another(self) -> dict[str, Any]:
        """Book the nights after the last ones, and pay by card."""
        booked = self.book(key=f"book-{self.check_in}")
        self.check_in += timedelta(days=self.nights)
        return booked

    def bookings(self) -> list[Booking]:
        with reading() as session:
            return list(session.scalars(select(Booking).where(Booking.listing_id == self.listing_id)))

    def ends(self) -> list[str]:
        """Return where the bookings and their payments stand."""
        with reading() as session:
            rows = session.execute(
                select(Booking.status, Payment.status)
                .join(Payment, Payment.booking_id == Booking.id)
                .where(Booking.listing_id == self.listing_id)
            )
            return [f"{booking.value} {payment.value}" for booking, payment in rows]


class Checkout:
    """A guest books and pays by card at once; every other one gives up when the connection breaks."""

    def __init__(self, site: Site, seed: random.Random, *, gives_up: bool | None = None) -> None:
        self.one = Guest(site, seed)
        self.gives_up = seed.random() < 0.5 if gives_up is None else gives_up
        self.answer: Answer | None = None

    def act(self) -> None:
        self.answer = self.one.post("/bookings", self._order(), "book")

    def go_on(self) -> None:
        if not self.gives_up:
            self.answer = self.one.post_until_answered("/bookings", self._order(), "book")

    def wrong(self) -> list[str]:
        ends = self.one.ends()
        if self.answer is not None:
            return [] if self.answer.status == 201 and ends == ["confirmed captured"] else [f"it ended as {ends}"]
        # Nobody came back for it: then it was never held, or is paid, or lapsed and took nothing.
        right = ([], ["confirmed captured"], ["expired failed"], ["expired canceled"], ["expired refunded"])
        return [] if ends in right else [f"after the guest gave up it ended as {ends}"]

    def _order(self) -> dict[str, Any]:
        return self.one.order("stripe", "pm_card_visa")


class PayPalReturn:
    """A payer approved at PayPal and comes back."""

    def __init__(self, site: Site, seed: random.Random) -> None:
        self.one = Guest(site, seed)
        self.payment = self.one.book("paypal", None)["payment"]
        site.paypal.answer_approval(self.payment["approval_url"])

    def act(self) -> None:
        self.one.post(f"/payments/{self.payment['id']}/sync", {}, "sync")

    def go_on(self) -> None:
        """Nobody comes back again: the sweep or a webhook must find it."""
        if self.one.seed.random() < 0.5:
            self.one.site.wait_for_webs()
            for event in self.one.site.paypal.events("CHECKOUT.ORDER.APPROVED")[-1:]:
                report(self.one.site, "paypal", event)

    def wrong(self) -> list[str]:
        ends = self.one.ends()
        return [] if ends in (["confirmed captured"], ["expired canceled"]) else [f"it ended as {ends}"]


class Refunding:
    """A guest cancels a paid stay."""

    def __init__(self, site: Site, seed: random.Random) -> None:
        self.one = Guest(site, seed)
        self.provider = seed.choice(["stripe", "paypal"])
        booked = self.one.book(self.provider, "pm_card_visa" if self.provider == "stripe" else None)
        if self.provider == "paypal":
            site.paypal.answer_approval(booked["payment"]["approval_url"])
            self.one.post(f"/payments/{booked['payment']['id']}/sync", {}, "sync")
        self.path = f"/bookings/{booked['id']}/cancel"

    def act(self) -> None:
        self.one.post(self.path, {}, "cancel")

    def go_on(self) -> None:
        self.one.post_until_answered(self.path, {}, "cancel")

    def wrong(self) -> list[str]:
        ends = self.one.ends()
        with reading() as session:
            back = list(
                session.scalars(select(Refund.status).join(Booking).where(Booking.listing_id == self.one.listing_id))
            )
        right = ends in (["canceled refunded"], ["canceled partially_refunded"]) and back == ["succeeded"]
        return [] if right else [f"it ended as {ends} with refunds {back}"]


class PayingOut:
    """A host is due money for one to three stays, and a run begins."""

    def __init__(self, site: Site, seed: random.Random, *, provider: str | None = None) -> None:
        self.site = site
        self.one = Guest(site, seed)
        self.provider = provider or seed.choice(["stripe", "paypal"])
        open_account(site, self.one.host, self.provider)
        for _ in range(seed.randint(1, 3)):
            self.one.book_another()
        site.advance(timedelta(days=(self.one.check_in - clock.now().date()).days + 2))
        site.tick("search.move_window", "bookings.complete_stays")
        wait(self._all_done, within_s=HIT_WITHIN_S, what="the stays did not end")
        site.advance(timedelta(days=2))

    def act(self) -> None:
        self.site.tick("payouts.run")

    def go_on(self) -> None:
        """Nobody has to do anything."""

    def wrong(self) -> list[str]:
        with reading() as session:
            found = session.execute(select(Payout.status, Payout.amount_minor).where(Payout.host_id == self.host_id))
            ends = [(status.value, amount) for status, amount in found]
            due = session.scalars(
                select(Booking.host_payout_minor).where(Booking.listing_id == self.one.listing_id)
            ).all()
        return [] if ends == [("paid", sum(due))] else [f"of {sum(due)} due: {ends}"]

    @property
    def host_id(self) -> int:
        return self.one.host.user_id

    def _all_done(self) -> bool:
        return {booking.status.value for booking in self.one.bookings()} == {"completed"}


class Telling:
    """Guest and host are told of a booking: notifications, then mails."""

    def __init__(self, site: Site, seed: random.Random) -> None:
        self.one = Guest(site, seed)

    def act(self) -> None:
        self.one.book()

    def go_on(self) -> None:
        """Nobody has to do anything."""

    def wrong(self) -> list[str]:
        arrived = [mail for mail in self.one.site.letters() if self.is_ours(mail.to)]
        kinds = {(mail.to, mail.subject) for mail in arrived}
        return [] if len(kinds) >= 3 else [f"only {kinds} arrived"]

    def is_ours(self, address: str) -> bool:
        return address.partition("@")[0] in self.one.names


class Reporting:
    """The payer's bank agrees, and only Stripe's webhook tells."""

    def __init__(self, site: Site, seed: random.Random) -> None:
        self.site = site
        self.one = Guest(site, seed)
        booked = self.one.book("stripe", "pm_card_authenticationRequired")
        site.stripe.answer_challenge(booked["payment"]["approval_url"], ok=True)
        self.event = site.stripe.events("payment_intent.amount_capturable_updated")[-1]

    def act(self) -> None:
        report(self.site, "stripe", self.event)

    def go_on(self) -> None:
        """Stripe sends what was not answered again, and sometimes what was."""
        self.site.wait_for_webs()
        for _ in range(self.one.seed.randint(1, 3)):
            report(self.site, "stripe", self.event)

    def wrong(self) -> list[str]:
        ends = self.one.ends()
        with reading() as session:
            stored = session.scalars(
                select(WebhookEvent.handled_at).where(WebhookEvent.event_id == self.event["id"])
            ).all()
        right = ends == ["confirmed captured"] and len(stored) == 1 and stored[0] is not None
        return [] if right else [f"it ended as {ends}, the event {stored}"]


class Asking:
    """Stripe authorised, its answer got lost, and the sweep asks."""

    def __init__(self, site: Site, seed: random.Random) -> None:
        self.site = site
        self.one = Guest(site, seed)
        site.stripe.fail("/v1/payment_intents", "lose_answer", times=3, method="POST")
        self.one.book()
        site.advance(timedelta(minutes=2))

    def act(self) -> None:
        self.site.tick("payments.resolve_unknown")

    def go_on(self) -> None:
        """Nobody has to do anything."""

    def wrong(self) -> list[str]:
        ends = self.one.ends()
        return [] if ends == ["confirmed captured"] else [f"it ended as {ends}"]


def report(site: Site, provider: str, event: dict[str, Any], *, to: int = 0) -> int | None:
    """Post a provider's event as it would; None when the process dies."""
    raw = json.dumps(event).encode()
    if provider == "stripe":
        headers = {"Stripe-Signature": signature(raw.decode(), WEBHOOK_SECRET, int(clock.now().timestamp()))}
    else:
        headers = signed_headers(raw, WEBHOOK_ID, clock.now())
    url = f"http://127.0.0.1:{site.ports[to % len(site.ports)]}/api/v1/webhooks/{provider}"
    with suppress(requests.RequestException):
        return requests.post(url, raw, headers={**headers, "Content-Type": "application/json"}, timeout=60).status_code
    return None


def open_account(site: Site, host: Person, provider: str) -> None:
    """Let a host be paid by a provider, which has verified it."""
    caller = site.caller(0, host)
    details = {"email": f"host{host.user_id}@example.test"} if provider == "paypal" else {}
    body = {"method": provider, "currency": "EUR", "details": details}
    assert caller.send("PUT", "/users/me/payout-account", body).status == 200
    if provider == "stripe":
        caller.send("POST", "/users/me/payout-account/onboarding-link", {})
        site.stripe.verify_account(site.stripe.all("account")[0]["id"])
        report(site, "stripe", site.stripe.events("account.updated")[-1])
        is_verified = partial(_is_verified, caller)
        wait(is_verified, within_s=HIT_WITHIN_S, what="the account was not verified")


def _is_verified(caller: Any) -> bool:
    return bool(caller.send("GET", "/users/me/payout-account").json["verified"])


FLOWS: dict[str, Callable[[Site, random.Random], Flow]] = {
    "checkout": Checkout,
    "paypal return": PayPalReturn,
    "refund": Refunding,
    "payout": PayingOut,
    "mail": Telling,
    "webhook": Reporting,
    "sweep": Asking,
}
