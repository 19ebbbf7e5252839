"""Showing amounts in the currency that the reader asked for, where a rate is known."""

from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy.orm import Session

from airbnb.domain.money import Money
from airbnb.domain.pricing.conversion import convert_amount
from airbnb.queries.exchange_rates import latest_rates, rate_between


@dataclass(frozen=True, slots=True)
class Display:
    """How amounts are shown: in ``currency`` where a rate leads there, else as they are."""

    currency: str | None
    rates: dict[str, Fraction]

    def rate_from(self, source: str) -> Fraction | None:
        """Return what one ``source`` buys of the shown currency; None when it is shown as it is."""
        if self.currency is None or self.currency == source:
            return None
        return rate_between(self.rates, source, self.currency)

    def money(self, amount_minor: int, source: str) -> Money:
        """Return an amount as the reader sees it.

        Units: ``amount_minor`` in ``source``.
        """
        rate = self.rate_from(source)
        if rate is None or self.currency is None:
            return Money(amount_minor, source)
        return Money(convert_amount(amount_minor, rate, source=source, target=self.currency), self.currency)


AS_IT_IS = Display(None, {})


def display_in(session: Session, currency: str | None, *, unless: str | None = None) -> Display:
    """Return how to show amounts in ``currency``; one that is ``unless`` anyway needs no rates."""
    if currency is None or currency == unless:
        return AS_IT_IS
    return Display(currency, latest_rates(session))
