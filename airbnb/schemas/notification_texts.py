"""Title and body of every in-app alert, made from its kind and params in the language of the request."""

from collections.abc import Mapping
from typing import Any

from flask_babel import LazyString, get_locale, lazy_ngettext
from flask_babel import lazy_gettext as _

from airbnb.domain.formats import day_text, money_text
from airbnb.domain.notifications import NotificationKind as Kind

Texts = tuple[LazyString, LazyString]

STAY = _("%(listing_title)s, %(check_in)s – %(check_out)s")
PLAIN = _("%(listing_title)s")
NOTHING = _("Details are in the app.")

#: Kind, or kind and side where the two sides read differently -> title and body.
TEXTS: dict[str, Texts] = {
    Kind.ACCOUNT_VERIFIED: (_("Your address is confirmed"), _("You can now book stays and publish places.")),
    Kind.PASSWORD_CHANGED: (_("Your password was changed"), _("If it was not you, ask for a new one at once.")),
    Kind.EMAIL_CHANGED: (_("Your e-mail address was changed"), _("If it was not you, write to support at once.")),
    Kind.NEW_SIGN_IN: (_("New sign-in to your account"), _("If it was not you, change your password at once.")),
    Kind.TOKEN_REUSED: (_("We signed a device out"), _("Its key was used twice, as a thief would. Sign in again.")),
    "second_factor_changed_on": (_("Two-step sign-in is on"), _("From now on we ask for a code too.")),
    "second_factor_changed_off": (_("Two-step sign-in is off"), _("If it was not you, write to support at once.")),
    "second_factor_changed_recovery_code": (_("A recovery code was used"), _("It does not work any more.")),
    Kind.SECOND_FACTOR_CHANGED: (
        _("Two-step sign-in was changed"),
        _("If it was not you, write to support at once."),
    ),
    Kind.PAYOUT_ACCOUNT_CHANGED: (
        _("Where you are paid was changed"),
        _("If it was not you, write to support at once."),
    ),
    "booking_requested_guest": (_("Your request is with %(host_name)s"), STAY),
    "booking_requested_host": (_("%(guest_name)s would like to stay"), STAY),
    "booking_confirmed_guest": (_("Your stay is booked"), STAY),
    "booking_confirmed_host": (_("%(guest_name)s booked your place"), STAY),
    "booking_declined_guest": (_("%(host_name)s could not say yes"), STAY),
    "booking_declined_host": (_("You declined the request of %(guest_name)s"), STAY),
    "booking_expired_guest": (_("Your booking has ended"), STAY),
    "booking_expired_host": (_("The request of %(guest_name)s has ended"), STAY),
    "booking_canceled_guest": (_("Your stay is canceled"), STAY),
    "booking_canceled_host": (_("The booking of %(guest_name)s is canceled"), STAY),
    "booking_completed_guest": (_("How was your stay? Write a review"), STAY),
    "booking_completed_host": (_("How was %(guest_name)s? Write a review"), STAY),
    "booking_changed_guest": (_("Your stay is changed"), STAY),
    "booking_changed_host": (_("The stay of %(guest_name)s is changed"), STAY),
    "change_requested_guest": (_("%(host_name)s asks you for other dates or guests"), STAY),
    "change_requested_host": (_("%(guest_name)s asks you for other dates or guests"), STAY),
    "change_answered_accepted": (_("%(host_name)s agreed to your change. Please pay the difference."), STAY),
    "change_answered_declined": (_("The change you asked for was declined"), STAY),
    "change_answered_withdrawn": (_("The change you were asked for was withdrawn"), STAY),
    "change_answered_expired": (_("The time for a change of the stay is over"), STAY),
    "change_answered_closed": (_("The new dates are gone, your stay is as it was"), STAY),
    Kind.CHANGE_ANSWERED: (_("The change of your stay was answered"), STAY),
    Kind.BOOKING_NO_SHOW: (_("%(host_name)s noted that you did not arrive"), STAY),
    Kind.CHECK_IN_REMINDER: (_("Your stay begins soon"), STAY),
    Kind.REQUEST_REMINDER: (_("%(guest_name)s waits for your answer"), STAY),
    "review_reminder_guest": (_("You can still write a review of your stay"), STAY),
    "review_reminder_host": (_("You can still write a review of %(guest_name)s"), STAY),
    Kind.PAYMENT_RECEIVED: (_("We received your payment of %(amount)s"), STAY),
    Kind.PAYMENT_FAILED: (_("Your payment of %(amount)s did not go through"), STAY),
    Kind.PAYMENT_RELEASED: (_("Your payment of %(amount)s came too late and is released"), STAY),
    Kind.PAYMENT_REFUNDED: (_("%(amount)s are on their way back to you"), STAY),
    Kind.REFUND_FAILED: (_("%(amount)s could not go back yet"), STAY),
    Kind.REFUND_DOUBLED: (_("A guest has a refund of %(amount)s twice"), STAY),
    "refund_doubled_came_back": (_("A refund of %(amount)s that a guest had twice came back"), STAY),
    Kind.PAYOUT_HELD: (_("Your payout of %(amount)s waits"), _("Your payouts show why.")),
    Kind.PAYOUT_FAILED: (_("Your payout of %(amount)s did not arrive"), _("Please look at your payout account.")),
    Kind.DISPUTE: (_("The payer's bank questions %(amount)s"), STAY),
    "dispute_opened": (_("The payer's bank questions %(amount)s"), STAY),
    "dispute_won": (_("The bank decided for you: %(amount)s"), STAY),
    "dispute_lost": (_("The bank took %(amount)s back"), STAY),
    Kind.REVIEW_RECEIVED: (_("%(author_name)s wrote a review"), _("It is published when yours is in.")),
    "review_published_guest": (_("%(author_name)s gave you %(rating)s of 5 stars"), PLAIN),
    "review_published_host": (_("%(author_name)s gave your place %(rating)s of 5 stars"), PLAIN),
    Kind.REVIEW_RESPONSE: (_("%(responder_name)s responded to your review"), PLAIN),
    Kind.REVIEW_HIDDEN: (_("Your review is no longer shown"), PLAIN),
    "listing_decision_published": (_("Your place is published"), PLAIN),
    "listing_decision_changes_requested": (_("Please change a few things about your place"), PLAIN),
    "listing_decision_suspended": (_("Your place was taken down"), PLAIN),
    "listing_decision_paused": (_("Your place is no longer suspended"), PLAIN),
    Kind.LISTING_DECISION: (_("There is news about your place"), PLAIN),
    Kind.FEED_CONFLICT: (_("The calendar of %(feed_name)s clashes with a booking"), STAY),
    Kind.PICTURE_REMOVED: (_("A picture that you sent was removed"), PLAIN),
    Kind.WEBHOOK_DISABLED: (_("We stopped calling %(endpoint)s"), NOTHING),
    Kind.MESSAGE_RECEIVED: (_("%(author_name)s wrote to you"), PLAIN),
}

#: What a reader who stops a sort of mail by one click is asked about.
EVENT_NAMES: dict[str, LazyString] = {
    Kind.ACCOUNT_VERIFIED: _("Your confirmed address"),
    Kind.BOOKING_COMPLETED: _("Stays that have ended"),
    Kind.CHECK_IN_REMINDER: _("Reminders of a stay"),
    Kind.REQUEST_REMINDER: _("Reminders of a request"),
    Kind.REVIEW_REMINDER: _("Reminders of a review"),
    Kind.REVIEW_RECEIVED: _("Reviews that wait for yours"),
    Kind.REVIEW_PUBLISHED: _("Published reviews"),
    Kind.REVIEW_RESPONSE: _("Responses to your reviews"),
    Kind.MESSAGE_RECEIVED: _("New messages"),
}
#: Of mails that could be stopped so once: their links still hold.
OTHER_EVENT = _("This sort of event")


def event_name(kind: str) -> str:
    """Return what mails of a kind are about, in the language of the request."""
    return str(EVENT_NAMES.get(kind, OTHER_EVENT))


def texts_of(kind: str, params: Mapping[str, Any]) -> tuple[str, str]:
    """Return an alert's title and body; money and dates are written as the language has them.

    Needs: an app context; the language is that of the request.
    """
    shown = _shown(params)
    if kind == Kind.PAYOUT_PAID:
        stays = int(params.get("stays", 1))
        body = lazy_ngettext("For %(num)d stay.", "For %(num)d stays.", stays)
        return str(_("%(amount)s are on their way to you") % shown), str(body)
    title, body = _find(kind, params)
    return str(title) % shown, str(body) % shown


def _find(kind: str, params: Mapping[str, Any]) -> Texts:
    names = (f"{kind}_{params.get('side')}", f"{kind}_{params.get('decision')}", kind)
    return next((TEXTS[name] for name in names if name in TEXTS), (_("There is news"), NOTHING))


def _shown(params: Mapping[str, Any]) -> dict[str, Any]:
    locale = get_locale()
    shown = dict(params)
    for name in ("check_in", "check_out"):
        if name in shown:
            shown[name] = day_text(shown[name], locale)
    for name in ("amount", "refund"):
        if shown.get(name):
            shown[name] = money_text(shown[name]["amount_minor"], shown[name]["currency"], locale)
    return shown
