"""Keyset pages: where a list goes on is a key of its last row, never an offset."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")

DEFAULT_LIMIT = 20
MAX_LIMIT = 100

#: The sort values of a page's last row, in the order of the sort.
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """How many rows are wanted, and after which one."""

    limit: int = DEFAULT_LIMIT
    after: Key | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """Some rows of a list and the key to go on from, None at its end."""

    items: list[T]
    next_key: Key | None
