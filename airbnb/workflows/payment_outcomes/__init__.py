"""Every call to a payment provider, and the one way in which its outcome reaches a payment.

A call is made between two transactions: its row with the idempotency key stands before it, its outcome is recorded
after it. What a call brings about may need further calls (an authorisation its capture); they follow here too.
"""

from airbnb.workflows.payment_outcomes.answers import CLOCKS_APART, payment_report
from airbnb.workflows.payment_outcomes.authorising import authorise, authorise_latest, is_set_up
from airbnb.workflows.payment_outcomes.calls import make_calls, settle_payment
from airbnb.workflows.payment_outcomes.resolving import refresh_payment, refresh_payout, refresh_refund, resolve

__all__ = [
    "CLOCKS_APART",
    "authorise",
    "authorise_latest",
    "is_set_up",
    "make_calls",
    "payment_report",
    "refresh_payment",
    "refresh_payout",
    "refresh_refund",
    "resolve",
    "settle_payment",
]
