"""Round steps for a histogram of prices.

Source: docs/rules/search.md, "Facets".
"""

MOST_STEPS = 20
_ROUND = (1, 2, 5)


def price_steps(low: int, high: int, *, most: int = MOST_STEPS) -> list[int]:
    """Return edges at round distances (1, 2 or 5 times a power of ten) from at most ``low`` to above ``high``.

    Units: those of the arguments. Shape: at least two edges, ascending; at most ``most`` steps between them.
    """
    tens = 1
    while True:
        for factor in _ROUND:
            width = factor * tens
            first = low // width * width
            steps = (high - first) // width + 1
            if steps <= most:
                return [first + width * step for step in range(steps + 1)]
        tens *= 10
