"""Payouts v1, as PayPal's pages describe them, in as far as we use them."""

from tests.fakes.paypal.books import Body, Books, PayPalError, checked, seconds, stamp

#: A batch's name is refused for so long. Source: https://developer.paypal.com/docs/api/payments.payouts-batch/v1/
NAME_SECONDS = 30 * 24 * 3600
#: What becomes of an item, by the first part of its receiver's address; everybody else is paid.
#: Source: https://developer.paypal.com/docs/payouts/standard/reference/errors/ (item errors)
FAILURES = {
    "locked": "RECEIVER_ACCOUNT_LOCKED",
    "abroad": "RECEIVER_COUNTRY_NOT_ALLOWED",
    "busy": "INTERNAL_ERROR",
}


def create_batch(books: Books, params: Body, base: str) -> Body:
    """Source: https://developer.paypal.com/docs/api/payments.payouts-batch/v1/#payouts_post"""
    header, item = params["sender_batch_header"], params["items"][0]
    checked(item["amount"], "currency")
    for known in books.all("batch"):
        is_recent = books.now() - seconds(known["batch_header"]["time_created"]) <= NAME_SECONDS
        if known["batch_header"]["sender_batch_header"]["sender_batch_id"] == header["sender_batch_id"] and is_recent:
            link = {"rel": "self", "href": f"{base}/v1/payments/payouts/{known['id']}", "method": "GET"}
            raise PayPalError(400, "USER_BUSINESS_ERROR", links=[link])
    batch_id = books.new_id()
    batch = {
        "id": batch_id,
        "batch_header": {
            "payout_batch_id": batch_id,
            "batch_status": "PENDING",
            "time_created": stamp(books.now()),
            "sender_batch_header": header,
            "amount": item["amount"],
        },
        "items": [
            {
                "payout_item_id": books.new_id(),
                "payout_batch_id": batch_id,
                "transaction_status": "PENDING",
                "payout_item": item,
            }
        ],
    }
    return books.add("batch", batch)


def process(books: Books) -> None:
    """Work through what waits. Source: https://developer.paypal.com/docs/payouts/standard/reference/batch-item-status/"""
    for batch in reversed(books.all("batch")):
        item = batch["items"][0]
        if item["transaction_status"] != "PENDING":
            continue
        behaviour = item["payout_item"]["receiver"].partition("@")[0]
        batch["batch_header"]["batch_status"] = "SUCCESS"
        if behaviour in FAILURES:
            item.update(transaction_status="FAILED", errors={"name": FAILURES[behaviour], "message": "Refused."})
        else:
            item["transaction_id"] = books.new_id()
            item["transaction_status"] = "UNCLAIMED" if behaviour == "stranger" else "SUCCESS"
            books.move(
                "T0001",
                item["payout_item"]["amount"],
                item["payout_item"]["sender_item_id"],
                item["transaction_id"],
                sign=-1,
            )
        _tell(books, item)
        books.tell("PAYMENT.PAYOUTSBATCH.SUCCESS", "payouts", {"batch_header": batch["batch_header"]})


def return_items(books: Books) -> None:
    """What nobody claims within 30 days goes back, and so may what arrived.

    Source: https://developer.paypal.com/docs/payouts/standard/reference/batch-item-status/ (RETURNED, REVERSED)
    """
    ends = {"UNCLAIMED": "RETURNED", "SUCCESS": "REVERSED"}
    for batch in books.all("batch"):
        item = batch["items"][0]
        if item["transaction_status"] in ends:
            item["transaction_status"] = ends[item["transaction_status"]]
            amount, reference = item["payout_item"]["amount"], item["payout_item"]["sender_item_id"]
            books.move("T1114", amount, reference, item["transaction_id"], sign=1)
            _tell(books, item)


def _tell(books: Books, item: Body) -> None:
    """Source: https://developer.paypal.com/api/rest/webhooks/event-names/ (batch payouts)"""
    names = {"SUCCESS": "SUCCEEDED", "REVERSED": "REFUNDED"}
    state = item["transaction_status"]
    books.tell(f"PAYMENT.PAYOUTS-ITEM.{names.get(state, state)}", "payouts_item", item)
