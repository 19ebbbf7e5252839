"""Staff read what two people wrote each other: with a reason, which is written down before a word is shown."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from airbnb.domain.causes import Cause
from airbnb.domain.errors import NotFound
from airbnb.models.messages import Conversation, Message
from airbnb.queries.messages import list_latest
from airbnb.services.audit import record_action

#: More than anybody reads in one sitting; older ones are in the export of the two.
MOST_SHOWN = 500


def read_conversation(session: Session, conversation_id: int, *, cause: Cause) -> Sequence[Message]:
    """Return a conversation's latest messages as they were written, the oldest of them first.

    Raises: NotFound.
    Writes: an audit entry with who read it and why.
    """
    if session.get(Conversation, conversation_id) is None:
        raise NotFound()
    record_action(session, "read_conversation", Conversation, conversation_id, cause=cause, changes={})
    return list_latest(session, conversation_id, limit=MOST_SHOWN)
