"""The order in which the journey is walked."""

from airbnb.cli.demo.journey.accounts import join, sign_in_and_out
from airbnb.cli.demo.journey.after import complete_and_pay_out, read_news, review_each_other, say_where_to_pay
from airbnb.cli.demo.journey.places import offer_places, search_places
from airbnb.cli.demo.journey.stays import book_twice, cancel_by_each_policy, dates_in
from airbnb.cli.demo.journey.walk import Walk


def walk_through(walk: Walk) -> None:
    """Walk the whole life of a booking. Raises: JourneyFailed at the first thing that is not as it should be."""
    guest, other, host = join(walk, "Greta", "guest"), join(walk, "Otto", "guest"), join(walk, "Hanna", "host")
    sign_in_and_out(walk, guest)
    say_where_to_pay(walk, host)
    places = offer_places(walk, host)
    search_places(walk, places, dates_in(12, 3))
    stay = book_twice(walk, guest, other, places["flexible"], dates_in(0, 1))
    complete_and_pay_out(walk, guest, host, stay)
    review_each_other(walk, guest, host, stay)
    canceled = cancel_by_each_policy(walk, guest, places)
    read_news(walk, guest, host, {"completed": stay, "canceled": canceled[1]})
    walk.command("ledger", "audit")
    walk.command("calendar", "audit")
