"""Which task handles which topic of the outbox."""

from airbnb.domain.topics import Topic

#: Topic to the name of the task that is called with the event's id.
HANDLERS: dict[Topic, str] = {}
