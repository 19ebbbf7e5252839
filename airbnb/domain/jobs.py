"""Every periodic job: when it runs, what it does, and what its being late means."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

#: The longest time between two askings of beat for one job.
LONGEST_SILENCE = timedelta(hours=1)
#: A worker that is busy or just starting is not late yet.
PATIENCE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One row of the schedule; ``task`` is the name of a Celery task."""

    name: str
    task: str
    every: timedelta
    does: str
    late_means: str

    @property
    def asked_every(self) -> timedelta:
        """How often beat asks for it: rare jobs too are asked for within the hour, and their claim lets one run.

        What a kill stopped, or what was due while beat was away, is made good that way.
        """
        return min(self.every, LONGEST_SILENCE)

    def is_late(self, last_started_at: datetime | None, *, now: datetime) -> bool:
        """Whether it should have run by now, if it last did then; ``late_jobs`` judges those that never have."""
        return last_started_at is None or now - last_started_at > self.every + max(2 * self.asked_every, PATIENCE)


JOBS: tuple[Job, ...] = (
    Job(
        name="outbox-drain",
        task="outbox.drain_missed",
        every=timedelta(seconds=10),
        does="Handles what the doorbell missed: mails, notifications, photos, webhooks.",
        late_means="Mails and notifications arrive late when the broker lost a message.",
    ),
    Job(
        name="outbox-sweep",
        task="outbox.sweep",
        every=timedelta(minutes=1),
        does="Gives events of dead workers back to the queue.",
        late_means="An event whose worker died waits longer.",
    ),
    Job(
        name="webhooks-sweep",
        task="webhooks.sweep",
        every=timedelta(seconds=30),
        does="Sends webhooks whose next try is due, and gives those of dead workers back.",
        late_means="Integrators are told later.",
    ),
    Job(
        name="idempotency-clean-up",
        task="idempotency.delete_expired_keys",
        every=timedelta(hours=1),
        does="Removes idempotency keys past their time.",
        late_means="The table grows; nothing else.",
    ),
    Job(
        name="housekeeping",
        task="housekeeping.delete_old_rows",
        every=timedelta(days=1),
        does="Removes outbox events handled, and periods of jobs run, more than 30 days ago.",
        late_means="The tables grow; nothing else.",
    ),
    Job(
        name="accounts-clean-up",
        task="accounts.clean_up",
        every=timedelta(hours=1),
        does="Removes ended sessions, spent links, counts of tries and exports past their time.",
        late_means="Tables grow; an expired export stays on the disk, but nobody is served it.",
    ),
    Job(
        name="accounts-erase",
        task="accounts.erase_closed",
        every=timedelta(days=1),
        does="Erases the owners of closed accounts once stays, money and retention allow.",
        late_means="Personal data is kept longer than was promised.",
    ),
    Job(
        name="reviews-publish",
        task="reviews.publish_due",
        every=timedelta(minutes=10),
        does="Publishes reviews whose 14 days are over and whose other side stayed silent.",
        late_means="Such reviews are seen later.",
    ),
    Job(
        name="bookings-expire",
        task="bookings.expire_holds",
        every=timedelta(minutes=1),
        does="Lets unpaid holds and unanswered requests lapse.",
        late_means="Nights stay taken longer than they were promised to be.",
    ),
    Job(
        name="booking-changes-expire",
        task="bookings.expire_changes",
        every=timedelta(minutes=1),
        does="Lets changes of bookings lapse that were not answered or paid in time.",
        late_means="A card stays charged in advance longer, and no other change can be asked for.",
    ),
    Job(
        name="bookings-complete",
        task="bookings.complete_stays",
        every=timedelta(minutes=5),
        does="Completes stays whose check-out has passed.",
        late_means="Reviews open and earnings are posted later.",
    ),
    Job(
        name="bookings-earn",
        task="bookings.earn_begun",
        every=timedelta(minutes=5),
        does="Posts the earnings of stays that have begun, where payouts are anchored at check-in.",
        late_means="Hosts are paid later there.",
    ),
    Job(
        name="bookings-remind",
        task="bookings.remind",
        every=timedelta(minutes=5),
        does="Reminds of stays that begin soon, of requests that wait, and of reviews that may still be written.",
        late_means="Reminders come later; after what they remind of, none comes any more.",
    ),
    Job(
        name="payments-resolve",
        task="payments.resolve_unknown",
        every=timedelta(seconds=30),
        does="Asks providers about calls whose answer got lost.",
        late_means="A booking whose payment timed out stays pending longer.",
    ),
    Job(
        name="sandbox-webhooks",
        task="payments.deliver_sandbox_webhooks",
        every=timedelta(seconds=10),
        does="Lets the built-in provider report to us, outside production.",
        late_means="Rehearsed events arrive late.",
    ),
    Job(
        name="payouts-run",
        task="payouts.run",
        every=timedelta(hours=1),
        does="Sends hosts what is due.",
        late_means="Hosts are paid later.",
    ),
    Job(
        name="approvals-expire",
        task="approvals.expire",
        every=timedelta(hours=1),
        does="Lets proposals to move money lapse that no second person decided within a week.",
        late_means="They are listed as waiting longer; nobody can approve them any more.",
    ),
    Job(
        name="ledger-audit",
        task="ledger.audit",
        every=timedelta(days=1),
        does="Compares the book with payments, refunds and payouts.",
        late_means="A fault in the money is noticed later.",
    ),
    Job(
        name="payments-reconcile",
        task="payments.reconcile",
        every=timedelta(days=1),
        does="Compares what providers say moved with the book, asks about what the book lacks, and posts fees.",
        late_means="Money that nobody told us of is noticed later.",
    ),
    Job(
        name="calendar-audit",
        task="calendar.audit",
        every=timedelta(days=1),
        does="Compares taken nights with bookings, blocks, feeds, preparation and search.",
        late_means="A night without a reason, or a stay without its nights, is noticed later.",
    ),
    Job(
        name="rates-fetch",
        task="rates.fetch_daily",
        every=timedelta(hours=4),
        does="Fetches the day's reference rates; they are published once a day, and a failure is made good soon.",
        late_means="After two TARGET days without new rates, stays can be paid in the listing's currency only, and "
        "payouts into another currency are held.",
    ),
    Job(
        name="documents-audit",
        task="documents.audit",
        every=timedelta(days=1),
        does="Looks for gaps in the numbers of receipts, and compares them with payments and refunds.",
        late_means="A fault in the receipts is noticed later.",
    ),
    Job(
        name="reviews-audit",
        task="reviews.audit",
        every=timedelta(days=1),
        does="Counts published reviews anew and compares with the figures of places and people.",
        late_means="Stars that are not what reviews sum up to are noticed later.",
    ),
    Job(
        name="calendar-feeds",
        task="calendar_feeds.sync_due",
        every=timedelta(minutes=5),
        does="Fetches other sites' calendars, each about every 15 minutes.",
        late_means="A stay booked elsewhere can be booked here too for longer.",
    ),
    Job(
        name="search-window",
        task="search.move_window",
        every=timedelta(days=1),
        does="Clears the month that passed out of search's night masks for the month that came into reach.",
        late_means="In the first days of a month, search hides some stays two years ahead.",
    ),
    Job(
        name="search-refresh",
        task="search.refresh_aged",
        every=timedelta(days=1),
        does="Works out anew what days and exchange rates change in search: ranks, prices, months come into reach.",
        late_means="New listings rank too high, and prices in other currencies are compared at old rates.",
    ),
    Job(
        name="figures-roll-up",
        task="figures.roll_up",
        every=timedelta(minutes=10),
        does="Counts the last seven days again for the charts of the dashboard.",
        late_means="The charts show less than there is.",
    ),
    Job(
        name="search-audit",
        task="search.audit",
        every=timedelta(days=1),
        does="Compares search's projection with its sources.",
        late_means="A listing that search shows wrongly is noticed later.",
    ),
    Job(
        name="photos-resume",
        task="photos.resume_lost",
        every=timedelta(minutes=15),
        does="Makes the sizes of photos whose event got lost.",
        late_means="Such photos stay in the making longer.",
    ),
    Job(
        name="photos-orphans",
        task="photos.delete_orphans",
        every=timedelta(days=1),
        does="Deletes files of pictures without a row, and direct uploads that were never completed.",
        late_means="Storage holds what nobody needs; nothing else.",
    ),
    Job(
        name="attachments-unsent",
        task="files.delete_unsent",
        every=timedelta(hours=6),
        does="Removes pictures that were uploaded for a message and not sent within a day.",
        late_means="Storage holds what nobody needs; nothing else.",
    ),
    Job(
        name="histories-audit",
        task="audits.histories",
        every=timedelta(days=1),
        does="Compares where every booking, payment, refund, payout, dispute and listing stands with its history.",
        late_means="A state that nobody decided on is noticed later.",
    ),
    Job(
        name="waiting-work-audit",
        task="audits.waiting_work",
        every=timedelta(days=1),
        does="Looks for events and calls to providers that were not taken up in time.",
        late_means="Work that got stuck is noticed by its gauges only.",
    ),
    Job(
        name="files-audit",
        task="audits.files",
        every=timedelta(days=1),
        does="Looks for files that the clean-up should have deleted.",
        late_means="A clean-up that does not work is noticed later.",
    ),
)


def job_named(name: str) -> Job:
    """Return one job of the schedule."""
    return next(job for job in JOBS if job.name == name)


def late_jobs(started: Mapping[str, datetime], *, now: datetime) -> list[Job]:
    """Return the jobs that should have run by now.

    One that has never run is waited for since the first of the others did: before that nobody was there to run it.
    Where none has run, all are late.
    Shape: ``started`` has the start of the latest run of each job that ever ran, by name.
    """
    since = min((started[job.name] for job in JOBS if job.name in started), default=None)
    return [job for job in JOBS if job.is_late(started.get(job.name, since), now=now)]
