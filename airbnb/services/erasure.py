"""Erasing a person from an account that was closed: the rows that others' books and memories need stay, without them.

Kept are bookings, payments, payouts, the ledger and invoices, as the law asks; what others were told about a stay;
published reviews, which then nobody signs; and the log of consents, which proves what was agreed to.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from airbnb.domain.account_closing import ERASED_NAME, erased_email
from airbnb.domain.sealing import Keyring, seal
from airbnb.domain.topics import Topic
from airbnb.models.account_safety import AccountClosure, DataExport
from airbnb.models.identities import UserIdentity
from airbnb.models.listings import Listing, ListingPhoto
from airbnb.models.messages import Message, MessageAttachment
from airbnb.models.notifications import MailMessage, Notification, NotificationPreference
from airbnb.models.payouts import PayoutAccount
from airbnb.models.platform import IdempotencyKey
from airbnb.models.reviews import Review
from airbnb.models.second_factors import RecoveryCode, TotpFactor
from airbnb.models.staff import ListingSnapshot
from airbnb.models.stream_events import StreamEvent
from airbnb.models.users import OneTimeToken, User, UserFigures, UserSession
from airbnb.models.webhook_endpoints import WebhookEndpoint
from airbnb.models.wishlists import Wishlist
from airbnb.queries import attachments, closures
from airbnb.queries.changes import matched_rows
from airbnb.queries.mail_reports import forget_address
from airbnb.queries.staff_notes import delete_notes
from airbnb.queries.users import lock_user
from airbnb.services import outbox
from airbnb.services.attachments import file_keys as picture_keys
from airbnb.services.photos import file_keys

ERASED_TEXT = "—"
FILES_AT_ONCE = 100

#: Whose rows go, by the column that names the user.
DELETED: tuple[InstrumentedAttribute[int] | InstrumentedAttribute[int | None], ...] = (
    UserSession.user_id,
    OneTimeToken.user_id,
    TotpFactor.user_id,
    RecoveryCode.user_id,
    UserIdentity.user_id,
    UserFigures.user_id,
    Notification.user_id,
    StreamEvent.user_id,
    WebhookEndpoint.owner_id,  # and, by the database, what was sent there
    NotificationPreference.user_id,
    MailMessage.user_id,
    IdempotencyKey.user_id,
    DataExport.user_id,
    Wishlist.user_id,
    MessageAttachment.author_id,
)
#: Whose rows stay with words taken out.
BLANKED: tuple[tuple[InstrumentedAttribute[int], dict[str, Any]], ...] = (
    (Message.author_id, {"body": ERASED_TEXT}),
    (Review.author_id, {"private_note": None}),
    (
        Listing.host_id,
        {
            "address_line1": "",
            "address_line2": None,
            "postal_code": None,
            "description": "",
            "house_rules": "",
            "arrival_guide": "",
            "registration_number": None,
            # Only what everybody was shown: the place within some hundred metres.
            "latitude_e6": Listing.public_latitude_e6,
            "longitude_e6": Listing.public_longitude_e6,
        },
    ),
)


def erase_account(session: Session, *, user_id: int, keys: Keyring, now: datetime) -> bool:
    """Erase the owner of a closed account; False while stays or money are under way.

    Idempotent: an erased account is left alone.
    Writes: the user's row, everything in DELETED and BLANKED, what staff kept about them, an event that removes the
        files.
    """
    user = lock_user(session, user_id)
    closure = session.get_one(AccountClosure, user_id)
    if closure.erased_at is not None or closures.has_obligations(session, user_id):
        return False
    _orphan_files(session, user)
    forget_address(session, user.email)
    for column in DELETED:
        matched_rows(session, delete(column.class_).where(column == user_id))
    for column, values in BLANKED:
        matched_rows(session, update(column.class_).where(column == user_id).values(values))
    account = {"details_encrypted": seal({}, keys), "masked": "", "verified_at": None}
    matched_rows(session, update(PayoutAccount).where(PayoutAccount.user_id == user_id).values(account))
    delete_notes(session, User.__tablename__, user_id)
    hosted = select(Listing.id).where(Listing.host_id == user_id)
    matched_rows(session, delete(ListingSnapshot).where(ListingSnapshot.listing_id.in_(hosted)))
    _forget_person(user)
    closure.erased_at = now
    return True


def _forget_person(user: User) -> None:
    user.email, user.email_verified_at = erased_email(user.id), None
    user.first_name, user.last_name = ERASED_NAME, ""
    user.password_hash = user.phone = user.bio = user.birth_date = user.avatar_key = user.suspended_reason = None
    user.languages, user.marketing_opt_in = [], False


def _orphan_files(session: Session, user: User) -> None:
    keys = [user.avatar_key] if user.avatar_key else []
    exported = select(DataExport.file_key).where(DataExport.user_id == user.id)
    keys += [key for key in session.scalars(exported) if key]
    hosted = select(Listing.id).where(Listing.host_id == user.id)
    for base_key in session.scalars(select(ListingPhoto.base_key).where(ListingPhoto.listing_id.in_(hosted))):
        keys += file_keys(base_key)
    for base_key in attachments.list_base_keys(session, user.id):
        keys += picture_keys(base_key)
    matched_rows(session, delete(ListingPhoto).where(ListingPhoto.listing_id.in_(hosted)))
    for start in range(0, len(keys), FILES_AT_ONCE):
        payload = {"keys": keys[start : start + FILES_AT_ONCE]}
        outbox.record(session, Topic.FILES_ORPHANED, subject_id=user.id, payload=payload)
