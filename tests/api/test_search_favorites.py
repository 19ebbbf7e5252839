"""Searching signed in: which hits stand on a list of the caller's own."""

from datetime import UTC, datetime
from typing import Any

from airbnb.domain.kinds import Role
from airbnb.schemas.search import ListingCardSchema
from airbnb.shared_store import SharedStore

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
AREA = "/listings?bbox=-10,38,-9,39"


def keep(client: Any, *listings: Any) -> None:
    made = client.post("/wishlists", json={"name": "Sea views"})
    for listing in listings:
        assert client.put(f"/wishlists/{made.json['id']}/listings/{listing.id}").status_code == 204


def favorites(client: Any, query: str = AREA) -> dict[str, bool]:
    hits = client.get(query).json["data"]
    assert all(ListingCardSchema().validate(hit) == {} for hit in hits)
    return {hit["id"]: hit["is_favorite"] for hit in hits}


def test_hits_say_what_stands_on_a_list_of_the_callers_own(guest, host, make_client, make_listing, client):
    kept, theirs, other = (make_listing(host=host.user) for _ in range(3))
    keep(guest, kept)
    keep(guest, kept)
    keep(make_client(Role.GUEST), theirs)

    assert favorites(guest) == {str(kept.id): True, str(theirs.id): False, str(other.id): False}
    assert all("is_favorite" not in hit for hit in client.get(f"/api/v1{AREA}").json["data"])
    assert favorites(guest, f"{AREA}&bedrooms_min=100") == {}
    for wishlist in guest.get("/wishlists").json["data"]:
        assert favorites(guest)[str(kept.id)]
        assert guest.delete(f"/wishlists/{wishlist['id']}").status_code == 204
    assert not any(favorites(guest).values())


def test_being_signed_in_costs_no_statement_of_the_search(
    app, guest, host, make_listing, client, count_statements, freeze, monkeypatch
):
    freeze(NOW)
    monkeypatch.setitem(app.extensions, "airbnb_shared_store", SharedStore(None))
    keep(guest, *(make_listing(host=host.user) for _ in range(12)))
    guest.get("/users/me")

    for dates in ("", "&check_in=2026-06-01&check_out=2026-06-05", "&month=2026-06&nights=3"):
        count_statements.clear()
        assert len(client.get(f"/api/v1{AREA}{dates}").json["data"]) == 12
        anonymous = len(count_statements)
        count_statements.clear()
        assert all(favorites(guest, AREA + dates).values())
        about_the_caller = [one for one in count_statements if "user_roles" in one]
        assert len(count_statements) - len(about_the_caller) == anonymous
        assert len(about_the_caller) == 1
