"""Which addresses a URL given by a user may lead to: only public ones, at the ports of the web."""

import ipaddress
import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import ClassVar
from urllib.parse import SplitResult, urlsplit

from airbnb.domain.errors import DomainError

MAX_URL_LENGTH = 2_000
WEB_PORTS = {"http": 80, "https": 443}
#: Every special block of IANA's registries, spelled out: nothing here is anybody's public web server.
_DENIED = tuple(
    ipaddress.ip_network(block)
    for block in (
        "0.0.0.0/8",  # "this" network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # behind a provider's NAT; some clouds' metadata
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a cloud's host agent, at an address that looks public
        "169.254.0.0/16",  # link-local; the metadata of most clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
        "::/3",  # loopback, unspecified, IPv4 in IPv6 of every kind, NAT64
        "2001::/23",  # protocol assignments, Teredo
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which carries any IPv4 address
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
        "4000::/2",  # unassigned
        "8000::/1",  # unassigned, private, link-local, multicast
    )
)
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f\\]")


class UnsafeUrl(DomainError):
    """The URL leads, or may lead, to something other than a public web server; ``why`` is a short word."""

    code: ClassVar[str] = "unsafe_url"
    message: ClassVar[str] = "This address cannot be used: {why}."


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that may be asked for, once its host is known to be public; ``path`` includes the query."""

    scheme: str
    host: str
    port: int
    path: str


def parse_target(url: str, *, more_ports: frozenset[int] = frozenset()) -> Target:
    """Read an absolute URL of the web.

    Raises: UnsafeUrl unless it is http or https, without credentials, at port 80, 443 or one of ``more_ports``,
    and its host is a plain name or a plain address that is public.
    """
    if len(url) > MAX_URL_LENGTH or _UNSAFE.search(url):
        raise UnsafeUrl(why="malformed")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UnsafeUrl(why="malformed") from error
    if parts.scheme not in WEB_PORTS:
        raise UnsafeUrl(why="scheme")
    if "@" in parts.netloc:
        raise UnsafeUrl(why="credentials")
    host = _plain_host(parts)
    port = WEB_PORTS[parts.scheme] if port is None else port
    if port not in WEB_PORTS.values() and port not in more_ports:
        raise UnsafeUrl(why="port")
    address = as_address(host)
    if address is not None and not is_public(address) and not (address.is_loopback and port in more_ports):
        raise UnsafeUrl(why="address")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii():
        raise UnsafeUrl(why="malformed")
    return Target(parts.scheme, host, port, path)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is in none of the denied blocks."""
    return not any(address.version == block.version and address in block for block in _DENIED)


def as_address(host: str) -> IPv4Address | IPv6Address | None:
    """Return a host that is written as an address in its one plain form."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _plain_host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    if "[" in parts.netloc:
        if as_address(host) is None or "%" in host:
            raise UnsafeUrl(why="host")
        return host
    try:
        # Full-width digits, ideographic full stops and the like become what resolvers would make of them.
        host = host.encode("idna").decode().lower().removesuffix(".")
    except UnicodeError as error:
        raise UnsafeUrl(why="host") from error
    labels = host.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels) or len(host) > 253:
        raise UnsafeUrl(why="host")
    # "127.1", "2130706433", "0x7f.1" and "0177.0.0.1" are addresses to some resolvers and names to others.
    if _NUMBER.fullmatch(labels[-1]) and as_address(host) is None:
        raise UnsafeUrl(why="host")
    return host
