"""What staff may not do to listings leaves no trace: neither a status, nor an audit entry, nor a mail."""

from datetime import UTC, datetime

import pytest

from airbnb.domain.causes import by_staff
from airbnb.domain.errors import InvalidTransition, NotFound
from airbnb.domain.statuses import ListingStatus
from airbnb.models.listings import Listing
from airbnb.models.platform import AuditEntry, OutboxEvent
from airbnb.services import moderation
from airbnb.unit_of_work import in_transaction

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def take_down(make_user):
    staff = make_user()

    def run(listing_id):
        cause = by_staff(staff.id, now=NOW, reason="The pictures show another place")
        in_transaction(lambda session: moderation.take_listing_down(session, listing_id, cause=cause))

    return run


def test_an_unknown_listing_is_not_taken_down(take_down, count_rows):
    with pytest.raises(NotFound):
        take_down(1)

    assert count_rows(AuditEntry) == count_rows(OutboxEvent) == 0


@pytest.mark.parametrize("status", [ListingStatus.ARCHIVED, ListingStatus.SUSPENDED])
def test_what_is_off_the_market_is_not_taken_down_again(take_down, make_listing, host, count_rows, status):
    listing = make_listing(host=host.user, status=status)

    with pytest.raises(InvalidTransition):
        take_down(listing.id)

    assert count_rows(Listing, Listing.status == status) == 1
    assert count_rows(AuditEntry) == count_rows(OutboxEvent) == 0
