"""The operations page: switches and jobs, each turn with its reason, written down and seen on every page."""

from datetime import timedelta

import pytest

from airbnb.domain import clock
from airbnb.domain.kinds import Role
from airbnb.domain.permissions import Permission
from airbnb.domain.switches import EFFECTS, LABELS, Switch
from airbnb.models.platform import AuditEntry, JobRun
from airbnb.models.switches import SwitchSetting
from airbnb.models.users import User
from airbnb.tasks.housekeeping import delete_old_rows
from airbnb.tasks.outbox import drain, drain_missed
from airbnb.tasks.schedule import JOBS
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import switches

SWITCH = "/operations/switches/new_bookings"


def test_every_switch_has_a_name_and_says_what_it_does():
    assert set(LABELS) == set(EFFECTS) == set(Switch)


def test_a_switch_is_turned_with_a_reason_seen_on_every_page_and_written_down(staff_browser, count_rows):
    browser = staff_browser(Role.ADMIN)

    without_reason = browser.submit(f"{SWITCH}/off", reason="")
    done = browser.submit(f"{SWITCH}/off", reason="The price engine is wrong")
    home, page = browser.get("/users/").text, browser.get("/operations/").text

    assert (without_reason.status_code, done.status_code) == (422, 302)
    assert "Switched off:</strong> New bookings" in home
    assert "The price engine is wrong" in page
    with reading() as session:
        row = session.get(SwitchSetting, "new_bookings")
        entry = session.query(AuditEntry).filter_by(action="turn_off").one()
    assert row.is_off
    assert (entry.before, entry.after) == ({"new_bookings": False}, {"new_bookings": True})
    assert (entry.reason, entry.ip) == ("The price engine is wrong", "127.0.0.1")

    browser.submit(f"{SWITCH}/on", reason="Repaired")
    assert "Switched off" not in browser.get("/users/").text
    assert count_rows(AuditEntry, AuditEntry.action == "turn_on") == 1


def test_turning_a_switch_to_where_it_is_writes_nothing(staff_browser, count_rows):
    staff_browser(Role.ADMIN).submit(f"{SWITCH}/on", reason="To be sure")

    assert count_rows(AuditEntry, AuditEntry.action == "turn_on") == 0


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.FINANCE])
def test_only_administrators_operate(staff_browser, role: Role, count_rows):
    browser = staff_browser(role)

    answers = [browser.get(path).status_code for path in ("/operations/", f"{SWITCH}/off")]
    posted = browser.client.post(f"/admin{SWITCH}/off", data={"reason": "Because I can"})

    assert [*answers, posted.status_code] == [403, 403, 403]
    assert count_rows(SwitchSetting) == 0


def test_a_switch_needs_the_forms_token(staff_browser, count_rows):
    answer = staff_browser(Role.ADMIN).client.post(f"/admin{SWITCH}/off", data={"reason": "Forged on another site"})

    assert answer.status_code == 422
    assert count_rows(SwitchSetting) == 0


@pytest.mark.parametrize("path", ["switches/gravity/off", f"switches/{Switch.MAIL}/sideways", "jobs/nothing/run"])
def test_what_is_not_there_cannot_be_turned(staff_browser, path: str):
    assert staff_browser(Role.ADMIN).get(f"/operations/{path}").status_code == 404


def test_other_processes_learn_of_a_switch_within_seconds(staff_browser, monkeypatch):
    monkeypatch.setattr(switches, "KEPT_S", 0.0)
    switches.forget()
    assert not switches.is_off(Switch.MAIL)

    # As another process would: without telling this one.
    in_transaction(
        lambda session: session.add(SwitchSetting(name="mail", is_off=True, changed_at=clock.now())) and None
    )

    assert switches.is_off(Switch.MAIL)


def test_the_schedule_shows_each_job_its_last_run_and_what_is_late(staff_browser):
    now = clock.now()

    def runs(session):
        session.add(JobRun(job="housekeeping", period="a", claimed_by="me", started_at=now, finished_at=now, rows=4711))
        old = now - timedelta(days=3)
        session.add(
            JobRun(job="payouts-run", period="a", claimed_by="me", started_at=old, finished_at=old, error="Broken: x")
        )

    in_transaction(runs)
    page = staff_browser(Role.ADMIN).get("/operations/").text

    assert all(f">{job.name}</th>" in page for job in JOBS)
    assert "4711" in page
    assert "Broken: x" in page
    assert "Hosts are paid later." in page


def test_right_after_the_start_jobs_have_not_run_yet_and_are_not_late(staff_browser):
    half_a_year_ago = clock.now() - timedelta(days=180)
    in_transaction(
        lambda session: session.add(
            # As the demo world leaves it: no job, but what is to happen once.
            JobRun(job="demo_seed", period="once", claimed_by="-", started_at=half_a_year_ago)
        )
    )
    drain_missed()

    page = staff_browser(Role.ADMIN).get("/operations/").text

    assert page.count("not yet</span>") == len(JOBS) - 1
    assert ">late</span>" not in page


def test_a_paused_job_rests_until_it_is_continued_but_runs_when_asked_for(staff_browser, count_rows):
    browser = staff_browser(Role.ADMIN)
    browser.submit("/operations/jobs/housekeeping/pause", reason="Looking into a complaint")
    assert "paused" in browser.get("/operations/").text
    ran = JobRun.job == "housekeeping"

    delete_old_rows()
    while_paused = count_rows(JobRun, ran)
    browser.submit("/operations/jobs/housekeeping/run", reason="Once by hand")
    drain()
    by_hand = count_rows(JobRun, ran, JobRun.finished_at.is_not(None))
    browser.submit("/operations/jobs/housekeeping/continue", reason="Done looking")
    delete_old_rows()

    assert (while_paused, by_hand, count_rows(JobRun, ran)) == (0, 1, 2)
    assert count_rows(AuditEntry, AuditEntry.action == "run_job") == 1


def test_a_job_asked_for_runs_again_in_a_period_that_had_its_run(staff_browser, count_rows):
    delete_old_rows()
    delete_old_rows()
    assert count_rows(JobRun, JobRun.job == "housekeeping") == 1

    staff_browser(Role.ADMIN).submit("/operations/jobs/housekeeping/run", reason="Once more")
    drain()

    assert count_rows(JobRun, JobRun.job == "housekeeping") == 2


def test_in_read_only_mode_staff_change_nothing_but_switches(staff_browser, make_user):
    browser, user = staff_browser(Role.ADMIN), make_user()
    browser.submit("/operations/switches/read_only/off", reason="A move to another cluster")

    browser.submit(f"/users/{user.id}/do/suspend", reason="Spam to twelve hosts")

    assert "paused for the moment" in browser.get("/users/").text
    with reading() as session:
        assert session.get(User, user.id).status == "active"


def test_the_policies_are_shown_as_they_are_applied(staff_browser):
    page = staff_browser(Role.SUPPORT).get("/policies/").text

    assert "30 days before" in page
    assert "one night and 50 % of the other nights" in page


def test_operating_is_a_right_of_its_own():
    assert Permission.OPERATE.value == "operate"
