"""Working through many records so that a bad one never stops the others."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

from airbnb.domain.errors import DomainError

logger = logging.getLogger(__name__)

T = TypeVar("T")


def act_on_each(records: Iterable[T], act: Callable[[T], bool]) -> int:
    """Act on record after record, each on its own; return for how many ``act`` says that it did something.

    A record that fails is logged and left to the next run.
    """
    done = 0
    for record in records:
        try:
            done += act(record)
        except DomainError:
            # Somebody else was quicker, or the database is busy: the next run takes what is left.
            logger.info("left to the next run", extra={"record": str(record)}, exc_info=True)
        except Exception:
            logger.exception("one record of a batch failed", extra={"record": str(record)})
    return done
