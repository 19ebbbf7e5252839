"""What hosts and guests of the demo world say, in our own words."""

import random

from airbnb.domain.kinds import PropertyType, RoomType

_FEELS = ("Bright", "Quiet", "Sunny", "Warm", "Airy", "Little", "Old", "Cheerful", "Calm", "Roomy")
_WHOLE = {
    PropertyType.APARTMENT: ("flat", "two-room flat", "flat under the roof", "studio", "corner flat"),
    PropertyType.HOUSE: ("terraced house", "family house", "house with a yard"),
    PropertyType.COTTAGE: ("cottage", "garden cottage"),
    PropertyType.GUESTHOUSE: ("guesthouse", "coach house"),
    PropertyType.HOTEL: ("room in a small hotel",),
    PropertyType.BOAT: ("houseboat",),
}
_EXTRAS = (
    "with a balcony", "by the market", "over a bakery", "near the park", "with a view of the roofs",
    "a short walk from the station", "with a reading corner", "for slow mornings", "with room for a family",
)  # fmt: skip
_OPENINGS = (
    "We live one floor down and let our {thing} in {area} to people who like {city} as much as we do.",
    "This {thing} lies in a side street of {area}, far enough from the traffic to sleep with open windows.",
    "Our {thing} in {area} was renewed two years ago and kept its old floors and high ceilings.",
    "A {thing} for people who want to see {city} on foot: {area} begins at the front door.",
)
_MIDDLES = (
    "There is a proper kitchen with sharp knives, a large table, and good light until the evening.",
    "The beds are new, the shower is strong, and the heating does what it is told.",
    "Coffee, oil, salt and spices are there; the baker opens at seven and the greengrocer at eight.",
    "You find a desk with a comfortable chair and a connection that carries video calls.",
)
_ENDINGS = (
    "A tram stops around the corner, and the centre is a quarter of an hour away.",
    "The neighbours are kind and early risers, so please keep the evenings quiet.",
    "We meet you at the door if we can; otherwise the key waits in a box with a code.",
    "Ask us where to eat: we have lived here for long and like to tell.",
)
PRAISE = (
    "Exactly as described, spotless, and the street was quiet at night.",
    "We loved the neighbourhood and the breakfast place that {host} told us about.",
    "Everything was there, from good knives to umbrellas. We would stay again.",
    "Easy arrival, quick answers, comfortable beds. Thank you, {host}!",
    "A lovely place with a lot of light. The pictures don't do it justice.",
    "The children didn't want to leave. Very well equipped.",
)
MIXED = (
    "Nice place, but the street was louder than we had thought.",
    "Good location. The shower took a while to get warm.",
    "Comfortable, though smaller than it looks in the pictures.",
)
RESPONSES = (
    "Thank you for your kind words, and come back soon!",
    "Thanks for telling us: we have had it looked at since.",
    "It was a pleasure to have you.",
)
ABOUT_GUESTS = (
    "A considerate guest who left everything tidy. Welcome any time.",
    "Friendly, clear in writing and careful with the house rules.",
    "Everything went smoothly; we'd host {guest} again.",
)
QUESTIONS = (
    "Hello {host}, we arrive by train around noon. May we leave our bags before check-in?",
    "Hi {host}! Is there a good bakery nearby, and somewhere to park a bicycle?",
    "Hello {host}, we are celebrating a birthday and look forward to your place.",
    "Hi, does the flat have a desk to work at for a day or two?",
)
ANSWERS = (
    "Hello {guest}, of course: bring them any time after ten and I'll look after them.",
    "Hi {guest}! Yes, and I've put a little map on the table for you.",
    "With pleasure, {guest}. Tell me when you arrive and I'll be there.",
)
CANCEL_REASONS = ("Our plans have changed.", "The flight was canceled.", "Somebody in the family is ill.")
HOST_CANCEL_REASON = "A water pipe broke and won't be repaired in time."
STAFF_CANCEL_REASON = "The listing's address could not be confirmed."
DECLINE_REASON = "We have visitors of our own in that week."
HOUSE_RULES = "No smoking inside. Quiet from ten in the evening. Shoes off, please."
GUIDE = (
    "The bell is the second from the top. The key box beside the door opens with the last four digits of your phone."
)


def title_of(rng: random.Random, kind: PropertyType, room: RoomType, area: str) -> tuple[str, str]:
    """Return a title and the word for the place in it."""
    thing = rng.choice(_WHOLE[kind])
    if room is RoomType.PRIVATE_ROOM and kind is not PropertyType.HOTEL:
        thing = f"room in a {thing}"
    title = f"{rng.choice(_FEELS)} {thing} in {area}"
    return (f"{title}, {rng.choice(_EXTRAS)}" if rng.random() < 0.6 else title), thing


def description_of(rng: random.Random, thing: str, *, area: str, city: str) -> str:
    """Return a description of three paragraphs."""
    opening = rng.choice(_OPENINGS).format(thing=thing, area=area, city=city)
    return "\n\n".join((opening, " ".join(rng.sample(_MIDDLES, 2)), " ".join(rng.sample(_ENDINGS, 2))))
