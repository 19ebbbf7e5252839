"""Who bears a payment that a payer's bank took back for good.

Source: docs/rules/disputes.md, "Who bears a lost dispute".
"""

from airbnb.domain.money import half_up

#: What banks call it when the stay itself was not as agreed; everything else, fraud above all, is the platform's risk.
#: Source: Stripe's and PayPal's documentation, "dispute reasons".
ABOUT_THE_STAY = frozenset(
    {
        "product_not_received",
        "product_unacceptable",
        "merchandise_or_service_not_received",
        "merchandise_or_service_not_as_described",
    }
)


def host_bears(reason: str, *, amount_minor: int, total_minor: int, earned_minor: int) -> int:
    """Return what a host owes of a lost dispute: of what the stay earned, the share that was taken back.

    Units: ``amount_minor`` and ``total_minor``, what the bank took and what was charged, in the guest's currency;
    ``earned_minor``, what the stay earned its host so far, and the answer in the host's. Nothing is owed of a stay
    that has earned nothing yet, nor more than it earned.
    """
    if reason not in ABOUT_THE_STAY or earned_minor <= 0 or total_minor <= 0:
        return 0
    return min(earned_minor, half_up(earned_minor * amount_minor, total_minor))
