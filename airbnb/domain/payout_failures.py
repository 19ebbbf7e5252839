"""Why a payout did not arrive, in words for its host."""

TEXTS = {
    "bank_unavailable": "The bank could not be reached. We try again.",
    "account_closed": "The account does not exist any more. Please enter another one.",
}
TEXTS |= dict.fromkeys(
    ("returned", "receiver_unregistered"), "Nobody claimed the money at this address. Please enter another account."
)
TEXTS |= dict.fromkeys(
    ("receiver_account_locked", "receiver_country_not_allowed", "receiver_unconfirmed"),
    "The account cannot take money at present. Please ask its provider, or enter another one.",
)
DEFAULT_TEXT = "The provider refused the payout."


def failure_text(code: str | None) -> str:
    """Return what a host is told of a provider's reason; of one that we do not know, that there is one."""
    return TEXTS.get(code or "", DEFAULT_TEXT)
