"""How the dashboard is put together: its views, its look, its headers."""

from urllib.parse import urlsplit

from flask import Flask, Response, request
from flask_admin import Admin, BaseView
from flask_admin.theme import Bootstrap4Theme

from airbnb.admin import access, formats, operations, sessions
from airbnb.admin.accounts import RolesView, SessionsView
from airbnb.admin.approvals import ApprovalsView, HoldsView
from airbnb.admin.audit import AuditView
from airbnb.admin.bookings import BookingsView
from airbnb.admin.catalogues import AmenitiesView, PoliciesView
from airbnb.admin.conversations import ConversationsView
from airbnb.admin.differences import DifferencesView
from airbnb.admin.disputes import DisputesView
from airbnb.admin.events import IntentsView, NotificationsView, OutboxView, ProviderEventsView, RunsView
from airbnb.admin.feeds import ConflictsView, FeedsView
from airbnb.admin.home import HomeView
from airbnb.admin.ledger import EntriesView, LedgerView
from airbnb.admin.listings import ListingsView
from airbnb.admin.mails import MailReportsView, MailsView, SuppressionsView
from airbnb.admin.money import PaymentsView, PayoutsView
from airbnb.admin.operations import OperationsView
from airbnb.admin.pictures import PicturesView
from airbnb.admin.pricing import CouponsView, RatesView, TaxRulesView
from airbnb.admin.refunds import RefundsView
from airbnb.admin.reports import ReportsView
from airbnb.admin.reviews import ReviewsView
from airbnb.admin.users import UsersView
from airbnb.admin.webhooks import WebhookDeliveriesView, WebhookEndpointsView
from airbnb.domain.permissions import Permission
from airbnb.extensions import current_settings
from airbnb.models.approvals import Approval
from airbnb.models.bookings import Booking
from airbnb.models.calendar_feeds import CalendarConflict, CalendarFeed
from airbnb.models.disputes import Dispute
from airbnb.models.ledger import LedgerEntry, LedgerTransaction
from airbnb.models.listings import Amenity, Listing
from airbnb.models.mail_reports import MailReport, MailSuppression
from airbnb.models.messages import Conversation, MessageAttachment
from airbnb.models.notifications import MailMessage, Notification
from airbnb.models.payments import Payment, PaymentIntent, Refund, WebhookEvent
from airbnb.models.payouts import Payout, PayoutHold
from airbnb.models.platform import AuditEntry, ExchangeRate, JobRun, OutboxEvent
from airbnb.models.pricing import Coupon, TaxRuleVersion
from airbnb.models.provider_movements import ProviderDifference
from airbnb.models.reports import Report
from airbnb.models.reviews import Review
from airbnb.models.users import User, UserRole, UserSession
from airbnb.models.webhook_endpoints import WebhookDelivery, WebhookEndpoint

URL = "/admin"
#: The groups of the menu, in its order.
STAYS, PEOPLE, MONEY, PRICES, MAIL, OPERATIONS = "Stays", "People", "Money", "Prices", "Mail", "Operations"


def init_app(app: Flask) -> None:
    """Mount the dashboard under ``/admin``."""
    admin = Admin(
        app,
        name="Stays",
        url=URL,
        index_view=HomeView(name="Home", url=URL),
        theme=Bootstrap4Theme(base_template="admin/staff_base.html", swatch="litera", fluid=True),
    )
    for view in (*_views_of_business(), *_views_of_machinery()):
        admin.add_view(view)
    sessions.init_app(app)
    app.context_processor(
        lambda: {
            "staff": access.staff,
            "empty_form": access.EmptyForm,
            "moment": formats.moment,
            "switched_off": operations.banner,
            "may_operate": lambda: access.may(Permission.OPERATE),
        }
    )
    app.before_request(access.refuse_changes_when_read_only)
    app.after_request(_add_headers)


def _views_of_business() -> tuple[BaseView, ...]:
    """Return the views of stays, people and money, in the order of the menu."""
    return (
        BookingsView(Booking, "Bookings", "bookings", STAYS),
        ListingsView(Listing, "Listings", "listings", STAYS),
        ReviewsView(Review, "Reviews", "reviews", STAYS),
        FeedsView(CalendarFeed, "Feeds", "feeds", STAYS),
        ConflictsView(CalendarConflict, "Calendar conflicts", "conflicts", STAYS),
        AmenitiesView(Amenity, "Amenities", "amenities", STAYS),
        PoliciesView(STAYS),
        UsersView(User, "Users", "users", PEOPLE),
        ReportsView(Report, "Reports", "reports", PEOPLE),
        ConversationsView(Conversation, "Conversations", "conversations", PEOPLE),
        PicturesView(MessageAttachment, "Pictures in messages", "pictures", PEOPLE),
        RolesView(UserRole, "Roles", "roles", PEOPLE),
        SessionsView(UserSession, "Sessions", "sessions", PEOPLE),
        PaymentsView(Payment, "Payments", "payments", MONEY),
        PayoutsView(Payout, "Payouts", "payouts", MONEY),
        RefundsView(Refund, "Refunds", "refunds", MONEY),
        HoldsView(PayoutHold, "Payout holds", "payout-holds", MONEY),
        ApprovalsView(Approval, "Approvals", "approvals", MONEY),
        DisputesView(Dispute, "Disputes", "disputes", MONEY),
        LedgerView(LedgerTransaction, "Ledger", "ledger", MONEY),
        EntriesView(LedgerEntry, "Ledger lines", "entries", MONEY),
        IntentsView(PaymentIntent, "Provider calls", "intents", MONEY),
        ProviderEventsView(WebhookEvent, "Provider events", "provider-events", MONEY),
        DifferencesView(ProviderDifference, "Differences", "differences", MONEY),
    )


def _views_of_machinery() -> tuple[BaseView, ...]:
    """Return the views of prices, mail and operations."""
    return (
        TaxRulesView(TaxRuleVersion, "Taxes", "taxes", PRICES),
        CouponsView(Coupon, "Coupons", "coupons", PRICES),
        RatesView(ExchangeRate, "Exchange rates", "rates", PRICES),
        NotificationsView(Notification, "Notifications", "notifications", MAIL),
        MailsView(MailMessage, "Mails", "mails", MAIL),
        MailReportsView(MailReport, "Mail reports", "mail-reports", MAIL),
        SuppressionsView(MailSuppression, "Suppressed addresses", "suppressions", MAIL),
        OperationsView(OPERATIONS),
        RunsView(JobRun, "Job runs", "runs", OPERATIONS),
        OutboxView(OutboxEvent, "Outbox", "outbox", OPERATIONS),
        WebhookEndpointsView(WebhookEndpoint, "Webhook endpoints", "webhook-endpoints", OPERATIONS),
        WebhookDeliveriesView(WebhookDelivery, "Webhook messages", "webhook-deliveries", OPERATIONS),
        AuditView(AuditEntry, "Audit log", "audit", OPERATIONS),
    )


def _add_headers(response: Response) -> Response:
    if not request.path.startswith(URL):
        return response
    # The dashboard's templates are its own: no inline script, handler or style is left to allow. Pictures of listings
    # come from where their files are kept.
    place = urlsplit(current_settings().storage.files_url)
    files = f"{place.scheme}://{place.netloc}"
    response.headers.setdefault(
        "Content-Security-Policy",
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: {files}; font-src 'self'; "
        "connect-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    )
    if not request.path.startswith(f"{URL}/static"):
        response.headers["Cache-Control"] = "no-store"
    return response
