"""The whole product as it runs in production, on this machine: web, worker, beat and mailbox as processes of their own,
a database, a broker, and the stand-ins of both payment providers; all of it can be killed, and comes back."""

import tempfile
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from celery import Celery
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, or_, select

from airbnb.config import load_settings
from airbnb.domain import clock
from airbnb.domain.statuses import OutboxState
from airbnb.extensions import db
from airbnb.factory import create_app
from airbnb.integrations.mail import ReceivedMail, read_mailbox
from airbnb.models.payments import PaymentIntent
from airbnb.models.platform import JobRun, OutboxEvent
from airbnb.queries.job_runs import period_of
from airbnb.queries.payments import OPEN_STATES
from airbnb.tasks.schedule import JOBS
from airbnb.unit_of_work import reading
from airbnb.workflows.audits import AUDITS, run_audit
from tests.concurrency.stage import ROOT, Caller, Person, Stage, database
from tests.fakes import paypal as paypal_fake
from tests.fakes import stripe as stripe_fake
from tests.fakes.webhook_receiver import Receiver
from tests.faults.kept import Kept, keeping, python, wait
from tests.faults.moved_clock import follow_clock, move_clock
from tests.servers import free_port

WEBHOOK_SECRET = "whsec_site"
WEBHOOK_ID = "8PT597110X687430L"
READY_WITHIN_S = 120.0
#: What piled up while nothing worked is done first.
QUIET_WITHIN_S = 180.0
#: One mail, one call to a provider.
SETTLED_WITHIN_S = 10.0
#: Runs as often as it is asked, unlike the jobs that run once in each period.
DRAIN_TASK = "outbox.drain"
#: What beat would ask for within a few minutes, in the order in which one leads to another.
SWEEPS = (
    "outbox.sweep",
    "webhooks.sweep",
    "payments.resolve_unknown",
    "bookings.expire_holds",
    "bookings.complete_stays",
    "payouts.run",
    "search.move_window",
    "search.refresh_aged",
    DRAIN_TASK,
)
WORKER = ["-q", "-A", "tests.concurrency.rehearsed:worker", "worker", "-P", "threads", "-c", "4", "--loglevel", "ERROR"]
WORKER += ["--without-gossip", "--without-mingle"]


@dataclass(slots=True, kw_only=True)
class Site:
    """Everything that a scene needs, and what a test turns at it."""

    app: Flask
    folder: Path
    ports: Sequence[int]
    webs: Sequence[Kept]
    workers: Sequence[Kept]
    beats: Sequence[Kept]
    mailboxes: Sequence[Kept]
    stripe: stripe_fake.StripeWorld
    paypal: paypal_fake.PayPalWorld
    receiver: Receiver
    celery: Celery
    environment: Mapping[str, str] = field(default_factory=dict)

    def caller(self, number: int, person: Person | None = None) -> Caller:
        """Return a client of one of the web processes, by turns."""
        return Caller(self.ports[number % len(self.ports)], person)

    def stage(self) -> Stage:
        """Return what scenes of ``tests/concurrency`` are played on."""
        return Stage(app=self.app, environment=self.environment, ports=self.ports)

    def lay(self, role: str, point: str) -> None:
        """Let a process of a role die at a point; see ``tests/faults/crash_points.py``."""
        file = self._plan(role)
        file.with_suffix(".hit").unlink(missing_ok=True)
        draft = file.with_suffix(".draft")
        draft.write_text(point)
        draft.replace(file)

    def was_hit(self, role: str) -> bool:
        """Say whether a process died at the point that was laid last."""
        return self._plan(role).with_suffix(".hit").exists()

    def lift(self, role: str) -> None:
        """Take a point back that nobody reached."""
        self._plan(role).unlink(missing_ok=True)

    def wait_for_webs(self) -> None:
        for port in self.ports:
            wait(lambda port=port: is_up(port), within_s=READY_WITHIN_S, what="a web process did not come back")

    def advance(self, by: timedelta) -> None:
        """Let time pass for the product and for both providers."""
        move_clock(self.folder / "clock", by)
        self.set_providers_clocks()

    def set_providers_clocks(self) -> None:
        self.stripe.stop_clock(clock.now())
        self.paypal.stop_clock(clock.now())

    def tick(self, *tasks: str) -> None:
        """Ask the worker for tasks as beat does."""
        for task in tasks or SWEEPS:
            self.celery.send_task(task)

    def held(self) -> set[int]:
        """Return the events that are in the hands of a worker, alive or dead."""
        with reading() as session:
            return set(session.scalars(select(OutboxEvent.id).where(OutboxEvent.state == OutboxState.HELD)))

    def settle(self, *, left_by_dead: Collection[int] = ()) -> None:
        """Let workers end what they hold before time is moved: who held something for minutes would count as dead.

        What dead workers left is not waited for, nor what somebody holds for longer than work takes.
        """
        with suppress(TimeoutError):
            wait(lambda: self.held() <= set(left_by_dead), within_s=SETTLED_WITHIN_S, what="")

    def recover(self, *, rounds: int = 4, left_by_dead: Collection[int] = ()) -> None:
        """Let time pass and the sweeps run until nothing waits any more. Raises: TimeoutError."""
        self.settle(left_by_dead=left_by_dead)
        for number in range(rounds):
            self.paypal.process_payouts()
            self.advance(timedelta(minutes=10))
            since = clock.now()
            self.tick()
            unswept = partial(self.unswept, since)
            wait(
                lambda unswept=unswept: not unswept(), within_s=QUIET_WITHIN_S, what="sweeps did not end", left=unswept
            )
            wait(self.is_quiet, within_s=QUIET_WITHIN_S, what="work is left", left=self.waiting)
            # A hold lapses within a quarter of an hour: that takes two rounds.
            if number and not self.waiting():
                return
        raise TimeoutError(f"the sweeps did not settle everything: {self.waiting()}")

    def unswept(self, since: datetime) -> list[str]:
        """Return the sweeps that have not run to their end in a period that had not ended then."""
        wanted = {job.name: period_of(since, job.every) for job in JOBS if job.task in set(SWEEPS) - {DRAIN_TASK}}
        with reading() as session:
            rows = session.execute(
                select(JobRun.job, func.max(JobRun.period))
                .where(JobRun.job.in_(wanted), JobRun.finished_at.is_not(None))
                .group_by(JobRun.job)
            )
            ended = dict(rows.tuples().all())
        return [job for job, period in wanted.items() if ended.get(job, "") < period]

    def is_quiet(self) -> bool:
        """Say whether nothing that is due waits for a worker."""
        overdue = PaymentIntent.state.in_(OPEN_STATES) & (PaymentIntent.next_check_at <= clock.now())
        with reading() as session:
            calls = session.scalar(select(func.count()).select_from(PaymentIntent).where(overdue))
        return not calls and self.is_told()

    def is_told(self) -> bool:
        """Say whether no event that is due waits for a worker, or is in the hands of one."""
        held = OutboxEvent.state == OutboxState.HELD
        due = (OutboxEvent.state == OutboxState.NEW) & (OutboxEvent.due_at <= clock.now())
        with reading() as session:
            return not session.scalar(select(func.count()).select_from(OutboxEvent).where(or_(held, due)))

    def waiting(self) -> list[str]:
        """Return what is not done yet: events that are due within the hour, and calls that will be asked about."""
        soon = clock.now() + timedelta(hours=1)
        open_events = OutboxEvent.state.in_((OutboxState.NEW, OutboxState.HELD)) & (OutboxEvent.due_at <= soon)
        open_calls = PaymentIntent.state.in_(OPEN_STATES) & PaymentIntent.next_check_at.is_not(None)
        with reading() as session:
            events = session.execute(
                select(OutboxEvent.topic, OutboxEvent.attempts, OutboxEvent.last_error).where(open_events)
            )
            calls = session.execute(select(PaymentIntent.operation, PaymentIntent.last_error).where(open_calls))
            return [f"{topic} {attempts} {error}" for topic, attempts, error in events] + [
                f"{operation.value} {error}" for operation, error in calls
            ]

    def verify(self) -> list[str]:
        """Return what ``flask verify`` finds, and the events that were given up."""
        faults = [f"{name}: {fault}" for name in AUDITS for fault in run_audit(name)]
        with reading() as session:
            dead = session.execute(
                select(OutboxEvent.topic, OutboxEvent.last_error).where(OutboxEvent.state == OutboxState.DEAD)
            )
            return faults + [f"dead letter: {topic} {error}" for topic, error in dead]

    def letters(self) -> list[ReceivedMail]:
        """Return every mail that arrived."""
        return read_mailbox(self.folder / "mailbox", limit=100_000)

    def mails(self) -> Counter[str]:
        """Return how often each mail arrived, by its Message-ID."""
        return Counter(mail.message_id for mail in self.letters())

    def _plan(self, role: str) -> Path:
        return self.folder / f"plan-{role}.at"


@contextmanager
def site(
    server: str | None,
    broker: str | None = None,
    *,
    webs: Sequence[Mapping[str, str]] = ({},),
    workers: int = 1,
    beats: int = 0,
    more: Mapping[str, str] | None = None,
    within: Path | None = None,
    root: Path = ROOT,
) -> Iterator[Site]:
    """Start everything on a new database; ``broker`` is a Redis, or files if none is given.

    One web process for each environment in ``webs``; ``more`` is environment of every process; all files are in a new
    folder, ``within`` another one if given; the code is in ``root``. Processes of a role share one plan of crashes.
    """
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(dir=within, ignore_cleanup_errors=True)))
        stripe, paypal, receiver = running.enter_context(_others())
        database_url = running.enter_context(database(server, str(folder)))
        (folder / "clock").write_text("0")
        environment = _environment(folder, database_url, broker, stripe.url, paypal.url) | dict(more or {})
        environment["RECEIVER_PORT"] = str(receiver.port)
        app = create_app(load_settings(environment))
        running.callback(clock.set_source, None)
        with app.app_context(), _disconnecting():
            upgrade()
            follow_clock(folder / "clock")
            ports = [free_port() for _ in webs]
            kept = _programs(folder, environment, dict(zip(ports, webs, strict=True)), workers, beats)
            for program in (one for group in kept.values() for one in group):
                program.root = root
            place = Site(
                app=app,
                folder=folder,
                ports=ports,
                webs=kept["web"],
                workers=kept["worker"],
                beats=kept["beat"],
                mailboxes=kept["mail"],
                stripe=stripe,
                paypal=paypal,
                receiver=receiver,
                celery=_client(app.extensions["celery"]),
                environment=environment,
            )
            place.set_providers_clocks()
            running.enter_context(keeping([one for group in kept.values() for one in group]))
            place.wait_for_webs()
            yield place


@contextmanager
def _disconnecting() -> Iterator[None]:
    """Leave no connection to the database behind. Needs: the app's context."""
    try:
        yield
    finally:
        db.engine.dispose()
        db.engines["read"].dispose()


@contextmanager
def _others() -> Iterator[tuple[stripe_fake.StripeWorld, paypal_fake.PayPalWorld, Receiver]]:
    """Start what the product calls and we stand in for: two providers of payments, and an integrator."""
    with (
        stripe_fake.running_stripe() as stripe,
        paypal_fake.running_paypal() as paypal,
        closing(Receiver()) as receiver,
    ):
        yield stripe, paypal, receiver


def is_up(port: int) -> bool:
    """Say whether a web process answers."""
    try:
        return Caller(port).send("GET", "//healthz").status == 200
    except OSError:
        return False


def _client(celery: Celery) -> Celery:
    """Return a client of the broker; the product's own keeps the first connection that it ever made in a process."""
    client = Celery("site", set_as_current=False)
    client.conf.update(broker_url=celery.conf.broker_url, broker_transport_options=celery.conf.broker_transport_options)
    return client


def _environment(
    folder: Path, database_url: str, broker: str | None, stripe_url: str, paypal_url: str
) -> dict[str, str]:
    return {
        "APP_ENV": "test",
        "INSTANCE_PATH": str(folder),
        "SECRET_KEY": "a-key-for-a-whole-site-" * 2,
        "DATABASE_URL": database_url,
        "CELERY_BROKER_URL": broker or "filesystem://",
        "REDIS_URL": broker or "",
        "PUBLIC_URL": "http://localhost",
        "FRONTEND_URL": "http://frontend.test",
        "RATELIMIT_ENABLED": "false",
        "LOG_LEVEL": "WARNING",
        "WEB_THREADS": "16",
        "MAIL_SINK_PORT": str(free_port()),
        "STRIPE_SECRET_KEY": stripe_fake.SECRET_KEY,
        "STRIPE_PUBLISHABLE_KEY": "pk_test_site",
        "STRIPE_WEBHOOK_SECRETS": WEBHOOK_SECRET,
        "STRIPE_API_BASE": stripe_url,
        "PAYPAL_CLIENT_ID": paypal_fake.CLIENT_ID,
        "PAYPAL_CLIENT_SECRET": paypal_fake.CLIENT_SECRET,
        "PAYPAL_WEBHOOK_ID": WEBHOOK_ID,
        "PAYPAL_API_BASE": paypal_url,
        "CLOCK_FILE": str(folder / "clock"),
    }


def _programs(
    folder: Path, environment: Mapping[str, str], webs: Mapping[int, Mapping[str, str]], workers: int, beats: int
) -> dict[str, list[Kept]]:
    def program(role: str, number: int, command: list[str], **more: str) -> Kept:
        own = {**environment, "CRASH_FILE": str(folder / f"plan-{role}.at"), **more}
        return Kept(f"{role} {number}", command, own, folder / f"{role}-{number}.log")

    gunicorn = python("gunicorn", "--config", "deploy/gunicorn.conf.py", "tests.concurrency.rehearsed:app")
    beat = ["-q", "-A", "tests.concurrency.rehearsed:worker", "beat", "--pidfile=", "--loglevel", "ERROR"]
    return {
        "mail": [program("mail", 0, python("flask", "--app", "tests.concurrency.rehearsed", "mail", "sink"))],
        "web": [
            program("web", number, gunicorn, PORT=str(port), **more) for number, (port, more) in enumerate(webs.items())
        ],
        "worker": [program("worker", number, python("celery", *WORKER)) for number in range(workers)],
        "beat": [
            program("beat", number, python("celery", *beat, "--schedule", str(folder / f"beat-{number}")))
            for number in range(beats)
        ],
    }
