"""Everything that is stored encrypted, and how it is found and replaced key by key."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, not_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from airbnb.models.calendar_feeds import CalendarFeed
from airbnb.models.payouts import PayoutAccount
from airbnb.models.second_factors import TotpFactor
from airbnb.models.webhook_endpoints import WebhookEndpoint
from airbnb.queries.changes import matched_rows

#: Columns that hold sealed texts. Needs: the model has an ``id`` and the column's name ends in ``_encrypted``.
SEALED_COLUMNS: tuple[InstrumentedAttribute[str] | InstrumentedAttribute[str | None], ...] = (
    PayoutAccount.details_encrypted,
    TotpFactor.secret_encrypted,
    CalendarFeed.url_encrypted,
    WebhookEndpoint.secret_encrypted,
    WebhookEndpoint.previous_secret_encrypted,
)

SealedColumn = InstrumentedAttribute[str] | InstrumentedAttribute[str | None]


class SealedText(NamedTuple):
    """One sealed text and the row that holds it."""

    row_id: int
    text: str


def list_outdated(
    session: Session, column: SealedColumn, *, prefix: str, after_id: int, limit: int
) -> Sequence[SealedText]:
    """Return the next texts in order of id that do not begin with the prefix of the key in use."""
    model = column.class_
    statement = (
        select(model.id, column)
        .where(model.id > after_id, column.is_not(None), not_(column.startswith(prefix, autoescape=True)))
        .order_by(model.id)
        .limit(limit)
    )
    return [SealedText(row_id, text) for row_id, text in session.execute(statement)]


def replace_text(session: Session, column: SealedColumn, old: SealedText, *, new: str) -> bool:
    """Put a text sealed anew in the place of the old one; whether nobody else had changed it meanwhile."""
    model = column.class_
    # The row means the same as before: its version and its time of change stay.
    kept = {"updated_at": model.updated_at} if hasattr(model, "updated_at") else {}
    statement = update(model).where(model.id == old.row_id, column == old.text).values({column.key: new, **kept})
    return matched_rows(session, statement) == 1


def count_outdated(session: Session, column: SealedColumn, *, prefix: str) -> int:
    """Return how many texts do not begin with the prefix of the key in use."""
    outdated = (column.is_not(None), not_(column.startswith(prefix, autoescape=True)))
    return session.scalar(select(func.count()).select_from(column.class_).where(*outdated)) or 0
