"""Where mail providers report what became of mails; an address that bounces or complains gets no more."""

from flask import request

from airbnb.blueprints.http.api import Blueprint, accepts_any_query, reads_any_body
from airbnb.blueprints.http.identity import public
from airbnb.domain.kinds import MailProvider
from airbnb.workflows.mail_reports import receive_reports

#: SendGrid sends up to a thousand events at once.
MAX_BODY_BYTES = 1024 * 1024

bp = Blueprint("mail_reports", __name__, url_prefix="/webhooks")


@bp.route("/sendgrid", methods=["POST"])
@accepts_any_query
@reads_any_body
@public
@bp.response(200)
@bp.alt_response(400, "BAD_REQUEST")
@bp.alt_response(404, "NOT_FOUND")
def receive_sendgrid_reports() -> None:
    """Take SendGrid's signed events."""
    _receive(MailProvider.SENDGRID)


@bp.route("/mailgun", methods=["POST"])
@accepts_any_query
@reads_any_body
@public
@bp.response(200)
@bp.alt_response(400, "BAD_REQUEST")
@bp.alt_response(404, "NOT_FOUND")
def receive_mailgun_report() -> None:
    """Take one of Mailgun's signed events."""
    _receive(MailProvider.MAILGUN)


def _receive(provider: MailProvider) -> None:
    request.max_content_length = MAX_BODY_BYTES
    receive_reports(provider, dict(request.headers), request.get_data(cache=False))
