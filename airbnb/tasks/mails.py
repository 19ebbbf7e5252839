"""Mails of the outbox."""

from celery import shared_task

from airbnb.integrations.mail import MailRefused
from airbnb.tasks.outbox import GiveUp
from airbnb.workflows.mails import send_mail


@shared_task(name="mails.send")
def send(event_id: int) -> None:
    """Send one mail; a server that is away makes the outbox try again, a refusal makes a dead letter.

    Idempotent: a mail that was handed over and noted is not sent again.
    """
    try:
        send_mail(event_id)
    except MailRefused as refusal:
        raise GiveUp(f"mail refused: {refusal.code}") from refusal
