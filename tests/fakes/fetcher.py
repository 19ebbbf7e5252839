"""Stands in for the way to users' URLs: answers by URL, as told."""

from dataclasses import dataclass, field

from airbnb.integrations.fetching import Fetched, FetchFailed, Known


@dataclass
class FakeFetcher:
    """``pages`` maps URLs to bodies, to exceptions to raise, or to None for "unchanged"."""

    pages: dict[str, bytes | Exception | None] = field(default_factory=dict)
    asked: list[tuple[str, Known | None]] = field(default_factory=list)

    def get(self, url: str, *, known: Known | None = None, accept: str = "*/*") -> Fetched:
        self.asked.append((url, known))
        page = self.pages.get(url, FetchFailed("unreachable"))
        if isinstance(page, Exception):
            raise page
        etag = None if page is None else f'"{hash(page)}"'
        return Fetched(url=url, body=page, content_type="text/calendar", known=Known(etag=etag))
