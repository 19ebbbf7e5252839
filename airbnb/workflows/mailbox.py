"""The built-in mailbox: a mail server for development that keeps mails in the instance folder, and its reader."""

from collections.abc import Callable
from pathlib import Path

from airbnb.extensions import current_settings
from airbnb.integrations.mail import ReceivedMail, read_mail, read_mailbox, run_sink

HOST = "127.0.0.1"


def serve(*, ready: Callable[[int], None]) -> None:
    """Take every mail and keep it until the process is asked to stop; ``ready`` is told the port."""
    run_sink(_folder(), HOST, current_settings().mail.sink_port, ready=ready)


def list_mails(*, page: int, size: int) -> tuple[list[ReceivedMail], bool]:
    """Return one page of mails, newest first, and whether there are more; pages count from 1."""
    newest = read_mailbox(_folder(), limit=page * size + 1)
    return newest[(page - 1) * size : page * size], len(newest) > page * size


def find_mail(name: str) -> ReceivedMail | None:
    """Return one mail by its file's name, or None."""
    return read_mail(_folder(), name)


def _folder() -> Path:
    return current_settings().instance_path / "mailbox"
