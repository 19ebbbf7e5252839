"""Countries by their ISO 3166-1 codes."""

import pycountry


def is_country(code: str) -> bool:
    """Say whether ``code`` is a country's two letters; capitals only."""
    return len(code) == 2 and code.isupper() and pycountry.countries.get(alpha_2=code) is not None


def country_name(code: str) -> str:
    """Return a country's everyday English name, or the code where ISO knows none."""
    country = pycountry.countries.get(alpha_2=code)
    return code if country is None else str(getattr(country, "common_name", country.name))
