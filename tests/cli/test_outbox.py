"""``flask outbox drain``."""

from airbnb.domain import clock
from airbnb.domain.topics import Topic
from airbnb.models.platform import OutboxEvent
from airbnb.services import outbox
from airbnb.unit_of_work import in_transaction


def test_due_events_are_handled_and_later_ones_wait_for_their_time(app, count_rows, make_user):
    user = make_user()
    later = clock.now().replace(year=clock.now().year + 1)
    in_transaction(lambda session: outbox.record(session, Topic.USER_VERIFIED, subject_id=user.id))
    in_transaction(lambda session: outbox.record(session, Topic.USER_VERIFIED, subject_id=user.id, due_at=later))
    runner = app.test_cli_runner()

    try:
        first = runner.invoke(args=["outbox", "drain"])
        waiting = count_rows(OutboxEvent, OutboxEvent.state == "new")
        second = runner.invoke(args=["outbox", "drain", "--now", later.isoformat()])
    finally:
        clock.set_source(None)

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "events handled" in first.output
    assert waiting == 1
    assert count_rows(OutboxEvent, OutboxEvent.state != "done") == 0
