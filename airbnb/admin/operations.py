"""The operations page: what is switched off, and how the periodic jobs go; everything there is written down."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_admin import BaseView, expose

from airbnb.admin.access import may, staff
from airbnb.admin.actions import ReasonForm
from airbnb.admin.formats import ENDPOINT_PREFIX
from airbnb.admin.views import refuse
from airbnb.domain import clock
from airbnb.domain.causes import Cause, by_staff
from airbnb.domain.jobs import JOBS, Job, late_jobs
from airbnb.domain.kinds import Provider
from airbnb.domain.permissions import Permission
from airbnb.domain.switches import EFFECTS, LABELS, Switch, name_of_job, switch_of
from airbnb.models.platform import JobRun
from airbnb.queries.job_runs import latest_run_of_each, starts_of
from airbnb.queries.switches import list_settings
from airbnb.services.wanted_jobs import want_job
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import switches
from airbnb.workflows.outside import gateway_names


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something to be done here, in the form that the page of confirmation shows."""

    label: str
    sentences: tuple[str, ...]
    run: Callable[[Cause], None]
    tone: str = "danger"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLine:
    """One row of the schedule."""

    job: Job
    run: JobRun | None
    next_at: datetime | None
    is_late: bool
    is_paused: bool


class OperationsView(BaseView):
    """Switches and the schedule."""

    def __init__(self, category: str) -> None:
        super().__init__("Operations", category, endpoint=f"{ENDPOINT_PREFIX}operations", url="/admin/operations")

    def is_accessible(self) -> bool:
        return may(Permission.OPERATE)

    def inaccessible_callback(self, name: str, **kwargs: Any) -> Any:
        return refuse()

    @expose("/")
    def index_view(self) -> Any:
        """Show every switch and every job."""
        now = clock.now()
        with reading() as session:
            settings, runs = list_settings(session), latest_run_of_each(session)
        behind = late_jobs(starts_of(runs), now=now)
        paused = {name for name, row in settings.items() if row.is_off}
        return self.render(
            "admin/operations.html",
            switches=[(one, LABELS[one], EFFECTS[one], settings.get(one)) for one in _switches_here()],
            jobs=[_line(job, runs.get(job.name), paused, is_late=job in behind) for job in JOBS],
        )

    @expose("/switches/<what>/<state>", methods=("GET", "POST"))
    def switch_view(self, what: str, state: str) -> Any:
        """Ask why a switch is turned; on POST, turn it."""
        if what not in set(_switches_here()) or state not in ("off", "on"):
            abort(404)
        switch, off = Switch(what), state == "off"
        after = "What waited goes on within a minute."
        act = Act(
            label=f"Turn {state}: {LABELS[switch].lower()}",
            sentences=EFFECTS[switch] if off else (after,),
            run=lambda cause: switches.set_switch(switch, off=off, cause=cause),
            tone="danger" if off else "success",
        )
        return self._answer(act)

    @expose("/jobs/<what>/<verb>", methods=("GET", "POST"))
    def job_view(self, what: str, verb: str) -> Any:
        """Ask why a job is paused, continued or run now; on POST, do it."""
        job = next((one for one in JOBS if one.name == what), None)
        act = None if job is None else _acts_on(job).get(verb)
        return self._answer(act or abort(404))

    def _answer(self, act: Act) -> Any:
        member = staff()
        assert member is not None
        form, back = ReasonForm(request.form), url_for(".index_view")
        if request.method == "POST" and form.validate():
            reason = form.reason.data.strip()
            act.run(by_staff(member.id, now=clock.now(), reason=reason, ip=request.remote_addr))
            flash(f"Done: {act.label.lower()}.", "success")
            return redirect(back)
        page = self.render(
            "admin/confirm.html", row=None, action=act, form=form, back=back, possible=True, effects=act.sentences
        )
        return (page, 422) if request.method == "POST" else page


def _acts_on(job: Job) -> dict[str, Act]:
    name = name_of_job(job.name)
    return {
        "pause": Act(
            label=f"Pause {job.name}",
            sentences=(job.does, f"While it is paused: {job.late_means}"),
            run=lambda cause: switches.set_switch(name, off=True, cause=cause),
        ),
        "continue": Act(
            label=f"Continue {job.name}",
            sentences=("It runs at its next time.",),
            run=lambda cause: switches.set_switch(name, off=False, cause=cause),
            tone="success",
        ),
        "run": Act(
            label=f"Run {job.name} now",
            sentences=(job.does, "A worker begins with it at once."),
            run=lambda cause: in_transaction(partial(want_job, job=job.name, cause=cause)),
            tone="primary",
        ),
    }


def _switches_here() -> list[Switch]:
    """Return the switches of what is set up here."""
    here = {switch_of(Provider(name)) for name in gateway_names()}
    return [one for one in Switch if one in here or one not in map(switch_of, Provider)]


def _line(job: Job, run: JobRun | None, paused: set[str], *, is_late: bool) -> JobLine:
    return JobLine(
        job=job,
        run=run,
        next_at=None if run is None else run.started_at + job.every,
        is_late=is_late,
        is_paused=name_of_job(job.name) in paused,
    )


def banner() -> list[str]:
    """Return what is off, in words, for the top of every page."""
    off = switches.off()
    jobs = [f"Job {job.name}" for job in JOBS if name_of_job(job.name) in off]
    return [LABELS[one] for one in Switch if one in off] + jobs
