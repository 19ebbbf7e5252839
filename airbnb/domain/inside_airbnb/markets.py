"""Which city a file is about, from the places that its rows name."""

import re
from collections import Counter
from collections.abc import Iterable

import pycountry

_DISTRICT = re.compile(r"\s+\d+$", re.ASCII)


class MarketGuess:
    """Gathers ``neighbourhood`` values such as ``"Dublin 8, County Dublin, Ireland"``; the most frequent city wins."""

    def __init__(self) -> None:
        self._cities: Counter[str] = Counter()
        self._countries: Counter[str] = Counter()

    def add(self, texts: Iterable[str]) -> None:
        """Take in some values."""
        for text in texts:
            parts = [part.strip() for part in text.split(",") if part.strip()]
            if parts:
                self._countries[parts[-1]] += 1
            if len(parts) > 1:
                self._cities[_DISTRICT.sub("", parts[0])] += 1

    @property
    def city(self) -> str | None:
        """The city most often named."""
        return self._cities.most_common(1)[0][0] if self._cities else None

    @property
    def country_code(self) -> str | None:
        """The ISO 3166-1 code of the country most often named."""
        if not self._countries:
            return None
        try:
            return str(pycountry.countries.lookup(self._countries.most_common(1)[0][0]).alpha_2)
        except LookupError:
            return None
