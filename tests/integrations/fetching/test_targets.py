"""What users' URLs may not lead to, name by name and address by address."""

import ipaddress

import pytest

from airbnb.domain.fetch_targets import UnsafeUrl, is_public, parse_target
from airbnb.integrations.fetching import Fetcher

HOSTILE = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://0/",
    "http://0.0.0.0/",
    "http://127.255.255.254/",
    "http://１２７.０.０.１/",
    "http://127。0。0。1/",
    "http://①②⑦.⓪.⓪.①/",
    "http://localhost/",
    "http://localhost./",
    "http://LOCALHOST/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:7f00:1::]/",
    "http://[fe80::1]/",
    "http://[fe80::1%25eth0]/",
    "http://[fc00::1]/",
    "http://[fd00:ec2::254]/",
    "http://[ff02::1]/",
    "http://[2001:db8::1]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://100.64.0.1/",
    "http://100.100.100.200/",
    "http://168.63.129.16/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://172.31.255.255/",
    "http://192.168.0.1/",
    "http://192.0.0.192/",
    "http://198.18.0.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://user@93.184.216.34/",
    "http://user:password@93.184.216.34/",
    "http://93.184.216.34@127.0.0.1/",
    "http://@93.184.216.34/",
    "http://93.184.216.34:22/",
    "http://93.184.216.34:6379/",
    "http://93.184.216.34:0/",
    "http://93.184.216.34:99999/",
    "http://93.184.216.34:８０８０/",
    "file:///etc/passwd",
    "gopher://93.184.216.34/_INFO",
    "ftp://93.184.216.34/feed.ics",
    "webcal://93.184.216.34/feed.ics",
    "data:text/calendar,BEGIN:VCALENDAR",
    "//93.184.216.34/",
    "/etc/passwd",
    "",
    "http://",
    "http:///feed.ics",
    "http://93.184.216.34\\@127.0.0.1/",
    "http://93.184.216.34/\r\nHost: localhost",
    "http://93.184.216.34/a b",
    "http://\t127.0.0.1/",
    "http://-bad-.example/",
    "http://a..b/",
    "http://1.2.3/",
    "http://1.2.3.4.5/",
    "http://256.256.256.256/",
    "http://[::1/",
    "http://93.184.216.34/" + "a" * 2_000,
]


def never_connect(address, port, seconds):
    raise AssertionError(f"connected to {address}:{port}")


@pytest.mark.parametrize("url", HOSTILE)
def test_case_57_a_hostile_target_is_refused_before_any_connection(url):
    fetcher = Fetcher(user_agent="test", connect=never_connect)

    with pytest.raises(UnsafeUrl):
        fetcher.get(url)


def test_there_are_at_least_forty_hostile_targets():
    assert len(set(HOSTILE)) >= 40


@pytest.mark.parametrize(
    "url, host, port, path",
    [
        ("https://www.example.com/calendar/ical/1.ics?s=abc", "www.example.com", 443, "/calendar/ical/1.ics?s=abc"),
        ("http://example.com", "example.com", 80, "/"),
        ("https://example.com:80/x#part", "example.com", 80, "/x"),
        ("HTTPS://EXAMPLE.com./x", "example.com", 443, "/x"),
        ("https://bücher.example/x", "xn--bcher-kva.example", 443, "/x"),
        ("http://93.184.216.34/x", "93.184.216.34", 80, "/x"),
        ("http://[2606:2800:220:1::1]/x", "2606:2800:220:1::1", 80, "/x"),
    ],
)
def test_a_plain_url_is_read(url, host, port, path):
    target = parse_target(url)

    assert (target.host, target.port, target.path) == (host, port, path)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1", "2a00:1450:4001::8"]
)
def test_public_addresses_are_public(address):
    assert is_public(ipaddress.ip_address(address))


def test_nothing_that_python_calls_private_is_public_here():
    for number in range(0, 1 << 32, 1_234_567):
        address = ipaddress.IPv4Address(number)
        assert not is_public(address) or address.is_global
        assert not is_public(ipaddress.IPv6Address(f"::ffff:{address}"))
