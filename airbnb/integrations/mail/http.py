"""Handing a mail to a provider's HTTP API: bounded in time, and every answer read as sent, later or never."""

from typing import Any

import requests

from airbnb.integrations.mail.protocol import MailRefused, MailUnavailable

#: Seconds to connect, and to wait for each piece of the answer.
TIMEOUT = (5.0, 20.0)
#: The key or the account is at fault, or the provider is busy: the mail itself may still go later.
_NOT_THE_MAILS_FAULT = frozenset({401, 402, 403, 404, 408, 429})
_TAKEN = range(200, 300)
_CLIENT_ERRORS = range(400, 500)


def post_mail(url: str, **request: Any) -> None:
    """Send one request. Raises: MailUnavailable when trying again may help, MailRefused when it won't."""
    try:
        answer = requests.post(url, timeout=TIMEOUT, allow_redirects=False, **request)
    except requests.RequestException as error:
        raise MailUnavailable(type(error).__name__) from error
    if answer.status_code in _TAKEN:
        return
    if answer.status_code in _CLIENT_ERRORS and answer.status_code not in _NOT_THE_MAILS_FAULT:
        raise MailRefused(f"http_{answer.status_code}")
    raise MailUnavailable(f"http_{answer.status_code}")
