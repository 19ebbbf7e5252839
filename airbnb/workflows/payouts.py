"""A run of payouts: what is due is gathered host by host, then sent, each between two transactions."""

import logging
from datetime import datetime
from functools import partial

from airbnb.domain.causes import Cause
from airbnb.domain.ids import new_token
from airbnb.domain.kinds import Provider
from airbnb.domain.switches import Switch
from airbnb.extensions import current_settings
from airbnb.queries import payouts as queries
from airbnb.queries.payouts import Share
from airbnb.services import booking_care, payouts
from airbnb.services.payouts import RunTerms
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import switches
from airbnb.workflows.batches import act_on_each
from airbnb.workflows.payment_outcomes import make_calls, resolve

logger = logging.getLogger(__name__)

BATCH = 1_000


def run_payouts(now: datetime) -> int:
    """Send everything that is due, and try again what failed for a while; return how many payouts left.

    Safe to run twice and side by side: items belong to one payout each, and each payout is one call with one key.
    One host's trouble never stops the others' money.
    """
    if switches.is_off(Switch.PAYOUTS):
        return 0
    settings = current_settings()
    terms = RunTerms(
        now=now,
        # Two runs may be made at one instant: a name of its own keeps their payouts apart.
        run_key=f"{now:%Y-%m-%dT%H:%M:%S}-{new_token()[:12]}",
        minimum_minor=settings.payout_minimum_minor,
        provider=Provider((*settings.payment_providers, Provider.SANDBOX.value)[0]),
    )
    with reading() as session:
        retriable = queries.list_retriable_ids(session, now=now, limit=BATCH)
    sent = act_on_each(retriable, partial(_retry, now=now))
    with reading() as session:
        shares = queries.list_due_shares(session, now=now, limit=BATCH)
    return sent + act_on_each(shares, partial(_pay, terms=terms))


def retry_payout(payout_id: int, cause: Cause) -> None:
    """Try a failed payout again now, as staff want it. Raises: InvalidTransition unless it failed and may leave."""
    intent_id = in_transaction(partial(booking_care.retry_payout, payout_id=payout_id, cause=cause))
    if intent_id is not None:
        resolve(intent_id)


def _pay(share: Share, terms: RunTerms) -> bool:
    try:
        calls = in_transaction(partial(payouts.gather, share=share, terms=terms))
    except payouts.ItemTaken:
        logger.warning("a host's payout is left to the next run", extra={"host_id": share.host_id}, exc_info=True)
        return False
    make_calls(calls)
    return bool(calls)


def _retry(payout_id: int, now: datetime) -> bool:
    intent_id = in_transaction(partial(payouts.retry, payout_id=payout_id, now=now))
    if intent_id is None:
        return False
    # The provider may have forgotten the key by now, so it is asked before anything is sent again.
    resolve(intent_id)
    return True
