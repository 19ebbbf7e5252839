"""Pages of rows with notes: what staff tell each other, and what they did, beside what is stored."""

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

from flask import flash, redirect, request, url_for
from flask_admin import expose
from flask_admin.form import SecureForm
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from airbnb.admin.access import staff
from airbnb.admin.formats import FOR_TEMPLATES, changes_of
from airbnb.admin.views import StaffView, refuse
from airbnb.domain import clock
from airbnb.domain.causes import by_staff
from airbnb.models.platform import AuditEntry
from airbnb.models.staff import StaffNote
from airbnb.queries.audit_log import list_acts
from airbnb.queries.staff_notes import list_notes
from airbnb.services.staff_notes import NOTE_LENGTH, write_note
from airbnb.unit_of_work import in_transaction, reading


class NoteForm(SecureForm):
    """A note for colleagues."""

    body = TextAreaField("Note", [DataRequired("Write something."), Length(1, NOTE_LENGTH)])


class NotedView(StaffView):
    """A view whose rows have notes, and whose pages show what staff did to them."""

    details_template = "admin/noted_details.html"
    #: Whether the table of all fields is folded, where the page says the most important ones by itself.
    folds_fields: ClassVar[bool] = False

    def render(self, template: str, **kwargs: Any) -> str:
        """Render a page with what such pages write with."""
        return str(super().render(template, **{**FOR_TEMPLATES, **kwargs}))

    def note_form(self) -> NoteForm:
        """Return the empty form of a note."""
        return NoteForm()

    def notes_of(self, row: Any) -> Sequence[StaffNote]:
        """Return the notes about a row, the newest first."""
        with reading() as session:
            return list_notes(session, self.model.__tablename__, row.id)

    def changes_of(self, act: AuditEntry) -> list[str]:
        """Return what an act changed, a line a column."""
        return changes_of(act)

    def acts_on(self, row: Any) -> Sequence[AuditEntry]:
        """Return what staff last did to a row, the newest first."""
        with reading() as session:
            return list_acts(session, self.model.__tablename__, row.id)

    @expose("/<int:row_id>/notes", methods=("POST",))
    def notes_view(self, row_id: int) -> Any:
        """Add a note to a row; a rejected one is said why."""
        member = staff()
        if member is None or not member.may(self.needs):
            return refuse()
        if self.get_one(str(row_id)) is None:
            return redirect(url_for(".index_view"))
        form = NoteForm(request.form)
        if form.validate():
            cause = by_staff(member.id, now=clock.now(), ip=request.remote_addr)
            in_transaction(partial(write_note, subject=self.model, subject_id=row_id, body=form.body.data, cause=cause))
            flash("The note is kept.", "success")
        else:
            flash(f"The note was not kept: write up to {NOTE_LENGTH} characters, on a page that is not old.", "error")
        return redirect(f"{url_for('.details_view', id=row_id)}#notes")
