"""Mail goes through a real server into the mailbox; what can't go says whether to try again."""

import asyncio
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from airbnb.domain import clock
from airbnb.integrations.mail import (
    Attachment,
    MailMessage,
    MailRefused,
    MailUnavailable,
    SMTPMailer,
    read_mailbox,
)
from airbnb.integrations.mail.sink import serve_sink
from airbnb.integrations.mail.smtp import SMTPServer

SENDER = "Stays <hello@stays.example>"


def new_message(**overrides):
    values = {
        "to": "ana@example.test",
        "subject": "Your stay",
        "text": "See you.",
        "message_id": "<outbox-1@stays.example>",
    }
    return MailMessage(**{**values, **overrides})


class InThread:
    """Runs an asyncio server in a thread until closed."""

    def __init__(self, start):
        self._ready = threading.Event()
        self._start = start
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()))
        self._thread.start()
        assert self._ready.wait(10)

    async def _main(self):
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        await self._start(self._stop, self._set_port)

    def _set_port(self, port):
        self.port = port
        self._ready.set()

    def close(self):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "mailbox"


@pytest.fixture
def sink(folder):
    server = InThread(lambda stop, ready: serve_sink(folder, "127.0.0.1", 0, stop=stop, ready=ready))
    yield server
    server.close()


@pytest.fixture
def mailer(sink):
    return SMTPMailer(f"smtp://127.0.0.1:{sink.port}", sender=SENDER)


@pytest.fixture
def serve():
    """Start an SMTP server with a handler of the test's and return its port."""
    servers = []

    def start(handler, **options):
        async def run(stop, ready):
            loop = asyncio.get_running_loop()
            server = await loop.create_server(lambda: SMTP(handler, loop=loop, **options), "127.0.0.1", 0)
            async with server:
                ready(server.sockets[0].getsockname()[1])
                await stop.wait()

        servers.append(InThread(run))
        return servers[-1].port

    yield start
    for server in servers:
        server.close()


def test_a_mail_arrives_whole(mailer, folder):
    receipt = mailer.send(
        new_message(
            subject="Ihr Aufenthalt in Köln – bestätigt ✓",
            text="Grüße\nund bis bald",
            html="<p>Grüße &amp; bis bald</p>",
            headers={"List-Unsubscribe": "<https://stays.example/u/1>"},
            attachments=(Attachment("stay.ics", "text/calendar", b"BEGIN:VCALENDAR\r\n"),),
        )
    )
    (mail,) = read_mailbox(folder)

    assert receipt == mail.message_id == "<outbox-1@stays.example>"
    assert (mail.sender, mail.to) == (SENDER, "ana@example.test")
    assert mail.subject == "Ihr Aufenthalt in Köln – bestätigt ✓"
    assert mail.text.strip() == "Grüße\nund bis bald"
    assert mail.html.strip() == "<p>Grüße &amp; bis bald</p>"
    assert mail.headers["List-Unsubscribe"] == "<https://stays.example/u/1>"
    assert mail.headers["Auto-Submitted"] == "auto-generated"
    assert mail.attachments == ("stay.ics",)


def test_a_plain_mail_has_no_html(mailer, folder):
    mailer.send(new_message())

    assert read_mailbox(folder)[0].html is None


def test_the_newest_mail_comes_first_and_the_list_is_bounded(mailer, folder):
    for minute in (1, 3, 2):
        clock.set_source(clock.fixed(datetime(2026, 11, 22, 12, minute, tzinfo=UTC)))
        try:
            mailer.send(new_message(subject=f"minute {minute}"))
        finally:
            clock.set_source(None)

    assert [mail.subject for mail in read_mailbox(folder)] == ["minute 3", "minute 2", "minute 1"]
    assert [mail.subject for mail in read_mailbox(folder, limit=1)] == ["minute 3"]
    assert read_mailbox(folder)[0].received_at == datetime(2026, 11, 22, 12, 3, tzinfo=UTC)


def test_odd_recipients_do_not_leave_the_folder(mailer, folder):
    mailer.send(new_message(to="../../etc/passwd@example.test"))

    assert [mail.to for mail in read_mailbox(folder)] == ["../../etc/passwd@example.test"]
    assert [path.parent for path in folder.iterdir()] == [folder]


def test_a_domain_of_other_letters_is_written_in_ascii(mailer, folder):
    mailer.send(new_message(to="ana@münchen.test"))

    assert read_mailbox(folder)[0].to == "ana@xn--mnchen-3ya.test"


def test_a_name_that_no_server_here_takes_is_refused_for_good(mailer, folder):
    with pytest.raises(MailRefused, match="unsupported_address"):
        mailer.send(new_message(to="jörg@example.test"))
    assert read_mailbox(folder) == []


def test_odd_files_in_the_mailbox_do_not_break_it(folder):
    folder.mkdir()
    (folder / "notes.eml").write_text("hello")
    (folder / "20261122T120000.000000-00-x.eml").write_bytes(
        b"Subject: =?utf-9?q?=ff?=\r\nContent-Type: text/plain; charset=nonsense\r\n\r\n\xff\xfe"
    )

    (mail,) = read_mailbox(folder)
    assert mail.message_id == ""
    assert read_mailbox(folder / "missing") == []


@pytest.mark.parametrize(
    "overrides",
    [
        {"subject": "Hi\r\nBcc: spy@example.test"},
        {"subject": "Hi\nthere"},
        {"to": "ana@example.test\r\nBcc: spy@example.test"},
        {"to": "ana@example.test, spy@example.test"},
        {"to": "Ana <ana@example.test>"},
        {"to": "no address"},
        {"to": "@example.test"},
        {"message_id": "<a@b>\r\nBcc: spy@example.test"},
        {"message_id": "no angle brackets"},
        {"headers": {"X-Note": "a\r\nBcc: spy@example.test"}},
        {"headers": {"X-Note\r\nBcc": "spy@example.test"}},
        {"headers": {"Bcc": "spy@example.test"}},
        {"attachments": (Attachment("a\r\nb", "text/plain", b""),)},
        {"attachments": (Attachment("a", "text/plain\r\nBcc: spy@example.test", b""),)},
    ],
)
def test_headers_can_not_be_smuggled_in(overrides):
    with pytest.raises(MailRefused):
        new_message(**overrides)


class Answering:
    """A handler that answers with one line where it is told to."""

    def __init__(self, *, rcpt="250 OK", data="250 OK"):
        self.rcpt, self.data = rcpt, data

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server, session, envelope):
        return self.data


@pytest.mark.parametrize(
    "answers, error",
    [
        ({"rcpt": "550 no such user"}, MailRefused),
        ({"rcpt": "450 mailbox busy"}, MailUnavailable),
        ({"data": "554 looks like spam"}, MailRefused),
        ({"data": "451 try later"}, MailUnavailable),
    ],
)
def test_the_server_s_answer_decides_whether_to_try_again(serve, answers, error):
    mailer = SMTPMailer(f"smtp://127.0.0.1:{serve(Answering(**answers))}", sender=SENDER)

    with pytest.raises(error, match="smtp_"):
        mailer.send(new_message())


class SaysGoodbyeBadly(Answering):
    async def handle_QUIT(self, server, session, envelope):
        server.transport.abort()
        return "221 Bye"


def test_a_mail_that_was_taken_stays_sent_when_the_goodbye_fails(serve):
    mailer = SMTPMailer(f"smtp://127.0.0.1:{serve(SaysGoodbyeBadly())}", sender=SENDER)

    assert mailer.send(new_message()) == "<outbox-1@stays.example>"


def test_a_mailbox_without_room_asks_to_come_back(mailer, folder):
    folder.rmdir()
    with pytest.raises(MailUnavailable):
        mailer.send(new_message())

    folder.mkdir()
    mailer.send(new_message())
    assert len(read_mailbox(folder)) == 1
    assert [path for path in folder.iterdir() if path.suffix != ".eml"] == []


def test_nobody_listening_is_unavailable():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        mailer = SMTPMailer(f"smtp://127.0.0.1:{unused.getsockname()[1]}", sender=SENDER)

        with pytest.raises(MailUnavailable):
            mailer.send(new_message())


def test_a_silent_server_is_given_up_on():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        mailer = SMTPMailer(f"smtp://127.0.0.1:{silent.getsockname()[1]}", sender=SENDER, timeout=0.3)

        began = time.monotonic()
        with pytest.raises(MailUnavailable):
            mailer.send(new_message())
        assert time.monotonic() - began < 5


def check_password(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b"us@er", b"p:ss"), handled=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(signed.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return folder / "cert.pem", context


def tls_port(serve, context):
    return serve(
        Answering(), tls_context=context, require_starttls=True, authenticator=check_password, auth_required=True
    )


def test_starttls_with_a_known_certificate_and_password_works(serve, certificate):
    path, context = certificate
    trusting = ssl.create_default_context(cafile=str(path))
    url = f"smtp+starttls://us%40er:p%3Ass@localhost:{tls_port(serve, context)}"

    assert SMTPMailer(url, sender=SENDER, tls_context=trusting).send(new_message())


def test_an_unknown_certificate_is_not_trusted(serve, certificate):
    url = f"smtp+starttls://us%40er:p%3Ass@localhost:{tls_port(serve, certificate[1])}"

    with pytest.raises(MailUnavailable, match="SSLCertVerificationError"):
        SMTPMailer(url, sender=SENDER).send(new_message())


def test_a_wrong_password_is_our_fault_and_not_the_mail_s(serve, certificate):
    path, context = certificate
    trusting = ssl.create_default_context(cafile=str(path))
    url = f"smtp+starttls://us%40er:wrong@localhost:{tls_port(serve, context)}"

    with pytest.raises(MailUnavailable, match="Authentication"):
        SMTPMailer(url, sender=SENDER, tls_context=trusting).send(new_message())


def test_a_server_without_encryption_gets_nothing_when_encryption_is_asked_for(sink, folder):
    with pytest.raises(MailUnavailable):
        SMTPMailer(f"smtp+starttls://localhost:{sink.port}", sender=SENDER).send(new_message())
    with pytest.raises(MailUnavailable):
        SMTPMailer(f"smtps://localhost:{sink.port}", sender=SENDER, timeout=1).send(new_message())
    assert read_mailbox(folder) == []


@pytest.mark.parametrize(
    "url, server",
    [
        ("smtp://localhost", SMTPServer("smtp", "localhost", 25)),
        ("smtp://[::1]:8025", SMTPServer("smtp", "::1", 8025)),
        ("smtps://mail.example", SMTPServer("smtps", "mail.example", 465)),
        ("smtp+starttls://a%40b:c%2Fd@mail.example", SMTPServer("smtp+starttls", "mail.example", 587, "a@b", "c/d")),
    ],
)
def test_addresses_of_servers(url, server):
    assert SMTPServer.from_url(url) == server
    assert "c/d" not in repr(server)


@pytest.mark.parametrize("url", ["smtp://mail.example", "http://localhost", "smtp://", "smtp://127.0.0.1.evil.test"])
def test_plain_text_to_other_machines_and_nonsense_are_refused(url):
    with pytest.raises(ValueError, match=r"smtp|no host"):
        SMTPServer.from_url(url)


SINK = """
import sys
from airbnb.integrations.mail import run_sink
run_sink(sys.argv[1], "127.0.0.1", 0, ready=lambda port: print(port, flush=True))
"""


def test_the_sink_process_stops_on_sigterm(folder):
    command = [sys.executable, "-c", SINK, str(folder)]
    environment = {**os.environ, "PYTHONPATH": "."}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        port = int(process.stdout.readline())
        SMTPMailer(f"smtp://127.0.0.1:{port}", sender=SENDER).send(new_message())
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert len(read_mailbox(folder)) == 1
