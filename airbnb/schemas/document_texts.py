"""A receipt or credit note as texts in the language of the request: its captions, money, dates."""

from collections.abc import Iterator
from datetime import date, datetime

from babel import Locale
from babel.dates import format_date
from flask_babel import get_locale
from flask_babel import gettext as _

from airbnb.domain.documents import DocumentKind, Sheet, SheetLine, number_text
from airbnb.domain.formats import money_text
from airbnb.domain.kinds import Provider
from airbnb.models.documents import Document
from airbnb.schemas.price_labels import label_of

PROVIDERS = {Provider.STRIPE: "Stripe", Provider.PAYPAL: "PayPal", Provider.SANDBOX: "Sandbox"}
#: Spaces that keep a number together and direction marks, neither of which every font has.
PRINTABLE = {0x202F: 0xA0, 0x2009: 0xA0, 0x200E: None, 0x200F: None, 0x061C: None}


def sheet_of(document: Document) -> Sheet:
    """Return what a document shows, in the language of the request.

    Needs: an app context.
    """
    locale, content = get_locale(), document.content
    is_receipt = document.kind is DocumentKind.RECEIPT
    title, number = (_("Receipt") if is_receipt else _("Credit note")), number_text(document.number)
    issuer: list[str] = content["issuer"]
    return Sheet(
        title=title,
        number=number,
        issuer=issuer,
        issued_at=document.issued_at,
        issued=_("Issued on %(day)s", day=_day(document.issued_at.date(), locale)),
        parties=[(_("Guest"), [content["guest"]]), (_("Host"), [content["host"]])],
        facts=list(_facts(document, locale)),
        columns=(_("Description"), _("Quantity"), _("Unit price"), _("Amount")),
        lines=list(_receipt_lines(document, locale) if is_receipt else _credit_lines(document, locale)),
        notes=list(_notes(document, locale)),
        footer=f"{issuer[0]} · {title} {number}",
    )


def _facts(document: Document, locale: Locale) -> Iterator[tuple[str, str]]:
    stay = document.content["stay"]
    where = ", ".join(part for part in (stay["city"], _country(stay["country_code"], locale)) if part)
    yield _("Booking"), stay["code"]
    yield _("Place"), ", ".join(part for part in (stay["listing_title"], where) if part)
    days = (_day(date.fromisoformat(stay[name]), locale) for name in ("check_in", "check_out"))
    yield _("Stay"), " – ".join(days)
    yield _("Nights"), str(stay["nights"])
    yield _("Guests"), str(stay["guests"])
    if document.kind is DocumentKind.CREDIT_NOTE:
        yield _("To receipt"), number_text(document.content["receipt_number"])


def _receipt_lines(document: Document, locale: Locale) -> Iterator[SheetLine]:
    content = document.content

    def money(amount_minor: int) -> str:
        return _money(amount_minor, document.currency, locale)

    for line in content["lines"]:
        unit_minor = line["unit_minor"]
        yield SheetLine(
            text=label_of(line["label_key"]),
            quantity=str(line["quantity"]),
            unit="" if unit_minor is None else money(unit_minor),
            amount=money(line["amount_minor"]),
        )
    yield SheetLine(text=_("Total"), amount=money(content["total_minor"]), is_total=True)
    if content["paid_before_minor"]:
        yield SheetLine(text=_("Paid before"), amount=money(content["paid_before_minor"]))
    payment = content["payment"]
    text = _("Paid through %(provider)s", provider=PROVIDERS[Provider(payment["provider"])])
    if payment["captured_at"]:
        text += ", " + _day(datetime.fromisoformat(payment["captured_at"]).date(), locale)
    yield SheetLine(text=text, amount=money(document.amount_minor), is_total=True)


def _credit_lines(document: Document, locale: Locale) -> Iterator[SheetLine]:
    def money(amount_minor: int) -> str:
        return _money(amount_minor, document.currency, locale)

    refund = document.content["refund"]
    labels = {line["kind"]: label_of(line["label_key"]) for line in document.content["lines"]}
    if sum(line["amount_minor"] for line in refund["lines"]) == document.amount_minor:
        for line in refund["lines"]:
            text = labels.get(line["kind"], label_of(line["kind"]))
            yield SheetLine(text=text, amount=money(-line["amount_minor"]))
    provider = PROVIDERS[Provider(refund["provider"])]
    by_transfer = refund.get("by_transfer", False)
    text = _("Refunded by bank transfer") if by_transfer else _("Refunded through %(provider)s", provider=provider)
    yield SheetLine(text=text, amount=money(-document.amount_minor), is_total=True)


def _notes(document: Document, locale: Locale) -> Iterator[str]:
    content = document.content
    for tax in content["taxes_included"] if document.kind is DocumentKind.RECEIPT else ():
        amount = _money(tax["amount_minor"], document.currency, locale)
        yield _("Included in the prices: %(tax)s %(amount)s", tax=label_of(tax["label_key"]), amount=amount)
    if content["exchange_rate"]:
        yield _(
            "Exchange rate of %(day)s: 1 %(source)s = %(rate)s %(target)s",
            day=_day(date.fromisoformat(content["exchange_rate_on"]), locale),
            source=content["listing_currency"],
            rate=content["exchange_rate"],
            target=document.currency,
        )


def _money(amount_minor: int, currency: str, locale: Locale) -> str:
    return money_text(amount_minor, currency, locale).translate(PRINTABLE)


def _day(day: date, locale: Locale) -> str:
    return format_date(day, "long", locale=locale).translate(PRINTABLE)


def _country(code: str, locale: Locale) -> str:
    return str(locale.territories.get(code, code)) if code else ""
