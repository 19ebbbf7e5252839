"""Closed sets of words that rows are marked with; those with rules of their own live beside the rules."""

from enum import StrEnum


class Role(StrEnum):
    """What a user may be; everyone is a guest."""

    GUEST = "guest"
    HOST = "host"
    SUPPORT = "support"
    FINANCE = "finance"
    ADMIN = "admin"


class SessionKind(StrEnum):
    """Where a session is used: by tokens on the API, or by a cookie on the dashboard."""

    API = "api"
    ADMIN = "admin"


class TokenPurpose(StrEnum):
    """What a mailed or redirected one-time token is good for."""

    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - a purpose, not a password
    CHANGE_EMAIL = "change_email"
    OAUTH_CODE = "oauth_code"
    STREAM_TICKET = "stream_ticket"


class SignInProvider(StrEnum):
    """Who else can tell who somebody is."""

    GOOGLE = "google"
    FACEBOOK = "facebook"


class ConsentKind(StrEnum):
    """What a user agrees to or not."""

    TERMS = "terms"
    MARKETING = "marketing"


class RoomType(StrEnum):
    """How much of the place the guest has alone."""

    ENTIRE_PLACE = "entire_place"
    PRIVATE_ROOM = "private_room"
    SHARED_ROOM = "shared_room"


class PropertyType(StrEnum):
    """What kind of building the listing is in."""

    APARTMENT = "apartment"
    HOUSE = "house"
    VILLA = "villa"
    COTTAGE = "cottage"
    CABIN = "cabin"
    GUESTHOUSE = "guesthouse"
    HOTEL = "hotel"
    HOSTEL = "hostel"
    BOAT = "boat"
    OTHER = "other"


class Provider(StrEnum):
    """Who moves the money."""

    STRIPE = "stripe"
    PAYPAL = "paypal"
    SANDBOX = "sandbox"


class IntentOperation(StrEnum):
    """What one call to a provider asks for."""

    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"
    PAYOUT = "payout"


class MovementKind(StrEnum):
    """Why money moved on our balance at the provider."""

    PAYMENT = "payment"
    REFUND = "refund"
    PAYOUT = "payout"
    PAYOUT_REVERSAL = "payout_reversal"
    DISPUTE = "dispute"
    TO_BANK = "to_bank"
    OTHER = "other"


class PayoutItemKind(StrEnum):
    """Whether an item adds to a payout or is netted from it."""

    EARNING = "earning"
    DEBIT = "debit"


class ReviewSide(StrEnum):
    """Who wrote a review: the guest about the listing, or the host about the guest."""

    GUEST = "guest"
    HOST = "host"


class Channel(StrEnum):
    """How a notification reaches a user."""

    EMAIL = "email"
    IN_APP = "in_app"


class ActorKind(StrEnum):
    """Who made a change."""

    GUEST = "guest"
    HOST = "host"
    STAFF = "staff"
    SYSTEM = "system"
    GATEWAY = "gateway"


class ReportSubject(StrEnum):
    """What people may tell staff about."""

    LISTING = "listing"
    USER = "user"
    REVIEW = "review"
    MESSAGE = "message"


class ListingFault(StrEnum):
    """What staff ask a host to change before a listing is published."""

    PHOTOS = "photos"
    DESCRIPTION = "description"
    LOCATION = "location"
    PRICE = "price"
    HOUSE_RULES = "house_rules"
    REGISTRATION = "registration"
    OTHER = "other"


class ReportReason(StrEnum):
    """Why somebody tells staff."""

    INACCURATE = "inaccurate"
    SCAM = "scam"
    OFFENSIVE = "offensive"
    DISCRIMINATION = "discrimination"
    UNSAFE = "unsafe"
    NOT_THEIRS = "not_theirs"
    SPAM = "spam"
    OTHER = "other"


class ReportOutcome(StrEnum):
    """What staff found when they looked at a report."""

    ACTED_ON = "acted_on"
    WARNED = "warned"
    NOTHING_FOUND = "nothing_found"
    DUPLICATE = "duplicate"


class MailProvider(StrEnum):
    """Who takes our mail by an API of their own and reports what became of it."""

    SENDGRID = "sendgrid"
    MAILGUN = "mailgun"


class MailReportKind(StrEnum):
    """What became of a mail, as far as we act on it."""

    DELIVERED = "delivered"
    DELAYED = "delayed"  # the provider goes on trying, or this one mail was turned away
    BOUNCED = "bounced"  # there is no such mailbox
    COMPLAINED = "complained"  # the reader called it spam
    OTHER = "other"


class SuppressionReason(StrEnum):
    """Why an address gets no more mail."""

    BOUNCED = "bounced"
    COMPLAINED = "complained"
