"""Which currencies exist, and how many digits ISO 4217 gives each."""

import pycountry

DEFAULT_EXPONENT = 2

#: The codes whose digits are not two. ISO 4217's own figures: CLDR's (babel) round some of them for display.
_EXPONENTS = dict.fromkeys(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split(),
    0,
) | dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3)

#: Metals, fund and bond-market units, accounting units and testing codes: nobody can pay a stay in them.
_NOT_MONEY = frozenset(
    "BOV CHE CHW CLF COU MXV USN UYI UYW XAD XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX".split()
)

#: ISO 4217 code -> digits after the decimal point.
EXPONENTS: dict[str, int] = {
    currency.alpha_3: _EXPONENTS.get(currency.alpha_3, DEFAULT_EXPONENT)
    for currency in pycountry.currencies
    if currency.alpha_3 not in _NOT_MONEY
}


class UnknownCurrency(ValueError):
    """The code is not one of ISO 4217's currencies that people pay in."""


def is_currency(code: str) -> bool:
    """Say whether ``code`` is a currency that prices may be in; capitals only."""
    return code in EXPONENTS


def exponent(code: str) -> int:
    """Return the digits after the decimal point: 0 for JPY, 2 for EUR, 3 for KWD.

    Raises: UnknownCurrency.
    Source: ISO 4217.
    """
    try:
        return EXPONENTS[code]
    except KeyError:
        raise UnknownCurrency(code) from None
