"""Connect: hosts' accounts, onboarding links, transfers and their reversals, in as far as we use them."""

import re

from tests.fakes.stripe.books import Body, Books, StripeError, page, text, whole

LINK_SECONDS = 300


def create_account(books: Books, params: Body) -> Body:
    """Source: https://docs.stripe.com/api/accounts/create (controller properties)"""
    if not re.fullmatch("[A-Z]{2}", params.get("country", "DE")):
        raise StripeError(400, "country_unsupported", param="country")
    account = {
        "id": books.new_id("acct"),
        "object": "account",
        "capabilities": {"transfers": "inactive"},
        "charges_enabled": False,
        "country": params.get("country", "DE"),  # without one, that of the platform's own account
        "created": books.now(),
        "details_submitted": False,
        "email": params.get("email"),
        "metadata": params.get("metadata", {}),
        "payouts_enabled": False,
        "requirements": {"currently_due": ["external_account", "individual.first_name"], "disabled_reason": None},
    }
    return books.add("account", account)


def create_link(books: Books, params: Body, base: str) -> Body:
    """Source: https://docs.stripe.com/api/account_links/create"""
    account = books.get("account", text(params, "account"))
    text(params, "refresh_url"), text(params, "return_url")
    return {
        "object": "account_link",
        "created": books.now(),
        "expires_at": books.now() + LINK_SECONDS,
        "url": f"{base}/setup/e/{account['id']}/{books.new_id('link')}",
    }


def verify_account(books: Books, account: Body, *, ok: bool = True) -> None:
    """Stripe has, or no longer has, what it must know. Source: https://docs.stripe.com/connect/handling-api-verification"""
    account.update(details_submitted=True, payouts_enabled=ok, charges_enabled=ok)
    account["capabilities"] = {"transfers": "active" if ok else "inactive"}
    due = [] if ok else ["individual.verification.document"]
    account["requirements"] = {"currently_due": due, "disabled_reason": None if ok else "requirements.past_due"}
    books.tell("account.updated", account)


def create_transfer(books: Books, params: Body) -> Body:
    """Source: https://docs.stripe.com/api/transfers/create"""
    amount, currency = whole(params, "amount"), text(params, "currency")
    account = books.get("account", text(params, "destination"))
    if account["capabilities"]["transfers"] != "active":
        raise StripeError(400, "insufficient_capabilities_for_transfer", param="destination")
    transfer = {
        "id": books.new_id("tr"),
        "object": "transfer",
        "amount": amount,
        "amount_reversed": 0,
        "created": books.now(),
        "currency": currency,
        "destination": account["id"],
        "metadata": params.get("metadata", {}),
        "reversed": False,
        "transfer_group": params.get("transfer_group"),
    }
    books.add("transfer", transfer)
    books.move("transfer", -amount, currency, transfer["id"])
    books.tell("transfer.created", transfer)
    return transfer


def list_transfers(books: Books, params: Body) -> Body:
    """Source: https://docs.stripe.com/api/transfers/list"""
    group = params.get("transfer_group")
    return page([one for one in books.all("transfer") if group in (None, one["transfer_group"])], params)


def reverse_transfer(books: Books, transfer_id: str, params: Body) -> Body:
    """Source: https://docs.stripe.com/api/transfer_reversals/create"""
    transfer = books.get("transfer", transfer_id)
    left = transfer["amount"] - transfer["amount_reversed"]
    amount = whole(params, "amount") if "amount" in params else left
    if amount > left:
        raise StripeError(400, "amount_too_large", param="amount")
    reversal = {
        "id": books.new_id("trr"),
        "object": "transfer_reversal",
        "amount": amount,
        "created": books.now(),
        "currency": transfer["currency"],
        "metadata": {},
        "transfer": transfer_id,
    }
    transfer["amount_reversed"] += amount
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    books.add("transfer_reversal", reversal)
    books.move("transfer_refund", amount, transfer["currency"], reversal["id"])
    books.tell("transfer.reversed", transfer)
    return reversal
