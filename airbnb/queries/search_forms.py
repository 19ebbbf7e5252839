"""In which form search's projection was last written as a whole."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from airbnb.models.search import SearchForm
from airbnb.queries.changes import matched_rows

#: The table has one row.
ONLY = 1


def written_form(session: Session) -> int | None:
    """Return the form of the last rebuild that came to its end; None when there was none."""
    return session.scalar(select(SearchForm.form).where(SearchForm.id == ONLY))


def note_form(session: Session, *, form: int, now: datetime) -> None:
    """Note that every row is written in this form; two rebuilds at once may both do so."""
    values = {"form": form, "rebuilt_at": now}
    change = update(SearchForm).where(SearchForm.id == ONLY).values(values)
    if matched_rows(session, change):
        return
    try:
        with session.begin_nested():
            session.add(SearchForm(id=ONLY, **values))
    except IntegrityError:
        session.execute(change)
