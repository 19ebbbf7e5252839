"""What has done its work goes after a month; what waits for somebody stays."""

from datetime import UTC, datetime, timedelta

from airbnb.domain.statuses import OutboxState
from airbnb.domain.topics import Topic
from airbnb.models.platform import JobRun, OutboxEvent
from airbnb.tasks.housekeeping import delete_old_rows
from airbnb.unit_of_work import in_transaction

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)


def test_only_handled_events_and_past_periods_of_more_than_a_month_ago_go(app, freeze, count_rows):
    freeze(NOW)
    old, young = NOW - timedelta(days=31), NOW - timedelta(days=29)
    events = {(state, at): None for state in OutboxState for at in (old, young)}

    def work(session):
        for state, at in events:
            session.add(OutboxEvent(topic=Topic.MAIL_SEND, subject_id=1, state=state, due_at=at))
        for at in (old, young):
            session.add(JobRun(job="outbox-sweep", period=at.isoformat(), claimed_by="test", started_at=at))

    in_transaction(work)

    assert delete_old_rows() == 2
    assert delete_old_rows() == 0
    assert count_rows(OutboxEvent) == len(events) - 1
    assert count_rows(OutboxEvent, OutboxEvent.state == OutboxState.DONE) == 1
    assert count_rows(JobRun, JobRun.job == "outbox-sweep") == 1
