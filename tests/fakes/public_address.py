"""A server of this machine that answers, as far as the product can tell, at every public address."""

from ipaddress import ip_address

from airbnb.integrations.fetching import Fetcher
from airbnb.integrations.fetching.wire import system_connect

PATIENCE_S = 1.0


def fetcher_to(port: int) -> Fetcher:
    """Return a fetcher for which every name leads to a public address, and every connection to a port of our own."""
    return Fetcher(
        user_agent="test",
        resolve=lambda host: [ip_address("93.184.216.34")],
        connect=lambda address, wanted_port, seconds: system_connect(ip_address("127.0.0.1"), port, seconds),
        max_seconds=PATIENCE_S,
    )
