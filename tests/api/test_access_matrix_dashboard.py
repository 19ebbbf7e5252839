"""Every page of the dashboard, called by everybody. Case 37.

A new view or action fails the build until it has a row in ``access_table/``.
"""

from airbnb.admin.views import StaffView
from tests.api.access_table.dashboard import ACTIONS, DASHBOARD, DASHBOARD_PAGES
from tests.api.access_table.rows import ACTORS, STAFF

AUTOMATIC = {"HEAD", "OPTIONS"}
OPEN = {"admin.login", "admin.static"}
#: Flask-Admin has them, the dashboard does not let anybody use them.
SWITCHED_OFF = {"create_view", "edit_view", "delete_view", "ajax_update", "export"}


def views_of(app) -> dict[str, StaffView]:
    """Return the dashboard's views by the last part of their address."""
    (admin,) = app.extensions["admin"]
    return {view.url.rsplit("/", 1)[1]: view for view in admin._views if isinstance(view, StaffView)}


def pages_of(app) -> list[tuple[str, str, str, str]]:
    """Return method, path, name of the view and name of the function of every page."""
    found = []
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/admin") or rule.endpoint in OPEN:
            continue
        area, function = rule.endpoint.split(".")
        filled = rule.rule.replace("<int:row_id>", "1").replace("<export_type>", "csv")
        found += [
            (method, filled, area.removeprefix("staff_"), function) for method in sorted(rule.methods - AUTOMATIC)
        ]
    return found


def allowed(view: str, path: str) -> frozenset[str]:
    return {**DASHBOARD, **DASHBOARD_PAGES}[view]


def test_case_37_every_view_and_action_of_the_dashboard_has_a_row(app):
    views = views_of(app)

    assert set(views) == set(DASHBOARD)
    assert {f"{name}/{action.name}" for name, view in views.items() for action in view.staff_actions} == set(ACTIONS)


def test_case_37_every_page_of_the_dashboard_answers_everybody_as_the_table_says(app, world, nothing_stays):
    wrong = []
    for method, path, view, function in pages_of(app):
        for actor in ACTORS:
            answer = world.browse(actor, method, path.replace("<action_name>", "none"))
            if actor not in STAFF:
                good = answer.status_code == 302 and "/admin/login" in answer.location
            elif actor not in allowed(view, path):
                good = answer.status_code == 403
            else:
                shown = function in ("index_view", "index")
                good = answer.status_code == 200 if shown else answer.status_code in (200, 302, 400, 404, 422)
                good = good and not (function in SWITCHED_OFF and answer.status_code == 200)
            if not good:
                wrong.append(f"{method} {path}, {actor}: {answer.status}")

    assert not wrong, "\n".join(wrong)


#: A row of each view with actions, by its name in the world.
ROW_OF_VIEW = {
    "reports": "report",
    "pictures": "picture",
    "reviews": "review",
    "users": "guest",
    "listings": "listing",
    "bookings": "booking",
    "suppressions": "suppression",
    "taxes": "tax",
    "coupons": "coupon",
    "approvals": "approval",
    "payout-holds": "hold",
    "payouts": "payout",
    "outbox": "event",
    "webhook-deliveries": "delivery",
}


def test_case_37_actions_are_for_those_whose_roles_carry_them(world, nothing_stays):
    wrong = []
    for name, may in ACTIONS.items():
        view, action = name.split("/")
        row_id = world.ids[ROW_OF_VIEW[view]]
        for actor in ACTORS:
            for method in ("GET", "POST"):
                answer = world.browse(actor, method, f"/admin/{view}/{row_id}/do/{action}")
                told = 403 if actor in STAFF else 302
                expected = {"GET": 200, "POST": 422}[method] if actor in may else told
                if answer.status_code != expected:
                    wrong.append(f"{method} {name}, {actor}: {answer.status_code} instead of {expected}")

    assert not wrong, "\n".join(wrong)


def test_staff_may_do_on_the_dashboard_what_their_row_says_for_what_they_see(world):
    """A view that somebody may open links to nothing but what they may open as well."""
    for actor in STAFF:
        for page in ("/admin/", "/admin/users/"):
            shown = world.browse(actor, "GET", page).text
            assert {name for name in DASHBOARD if f'href="/admin/{name}/"' in shown} == {
                name for name, may in DASHBOARD.items() if actor in may
            }
