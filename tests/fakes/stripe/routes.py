"""Which path of Stripe's API does what at the stand-in."""

import re
from collections.abc import Callable

from tests.fakes.stripe import connect, payments
from tests.fakes.stripe.books import Body, Books, StripeError, page

_LISTS = {
    "payment_intents": "payment_intent",
    "accounts": "account",
    "disputes": "dispute",
    "balance_transactions": "balance_transaction",
    "charges": "charge",
}
_OBJECTS = {**_LISTS, "refunds": "refund", "transfers": "transfer"}
Action = Callable[[Books, Body, str, str], Body]
#: (method, path) -> what is done with the books, the parameters, the object's id and our address.
_ACTIONS: tuple[tuple[str, str, Action], ...] = (
    ("POST", r"/v1/payment_intents", lambda books, params, _, base: payments.create_intent(books, params, base)),
    (
        "POST",
        r"/v1/payment_intents/([^/]+)/capture",
        lambda books, params, one, _: payments.capture_intent(books, one, params),
    ),
    ("POST", r"/v1/payment_intents/([^/]+)/cancel", lambda books, params, one, _: payments.cancel_intent(books, one)),
    ("POST", r"/v1/refunds", lambda books, params, *_: payments.create_refund(books, params)),
    ("GET", r"/v1/refunds", lambda books, params, *_: payments.list_refunds(books, params)),
    ("POST", r"/v1/accounts", lambda books, params, *_: connect.create_account(books, params)),
    ("POST", r"/v1/account_links", lambda books, params, _, base: connect.create_link(books, params, base)),
    ("POST", r"/v1/transfers", lambda books, params, *_: connect.create_transfer(books, params)),
    ("GET", r"/v1/transfers", lambda books, params, *_: connect.list_transfers(books, params)),
    (
        "POST",
        r"/v1/transfers/([^/]+)/reversals",
        lambda books, params, one, _: connect.reverse_transfer(books, one, params),
    ),
)


def act(books: Books, method: str, path: str, params: Body, base: str) -> Body:
    """Do what a request asks for. Raises: StripeError."""
    for verb, pattern, action in _ACTIONS:
        match = re.fullmatch(pattern, path)
        if verb == method and match:
            return _shown(books, action(books, params, (match.groups() or ("",))[0], base), params)
    parts = path.split("/")[2:]
    if method == "GET" and len(parts) == 1 and parts[0] in _LISTS:
        return _shown(books, page(books.all(_LISTS[parts[0]]), params), params)
    if method == "GET" and len(parts) == 2 and parts[0] in _OBJECTS:
        return _shown(books, books.get(_OBJECTS[parts[0]], parts[1]), params)
    # Source: https://docs.stripe.com/api/errors (404 for unknown paths)
    raise StripeError(404, None, is_saved=False)


def _shown(books: Books, body: Body, params: Body) -> Body:
    paths = params.get("expand", [])
    if body.get("object") != "list":
        return payments.expand(books, body, paths)
    inner = [path.removeprefix("data.") for path in paths]
    return {**body, "data": [payments.expand(books, one, inner) for one in body["data"]]}
