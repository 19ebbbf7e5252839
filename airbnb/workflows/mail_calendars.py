"""The calendar file that goes along with mails about a stay that is agreed, changed or canceled."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from airbnb.domain import clock
from airbnb.domain.formats import one_line
from airbnb.domain.ical import uid_domain
from airbnb.domain.stay_events import StayEvent, event_text
from airbnb.extensions import current_settings
from airbnb.integrations.mail import Attachment

FILE_NAME = "stay.ics"
CANCELED = "booking_canceled"
#: What the templates begin with whose mails carry the file; the rest names the side that reads.
ABOUT_STAYS = ("booking_confirmed", "booking_changed", CANCELED)


def calendar_of(template: str, facts: Mapping[str, Any]) -> tuple[Attachment, ...]:
    """Return the stay for the reader's calendar, or nothing for mails that are about something else.

    Needs: the language of the reader is in force.
    """
    about, _sep, side = template.rpartition("_")
    if about not in ABOUT_STAYS:
        return ()
    settings = current_settings()
    title, guest = one_line(facts["listing_title"]), one_line(facts["guest_name"])
    event = StayEvent(
        uid=f"{facts['code']}@{uid_domain(settings.public_url)}",
        sequence=facts["version"],
        begins_at=datetime.fromisoformat(facts["check_in_at"]),
        ends_at=datetime.fromisoformat(facts["check_out_at"]),
        summary=_("%(guest)s at %(title)s", guest=guest, title=title)
        if side == "host"
        else _("Stay: %(title)s", title=title),
        url=f"{settings.frontend_url}/bookings/{facts['code']}",
        is_canceled=about == CANCELED,
    )
    text = event_text(event, now=clock.now())
    return (Attachment(FILE_NAME, "text/calendar", text.encode()),)
