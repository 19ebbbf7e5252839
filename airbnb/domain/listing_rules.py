"""What a listing needs to be published, what its values may be, and how it ranks in search.

Source: docs/rules/listings.md.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from airbnb.domain.errors import DomainError, ValidationFailed

MIN_DESCRIPTION_LENGTH = 50
MAX_PHOTOS = 50
MAX_PHOTO_MB = 20
MAX_GUESTS = 50
MAX_ROOMS = 100
WEEKDAYS = 7
EVERY_DAY = (1 << WEEKDAYS) - 1

_RANK_PRIOR_STARS = 430  # an unrated place counts like this average, in hundredths of a star
_RANK_PRIOR_REVIEWS = 5
_RANK_NEW_DAYS = 30
RANK_NEW_PER_DAY = 10  # taken off each day
_RANK_REVIEWS_COUNTED = 200


class ListingIncomplete(DomainError):
    """Something that guests need is missing.

    Shape: ``missing`` lists names of fields.
    """

    code = "listing_incomplete"
    message = "The listing needs more before it can be published."


class ListingHasBookings(DomainError):
    """Stays are still to come."""

    code = "listing_has_bookings"
    message = "Guests have booked this place. Cancel or wait for their stays first."


class TooManyPhotos(DomainError):
    """The listing holds as many photos as it may."""

    code = "too_many_photos"
    message = "A listing has at most {limit} photos."


class PhotoTooLarge(DomainError):
    """The file is larger than a photo may be."""

    code = "payload_too_large"
    message = "A photo has at most {limit_mb} MB."


class PhotoTypeUnknown(DomainError):
    """The file is not a picture in one of the formats taken."""

    code = "unsupported_media_type"
    message = "A photo is a JPEG, PNG or WebP file."


class InvalidPhoto(DomainError):
    """The picture can't be used; ``why`` is a short word such as ``truncated``."""

    code = "invalid_image"
    message = "This picture cannot be used: {why}."


class UploadMissing(DomainError):
    """An upload is to be completed, but its file has not come."""

    code = "upload_missing"
    message = "The file has not arrived. Send it first."


class NightBooked(DomainError):
    """A host can't block a night that is booked.

    Shape: ``nights`` as YYYY-MM-DD.
    """

    code = "night_booked"
    message = "Guests have booked some of these nights."


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """What a listing still lacks, and whether it may be published."""

    missing: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing


def check_completeness(*, description: str, photo_count: int, nightly_price_minor: int | None) -> Completeness:
    """Say what a host must still fill in before guests may see the listing.

    Source: docs/rules/listings.md, "Publishing".
    """
    missing = []
    if len(description.strip()) < MIN_DESCRIPTION_LENGTH:
        missing.append("description")
    if photo_count < 1:
        missing.append("photos")
    if nightly_price_minor is None:
        missing.append("nightly_price")
    return Completeness(missing=tuple(missing))


def weekday_mask(weekdays: Iterable[int] | None) -> int | None:
    """Pack weekdays (Monday = 0) into bits; none or all of them ask for nothing and are None."""
    mask = 0
    for weekday in weekdays or ():
        mask |= 1 << weekday
    return mask if mask not in (0, EVERY_DAY) else None


def weekdays_in(mask: int | None) -> frozenset[int] | None:
    """Unpack weekdays; None allows every day."""
    if mask is None:
        return None
    return frozenset(day for day in range(WEEKDAYS) if mask >> day & 1)


def clock_face(minutes: int | None) -> str | None:
    """Return minutes after midnight as ``"15:00"``."""
    return None if minutes is None else f"{minutes // 60:02d}:{minutes % 60:02d}"


def rank_of(
    *, rating_sum: int, review_count: int, photo_count: int, instant_book: bool, days_shown: int | None = None
) -> int:
    """Return the place in "recommended", higher first: trusted stars, then reviews, pictures and ease of booking.

    Units: ``days_shown`` counts whole days since the listing was first published; None adds nothing for newness.
    Source: docs/rules/search.md, "Recommended".
    """
    newness = 0 if days_shown is None else max(0, _RANK_NEW_DAYS - max(0, days_shown)) * RANK_NEW_PER_DAY
    stars = (_RANK_PRIOR_STARS * _RANK_PRIOR_REVIEWS + rating_sum * 100) // (_RANK_PRIOR_REVIEWS + review_count)
    return (
        stars * 10
        + min(review_count, _RANK_REVIEWS_COUNTED) * 2
        + min(photo_count, 5) * 40
        + 100 * int(instant_book)
        + newness
    )


def check_values(values: Mapping[str, Any]) -> None:
    """Refuse values that contradict each other; the names are those of ``ListingDraft``.

    Raises: ValidationFailed.
    """
    errors: dict[str, list[str]] = {}
    if values["min_nights"] > values["max_nights"]:
        errors["min_nights"] = ["The shortest stay is longer than the longest."]
    if any(nights > values["max_nights"] for nights in values["min_nights_by_weekday"].values()):
        errors["min_nights_by_weekday"] = ["The shortest stay is longer than the longest."]
    included = values["extra_guest_after"]
    if included is not None and included > values["max_guests"]:
        errors["extra_guest_after"] = ["More guests are included than the place takes."]
    if errors:
        raise ValidationFailed(errors)
