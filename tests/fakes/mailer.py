"""A mail server's stand-in that keeps what it is given."""

from airbnb.integrations.mail import MailMessage


class RecordingMailer:
    """Keeps every message; ``fail_with`` makes the next sends raise."""

    def __init__(self) -> None:
        self.sent: list[MailMessage] = []
        self.fail_with: Exception | None = None

    def send(self, message: MailMessage) -> str:
        if self.fail_with is not None:
            raise self.fail_with
        self.sent.append(message)
        return message.message_id
