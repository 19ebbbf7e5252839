"""A mail server that keeps what it gets as files in a folder, and the reader of that folder; for development."""

import asyncio
import logging
import re
import secrets
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from airbnb.domain import clock

logger = logging.getLogger(__name__)

MAX_BYTES = 30 * 1024 * 1024
_UNSAFE = re.compile(r"[^A-Za-z0-9@._+-]")
_NAME = re.compile(r"\d{8}T\d{6}\.\d{6}-")
_TIME_FORMAT = "%Y%m%dT%H%M%S.%f"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedMail:
    """One mail of the mailbox; ``name`` is its file's name."""

    name: str
    received_at: datetime
    sender: str
    to: str
    subject: str
    message_id: str
    text: str = field(repr=False)
    html: str | None = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    attachments: tuple[str, ...]


class FolderHandler:
    """Writes each mail to the folder: one file per recipient, whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802, RUF100
        """Keep the mail and answer the client; the names are aiosmtpd's."""
        content = envelope.original_content or b""
        try:
            for recipient in envelope.rcpt_tos:
                self._write(recipient, content)
        except OSError:
            logger.warning("a mail could not be kept", exc_info=True)
            return "452 4.3.1 no room, come back later"
        return "250 kept"

    def _write(self, recipient: str, content: bytes) -> None:
        at = clock.now().strftime(_TIME_FORMAT)
        name = f"{at}-{secrets.token_hex(4)}-{_UNSAFE.sub('_', recipient)[:100]}.eml"
        # Readers look for *.eml only, so a half-written mail is never seen.
        draft = self._folder / f".{name}.draft"
        try:
            draft.write_bytes(content)
            draft.replace(self._folder / name)
        except OSError:
            draft.unlink(missing_ok=True)
            raise


async def serve_sink(
    folder: Path, host: str, port: int, *, stop: asyncio.Event, ready: Callable[[int], None] | None = None
) -> None:
    """Keep mail until ``stop`` is set; ``ready`` is told the port, of use when ``port`` is 0."""
    handler = FolderHandler(folder)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(handler, hostname="mailbox.invalid", data_size_limit=MAX_BYTES, enable_SMTPUTF8=True, loop=loop),
        host,
        port,
    )
    async with server:
        if ready is not None:
            ready(server.sockets[0].getsockname()[1])
        await stop.wait()


def run_sink(folder: Path | str, host: str, port: int, *, ready: Callable[[int], None] | None = None) -> None:
    """Serve the mailbox until SIGTERM or SIGINT arrives.

    Needs: the main thread, for the signals.
    """
    asyncio.run(_until_signal(Path(folder), host, port, ready))


async def _until_signal(folder: Path, host: str, port: int, ready: Callable[[int], None] | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await serve_sink(folder, host, port, stop=stop, ready=ready)


def read_mailbox(folder: Path | str, *, limit: int = 100) -> list[ReceivedMail]:
    """Parse the newest mails of the folder, newest first; a folder that is not there has none."""
    # The names begin with the time, so their order is the mails' order. Files that others put there don't count.
    names = sorted((path.name for path in Path(folder).glob("*.eml") if _NAME.match(path.name)), reverse=True)
    return [_parse(Path(folder) / name) for name in names[:limit]]


def read_mail(folder: Path | str, name: str) -> ReceivedMail | None:
    """Parse one mail of the folder by its file's name, or return None where there is no such mail."""
    path = Path(folder) / name
    is_ours = _NAME.match(name) and name.endswith(".eml") and path.name == name
    return _parse(path) if is_ours and path.is_file() else None


def _parse(path: Path) -> ReceivedMail:
    message = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
    return ReceivedMail(
        name=path.name,
        received_at=_received_at(path),
        sender=_header(message, "From"),
        to=_header(message, "To"),
        subject=_header(message, "Subject"),
        message_id=_header(message, "Message-ID"),
        text=_body(message, "plain") or "",
        html=_body(message, "html"),
        headers={name: str(value) for name, value in message.items()},
        attachments=tuple(part.get_filename() or "unnamed" for part in message.iter_attachments()),
    )


def _received_at(path: Path) -> datetime:
    return datetime.strptime(path.name.partition("-")[0], _TIME_FORMAT).replace(tzinfo=UTC)


def _header(message: EmailMessage, name: str) -> str:
    return str(message.get(name, ""))


def _body(message: EmailMessage, kind: str) -> str | None:
    part = message.get_body((kind,))
    if part is None:
        return None
    try:
        content = part.get_content()
    except (LookupError, ValueError):  # an unknown charset or a broken transfer encoding
        return None
    return content.replace("\r\n", "\n") if isinstance(content, str) else None
