"""Paying hosts: what is due is gathered, netted and held or sent, one payout per host, currency and run.

Source: docs/rules/payouts.md, docs/rules/ledger.md.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from airbnb.domain.causes import Cause, by_gateway, by_system
from airbnb.domain.ids import new_id
from airbnb.domain.kinds import PayoutItemKind, Provider
from airbnb.domain.money import Money
from airbnb.domain.payment_reports import PayoutReport
from airbnb.domain.payout_exchange import sent_for
from airbnb.domain.payout_failures import failure_text
from airbnb.domain.payout_rules import AccountFacts, NetPayout, held_reasons, net_payout
from airbnb.domain.postings import Entry, payout_paid, payout_started, reversal
from airbnb.domain.statuses import IntentState, PayoutStatus, can_move
from airbnb.domain.topics import Topic
from airbnb.models.payments import PaymentIntent
from airbnb.models.payouts import Payout, PayoutAccount, PayoutItem
from airbnb.queries import payments as payment_queries
from airbnb.queries import payouts as queries
from airbnb.queries.disputes import disputed_bookings, is_payout_disputed
from airbnb.queries.payout_holds import Held, find_held, is_payout_held
from airbnb.queries.payouts import Share
from airbnb.queries.transitions import move, record_start
from airbnb.services import ledger, outbox
from airbnb.services import payout_exchange as exchange
from airbnb.services.payment_calls import FIRST_CHECK_AFTER, plan_payout_call

#: What the name of a run gets for the payouts that wait for a stay's sake: one per host, currency and name.
FROZEN_RUN = "-frozen"
FIRST_RETRY = timedelta(minutes=15)
LONGEST_RETRY = timedelta(hours=24)
#: When a payout that a provider is working on is asked about; its webhook tells sooner.
ASK_AGAIN_AFTER = timedelta(hours=1)


class ItemTaken(Exception):
    """Another run took an item a moment ago; the next one finds what is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTerms:
    """What one run pays by; ``run_key`` names it. Units: ``minimum_minor`` in the currency of the earnings."""

    now: datetime
    run_key: str
    minimum_minor: int
    provider: Provider


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """What may not leave: stays in dispute, and what staff hold, which may be everything."""

    disputed: frozenset[int]
    held: Held

    @property
    def booking_ids(self) -> frozenset[int]:
        """The stays whose earnings wait."""
        return self.disputed | self.held.booking_ids


@dataclass(slots=True, kw_only=True)
class Pot:
    """Items that leave or wait together, in a payout that was made before or is to be made."""

    payout: Payout | None
    items: list[PayoutItem]
    is_frozen: bool


def gather(session: Session, share: Share, terms: RunTerms) -> list[int]:
    """Gather what is due to one host into payouts; return the calls that send them.

    Earnings of stays in dispute, or held by staff, wait in a payout of their own; the others leave. Debits are netted
    first: money leaves only once all of them are covered. A rest below the minimum waits with its items; a held payout
    is made, shows its reasons, and is gathered anew by the next run.
    Locks: the waiting payouts.
    Idempotent: items belong to one payout each, by compare-and-set.
    """
    waiting = queries.lock_waiting_payouts(session, share)
    ids = [payout.id for payout in waiting]
    items = queries.list_open_items(session, share, payout_ids=ids, now=terms.now)
    disputed = disputed_bookings(session, {item.booking_id for item in items})
    frozen = Frozen(disputed=disputed, held=find_held(session, share.host_id))
    pots = _pots(waiting, items, frozen.booking_ids)
    calls = [_gather_pot(session, share, pot, (ids, frozen), terms) for pot in pots]
    return [call for call in calls if call is not None]


def _pots(waiting: Iterable[Payout], items: Iterable[PayoutItem], frozen: Collection[int]) -> list[Pot]:
    """Divide items into those that may leave and those that wait; what waits already stays in its payout if it can."""
    pots: list[Pot] = []
    loose: dict[bool, list[PayoutItem]] = {False: [], True: []}
    by_payout: dict[int | None, list[PayoutItem]] = defaultdict(list)
    for item in items:
        by_payout[item.payout_id].append(item)
    for payout in waiting:
        own = by_payout[payout.id]
        earnings = [item for item in own if item.kind is PayoutItemKind.EARNING]
        is_frozen = bool(earnings) and all(item.booking_id in frozen for item in earnings)
        stay = [item for item in own if is_frozen or item not in earnings or item.booking_id not in frozen]
        pots.append(Pot(payout=payout, items=stay, is_frozen=is_frozen))
        loose[True] += [item for item in own if item not in stay]
    for item in by_payout[None]:
        loose[item.kind is PayoutItemKind.EARNING and item.booking_id in frozen].append(item)
    for is_frozen, found in loose.items():
        pot = next((one for one in pots if one.is_frozen is is_frozen), None)
        if pot is not None:
            pot.items += found
        elif found:
            pots.append(Pot(payout=None, items=found, is_frozen=is_frozen))
    return pots


def _gather_pot(
    session: Session, share: Share, pot: Pot, standing: tuple[list[int], Frozen], terms: RunTerms
) -> int | None:
    payout, items, (waiting_ids, frozen) = pot.payout, pot.items, standing
    earnings = [item for item in items if item.kind is PayoutItemKind.EARNING]
    debits = [item for item in items if item.kind is PayoutItemKind.DEBIT]
    net = net_payout(
        [item.amount_minor for item in earnings],
        [-item.amount_minor for item in debits],
        minimum_minor=0 if pot.is_frozen else terms.minimum_minor,
    )
    if net.amount_minor == 0:
        return None
    account = queries.find_account(session, share.host_id)
    rate, is_known = exchange.rate_for(session, share, account, now=terms.now)
    provider = terms.provider if account is None else account.method
    paid_in = share.currency if account is None or rate is None else account.currency
    sent = sent_for(Money(net.amount_minor, share.currency), provider, currency=paid_in, rate=rate)
    if sent.amount.amount_minor == 0:
        return None  # too little to be anything in the account's currency: it waits as below a minimum
    if payout is None:
        run_key = f"{terms.run_key}{FROZEN_RUN}" if pot.is_frozen else terms.run_key
        payout = _new_payout(session, share, account, net, replace(terms, run_key=run_key))
    if not queries.claim_items(session, [item.id for item in items], payout_id=payout.id, out_of=waiting_ids):
        raise ItemTaken()
    if account is not None:
        payout.account_id, payout.provider = account.id, account.method
    exchange.note_sent(payout, net, sent)
    facts = replace(_facts(account, frozen, {item.booking_id for item in earnings}), has_rate=is_known)
    before, payout.held_reasons = payout.held_reasons, [one.value for one in held_reasons(facts, now=terms.now)]
    session.flush()
    if not set(payout.held_reasons) <= set(before):
        outbox.record(session, Topic.PAYOUT_HELD, subject_id=payout.id)
    return None if payout.held_reasons else _send(session, payout, terms.now)


def _new_payout(
    session: Session, share: Share, account: PayoutAccount | None, net: NetPayout, terms: RunTerms
) -> Payout:
    payout = Payout(
        id=new_id(),
        host_id=share.host_id,
        account_id=None if account is None else account.id,
        run_key=terms.run_key,
        provider=terms.provider if account is None else account.method,
        status=PayoutStatus.SCHEDULED,
        currency=share.currency,
        amount_minor=net.amount_minor,
        due_at=terms.now,
        held_reasons=[],
    )
    session.add(payout)
    session.flush()
    record_start(session, payout, cause=by_system(now=terms.now))
    return payout


def _facts(account: PayoutAccount | None, frozen: Frozen, booking_ids: set[int]) -> AccountFacts:
    """Return what holds depend on, for a payout of what some stays earned."""
    facts = AccountFacts(
        has_account=account is not None,
        has_open_dispute=bool(booking_ids & frozen.disputed),
        held_by_staff=frozen.held.whole or bool(booking_ids & frozen.held.booking_ids),
    )
    if account is None:
        return facts
    return replace(facts, is_verified=account.verified_at is not None, changed_at=account.changed_at)


def _send(session: Session, payout: Payout, now: datetime) -> int:
    move(
        session,
        Payout,
        payout.id,
        old=PayoutStatus.SCHEDULED,
        new=PayoutStatus.PROCESSING,
        cause=by_system(now=now),
        attempts=payout.attempts + 1,
    )
    intent_id = plan_payout_call(session, payout, now=now)
    ledger.post(session, "payout_started", f"intent:{intent_id}", started_entries(session, payout), now=now)
    return intent_id


def started_entries(session: Session, payout: Payout) -> list[Entry]:
    """Return what a payout of its items writes into the book when it leaves."""
    items = queries.list_items(session, payout.id)
    earned_minor, netted_minor = _sum(items, PayoutItemKind.EARNING), -_sum(items, PayoutItemKind.DEBIT)
    return payout_started(
        host_id=payout.host_id,
        earned_minor=earned_minor,
        netted_minor=netted_minor,
        currency=payout.currency,
        sent=replace(exchange.sent_as_noted(payout, earned_minor - netted_minor), amount=payout.sent),
    )


def _sum(items: Iterable[PayoutItem], kind: PayoutItemKind) -> int:
    return sum(item.amount_minor for item in items if item.kind is kind)


def retry(session: Session, payout_id: int, *, now: datetime, cause: Cause | None = None) -> int | None:
    """Try a failed payout again; return the call to make, or None when there is none yet.

    After a temporary failure it is the same call with the same key; after a permanent one the host has another
    account, and the payout is gathered anew.
    """
    payout = queries.lock_payout(session, payout_id)
    if payout.status is not PayoutStatus.FAILED:
        return None
    is_frozen = is_payout_disputed(session, payout.id) or is_payout_held(session, payout.id)
    if not payout.failure_permanent and is_frozen:
        return None
    cause = cause or by_system(now=now, reason="tried again")
    if payout.failure_permanent:
        move(
            session,
            Payout,
            payout.id,
            old=PayoutStatus.FAILED,
            new=PayoutStatus.SCHEDULED,
            cause=cause,
            failure_permanent=None,
            failure_code=None,
            failure_text=None,
        )
        return None
    move(
        session,
        Payout,
        payout.id,
        old=PayoutStatus.FAILED,
        new=PayoutStatus.PROCESSING,
        cause=cause,
        attempts=payout.attempts + 1,
    )
    intent = payment_queries.find_open_payout_intent(session, payout.id)
    if intent is None:
        return None
    # Whoever is to make the call may die before it: then the sweep finds it.
    error, check_at = intent.last_error or "", now + FIRST_CHECK_AFTER
    payment_queries.mark_unknown(session, intent.id, error=error, check_at=check_at)
    return intent.id


def free_failed(session: Session, host_id: int, *, now: datetime) -> None:
    """Let what failed for good at a host's old account be gathered anew for another one."""
    for payout_id in queries.list_failed_for_good(session, host_id):
        retry(session, payout_id, now=now)


def apply_report(session: Session, intent_id: int, report: PayoutReport, *, now: datetime) -> None:
    """Apply where the provider says a payout stands.

    Idempotent.
    """
    intent = payment_queries.get_intent(session, intent_id)
    assert intent.payout_id is not None
    payout = queries.lock_payout(session, intent.payout_id)
    if report.status is PayoutStatus.PROCESSING and report.provider_ref is not None:
        # The provider takes its time: by its own name for the payout it is asked from here on.
        payment_queries.note_provider_ref(
            session, intent.id, provider_ref=report.provider_ref, check_at=now + ASK_AGAIN_AFTER
        )
    if payout.by_hand_reference is not None or not can_move(payout.status, report.status):
        # What staff paid by hand is not the provider's any more.
        return
    if report.status is PayoutStatus.PAID:
        _note_paid(session, payout, intent, report, now)
    elif report.status is PayoutStatus.FAILED:
        _note_failed(session, payout, intent, report, now)


def _arrived(payout: Payout) -> list[Entry]:
    return payout_paid(
        host_id=payout.host_id,
        provider=payout.provider,
        amount_minor=payout.sent.amount_minor,
        currency=payout.sent.currency,
    )


def _note_paid(session: Session, payout: Payout, intent: PaymentIntent, report: PayoutReport, now: datetime) -> None:
    payment_queries.close_intent(session, intent.id, state=IntentState.SUCCEEDED, provider_ref=report.provider_ref)
    move(
        session,
        Payout,
        payout.id,
        old=payout.status,
        new=PayoutStatus.PAID,
        cause=by_gateway(now=now),
        provider_ref=report.provider_ref,
        paid_at=now,
        failure_code=None,
        failure_permanent=None,
        failure_text=None,
    )
    ledger.post(session, "payout_paid", f"intent:{intent.id}", _arrived(payout), now=now)
    outbox.record(session, Topic.PAYOUT_PAID, subject_id=payout.id)


def _note_failed(session: Session, payout: Payout, intent: PaymentIntent, report: PayoutReport, now: datetime) -> None:
    backoff = min(FIRST_RETRY * 2 ** max(payout.attempts - 1, 0), LONGEST_RETRY)
    if payout.status is PayoutStatus.PAID:
        # It had arrived and came back, as from a closed account: first it is on its way again, then it has failed.
        ledger.post(session, "payout_came_back", f"intent:{intent.id}", reversal(_arrived(payout)), now=now)
    move(
        session,
        Payout,
        payout.id,
        old=payout.status,
        new=PayoutStatus.FAILED,
        cause=by_gateway(now=now, reason=report.failure_code),
        failure_code=report.failure_code,
        failure_permanent=report.is_permanent,
        failure_text=failure_text(report.failure_code),
        paid_at=None,
        due_at=payout.due_at if report.is_permanent else now + backoff,
    )
    if report.is_permanent:
        payment_queries.close_intent(session, intent.id, state=IntentState.FAILED)
        entries = reversal(started_entries(session, payout))
        ledger.post(session, "payout_failed", f"intent:{intent.id}", entries, now=now)
        outbox.record(session, Topic.PAYOUT_FAILED, subject_id=payout.id)
    else:
        # The run makes the same call again at ``due_at``; until then nobody needs to ask.
        payment_queries.mark_unknown(session, intent.id, error=report.failure_code or "", check_at=None)
