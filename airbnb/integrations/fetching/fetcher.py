"""Fetch a user's URL: public servers only, a few hops, a few megabytes, a few seconds.

Names are resolved once per hop and the connection goes to the very address that was checked, so a name that answers
differently a moment later (DNS rebinding) gains nothing.
"""

import ssl
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import Protocol
from urllib.parse import urljoin

from airbnb.domain.fetch_targets import Target, UnsafeUrl, as_address, is_public, parse_target
from airbnb.integrations.fetching.wire import (
    Address,
    Connect,
    Deadline,
    PinnedConnection,
    Resolve,
    resolve_within,
    system_connect,
    system_resolve,
)

MAX_BYTES = 5_000_000
MAX_SECONDS = 10.0
MAX_REDIRECTS = 5
MAX_ADDRESSES = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PIECE = 65_536
_GZIP = 16 + zlib.MAX_WBITS


class FetchFailed(Exception):
    """Nothing usable came back; ``why`` is a short word such as ``too_large``, ``http_status`` what the server said."""

    def __init__(self, why: str, *, status: int | None = None) -> None:
        self.why = why
        self.http_status = status
        super().__init__(why if status is None else f"{why} {status}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What an earlier answer said about itself, for asking whether anything changed."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """An answer; ``body`` is None when the server says that nothing changed."""

    url: str
    body: bytes | None
    content_type: str
    known: Known


class Fetching(Protocol):
    """What calls a URL; tests put their own in its place."""

    def get(self, url: str, *, known: Known | None = None, accept: str = "*/*") -> Fetched:
        """Return what the URL holds. Raises: UnsafeUrl, FetchFailed."""

    def post(self, url: str, body: bytes, *, headers: Mapping[str, str]) -> int:
        """Send a body and return the status. Raises: UnsafeUrl, FetchFailed."""


class Fetcher:
    """The one way to a URL that a user gave. ``loopback_ports`` opens this machine's own ports, for trials only."""

    def __init__(
        self,
        *,
        user_agent: str,
        loopback_ports: frozenset[int] = frozenset(),
        resolve: Resolve = system_resolve,
        connect: Connect = system_connect,
        max_bytes: int = MAX_BYTES,
        max_seconds: float = MAX_SECONDS,
    ) -> None:
        self._user_agent = user_agent
        self._loopback_ports = loopback_ports
        self._resolve, self._connect = resolve, connect
        self._max_bytes, self._max_seconds = max_bytes, max_seconds
        self._tls = ssl.create_default_context()

    def get(self, url: str, *, known: Known | None = None, accept: str = "*/*") -> Fetched:
        """Return what the URL holds, following redirects whose every hop is checked like the first.

        Raises: UnsafeUrl, FetchFailed.
        """
        deadline = Deadline(self._max_seconds)
        headers = self._headers(known or Known(), accept)
        target = parse_target(url, more_ports=self._loopback_ports)
        for _ in range(MAX_REDIRECTS + 1):
            try:
                answer = self._ask(target, headers, deadline)
            except TimeoutError as error:
                raise FetchFailed("too_slow") from error
            except (OSError, HTTPException, ValueError) as error:
                raise FetchFailed("unreachable") from error
            if isinstance(answer, Fetched):
                return answer
            following = parse_target(urljoin(url, answer), more_ports=self._loopback_ports)
            if target.scheme == "https" and following.scheme == "http":
                raise UnsafeUrl(why="downgrade")
            url, target = urljoin(url, answer), following
        raise FetchFailed("too_many_redirects")

    def post(self, url: str, body: bytes, *, headers: Mapping[str, str]) -> int:
        """Send a body and return the status that is answered; redirects are not followed and the answer is not read.

        Raises: UnsafeUrl, FetchFailed.
        """
        deadline = Deadline(self._max_seconds)
        target = parse_target(url, more_ports=self._loopback_ports)
        sent = {"User-Agent": self._user_agent, "Connection": "close", **headers}
        try:
            addresses = self._safe_addresses(target, deadline)
            connection = PinnedConnection(target, addresses, connect=self._connect, tls=self._tls, deadline=deadline)
            try:
                connection.request("POST", target.path, body=body, headers=sent)
                return connection.getresponse().status
            finally:
                connection.hang_up()
        except TimeoutError as error:
            raise FetchFailed("too_slow") from error
        except (OSError, HTTPException, ValueError) as error:
            raise FetchFailed("unreachable") from error

    def _headers(self, known: Known, accept: str) -> dict[str, str]:
        headers = {"User-Agent": self._user_agent, "Accept": accept, "Accept-Encoding": "gzip", "Connection": "close"}
        if known.etag:
            headers["If-None-Match"] = known.etag
        if known.last_modified:
            headers["If-Modified-Since"] = known.last_modified
        return headers

    def _ask(self, target: Target, headers: Mapping[str, str], deadline: Deadline) -> "Fetched | str":
        """Return the answer, or where it redirects to."""
        addresses = self._safe_addresses(target, deadline)
        connection = PinnedConnection(target, addresses, connect=self._connect, tls=self._tls, deadline=deadline)
        try:
            connection.request("GET", target.path, headers=dict(headers))
            response = connection.getresponse()
            location = response.getheader("Location")
            if response.status in _REDIRECTS and location is not None:
                return location
            if response.status not in (200, 304):
                raise FetchFailed("status", status=response.status)
            body = None if response.status == 304 else _read(response, self._max_bytes)
        finally:
            connection.hang_up()
        return Fetched(
            url=f"{target.scheme}://{target.host}:{target.port}{target.path}",
            body=body,
            content_type=response.getheader("Content-Type", ""),
            known=Known(etag=response.getheader("ETag"), last_modified=response.getheader("Last-Modified")),
        )

    def _safe_addresses(self, target: Target, deadline: Deadline) -> list[Address]:
        written = as_address(target.host)
        found = [written] if written is not None else resolve_within(self._resolve, target.host, deadline)
        safe = [address for address in found if self._may_reach(address, target.port)]
        if not safe:
            raise UnsafeUrl(why="address") if found else FetchFailed("unreachable")
        # IPv4 first: many machines have addresses of IPv6 without a way out.
        return sorted(safe, key=lambda address: address.version)[:MAX_ADDRESSES]

    def _may_reach(self, address: Address, port: int) -> bool:
        if port in self._loopback_ports:
            return address.is_loopback
        return is_public(address)


def _read(response: HTTPResponse, most: int) -> bytes:
    """Return a body that is not larger than allowed, neither as sent nor unpacked."""
    encoding = response.getheader("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", "x-gzip", ""):
        raise FetchFailed("encoding")
    if response.length is not None and response.length > most:
        raise FetchFailed("too_large")
    packed = encoding.endswith("gzip")
    unpacker = zlib.decompressobj(_GZIP)
    received, body = 0, bytearray()
    while piece := response.read1(_PIECE):
        received += len(piece)
        try:
            body += unpacker.decompress(piece, most + 1 - len(body)) if packed else piece
        except zlib.error as error:
            raise FetchFailed("encoding") from error
        if received > most or len(body) > most:
            raise FetchFailed("too_large")
    if (packed and not unpacker.eof) or response.length:
        raise FetchFailed("cut_off")
    return bytes(body)
