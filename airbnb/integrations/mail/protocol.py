"""What a mail is and what may go wrong when it is sent."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

#: Line ends, and everything else that is not to be seen in a header.
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,76}")
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+>")
#: Headers that the message's own fields fill.
_RESERVED = frozenset(
    "from to cc bcc sender reply-to subject date message-id mime-version content-type content-transfer-encoding".split()
)


class MailError(Exception):
    """A mail was not sent."""


class MailUnavailable(MailError):
    """The server is away, slow or busy; the same mail may be sent again later."""


class MailRefused(MailError):
    """This mail will never be taken; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes along."""

    filename: str
    content_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailMessage:
    """One mail to one person. A header that could smuggle in another is refused with MailRefused when it is made.

    ``message_id`` is stable for one event, so that a mail sent twice is seen to be one.
    """

    to: str
    subject: str
    text: str = field(repr=False)
    message_id: str
    html: str | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()

    def __post_init__(self) -> None:
        for value in (self.to, self.subject, *self.headers.values()):
            if _CONTROL.search(value):
                raise MailRefused("header_injection")
        for attachment in self.attachments:
            if _CONTROL.search(attachment.filename) or not re.fullmatch(r"[\w.+-]+/[\w.+-]+", attachment.content_type):
                raise MailRefused("header_injection")
        for name in self.headers:
            if _HEADER_NAME.fullmatch(name) is None or name.lower() in _RESERVED:
                raise MailRefused("invalid_header")
        if _MESSAGE_ID.fullmatch(self.message_id) is None:
            raise MailRefused("invalid_message_id")
        if not is_address(self.to):
            raise MailRefused("invalid_recipient")


class Mailer(Protocol):
    """Something that sends mail."""

    def send(self, message: MailMessage) -> str:
        """Hand the mail over and return its message id. Raises: MailUnavailable, MailRefused."""
        ...


def is_address(text: str) -> bool:
    """Whether the text is one bare address: no display name, no list, no comment, no route."""
    local, at, domain = text.rpartition("@")
    return bool(at and local and domain) and len(text) <= 254 and not re.search(r"[\s,;:<>()\[\]\\\"@]", local + domain)
