"""The report of transactions, and the check of webhooks' signatures."""

import json
from collections.abc import Mapping

from tests.fakes.paypal.books import Body, Books, PayPalError, seconds
from tests.fakes.paypal.control import signature

LONGEST = 31 * 24 * 3600
MOST = 10_000
MARK = b', "webhook_event": '


def list_transactions(books: Books, args: Mapping[str, str]) -> Body:
    """At most 31 days in one question, and what happened a moment ago isn't in it yet.

    Source: https://developer.paypal.com/docs/api/transaction-search/v1/#search_get
    """
    start, end = seconds(args["start_date"]), seconds(args["end_date"])
    if end - start > LONGEST or end < start:
        raise PayPalError(400, "INVALID_REQUEST", "INVALID_DATE_RANGE")
    found = [line for line in books.all("transaction") if start <= line["at"] <= end]
    found = [line["info"] for line in found if books.now() - line["at"] >= books.lag_s]
    if args.get("transaction_type"):
        found = [info for info in found if info["transaction_event_code"] == args["transaction_type"]]
    if args.get("balance_affecting_records_only", "Y") == "Y":
        found = [info for info in found if not info["transaction_event_code"].startswith("T13")]
    if len(found) > MOST:
        raise PayPalError(400, "RESULTSET_TOO_LARGE")
    size, number = int(args.get("page_size", 100)), int(args.get("page", 1))
    shown = found[(number - 1) * size : number * size]
    pages = max(-(-len(found) // size), 1)
    return {"transaction_details": [{"transaction_info": info} for info in shown], "page": number, "total_pages": pages}


def verify(raw: bytes) -> Body:
    """Compare over the event's bytes as they were sent, so that a rewritten event fails.

    Source: https://developer.paypal.com/docs/api/webhooks/v1/#verify-webhook-signature_post,
    https://developer.paypal.com/api/rest/webhooks/rest/#link-selfverificationmethod (the signed text)
    """
    head, _, event = raw.partition(MARK)
    try:
        fields = json.loads(head + b"}")
        json.loads(raw)
        expected = signature(
            event[:-1], fields["webhook_id"], transmission_id=fields["transmission_id"], at=fields["transmission_time"]
        )
    except (ValueError, KeyError) as error:
        raise PayPalError(400, "VALIDATION_ERROR") from error
    return {"verification_status": "SUCCESS" if fields["transmission_sig"] == expected else "FAILURE"}
