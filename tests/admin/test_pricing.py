"""Taxes, coupons and exchange rates at the dashboard: written down, changed, taken back, and audited."""

from datetime import UTC, datetime

import pytest

from airbnb.domain.kinds import Role
from airbnb.models.platform import AuditEntry, ExchangeRate
from airbnb.models.pricing import Coupon, TaxRuleVersion
from airbnb.unit_of_work import reading

TAX = {
    "country_code": "pt",
    "city": "Lisbon",
    "label": "City tax",
    "kind": "per_guest_night",
    "base": "rent",
    "amount": "2.00",
    "currency": "eur",
    "max_nights": "7",
    "remitted_by": "platform",
    "valid_from": "2026-01-01",
    "reason": "The city decided",
}
COUPON = {
    "code": "spring",
    "percent_bps": "12.5",
    "max_minor": "50.00",
    "currency": "EUR",
    "funded_by": "platform",
    "valid_from": "2026-01-01",
    "max_uses": "10",
    "reason": "Spring campaign",
}


def rows(model):
    with reading() as session:
        return session.query(model).order_by(model.id).all()


def test_a_tax_is_written_down_changed_and_taken_out_of_force(staff_browser, count_rows):
    browser = staff_browser(Role.FINANCE)

    added = browser.submit("/taxes/add", **TAX)
    (first,) = rows(TaxRuleVersion)
    shown = browser.get(f"/taxes/{first.id}/change")
    changed = browser.submit(f"/taxes/{first.id}/change", **{**TAX, "amount": "4.00"})
    second = rows(TaxRuleVersion)[1]
    again = browser.get(f"/taxes/{first.id}/change")
    retired = browser.submit(f"/taxes/{second.id}/do/retire", reason="Abolished")

    assert [answer.status_code for answer in (added, shown, changed, again, retired)] == [302, 200, 302, 404, 302]
    assert 'value="2.00"' in shown.text
    assert (first.country_code, first.amount_minor, first.currency, first.max_nights) == ("PT", 200, "EUR", 7)
    assert (second.series_id, second.version, second.amount_minor) == (first.series_id, 2, 400)
    assert all(row.ended_at is not None for row in rows(TaxRuleVersion))
    with reading() as session:
        entries = session.query(AuditEntry).filter_by(subject_type="tax_rules").order_by(AuditEntry.id).all()
    assert [entry.action for entry in entries] == ["add_tax_rule", "change_tax_rule", "retire_tax_rule"]
    assert (entries[1].before["amount_minor"], entries[1].after["amount_minor"]) == (200, 400)
    assert "City tax" in browser.get("/taxes/").text


def test_a_coupon_is_given_out_changed_and_taken_back(staff_browser):
    browser = staff_browser(Role.ADMIN)

    added = browser.submit("/coupons/add", **COUPON)
    (coupon,) = rows(Coupon)
    details = browser.get(f"/coupons/details/?id={coupon.id}")
    changed = browser.submit(f"/coupons/{coupon.id}/change", **{**COUPON, "max_uses": "20"})
    fixed = browser.submit(f"/coupons/{coupon.id}/change", **{**COUPON, "percent_bps": "50"})
    retired = browser.submit(f"/coupons/{coupon.id}/do/retire", reason="Over")
    gone = browser.get(f"/coupons/{coupon.id}/change")

    assert [answer.status_code for answer in (added, details, changed, fixed, retired, gone)] == [
        302, 200, 302, 422, 302, 404,
    ]  # fmt: skip
    assert "cannot be changed any more" in fixed.text
    (after,) = rows(Coupon)
    assert (after.code, after.percent_bps, after.max_minor, after.max_uses) == ("SPRING", 1_250, 5_000, 20)
    assert after.valid_from == datetime(2026, 1, 1, tzinfo=UTC)
    assert after.retired_at is not None


def test_a_code_is_given_out_once(staff_browser):
    browser = staff_browser(Role.FINANCE)
    browser.submit("/coupons/add", **COUPON)

    again = browser.submit("/coupons/add", **COUPON)

    assert (again.status_code, "There is a coupon of this code." in again.text) == (422, True)
    assert len(rows(Coupon)) == 1


@pytest.mark.parametrize(
    "path, fields",
    [
        ("/taxes/add", {**TAX, "amount": "2"}),
        ("/taxes/add", {**TAX, "amount": "2.00", "currency": "XXX"}),
        ("/taxes/add", {**TAX, "reason": ""}),
        ("/taxes/add", {**TAX, "kind": "percent", "rate_bps": "5"}),
        ("/coupons/add", {**COUPON, "percent_bps": "101"}),
        ("/coupons/add", {**COUPON, "percent_bps": "1.234"}),
        ("/coupons/add", {**COUPON, "percent_bps": "NaN"}),
        ("/coupons/add", {**COUPON, "funded_by": "host"}),
        ("/coupons/add", {**COUPON, "listing_id": "5"}),
        ("/coupons/add", {**COUPON, "max_minor": "50.0"}),
        ("/rates/add", {"quote": "USD", "rate": "0", "on": "2026-01-01", "reason": "test"}),
    ],
)
def test_what_makes_no_sense_is_said_beside_the_field(staff_browser, path, fields, count_rows):
    browser = staff_browser(Role.FINANCE)

    answer = browser.submit(path, **fields)

    assert answer.status_code == 422
    assert "text-danger" in answer.text
    assert count_rows(TaxRuleVersion) + count_rows(Coupon) + count_rows(ExchangeRate) == 0


def test_a_rate_is_set_and_shown(staff_browser, count_rows):
    browser = staff_browser(Role.FINANCE)

    done = browser.submit("/rates/add", quote="usd", rate="1.0832", on="2026-01-02", reason="The bank's own")

    assert done.status_code == 302
    assert count_rows(ExchangeRate, ExchangeRate.source == "staff", ExchangeRate.rate == "1.0832") == 1
    assert count_rows(AuditEntry, AuditEntry.action == "set_exchange_rate") == 1
    assert "1.0832" in browser.get("/rates/").text


def test_support_sets_no_prices(staff_browser):
    browser = staff_browser(Role.SUPPORT)

    paths = ("/taxes/", "/taxes/add", "/coupons/", "/coupons/add", "/rates/", "/rates/add")
    assert [browser.get(path).status_code for path in paths] == [403] * len(paths)


def test_a_form_without_its_token_changes_nothing(staff_browser, count_rows):
    browser = staff_browser(Role.FINANCE)

    answer = browser.client.post("/admin/coupons/add", data=COUPON)

    assert answer.status_code == 422
    assert count_rows(Coupon) == 0
