"""When what is known about the owner of a closed account is erased."""

from datetime import datetime, timedelta

#: Time to notice that somebody else closed the account.
COOL_OFF = timedelta(days=14)
#: Payments of a stay can be disputed for so long after its check-out.
DISPUTABLE = timedelta(days=120)
#: The end of addresses that belong to nobody; RFC 2606 keeps it free of real ones.
ERASED_DOMAIN = "erased.invalid"
ERASED_NAME = "Deleted"


def erasure_due(*, closed_at: datetime, last_check_out: datetime | None) -> datetime:
    """Return from when on a closed account may be erased; open stays and money put it off further."""
    after_stays = last_check_out + DISPUTABLE if last_check_out else closed_at
    return max(closed_at + COOL_OFF, after_stays)


def erased_email(user_id: int) -> str:
    """Return the address that stands where an erased one was; unique, and nobody's."""
    return f"{user_id}@{ERASED_DOMAIN}"
