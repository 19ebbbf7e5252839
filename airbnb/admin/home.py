"""The dashboard's door and first page: sign-in, sign-out, and what needs attention."""

from typing import Any
from urllib.parse import urlsplit

from flask import flash, redirect, request, url_for
from flask_admin import AdminIndexView, expose
from flask_admin.form import SecureForm
from werkzeug.wrappers import Response
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length, Optional

from airbnb.admin.access import EmptyForm, sign_in, sign_out, staff
from airbnb.admin.charts import draw, read_request
from airbnb.admin.formats import ENDPOINT_PREFIX
from airbnb.admin.views import refuse
from airbnb.domain import clock
from airbnb.domain.errors import DomainError
from airbnb.domain.figures import Unit
from airbnb.domain.permissions import Permission
from airbnb.extensions import current_settings, limiter
from airbnb.queries.dashboard import count_what_needs_attention
from airbnb.unit_of_work import reading

LOGIN_LIMIT = "10 per minute"


class LoginForm(SecureForm):
    """Who wants to come in."""

    email = StringField("E-mail", [InputRequired(), Length(3, 254)], render_kw={"autocomplete": "username"})
    password = PasswordField(
        "Password", [InputRequired(), Length(1, 128)], render_kw={"autocomplete": "current-password"}
    )
    totp_code = StringField(
        "Code of your authenticator app, if you have one set up",
        [Optional(), Length(1, 40)],
        render_kw={"autocomplete": "one-time-code", "inputmode": "text"},
    )


class HomeView(AdminIndexView):
    """The first page; only the sign-in is open to everyone."""

    def is_visible(self) -> bool:
        return False

    @expose("/")
    def index(self) -> Any:
        """Show what needs attention, and how things go to those who see money."""
        member = staff()
        if member is None or member.needs_second_factor:
            return refuse()
        open_views = {view.endpoint for view in self.admin._views if view.is_accessible()}
        stems = {endpoint.removeprefix(ENDPOINT_PREFIX) for endpoint in open_views}
        wanted = read_request(request.args, today=clock.now().date(), currency=current_settings().default_currency)
        with reading() as session:
            charts, currencies = draw(session, wanted, stems) if member.may(Permission.SEE_MONEY) else ([], [])
            attention = [
                item
                for item in count_what_needs_attention(session)
                if item.view is None or f"{ENDPOINT_PREFIX}{item.view}" in open_views
            ]
        return self.render(
            "admin/home.html",
            attention=attention,
            charts=charts,
            currencies=currencies,
            wanted=wanted,
            units=list(Unit),
        )

    @expose("/login", methods=("GET", "POST"))
    def login(self) -> Any:
        """Let staff in by e-mail and password."""
        form = LoginForm(request.form)
        if request.method == "POST" and form.validate():
            try:
                with limiter.limit(LOGIN_LIMIT):
                    sign_in(form.email.data.strip().lower(), form.password.data, form.totp_code.data or None)
            except DomainError as refusal:
                flash(refusal.detail, "error")
            else:
                return redirect(_inside(request.args.get("next")))
        return self.render("admin/login.html", form=form)

    @expose("/logout", methods=("POST",))
    def logout(self) -> Response:
        """End the session."""
        if EmptyForm(request.form).validate():
            sign_out()
        return redirect(url_for("admin.login"))


def _inside(target: str | None) -> str:
    """Return where to go after the sign-in: only ever a page of the dashboard."""
    home = url_for("admin.index")
    if target is None or "\\" in target or not target.startswith(home):
        return home
    parts = urlsplit(target)
    return home if parts.scheme or parts.netloc else target
