"""Fetching reference rates: asked for outside any transaction, then kept; until then the last good ones stay."""

import logging
from collections.abc import Sequence
from functools import partial

from airbnb.domain import clock
from airbnb.domain.fetch_targets import UnsafeUrl
from airbnb.extensions import current_settings
from airbnb.integrations.fetching import FetchFailed
from airbnb.integrations.rates import DailyRates, RatesUnreadable, read_rates
from airbnb.services.rates import record_reference
from airbnb.unit_of_work import in_transaction
from airbnb.workflows.outside import fetcher

logger = logging.getLogger(__name__)

ACCEPT = "application/xml, text/xml;q=0.9, */*;q=0.5"


class RatesUnavailable(Exception):
    """The reference rates could not be had; ``str`` says why in a few words."""


def fetch_rates() -> int:
    """Fetch the day's reference rates and keep them; return how many are new.

    Idempotent.
    Raises: RatesUnavailable; what was kept before stays.
    """
    try:
        answer = fetcher().get(current_settings().rates_url, accept=ACCEPT)
        days = read_rates(answer.body or b"")
    except (FetchFailed, UnsafeUrl, RatesUnreadable) as failure:
        logger.warning("reference rates not fetched", extra={"why": str(failure)})
        raise RatesUnavailable(str(failure)) from failure
    return keep_rates(days)


def keep_rates(days: Sequence[DailyRates]) -> int:
    """Keep reference rates, a transaction a day; return how many are new."""
    now = clock.now()
    return sum(in_transaction(partial(record_reference, on=day.on, rates=day.rates, now=now)) for day in days)
