"""What arrived at the far end: the providers' own books and the mailbox, compared with ours."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

from sqlalchemy import select

from airbnb.domain.kinds import IntentOperation
from airbnb.domain.statuses import IntentState, RefundStatus
from airbnb.models.notifications import MailMessage
from airbnb.models.payments import Payment, PaymentIntent, Refund
from airbnb.unit_of_work import reading
from tests.faults.site import Site

#: Our id of a payment, refund or call -> the amounts that moved under it.
Moved = Mapping[str, list[int]]


def counts(site: Site) -> dict[str, int]:
    """Return how many charges, refunds and payouts each provider has in its books, and how many mails came."""
    return {
        "charges": sum(map(len, charges(site).values())),
        "refunds": sum(map(len, refunds(site).values())),
        "payouts": sum(map(len, payouts(site).values())),
        "mails": sum(site.mails().values()),
    }


def faults(site: Site, *, repeated_mails: int = 0) -> list[str]:
    """Return what moved more than once, or otherwise than our rows say; so many mails may have come twice."""
    return [*_money_faults(site), *_key_faults(site), *_mail_faults(site, repeated_mails)]


def charges(site: Site) -> Moved:
    taken = [(one["metadata"]["reference"], one["amount_received"]) for one in site.stripe.all("payment_intent")]
    taken += [(one["invoice_id"], _minor(one["amount"])) for one in site.paypal.all("capture")]
    return _grouped((reference, amount) for reference, amount in taken if amount)


def refunds(site: Site) -> Moved:
    back = [(one["metadata"].get("reference", ""), one["amount"]) for one in site.stripe.all("refund")]
    back += [(one["custom_id"], _minor(one["amount"])) for one in site.paypal.all("refund")]
    return _grouped(back)


def payouts(site: Site) -> Moved:
    sent = [(one["metadata"]["reference"], one["amount"]) for one in site.stripe.all("transfer")]
    for batch in site.paypal.all("batch"):
        for item in batch["items"]:
            sent.append((item["payout_item"]["sender_item_id"], _minor(item["payout_item"]["amount"])))
    return _grouped(sent)


def _money_faults(site: Site) -> Iterable[str]:
    with reading() as session:
        captured = session.execute(
            select(Payment.id, Payment.captured_minor).where(Payment.captured_minor > 0, Payment.provider != "sandbox")
        )
        returned = session.execute(
            select(Refund.id, Refund.amount_minor).where(
                Refund.status == RefundStatus.SUCCEEDED, Refund.provider != "sandbox"
            )
        )
        sent = session.execute(
            select(PaymentIntent.id, PaymentIntent.amount_minor).where(
                PaymentIntent.operation == IntentOperation.PAYOUT,
                PaymentIntent.state == IntentState.SUCCEEDED,
                PaymentIntent.provider != "sandbox",
            )
        )
        ours = {
            "charge": {str(row_id): [amount] for row_id, amount in captured},
            "refund": {str(row_id): [amount] for row_id, amount in returned},
            "payout": {str(row_id): [amount] for row_id, amount in sent},
        }
    theirs = {"charge": charges(site), "refund": refunds(site), "payout": payouts(site)}
    for kind, mine in ours.items():
        for reference in sorted({*mine, *theirs[kind]}):
            here, there = mine.get(reference, []), theirs[kind].get(reference, [])
            if here != there:
                yield f"{kind} {reference}: {there} at the provider, {here} in our rows"


def _key_faults(site: Site) -> Iterable[str]:
    """A provider sees one key for each thing that it does."""
    keys = {call["key"] for call in site.stripe.calls("/v1/transfers")}
    transfers = site.stripe.all("transfer")
    if len(keys) != len(transfers):
        yield f"{len(keys)} keys for {len(transfers)} transfers"
    intents = defaultdict(list)
    for intent in site.stripe.all("payment_intent"):
        intents[intent["metadata"]["reference"]].append(intent["status"])
    for reference, statuses in intents.items():
        if len(statuses) > 1:
            yield f"payment {reference} is {len(statuses)} times at Stripe: {statuses}"


def unmarked_mails(site: Site) -> int:
    """Return how many mails arrived that are not marked as sent: the one place where an effect may come twice."""
    arrived = site.mails()
    with reading() as session:
        return sum(
            one in arrived
            for one in session.scalars(select(MailMessage.message_id).where(MailMessage.sent_at.is_(None)))
        )


def _mail_faults(site: Site, may_repeat: int) -> Iterable[str]:
    arrived = site.mails()
    with reading() as session:
        sent = set(session.scalars(select(MailMessage.message_id).where(MailMessage.sent_at.is_not(None))))
    missing, strange = sent - set(arrived), set(arrived) - sent
    if missing or strange:
        yield f"{len(missing)} mails did not arrive, {len(strange)} arrived that nobody noted"
    repeated = [message_id for message_id, times in arrived.items() if times > 1]
    if len(repeated) > may_repeat:
        yield f"{len(repeated)} mails came more than once, {may_repeat} may: {repeated[:3]}"


def _grouped(pairs: Iterable[tuple[str, int]]) -> Moved:
    found: dict[str, list[int]] = defaultdict(list)
    for reference, amount in pairs:
        found[reference].append(amount)
    return found


def _minor(amount: Mapping[str, str]) -> int:
    return int(Decimal(amount["value"]) * 100)
