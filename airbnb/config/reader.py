"""Taking typed values out of an environment, and gathering what is wrong with them."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeVar
from urllib.parse import SplitResult, parse_qs, urlsplit

TRUE_WORDS = {"1", "true", "yes", "on"}
FALSE_WORDS = {"0", "false", "no", "off"}

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


class ConfigError(Exception):
    """One or more settings cannot be used; the message names each variable."""


class Reader:
    """Takes typed values out of an environment and gathers what is wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[str] = []

    def text(self, name: str, default: str) -> str:
        return self.environ.get(name, "").strip() or default

    def optional(self, name: str) -> str | None:
        return self.environ.get(name, "").strip() or None

    def parsed(self, name: str, default: T, parse: Callable[[str], T], wanted: str) -> T:
        raw = self.environ.get(name, "").strip()
        if not raw:
            return default
        try:
            return parse(raw)
        except ValueError:
            self.problems.append(f"{name} must be {wanted}, not {raw!r}")
            return default

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        def parse(raw: str) -> int:
            value = int(raw)
            if not low <= value <= high:
                raise ValueError
            return value

        return self.parsed(name, default, parse, f"a whole number from {low} to {high}")

    def flag(self, name: str, default: bool) -> bool:
        def parse(raw: str) -> bool:
            if raw.lower() in TRUE_WORDS | FALSE_WORDS:
                return raw.lower() in TRUE_WORDS
            raise ValueError

        return self.parsed(name, default, parse, "true or false")

    def choice(self, name: str, default: E) -> E:
        kind = type(default)
        return self.parsed(name, default, kind, "one of " + ", ".join(kind))

    def words(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        raw = self.optional(name)
        return tuple(word.strip() for word in raw.split(",") if word.strip()) if raw else default

    def url(self, name: str, default: str, schemes: tuple[str, ...]) -> str:
        value = self.text(name, default)
        if urlsplit(value).scheme not in schemes:
            # The value may carry a password: only the name and the scheme are told.
            self.problems.append(f"{name} must begin with one of {', '.join(s + '://' for s in schemes)}")
        return value


def url_options(parts: SplitResult, known: set[str]) -> dict[str, str]:
    """Return the options behind a URL's question mark. Raises: ValueError for one that is not known."""
    options = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
    if not options.keys() <= known:
        raise ValueError(f"takes no other options than {', '.join(sorted(known))}")
    return options


def web_address(value: str | None) -> str | None:
    """Return the address of a stand-in for a provider, without a slash at its end. Raises: ValueError."""
    if value is not None and (urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).netloc):
        raise ValueError("must name its endpoint as http:// or https://")
    return value.rstrip("/") if value else None
