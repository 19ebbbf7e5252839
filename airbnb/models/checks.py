"""Named CHECK constraints that many tables share."""

from sqlalchemy import CheckConstraint


def not_negative(*columns: str) -> list[CheckConstraint]:
    """Return one CHECK per column: NULL, zero or more."""
    return [CheckConstraint(f"{column} >= 0", name=f"{column}_not_negative") for column in columns]


def within(low: int, high: int, *columns: str) -> list[CheckConstraint]:
    """Return one CHECK per column: NULL, or from ``low`` to ``high`` inclusive."""
    return [CheckConstraint(f"{column} BETWEEN {low} AND {high}", name=f"{column}_range") for column in columns]


def three_letters(*columns: str) -> list[CheckConstraint]:
    """Return one CHECK per currency column: NULL, or exactly three characters."""
    return [CheckConstraint(f"length({column}) = 3", name=f"{column}_length") for column in columns]


def both_or_neither(first: str, second: str, *, name: str) -> CheckConstraint:
    """Return a CHECK that two nullable columns are filled together."""
    return CheckConstraint(f"({first} IS NULL) = ({second} IS NULL)", name=name)
