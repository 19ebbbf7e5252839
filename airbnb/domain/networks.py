"""Network addresses as they are counted and compared: what one subscriber holds is one address."""

import ipaddress
from ipaddress import IPv6Address

_SUBSCRIBER_BITS_V6 = 64
_WIDE_BITS_V4 = 24
_WIDE_BITS_V6 = 48
_NEIGHBOUR_BITS_V4 = 16
_NEIGHBOUR_BITS_V6 = 32


def network_of(address: str) -> str:
    """Return what an address is counted by: itself, or for IPv6 the /64 that a subscriber is given whole."""
    parsed = _parse(address)
    if parsed is None:
        return address[:45]
    if isinstance(parsed, IPv6Address):
        return str(ipaddress.ip_network((parsed, _SUBSCRIBER_BITS_V6), strict=False))
    return str(parsed)


def wide_network_of(address: str) -> str:
    """Return the network of an address, wide enough that it names nobody: /24, for IPv6 /48; empty for other text."""
    parsed = _parse(address)
    if parsed is None:
        return ""
    bits = _WIDE_BITS_V6 if isinstance(parsed, IPv6Address) else _WIDE_BITS_V4
    return str(ipaddress.ip_network((parsed, bits), strict=False))


def are_neighbours(one: str, other: str) -> bool:
    """Whether two addresses are likely of one provider and region: phones change theirs within it all day."""
    left, right = _parse(one), _parse(other)
    if left is None or right is None or left.version != right.version:
        return one == other
    bits = _NEIGHBOUR_BITS_V4 if left.version == 4 else _NEIGHBOUR_BITS_V6
    return right in ipaddress.ip_network(f"{left}/{bits}", strict=False)


def _parse(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return mapped or parsed
