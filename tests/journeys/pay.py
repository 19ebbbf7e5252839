"""Two stays from the guest's first request to the host's money: one by Stripe with 3-D Secure, one by PayPal's pages.

``python -m tests.journeys.pay`` (``make journey``) starts web, worker, mailbox and the stand-ins of both providers as
processes of their own, on SQLite or on the server that ``TEST_DATABASE_URL`` names, prints each step and the whole
ledger of either stay, and exits non-zero when anything differs from what it expects.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

from babel import Locale
from sqlalchemy import select

from airbnb.domain import clock
from airbnb.domain.formats import money_text
from airbnb.models.ledger import LedgerEntry, LedgerTransaction
from airbnb.unit_of_work import reading
from tests.faults import far_end
from tests.faults.flows import BACK, Guest, open_account
from tests.faults.kept import wait
from tests.faults.site import QUIET_WITHIN_S, WEBHOOK_ID, WEBHOOK_SECRET, Site, site
from tests.settings import TEST_DATABASE_URL

NEEDS_3D_SECURE = "pm_card_authenticationRequired"


class JourneyFailed(Exception):
    """A step ended otherwise than it must."""


@dataclass(slots=True)
class Journey:
    """One guest, one host, one provider, and what they do one after the other."""

    place: Site
    provider: str
    people: Guest

    def walk(self) -> None:
        """Book, pay on the provider's pages, stay, and let the host be paid. Raises: JourneyFailed."""
        tell(f"\n== {self.provider}")
        open_account(self.place, self.people.host, self.provider)
        account = self.seen_by_host("/users/me/payout-account")
        self.expect("host: is paid by", account["method"], self.provider)
        self.expect("host: the account is verified", account["verified"], True)
        self.pay()
        self.stay()
        self.pay_out()
        tell_ledger(self.people.host.user_id)

    def pay(self) -> None:
        token = NEEDS_3D_SECURE if self.provider == "stripe" else None
        booked = self.people.book(self.provider, token)
        self.expect("guest: books, and has to act", booked["payment"]["status"], "requires_action")
        tell("guest: is to pay", booked["total"]["amount"], booked["total"]["currency"])
        back = self.answer_page(booked["payment"]["approval_url"])
        self.expect("payer: agrees, and is sent back to", back.partition("?")[0], BACK)
        answer = self.people.post_until_answered(f"/payments/{booked['payment']['id']}/sync", {}, "sync")
        self.expect("guest: comes back, the payment is", answer.json["status"], "captured")
        self.expect(f"{self.provider}: every event twice, answered", self.deliver_events(), {200})
        self.quiet()
        self.expect("booking and payment are", self.people.ends(), ["confirmed captured"])

    def answer_page(self, page: str) -> str:
        if self.provider == "stripe":
            return self.place.stripe.answer_challenge(page, ok=True)
        return self.place.paypal.answer_approval(page)

    def stay(self) -> None:
        nights = (self.people.check_in - clock.now().date()).days + self.people.nights
        self.place.advance(timedelta(days=nights + 1))
        self.place.tick("search.move_window", "bookings.complete_stays")
        wait(partial(self.has_ended, "completed"), within_s=QUIET_WITHIN_S, what="the stay did not end")
        tell("time passes: the stay is over")

    def has_ended(self, status: str) -> bool:
        return {booking.status.value for booking in self.people.bookings()} == {status}

    def pay_out(self) -> None:
        self.place.advance(timedelta(days=2))
        before = far_end.payouts(self.place)
        self.place.tick("payouts.run")
        wait(lambda: far_end.payouts(self.place) != before, within_s=QUIET_WITHIN_S, what="no payout left")
        self.place.paypal.process_payouts()
        self.expect(f"{self.provider}: every event twice, answered", self.deliver_events(), {200})
        wait(self.is_paid_out, within_s=QUIET_WITHIN_S, what="the payout did not arrive")
        payout = self.payouts()[0]
        tell("host: is paid", payout["amount"]["amount"], payout["amount"]["currency"])
        self.quiet()

    def is_paid_out(self) -> bool:
        return [payout["status"] for payout in self.payouts()] == ["paid"]

    def payouts(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.seen_by_host("/payouts")["data"]
        return found

    def seen_by_host(self, path: str) -> Any:
        return self.place.caller(0, self.people.host).send("GET", path).json

    def deliver_events(self) -> set[int]:
        """Let the provider tell of everything that it has in its books, each twice; return how it was answered."""
        url = f"http://127.0.0.1:{self.place.ports[0]}/api/v1/webhooks/{self.provider}"
        if self.provider == "stripe":
            return set(self.place.stripe.deliver(url, WEBHOOK_SECRET, copies=2))
        return set(self.place.paypal.deliver(url, WEBHOOK_ID, copies=2))

    def quiet(self) -> None:
        wait(self.place.is_quiet, within_s=QUIET_WITHIN_S, what=f"work is left: {self.place.waiting()}")

    def expect(self, what: str, found: object, wanted: object) -> None:
        """Say what was found. Raises: JourneyFailed when it is not what was wanted."""
        tell(what, found)
        if found != wanted:
            raise JourneyFailed(f"{self.provider}: {what} {found}, expected {wanted}")


def tell(*parts: object) -> None:
    sys.stdout.write(" ".join(map(str, parts)) + "\n")


def tell_ledger(host_id: int) -> None:
    """Print every posting of a host's stay and payout in its order."""
    tell("\nledger")
    for kind, line in lines_of(host_id):
        amount = money_text(line.amount_minor, line.currency, Locale.parse("en"))
        tell(f"  {kind:20} {line.account:28} {amount:>14}")


def lines_of(host_id: int) -> Iterator[tuple[str, LedgerEntry]]:
    """Yield the lines of every event that moved something for a host or for a stay with one, and the event's kind."""
    with reading() as session:
        own = select(LedgerEntry.transaction_id).where(LedgerEntry.user_id == host_id)
        stays = select(LedgerTransaction.booking_id).where(LedgerTransaction.id.in_(own))
        rows = session.execute(
            select(LedgerTransaction.kind, LedgerEntry)
            .join(LedgerEntry, LedgerEntry.transaction_id == LedgerTransaction.id)
            .where(LedgerTransaction.id.in_(own) | LedgerTransaction.booking_id.in_(stays))
            .order_by(LedgerTransaction.id, LedgerEntry.position)
        )
        yield from ((kind, line) for kind, line in rows)


def main() -> int:
    """Walk both; 0 when everything was as it must be."""
    with site(TEST_DATABASE_URL or None) as place:
        try:
            for number, provider in enumerate(("stripe", "paypal")):
                Journey(place, provider, Guest(place, Random(number))).walk()
            place.recover()
        except (JourneyFailed, TimeoutError) as error:
            tell("FAILED:", error)
            return 1
        faults = [*far_end.faults(place), *place.verify()]
    tell("\naudits and the providers' own books:", "; ".join(faults) or "everything agrees")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
