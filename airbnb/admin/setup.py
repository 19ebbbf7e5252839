"""How the dashboard is put together: its views, its look, its headers."""

import base64
import hashlib
import secrets

from flask import Flask, Response, g, request
from flask_admin import Admin
from flask_admin.theme import Bootstrap4Theme

from airbnb.admin import access, sessions
from airbnb.admin.approvals import ApprovalsView, HoldsView
from airbnb.admin.audit import AuditView
from airbnb.admin.bookings import BookingsView
from airbnb.admin.differences import DifferencesView
from airbnb.admin.disputes import DisputesView
from airbnb.admin.feeds import ConflictsView, FeedsView
from airbnb.admin.home import HomeView
from airbnb.admin.listings import ListingsView
from airbnb.admin.mails import MailReportsView, MailsView, SuppressionsView
from airbnb.admin.money import PaymentsView, PayoutsView
from airbnb.admin.pricing import CouponsView, RatesView, TaxRulesView
from airbnb.admin.reports import ReportsView
from airbnb.admin.reviews import ReviewsView
from airbnb.admin.users import UsersView
from airbnb.models.approvals import Approval
from airbnb.models.bookings import Booking
from airbnb.models.calendar_feeds import CalendarConflict, CalendarFeed
from airbnb.models.disputes import Dispute
from airbnb.models.listings import Listing
from airbnb.models.mail_reports import MailReport, MailSuppression
from airbnb.models.notifications import MailMessage
from airbnb.models.payments import Payment
from airbnb.models.payouts import Payout, PayoutHold
from airbnb.models.platform import AuditEntry, ExchangeRate
from airbnb.models.pricing import Coupon, TaxRuleVersion
from airbnb.models.provider_movements import ProviderDifference
from airbnb.models.reports import Report
from airbnb.models.reviews import Review
from airbnb.models.users import User

URL = "/admin"
#: The one inline handler of Flask-Admin's templates that the dashboard uses, allowed by its digest.
INLINE_HANDLER = base64.b64encode(hashlib.sha256(b"return false;").digest()).decode()


def init_app(app: Flask) -> None:
    """Mount the dashboard under ``/admin``."""
    admin = Admin(
        app,
        name="Stays",
        url=URL,
        index_view=HomeView(name="Home", url=URL),
        theme=Bootstrap4Theme(base_template="admin/staff_base.html", swatch="litera", fluid=True),
        csp_nonce_generator=_nonce,
    )
    for view in (
        UsersView(User, "Users", "users"),
        ListingsView(Listing, "Listings", "listings"),
        BookingsView(Booking, "Bookings", "bookings"),
        PaymentsView(Payment, "Payments", "payments"),
        PayoutsView(Payout, "Payouts", "payouts"),
        HoldsView(PayoutHold, "Payout holds", "payout-holds"),
        ApprovalsView(Approval, "Approvals", "approvals"),
        DisputesView(Dispute, "Disputes", "disputes"),
        DifferencesView(ProviderDifference, "Differences", "differences"),
        ReviewsView(Review, "Reviews", "reviews"),
        ReportsView(Report, "Reports", "reports"),
        FeedsView(CalendarFeed, "Feeds", "feeds"),
        ConflictsView(CalendarConflict, "Calendar conflicts", "conflicts"),
        MailsView(MailMessage, "Mails", "mails"),
        MailReportsView(MailReport, "Mail reports", "mail-reports"),
        SuppressionsView(MailSuppression, "Suppressed addresses", "suppressions"),
        TaxRulesView(TaxRuleVersion, "Taxes", "taxes"),
        CouponsView(Coupon, "Coupons", "coupons"),
        RatesView(ExchangeRate, "Exchange rates", "rates"),
        AuditView(AuditEntry, "Audit log", "audit"),
    ):
        admin.add_view(view)
    sessions.init_app(app)
    app.context_processor(lambda: {"staff": access.staff, "empty_form": access.EmptyForm})
    app.after_request(_add_headers)


def _nonce() -> str:
    if "admin_nonce" not in g:
        g.admin_nonce = secrets.token_urlsafe(16)
    return str(g.admin_nonce)


def _add_headers(response: Response) -> Response:
    if not request.path.startswith(URL):
        return response
    # Flask-Admin writes style attributes, so styles cannot be tied to the nonce; scripts are.
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'self' 'nonce-{_nonce()}' 'unsafe-hashes' 'sha256-{INLINE_HANDLER}'; "
        "style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    if not request.path.startswith(f"{URL}/static"):
        response.headers["Cache-Control"] = "no-store"
    return response
