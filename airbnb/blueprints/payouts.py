"""Payouts over HTTP: what a host was and will be paid, and where to."""

from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy.orm import Session

from airbnb.blueprints.http.api import Blueprint
from airbnb.blueprints.http.identity import current_user, requires
from airbnb.blueprints.http.paging import envelope, page_request
from airbnb.domain import clock
from airbnb.domain.errors import NotFound, ValidationFailed
from airbnb.domain.paging import Page
from airbnb.domain.permissions import Permission
from airbnb.extensions import current_settings
from airbnb.models.payouts import PayoutAccount
from airbnb.queries import payouts as queries
from airbnb.schemas.paging import PageArgs, page_of
from airbnb.schemas.payouts import (
    EarningsQuery,
    EarningsSchema,
    OnboardingLinkArgs,
    OnboardingLinkSchema,
    PayoutAccountSchema,
    PayoutAccountSetSchema,
    PayoutSchema,
)
from airbnb.services.payout_accounts import set_account
from airbnb.services.payout_views import account_view, earnings_view, payout_view
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.onboarding import onboarding_link
from airbnb.workflows.outside import gateway_names

#: The page of the frontend to which onboarding leads back unless told otherwise.
PAYOUT_PAGE = "/payouts"

bp = Blueprint("payouts", __name__, url_prefix="/payouts")
mine = Blueprint("host_money", __name__, url_prefix="/users/me")


@bp.route("")
@requires(Permission.RECEIVE_PAYOUTS)
@bp.arguments(PageArgs, location="query")
@bp.response(200, page_of(PayoutSchema))
def list_payouts(args: dict[str, Any]) -> dict[str, Any]:
    """List the caller's payouts, newest first."""
    with reading() as session:
        page = queries.list_payouts(session, current_user.id, page_request(args))
    return envelope(Page(items=[payout_view(payout) for payout in page.items], next_key=page.next_key), args)


@bp.route("/<id:payout_id>")
@requires(Permission.RECEIVE_PAYOUTS, Permission.SEE_MONEY)
@bp.response(200, PayoutSchema)
@bp.alt_response(404, "NOT_FOUND")
def show_payout(payout_id: int) -> dict[str, Any]:
    """Show a payout to its host and to staff."""
    is_staff = current_user.may(Permission.SEE_MONEY)
    with reading() as session:
        return payout_view(queries.get_payout_for(session, payout_id, user_id=current_user.id, is_staff=is_staff))


@mine.route("/earnings")
@requires(Permission.RECEIVE_PAYOUTS)
@mine.arguments(EarningsQuery, location="query")
@mine.response(200, EarningsSchema)
def show_earnings(args: dict[str, Any]) -> dict[str, Any]:
    """Show what the caller was paid and will be, by currency and month."""
    first, until = _midnight(args.get("from_")), _midnight(args.get("to"))
    with reading() as session:
        rows = queries.list_earnings(session, current_user.id, first=first, until=until)
        received = queries.list_received(session, current_user.id, first=first, until=until)
    return earnings_view(rows, received)


@mine.route("/payout-account")
@requires(Permission.RECEIVE_PAYOUTS)
@mine.response(200, PayoutAccountSchema)
@mine.alt_response(404, "NOT_FOUND")
def show_payout_account() -> dict[str, Any]:
    """Show where the caller is paid, masked."""
    with reading() as session:
        account = queries.find_account(session, current_user.id)
    if account is None:
        raise NotFound()
    return account_view(account)


@mine.route("/payout-account", methods=["PUT"])
@requires(Permission.RECEIVE_PAYOUTS)
@mine.arguments(PayoutAccountSetSchema)
@mine.response(200, PayoutAccountSchema)
def set_payout_account(body: dict[str, Any]) -> dict[str, Any]:
    """Say where the caller is paid from now on; payouts wait 72 hours after a change."""
    if body["method"].value not in gateway_names():
        raise ValidationFailed({"method": ["This way to be paid is not available."]})
    user_id, now = current_user.id, clock.now()

    def work(session: Session) -> PayoutAccount:
        return set_account(session, user_id, now=now, **body)

    return account_view(in_transaction(work))


@mine.route("/payout-account/onboarding-link", methods=["POST"])
@requires(Permission.RECEIVE_PAYOUTS)
@mine.arguments(OnboardingLinkArgs)
@mine.response(200, OnboardingLinkSchema)
@mine.alt_response(404, "NOT_FOUND")
@mine.alt_response(409, "CONFLICT")
@mine.alt_response(503, "SERVICE_UNAVAILABLE")
def make_onboarding_link(body: dict[str, Any]) -> Any:
    """Make a link by which the caller tells their payment provider who they are; it may be opened once, and soon."""
    page = f"{current_settings().frontend_url}{PAYOUT_PAGE}"
    return_url = body.get("return_url", page)
    return onboarding_link(current_user.id, return_url=return_url, refresh_url=body.get("refresh_url", return_url))


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), UTC)
