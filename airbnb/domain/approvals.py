"""When staff need a second person before money moves, and how long there is to decide.

Source: docs/rules/approvals.md.
"""

from datetime import timedelta
from enum import StrEnum

from airbnb.domain.errors import DomainError

#: A proposal that nobody decided by then has lapsed: what it was about has changed since.
LIFETIME = timedelta(days=7)


class ApprovalKind(StrEnum):
    """What staff do to money by hand."""

    REFUND = "refund"
    REROUTE_REFUND = "reroute_refund"
    RELEASE_HOLD = "release_hold"
    PAY_BY_HAND = "pay_by_hand"
    CANCEL_BOOKING = "cancel_booking"


class OwnProposal(DomainError):
    """Whoever proposed something can't approve it."""

    code = "own_proposal"
    message = "You proposed this yourself: somebody else has to approve it."


class ApprovalNeeded(DomainError):
    """It moves more money than one member of staff may move alone."""

    code = "approval_needed"
    message = "This gives back more than one person may decide on alone. Propose it at the dashboard."


class ApprovalOpen(DomainError):
    """Somebody proposed the same for the same object, and nobody has decided yet."""

    code = "approval_open"
    message = "Somebody proposed this already. Decide on that first."


def needs_second_person(worth_minor: int | None, *, above_minor: int) -> bool:
    """Say whether an amount is for two people; one whose worth nobody knows is.

    Units: both in the default currency's smallest unit.
    """
    return worth_minor is None or worth_minor > above_minor
