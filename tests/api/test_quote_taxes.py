"""Taxes of places in quotes and bookings: who owes which, since when, and what old bookings keep.

Source: docs/rules/prices.md, "Taxes of places".
"""

from datetime import UTC, date, datetime

import pytest

from airbnb.domain import clock
from airbnb.domain.causes import by_staff
from airbnb.domain.errors import InvalidTransition, ValidationFailed
from airbnb.domain.kinds import Role
from airbnb.domain.orders import Wish
from airbnb.domain.stays import Stay
from airbnb.domain.tax_rules import TaxPlace
from airbnb.domain.taxes import RemittedBy, TaxBase, TaxKind
from airbnb.extensions import current_settings
from airbnb.models.platform import AuditEntry
from airbnb.models.pricing import TaxRuleVersion
from airbnb.queries.ledger import balances, find_faults
from airbnb.services.quotes import fees_in_force, quote_listings
from airbnb.services.tax_rules import change_rule, retire_rule
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import timers
from tests.factories.pricing import tax_draft

NOW = datetime(2027, 3, 15, 12, tzinfo=UTC)
CHECK_OUT_AT = datetime(2027, 4, 9, 10, tzinfo=UTC)
DATES = {"check_in": "2027-04-05", "check_out": "2027-04-09"}
PORTUGAL = TaxPlace(country_code="PT")


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)


@pytest.fixture
def listing(make_listing, host):
    return make_listing(host=host.user, cleaning_fee_minor=4_000)


def quoted(client, listing, **query):
    answer = client.get(f"/listings/{listing.id}/quote", query_string={**DATES, **query})
    assert answer.status_code == 200, answer.json
    return answer.json


def booked(client, listing, **overrides):
    body = {
        "listing_id": str(listing.id),
        **DATES,
        "guests": {"adults": 1},
        "payment_method": "sandbox",
        "payment_token": "tok_ok",
        **overrides,
    }
    answer = client.post("/bookings", json=body, key="k")
    assert answer.status_code == 201, answer.json
    return answer.json


def taxes(view):
    return {line["label"]: line["amount"]["amount"] for line in view["lines"] if line["kind"] == "tax"}


@pytest.mark.parametrize(
    "rule, porto, faro",
    [
        (("PT", None, None), True, True),
        (("PT", "Norte", None), True, False),
        (("PT", None, "Porto"), True, False),
        (("PT", None, "PÓRTO"), True, False),
        (("PT", "Norte", "Porto"), True, False),
        (("PT", "Sul", "Porto"), False, False),
        (("ES", None, None), False, False),
    ],
)
def test_a_place_owes_what_its_country_region_and_city_ask_for(guest, host, make_listing, make_tax, rule, porto, faro):
    country, region, city = rule
    make_tax(country, region=region, city=city)
    in_porto = make_listing(host=host.user, city="Porto", region="Norte", country_code="PT")
    in_faro = make_listing(host=host.user, city="Faro", region=None, country_code="PT")

    assert [bool(taxes(quoted(guest, one))) for one in (in_porto, in_faro)] == [porto, faro]


def test_every_added_tax_is_a_line_with_its_own_name_the_wider_place_first(guest, listing, make_tax):
    make_tax(
        "PT", city="Lisbon", label="Taxa turística", kind=TaxKind.PER_GUEST_NIGHT, amount_minor=200, currency="EUR"
    )
    make_tax("PT", label="VAT St. 2", rate_bps=600)

    view = quoted(guest, listing, adults=2)

    assert list(taxes(view).items()) == [("VAT St. 2", "24.00"), ("Taxa turística", "16.00")]
    assert view["total"]["amount"] == "541.60"


def test_inclusive_taxes_are_told_apart_and_add_nothing(guest, host, listing, make_tax):
    make_tax("PT", label="VAT", rate_bps=1_000, inclusive=True)

    view, seen_by_host = quoted(guest, listing), quoted(host, listing)

    assert taxes(view) == {}
    assert view["taxes_included"] == [{"label": "VAT", "amount": {"amount": "36.36", "currency": "EUR"}}]
    assert view["total"]["amount"] == "501.60"
    assert seen_by_host["host_payout"]["amount"] == "390.44"


@pytest.mark.parametrize(
    "remitter, payout, payable", [(RemittedBy.PLATFORM, "426.80", -4_000), (RemittedBy.HOST, "466.80", 0)]
)
def test_who_hands_a_tax_on_gets_it(guest, host, listing, make_tax, remitter, payout, payable):
    make_tax("PT", remitted_by=remitter)
    assert quoted(host, listing)["host_payout"]["amount"] == payout
    booked(guest, listing)

    timers.complete_finished(CHECK_OUT_AT)

    with reading() as session:
        assert balances(session).get(("taxes_payable", "EUR"), 0) == payable
        assert find_faults(session) == []


@pytest.mark.parametrize(
    "columns, check_in, owed",
    [
        ({"valid_from": date(2027, 4, 5)}, "2027-04-05", True),
        ({"valid_from": date(2027, 4, 6)}, "2027-04-05", False),
        ({"valid_until": date(2027, 4, 6)}, "2027-04-05", True),
        ({"valid_until": date(2027, 4, 5)}, "2027-04-05", False),
        ({"exempt_from_nights": 4}, "2027-04-05", False),
        ({"exempt_from_nights": 5}, "2027-04-05", True),
    ],
)
def test_a_tax_holds_for_stays_that_begin_in_its_time(guest, listing, make_tax, columns, check_in, owed):
    make_tax("PT", **columns)

    assert bool(taxes(quoted(guest, listing, check_in=check_in))) is owed


def test_an_amount_in_another_currency_is_converted(guest, host, make_listing, make_tax, set_rates):
    set_rates("2027-03-15", USD="1.25")
    make_tax("PT", kind=TaxKind.PER_NIGHT, amount_minor=200, currency="EUR")
    dollars = make_listing(host=host.user, currency="USD")

    assert taxes(quoted(guest, dollars)) == {"City tax": "10.00"}


def test_an_amount_without_a_rate_refuses_the_quote_and_leaves_the_search(guest, host, make_listing, make_tax):
    make_tax("PT", kind=TaxKind.PER_NIGHT, amount_minor=200, currency="EUR")
    dollars = make_listing(host=host.user, currency="USD")

    answer = guest.get(f"/listings/{dollars.id}/quote", query_string=DATES)

    assert (answer.status_code, answer.json["code"]) == (422, "exchange_rate_unavailable")


def test_a_change_makes_a_version_and_leaves_old_bookings_alone(guest, listing, make_tax, make_user, count_rows):
    rule = make_tax("PT", label="City tax", rate_bps=500)
    old = booked(guest, listing)
    promised = quoted(guest, listing, check_in="2027-05-05", check_out="2027-05-09")
    cause = by_staff(make_user(roles=(Role.FINANCE,)).id, now=clock.now(), reason="The city decided")

    new = in_transaction(
        lambda session: change_rule(session, rule.id, tax_draft(PORTUGAL, rate_bps=1_000), cause=cause)
    )

    assert (new.series_id, new.version) == (rule.series_id, 2)
    assert taxes(guest.get(f"/bookings/{old['id']}").json) == {"City tax": "20.00"}
    assert taxes(quoted(guest, listing, check_in="2027-06-07", check_out="2027-06-11")) == {"City tax": "40.00"}
    kept = booked_by_token(guest, listing, promised["quote_token"])
    assert taxes(kept) == {"City tax": "20.00"}
    with reading() as session:
        entry = session.query(AuditEntry).filter_by(action="change_tax_rule").one()
        versions = session.query(TaxRuleVersion).order_by(TaxRuleVersion.version).all()
    assert (entry.before["rate_bps"], entry.after["rate_bps"], entry.reason) == (500, 1_000, "The city decided")
    assert [(one.rate_bps, one.current_of is None) for one in versions] == [(500, True), (1_000, False)]


def booked_by_token(client, listing, token):
    body = {
        "listing_id": str(listing.id),
        "check_in": "2027-05-05",
        "check_out": "2027-05-09",
        "guests": {"adults": 1},
        "payment_method": "sandbox",
        "payment_token": "tok_ok",
        "quote_token": token,
    }
    return client.post("/bookings", json=body, key="token").json


def test_an_ended_version_cannot_be_changed_again(listing, make_tax, make_user, guest):
    rule = make_tax("PT")
    cause = by_staff(make_user(roles=(Role.FINANCE,)).id, now=clock.now(), reason="over")
    in_transaction(lambda session: retire_rule(session, rule.id, cause=cause))

    assert taxes(quoted(guest, listing)) == {}
    for again in (
        lambda session: retire_rule(session, rule.id, cause=cause),
        lambda session: change_rule(session, rule.id, tax_draft(PORTUGAL), cause=cause),
    ):
        with pytest.raises(InvalidTransition):
            in_transaction(again)


@pytest.mark.parametrize(
    "overrides, field",
    [
        ({"rate_bps": 0}, "rate_bps"),
        ({"rate_bps": 10_001}, "rate_bps"),
        ({"kind": TaxKind.PER_NIGHT, "amount_minor": 100}, "currency"),
        ({"kind": TaxKind.PER_NIGHT, "amount_minor": 0, "currency": "EUR"}, "amount_minor"),
        ({"label": " "}, "label"),
        ({"valid_until": date(2020, 1, 1)}, "valid_until"),
        ({"max_nights": -1}, "max_nights"),
    ],
)
def test_what_makes_no_tax_is_named(make_tax, overrides, field):
    with pytest.raises(ValidationFailed) as refusal:
        make_tax("PT", **overrides)

    assert field in refusal.value.errors


def test_search_shows_taxes_beside_the_price_in_constant_statements(
    guest, host, make_listing, make_tax, count_statements, app
):
    make_tax("PT", base=TaxBase.ALL)
    ids = [make_listing(host=host.user).id for _ in range(12)]
    wish = Wish(stay=Stay(date(2027, 4, 5), date(2027, 4, 9)))
    counts = []
    for some in (ids[:2], ids):
        count_statements.clear()
        with reading() as session:
            offers = quote_listings(session, dict.fromkeys(some, wish), fees=fees_in_force(current_settings()), now=NOW)
        counts.append(len(count_statements))
        assert len(offers) == len(some)

    hits = guest.get("/listings", query_string={**DATES, "bbox": "-10,38,-9,39"}).json["data"]

    assert counts == [3, 3]
    assert {(hit["total_price"]["amount"], hit["taxes"]["amount"]) for hit in hits} == {("456.00", "45.60")}
