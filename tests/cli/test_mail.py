"""``flask mail sink`` as a process: takes a mail over SMTP, keeps it, and stops when asked."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from airbnb.integrations.mail import MailMessage, SMTPMailer, read_mailbox

ROOT = Path(__file__).parents[2]


def test_the_sink_keeps_mails_until_it_is_stopped(tmp_path: Path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "INSTANCE_PATH": str(tmp_path), "MAIL_SINK_PORT": str(port), "APP_ENV": "test"}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "mail", "sink"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == f"The mailbox listens on 127.0.0.1:{port}.\n"
        mailer = SMTPMailer(f"smtp://127.0.0.1:{port}", sender="Stays <hello@stays.example>")
        mailer.send(MailMessage(to="a@example.test", subject="Grüße", text="Hello", message_id="<outbox-1@localhost>"))
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=20)
        process.communicate()

    (kept,) = read_mailbox(tmp_path / "mailbox")
    assert (kept.to, kept.subject, kept.message_id) == ("a@example.test", "Grüße", "<outbox-1@localhost>")
    assert code == 0
