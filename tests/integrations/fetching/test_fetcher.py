"""A fetch against servers that lie, drip, flood and send elsewhere."""

import gzip
import ipaddress
import socket
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from airbnb.domain.fetch_targets import UnsafeUrl
from airbnb.integrations.fetching import Fetcher, FetchFailed, Known

PUBLIC = ipaddress.ip_address("93.184.216.34")
LOOPBACK = ipaddress.ip_address("127.0.0.1")


class Scripted(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.append((self.path, dict(self.headers)))
        self.server.script(self)
        self.close_connection = True

    def log_message(self, *args):
        pass

    def answer(self, status=200, body=b"", **headers):
        self.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            if value is not None:
                self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serving(script):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Scripted)
    server.daemon_threads, server.script, server.asked = True, script, []
    server.handle_error = lambda *args: None  # a client that hangs up is what these tests are about
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def fetcher_of(server, *, resolve=lambda host: [PUBLIC], connected=None, **limits):
    """A fetcher for which every public address is the scripted server; any other must never be asked for."""

    def connect(address, port, seconds):
        assert address == PUBLIC
        if connected is not None:
            connected.append((str(address), port))
        return socket.create_connection(server.server_address, timeout=seconds)

    return Fetcher(user_agent="test", resolve=resolve, connect=connect, **limits)


def test_a_feed_is_fetched_with_its_validators():
    with serving(lambda handler: handler.answer(body=b"hello", ETag='"1"', Content_Type="text/calendar")) as server:
        answer = fetcher_of(server).get("http://feeds.example/a.ics?s=1")

    assert (answer.body, answer.content_type, answer.known.etag) == (b"hello", "text/calendar", '"1"')
    path, headers = server.asked[0]
    assert path == "/a.ics?s=1"
    assert headers["Host"] == "feeds.example"
    assert "Cookie" not in headers
    assert "Authorization" not in headers


def test_a_feed_of_a_server_that_closes_is_read_to_its_end():
    body = b"x" * 3_000_000
    with serving(lambda handler: handler.answer(body=body, Content_Length=None, Connection="close")) as server:
        assert fetcher_of(server).get("http://feeds.example/").body == body


def test_an_unchanged_feed_is_not_sent_again():
    def script(handler):
        unchanged = handler.headers.get("If-None-Match") == '"1"'
        handler.answer(304 if unchanged else 200, Content_Length=None if unchanged else "0")

    with serving(script) as server:
        answer = fetcher_of(server).get("http://feeds.example/", known=Known(etag='"1"', last_modified="yesterday"))

    assert answer.body is None
    assert server.asked[0][1]["If-Modified-Since"] == "yesterday"


def test_case_58_a_name_that_answers_differently_the_second_time_gains_nothing():
    answers = iter([[PUBLIC], [LOOPBACK]])
    connected = []
    with serving(lambda handler: handler.answer(body=b"ok")) as server:
        fetcher = fetcher_of(server, resolve=lambda host: next(answers), connected=connected)
        assert fetcher.get("http://rebinding.example/").body == b"ok"
        assert connected == [("93.184.216.34", 80)]
        with pytest.raises(UnsafeUrl):
            fetcher.get("http://rebinding.example/")


def test_of_a_name_with_public_and_private_addresses_only_the_public_are_used():
    connected = []
    with serving(lambda handler: handler.answer()) as server:
        fetcher = fetcher_of(server, resolve=lambda host: [LOOPBACK, PUBLIC], connected=connected)
        fetcher.get("http://both.example/")
    assert connected == [("93.184.216.34", 80)]


def test_the_next_address_is_tried_when_one_does_not_answer():
    dead = ipaddress.ip_address("8.8.8.8")

    def connect(address, port, seconds):
        if address == dead:
            raise ConnectionRefusedError
        return socket.create_connection(server.server_address, timeout=seconds)

    with serving(lambda handler: handler.answer(body=b"ok")) as server:
        fetcher = Fetcher(user_agent="test", resolve=lambda host: [dead, PUBLIC], connect=connect)
        assert fetcher.get("http://two.example/").body == b"ok"


@pytest.mark.parametrize(
    "location",
    ["http://127.0.0.1/", "http://[::1]/", "http://inside.example/", "file:///etc/passwd", "http://x.example:8080/"],
)
def test_case_58_a_redirect_from_public_to_anything_else_is_refused(location):
    def resolve(host):
        return [LOOPBACK] if host == "inside.example" else [PUBLIC]

    with serving(lambda handler: handler.answer(302, Location=location)) as server:
        with pytest.raises(UnsafeUrl):
            fetcher_of(server, resolve=resolve).get("http://outside.example/")
    assert len(server.asked) == 1


def test_a_redirect_within_the_public_web_is_followed_with_its_host_checked():
    def script(handler):
        moved = handler.path == "/old"
        handler.answer(301 if moved else 200, body=b"" if moved else b"here", **({"Location": "new"} if moved else {}))

    with serving(script) as server:
        answer = fetcher_of(server).get("http://outside.example/old")
    assert (answer.body, answer.url) == (b"here", "http://outside.example:80/new")


def test_twenty_redirects_are_too_many():
    with serving(lambda handler: handler.answer(302, Location=handler.path + "x")) as server:
        with pytest.raises(FetchFailed, match="too_many_redirects"):
            fetcher_of(server).get("http://round.example/")
    assert len(server.asked) == 6


def test_a_feed_that_says_it_is_huge_is_not_read():
    with serving(lambda handler: handler.answer(Content_Length="200000000")) as server:
        with pytest.raises(FetchFailed, match="too_large"):
            fetcher_of(server).get("http://huge.example/")


def test_a_feed_that_does_not_say_its_size_is_cut_at_five_megabytes():
    sent = []

    def script(handler):
        handler.answer(Content_Length=None, Connection="close")
        for _ in range(200):
            handler.wfile.write(b"x" * 1_000_000)
            sent.append(1)

    with serving(script) as server:
        with pytest.raises(FetchFailed, match="too_large"):
            fetcher_of(server).get("http://huge.example/")
    assert len(sent) < 30


def test_case_58_a_gzip_bomb_does_not_go_off():
    bomb = gzip.compress(b"\0" * 100_000_000, compresslevel=9)
    assert len(bomb) < 200_000
    with serving(lambda handler: handler.answer(body=bomb, Content_Encoding="gzip")) as server:
        with pytest.raises(FetchFailed, match="too_large"):
            fetcher_of(server).get("http://bomb.example/")


def test_gzip_is_unpacked():
    with serving(lambda handler: handler.answer(body=gzip.compress(b"hello" * 99), Content_Encoding="gzip")) as server:
        assert fetcher_of(server).get("http://packed.example/").body == b"hello" * 99


@pytest.mark.parametrize(
    "headers, body, why",
    [
        ({"Content_Encoding": "br"}, b"x", "encoding"),
        ({"Content_Encoding": "gzip"}, b"not gzip", "encoding"),
        ({"Content_Encoding": "gzip"}, gzip.compress(b"hello" * 1_000, mtime=0)[:-9], "cut_off"),
        ({"Content_Length": "100", "Connection": "close"}, b"short", "cut_off|unreachable"),
    ],
)
def test_a_body_that_cannot_be_whole_is_refused(headers, body, why):
    def script(handler):
        handler.answer(body=body, **headers)

    with serving(script) as server:
        with pytest.raises(FetchFailed, match=why):
            fetcher_of(server).get("http://broken.example/")


def drip_body(handler):
    handler.answer(Content_Length="1000")
    _drip(handler)


def drip_headers(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    _drip(handler)


def _drip(handler):
    for _ in range(100):
        handler.wfile.write(b"x")
        handler.wfile.flush()
        time.sleep(0.05)


@pytest.mark.parametrize("script", [drip_body, drip_headers])
def test_a_server_that_drips_is_given_up(script):
    with serving(script) as server:
        started = time.monotonic()
        with pytest.raises(FetchFailed, match="too_slow"):
            fetcher_of(server, max_seconds=0.4).get("http://slow.example/")
    assert time.monotonic() - started < 2


def test_a_resolver_that_hangs_is_given_up():
    def resolve(host):
        time.sleep(2)
        return [PUBLIC]

    with pytest.raises(FetchFailed, match="too_slow"):
        Fetcher(user_agent="test", resolve=resolve, max_seconds=0.2).get("http://slow.example/")


def test_a_name_that_does_not_exist_is_a_failure():
    def resolve(host):
        raise socket.gaierror("no such name")

    with pytest.raises(FetchFailed, match="unreachable"):
        Fetcher(user_agent="test", resolve=resolve).get("http://nowhere.example/")


@pytest.mark.parametrize("status", [204, 206, 300, 401, 404, 410, 500, 503])
def test_other_statuses_are_failures(status):
    with serving(lambda handler: handler.answer(status)) as server:
        with pytest.raises(FetchFailed) as failure:
            fetcher_of(server).get("http://broken.example/")
    assert failure.value.http_status == status


def test_the_own_machine_is_reached_only_at_ports_that_were_opened():
    with serving(lambda handler: handler.answer(body=b"ok")) as server:
        port = server.server_address[1]
        url = f"http://127.0.0.1:{port}/"
        assert Fetcher(user_agent="test", loopback_ports=frozenset({port})).get(url).body == b"ok"
        with pytest.raises(UnsafeUrl):
            Fetcher(user_agent="test").get(url)
        with pytest.raises(UnsafeUrl):
            Fetcher(user_agent="test", loopback_ports=frozenset({port})).get("http://127.0.0.1/")


def test_an_opened_port_leads_to_the_own_machine_only():
    fetcher = Fetcher(user_agent="test", loopback_ports=frozenset({8080}), resolve=lambda host: [PUBLIC])
    with pytest.raises(UnsafeUrl):
        fetcher.get("http://outside.example:8080/")
