"""The cancellation policies as data; a booking stores the name and version of its own.

Source: docs/rules/cancellation.md, "Policies".
"""

from dataclasses import dataclass
from enum import StrEnum

from airbnb.domain.money import FULL_BPS
from airbnb.domain.pricing.rules import RatePlan

#: A new version is added beside the old ones when a number changes: old bookings keep theirs.
POLICY_VERSION = 1
LONG_STAY_NIGHTS = 28


class CancellationPolicy(StrEnum):
    """The policies' names; hosts choose from the first five."""

    FLEXIBLE = "flexible"
    MODERATE = "moderate"
    LIMITED = "limited"
    FIRM = "firm"
    STRICT = "strict"
    NON_REFUNDABLE = "non_refundable"
    LONG_TERM = "long_term"


#: What a host may choose; the other two follow from the rate plan and the length.
LISTING_POLICIES = (
    CancellationPolicy.FLEXIBLE,
    CancellationPolicy.MODERATE,
    CancellationPolicy.LIMITED,
    CancellationPolicy.FIRM,
    CancellationPolicy.STRICT,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """What the host keeps: so many whole nights beyond those stayed, and a share of the nights after them.

    Units: ``rest_bps`` in basis points of the pool of the remaining nights.
    """

    nights: int = 0
    rest_bps: int = 0


NOTHING = Keep()
EVERYTHING = Keep(rest_bps=FULL_BPS)
HALF = Keep(rest_bps=FULL_BPS // 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """What is kept when the guest cancels at least ``days_before`` days before T, at exactly that many too."""

    days_before: int
    keep: Keep


@dataclass(frozen=True, slots=True, kw_only=True)
class Grace:
    """The time to think again: all back for ``hours`` after B, if B is at least ``min_days_before`` days before T.

    ``non_refundable`` says whether the non-refundable rate plan has it too: a setting of the marketplace.
    """

    hours: int = 24
    min_days_before: int = 7
    non_refundable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyTerms:
    """One policy's numbers: bands from the earliest to T, and what is kept once T has passed."""

    name: CancellationPolicy
    version: int
    bands: tuple[Band, ...]
    after: Keep


_BANDS: dict[int, dict[CancellationPolicy, tuple[tuple[Band, ...], Keep]]] = {
    1: {
        CancellationPolicy.FLEXIBLE: (
            (Band(days_before=1, keep=NOTHING), Band(days_before=0, keep=Keep(nights=1))),
            Keep(nights=1),
        ),
        CancellationPolicy.MODERATE: (
            (Band(days_before=5, keep=NOTHING), Band(days_before=0, keep=Keep(nights=1, rest_bps=5_000))),
            Keep(nights=1, rest_bps=5_000),
        ),
        CancellationPolicy.LIMITED: (
            (
                Band(days_before=14, keep=NOTHING),
                Band(days_before=7, keep=HALF),
                Band(days_before=0, keep=EVERYTHING),
            ),
            EVERYTHING,
        ),
        CancellationPolicy.FIRM: (
            (
                Band(days_before=30, keep=NOTHING),
                Band(days_before=7, keep=HALF),
                Band(days_before=0, keep=EVERYTHING),
            ),
            EVERYTHING,
        ),
        CancellationPolicy.STRICT: (
            (Band(days_before=7, keep=HALF), Band(days_before=0, keep=EVERYTHING)),
            EVERYTHING,
        ),
        CancellationPolicy.NON_REFUNDABLE: ((Band(days_before=0, keep=EVERYTHING),), EVERYTHING),
        CancellationPolicy.LONG_TERM: (
            (Band(days_before=30, keep=NOTHING), Band(days_before=0, keep=Keep(nights=30))),
            Keep(nights=30),
        ),
    },
}


def policy_terms(name: CancellationPolicy, version: int = POLICY_VERSION) -> PolicyTerms:
    """Return a policy's numbers as they were in a version.

    Raises: KeyError for a version that never was.
    Source: docs/rules/cancellation.md, "Policies".
    """
    bands, after = _BANDS[version][name]
    return PolicyTerms(name=name, version=version, bands=bands, after=after)


def policy_for(listing_policy: CancellationPolicy, rate_plan: RatePlan, nights: int) -> CancellationPolicy:
    """Return the policy that a new booking gets: long stays have their own, then the rate plan, then the listing.

    Needs: called once, when the booking is made; a change of its length later keeps the policy.
    Source: docs/rules/cancellation.md, "Which policy holds".
    """
    if nights >= LONG_STAY_NIGHTS:
        return CancellationPolicy.LONG_TERM
    if rate_plan is RatePlan.NON_REFUNDABLE:
        return CancellationPolicy.NON_REFUNDABLE
    return listing_policy
