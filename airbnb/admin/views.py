"""The base of every view: read only, for the right roles, with lists and actions that call services."""

import logging
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar

from flask import abort, flash, redirect, render_template, request, url_for
from flask_admin import expose
from flask_admin.contrib.sqla import ModelView
from flask_admin.model.base import ViewArgs
from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, inspect, select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from airbnb.admin import formats, lists
from airbnb.admin.access import EmptyForm, may, staff
from airbnb.admin.actions import ReasonForm, StaffAction, form_of
from airbnb.admin.asking import CHANGED_MEANWHILE, Ask, answer, digest_of
from airbnb.admin.exports import csv_answer
from airbnb.admin.filters import StaffFilterConverter
from airbnb.admin.formats import ENDPOINT_PREFIX
from airbnb.admin.sessions import reads
from airbnb.domain import clock
from airbnb.domain.account_errors import TotpSetupRequired
from airbnb.domain.causes import by_staff
from airbnb.domain.errors import DomainError
from airbnb.domain.ids import MAX_ID
from airbnb.domain.permissions import Permission
from airbnb.engines import StatementTooSlow, time_limited
from airbnb.services.audit import record_action
from airbnb.unit_of_work import in_transaction

logger = logging.getLogger(__name__)

LOGIN_ENDPOINT = "admin.login"
#: Names in a list's address that say where its page lies.
AFTER, BEFORE = "after", "before"
#: Seconds that the rows of a list may take; far more than any needs, far less than a worker can spare.
LONGEST_READ_S = 5.0


def refuse() -> Response:
    """Send strangers to the sign-in, and answer 403 to staff without the right or the second factor."""
    member = staff()
    if member is None:
        return redirect(url_for(LOGIN_ENDPOINT, next=request.path))
    if member.needs_second_factor:
        page = render_template("admin/totp_setup_required.html", code=TotpSetupRequired.code)
        return Response(page, status=403, mimetype="text/html")
    abort(403)


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Rows of another view that belong to a row of this one: those whose ``column`` holds its id."""

    label: str
    view: str  # the stem of the other view
    column: str  # one that it can be filtered by


class StaffView(ModelView):
    """A table as staff see it: list, search, filters, file, details, and actions that call services."""

    can_create = can_edit = can_delete = False
    can_view_details = True
    can_set_page_size = True
    named_filter_urls = True
    page_size = 50
    simple_list_pager = True
    column_display_pk = True
    form_base_class = EmptyForm
    filter_converter = StaffFilterConverter()
    list_template = "admin/staff_list.html"
    details_template = "admin/staff_details.html"
    column_default_sort = ("id", True)
    column_type_formatters = column_type_formatters_detail = formats.BY_TYPE

    #: The permission that opens the view.
    needs: ClassVar[Permission]
    staff_actions: ClassVar[tuple[StaffAction, ...]] = ()
    #: Links of the page of a row to what belongs to it.
    related: ClassVar[tuple[Related, ...]] = ()
    #: Whether a search finds a text anywhere and filters need no index: only where rows stay in the thousands.
    is_small: ClassVar[bool] = False
    #: One sentence on what the list holds, for its top.
    about: ClassVar[str] = ""

    def __init__(self, model: type[Any], name: str, stem: str, category: str | None = None) -> None:
        """Show ``model`` at ``/admin/<stem>/``; the API has blueprints of the same stems, hence the prefix."""
        self.stem = stem
        super().__init__(
            model, reads, name=name, category=category, endpoint=f"{ENDPOINT_PREFIX}{stem}", url=f"/admin/{stem}"
        )

    def is_accessible(self) -> bool:
        return may(self.needs)

    def inaccessible_callback(self, name: str, **kwargs: Any) -> Response:
        return refuse()

    # Lists

    @expose("/")
    def index_view(self) -> str | Response:
        """Show one page of the list."""
        wanted = self._get_list_extra_args()
        order, limit = self._order(wanted), self.get_safe_page_size(wanted.page_size)
        try:
            with time_limited(self.session.connection(), LONGEST_READ_S):
                page = lists.fetch(self.session, self._statement(wanted), order, place=_place(order), limit=limit)
        except StatementTooSlow:
            logger.warning("a list was given up", extra={"view": self.stem, "asked": dict(request.args)})
            shown = self.render("admin/too_slow.html", limit_s=LONGEST_READ_S, wanted=wanted)
            return Response(shown, status=HTTPStatus.SERVICE_UNAVAILABLE, mimetype="text/html")
        return str(
            self.render(
                self.list_template,
                page=page,
                next_url=self._page_url(wanted, AFTER, order.written(page.next_key)),
                previous_url=self._page_url(wanted, BEFORE, order.written(page.previous_key)),
                wanted=wanted,
                kept=_kept,
                export_url=self._export_url(wanted),
                page_size=limit,
                sort_url=partial(self._sort_url, wanted),
                answers={idx: value for idx, _, value in wanted.filters or ()},
                list_columns=self._list_columns,
                get_value=self.get_list_value,
                get_pk_value=self.get_pk_value,
                return_url=self._get_list_url(wanted),
            )
        )

    @expose("/export", methods=("POST",))
    def export_view(self) -> Response:
        """Send the list, searched and filtered as it is shown, as a file; who took it is written down."""
        member = staff()
        if member is None or not EmptyForm(request.form).validate():
            abort(400)
        wanted = self._get_list_extra_args()
        taken = {"search": (None, wanted.search), "filters": (None, self._get_filters(wanted.filters))}
        cause = by_staff(member.id, now=clock.now(), ip=request.remote_addr)
        in_transaction(lambda rows: record_action(rows, "export_rows", self.model, 0, cause=cause, changes=taken))
        return csv_answer(self, self._statement(wanted), self._order(wanted))

    def _get_list_extra_args(self) -> ViewArgs:
        wanted = super()._get_list_extra_args()
        for name in (AFTER, BEFORE):
            wanted.extra_args.pop(name, None)
        # A form sends its empty fields too; they ask for nothing.
        wanted.search = (wanted.search or "").strip() or None
        return wanted

    def _get_list_filter_args(self) -> list[Any] | None:
        asked = [name for name, value in request.args.items() if name.startswith("flt") and value.strip()]
        found = []
        for name in asked:
            index, flt = self._filter_args.get(name[3:].partition("_")[2], (None, None))
            if flt is None:
                continue
            if flt.validate(request.args[name]):
                found.append((index, str(flt.name), request.args[name]))
            else:
                flash(f"“{request.args[name]}” is no answer to the filter {flt.name}; it was left out.", "error")
        return found or None

    def _key(self) -> tuple[Any, ...]:
        mapper = inspect(self.model)
        return tuple(getattr(self.model, mapper.get_property_by_column(one).key) for one in mapper.primary_key)

    def _order(self, wanted: ViewArgs) -> lists.Order:
        """Return the order that was asked for; else the one that an index brings what is asked for; else the view's."""
        chosen = self._get_column_by_idx(wanted.sort)
        if chosen is not None and chosen[0] in self._sortable_columns:
            names, descending = [chosen[0]], wanted.sort_desc
        else:
            names, descending = self._order_of_filters(wanted), True
        if not names:
            names, descending = [self.column_default_sort[0]], self.column_default_sort[1]
        first, key = [getattr(self.model, name) for name in names], self._key()
        return lists.Order(columns=tuple(dict.fromkeys((*first, *key))), descending=descending)

    def _order_of_filters(self, wanted: ViewArgs) -> list[str]:
        asked = (self._filters[index] for index, _, _ in wanted.filters or ())
        return next(([column.key for column in order] for flt in asked if (order := flt.order())), [])

    def _statement(self, wanted: ViewArgs) -> Select[Any]:
        statement = select(self.model).options(*(joinedload(one) for one in self._auto_joins))
        for index, _, value in wanted.filters or ():
            flt = self._filters[index]
            statement = flt.apply(statement, flt.clean(value))
        return statement if wanted.search is None else statement.where(self._search(wanted.search))

    def _search(self, text: str) -> ColumnElement[bool]:
        found, cut = lists.found_by(self.session, self._key(), self.search_fields(), text, inside=self.is_small)
        if cut:
            flash(f"More than {lists.MOST_FOUND} rows fit “{text}”; write more of it to see the right ones.", "info")
        return found

    def search_fields(self) -> list[lists.SearchField]:
        """Return what the search looks into."""
        return [
            lists.SearchField(column=column, path=tuple(path or ()), beside=lists.leading(column))
            for column, path in self._search_fields or ()
        ]

    def _page_url(self, wanted: ViewArgs, name: str, key: str | None) -> Any:
        return None if key is None else self._get_list_url(wanted.clone(extra_args={**wanted.extra_args, name: key}))

    def _export_url(self, wanted: ViewArgs) -> str:
        """Return the address of the file of what the list shows."""
        return str(self._get_list_url(wanted)).replace("?", "export?", 1)

    def _sort_url(self, wanted: ViewArgs, index: int) -> str:
        """Return the list in the order of a column, the largest first; once more turns it round."""
        down = not (wanted.sort == index and wanted.sort_desc)
        return str(self._get_list_url(wanted.clone(sort=index, sort_desc=down)))

    def search_hint(self) -> str:
        """Return what the search looks into, in words."""
        columns = [self.get_column_name(str(name)).lower() for name in self.column_searchable_list or ()]
        return ", ".join((*columns, "id") if len(self._key()) == 1 else columns)

    # Pages of rows

    def title_of(self, row: Any) -> str:
        """Return what the page of a row is called."""
        return f"{self.name} {self.get_pk_value(row)}"

    def get_one(self, id: Any) -> Any:
        """Return a row with the related rows that its page names, or None for what is no id."""
        if len(self._key()) > 1 or not str(id).isdecimal() or int(id) > MAX_ID:
            return None
        return self.session.get(self.model, int(id), options=[joinedload(one) for one in self._auto_joins])

    def possible_actions(self, row: Any) -> list[StaffAction]:
        """Return what this member of staff may do to a row now."""
        return [action for action in self.staff_actions if may(action.permission) and action.applies(row)]

    def related_links(self, row: Any) -> list[tuple[str, str]]:
        """Return labels and addresses of what belongs to a row, as far as this member of staff may see it."""
        links = []
        for one in self.related:
            view = next((view for view in self.admin._views if view.endpoint == f"{ENDPOINT_PREFIX}{one.view}"), None)
            if view is not None and view.is_accessible():
                wanted = {f"flt0_{one.column}_equals": row.id}
                links.append((one.label, url_for(f"{view.endpoint}.index_view", **wanted)))
        return links

    @expose("/<int:row_id>/do/<action_name>", methods=("GET", "POST"))
    def do_view(self, row_id: int, action_name: str) -> Any:
        """Show what an action would do and ask for a reason; on POST, do it."""
        row = self.get_one(str(row_id)) or abort(404)
        action = next((one for one in self.staff_actions if one.name == action_name), None) or abort(404)
        member = staff()
        if member is None or not member.may(action.permission):
            return refuse()
        back = url_for(".details_view", id=row_id)
        if action.asking is not None:
            ask = Ask(action=action, asking=action.asking, row=row, actor_id=member.id, back=back, show=self.render)
            return answer(ask)
        form, possible = form_of(action, request.form), action.applies(row)
        effects = action.effects(row) if possible else []
        seen = digest_of(effects)
        if request.method == "POST" and form.validate() and form.seen.data == seen:
            return self._do(action, row_id, member.id, form, back)
        if request.method == "POST" and possible and form.seen.data != seen:
            flash(CHANGED_MEANWHILE, "error")
        form.seen.data = seen
        page = self.render(
            "admin/confirm.html", row=row, action=action, form=form, back=back, possible=possible, effects=effects
        )
        return (page, 422) if request.method == "POST" else page

    def _do(self, action: StaffAction, row_id: int, actor_id: int, form: ReasonForm, back: str) -> Response:
        reason, word = form.reason.data.strip(), form.choice.data if "choice" in form else ""
        try:
            action.run(row_id, by_staff(actor_id, now=clock.now(), reason=reason, ip=request.remote_addr), word)
        except DomainError as refusal:
            flash(refusal.detail, "error")
        else:
            logger.info("staff action", extra={"action": action.name, "subject_id": row_id, "actor_id": actor_id})
            flash(f"Done: {action.label.lower()}.", "success")
        return redirect(back)


def _kept(names: list[str]) -> Markup:
    """Return hidden fields for what the address asks, but for names that begin so and for where the page lies."""
    gone = (*names, AFTER, BEFORE)
    fields = ((name, value) for name, value in request.args.items() if not name.startswith(tuple(gone)))
    return Markup("").join(Markup('<input type="hidden" name="{}" value="{}">').format(*field) for field in fields)


def _place(order: lists.Order) -> lists.Place | None:
    for name in (AFTER, BEFORE):
        text = request.args.get(name)
        key = order.read(text) if text else None
        if key is not None:
            return lists.Place(key=key, is_before=name == BEFORE)
    return None
