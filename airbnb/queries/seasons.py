"""A listing's seasons and promotions, whole lists at a time."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from airbnb.models.calendar import Promotion, Season


def list_seasons(session: Session, listing_id: int) -> Sequence[Season]:
    """Return a listing's seasons in the order of their dates."""
    statement = select(Season).where(Season.listing_id == listing_id).order_by(Season.starts_on, Season.id)
    return session.scalars(statement).all()


def list_promotions(session: Session, listing_id: int) -> Sequence[Promotion]:
    """Return a listing's promotions in the order of their dates."""
    statement = select(Promotion).where(Promotion.listing_id == listing_id)
    return session.scalars(statement.order_by(Promotion.starts_on, Promotion.id)).all()


def replace_rows(
    session: Session, model: type[Season] | type[Promotion], listing_id: int, rows: Sequence[Season | Promotion]
) -> None:
    """Put these rows in the place of all that the listing has."""
    session.execute(
        delete(model).where(model.listing_id == listing_id), execution_options={"synchronize_session": False}
    )
    session.add_all(rows)
    session.flush()
