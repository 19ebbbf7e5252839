"""Reports of mail providers: checked outside any transaction, then stored in one."""

from collections.abc import Mapping
from functools import partial

from airbnb.domain import clock
from airbnb.domain.errors import InvalidSignature
from airbnb.domain.kinds import MailProvider
from airbnb.integrations.mail import ReportRejected
from airbnb.services.mail_reports import store_reports
from airbnb.unit_of_work import in_transaction
from airbnb.workflows import outside


def receive_reports(provider: MailProvider, headers: Mapping[str, str], raw_body: bytes) -> int:
    """Check and store what a provider reports; returns how many events were new.

    Idempotent.
    Raises: NotFound when the provider's key is not set; InvalidSignature, and nothing is stored.
    """
    reader = outside.mail_report_reader(provider)
    try:
        events = reader.read(headers, raw_body)
    except ReportRejected as rejection:
        raise InvalidSignature() from rejection
    return in_transaction(partial(store_reports, provider=provider, events=events, now=clock.now()))
