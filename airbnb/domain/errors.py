"""Facts that a rule can refuse with; the HTTP room alone knows their status (``blueprints/errors.py``)."""

from typing import Any, ClassVar


class DomainError(Exception):
    """A refusal with a stable code; keyword facts travel to the caller beside it.

    Shape: ``facts`` holds JSON-ready values; Money is already ``{"amount", "currency"}``.
    """

    code: ClassVar[str]
    #: A sentence for people; may use the facts in braces.
    message: ClassVar[str] = ""

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(self.detail)

    @property
    def detail(self) -> str:
        """The message with its facts filled in."""
        return self.message.format(**self.facts) if self.facts else self.message


class NotFound(DomainError):
    """The object is missing, or is not the caller's to see."""

    code = "not_found"
    message = "There is nothing here that you may see."


class Forbidden(DomainError):
    """The caller may see the object but not do this."""

    code = "forbidden"
    message = "You are not allowed to do this."


class ValidationFailed(DomainError):
    """A value is impossible; ``errors`` maps dotted paths to messages."""

    code = "validation_failed"
    message = "Some values are not valid."

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__()
        self.errors = errors


class Busy(DomainError):
    """The retry budget of a transaction is spent; nothing was written."""

    code = "busy"
    message = "Too many people want this at the same moment. Please try again."


class OutcomeUnknown(Busy):
    """The connection was lost at COMMIT: the change may or may not stand."""


class InvalidTransition(DomainError):
    """The object's status does not allow this move."""

    code = "invalid_transition"
    message = "This is not possible in the present status."


class PreconditionFailed(DomainError):
    """The caller's version of the object is stale."""

    code = "precondition_failed"
    message = "Somebody changed this in the meantime. Load it again."


class InvalidCursor(DomainError):
    """The cursor was altered, or belongs to another list, filter or sort."""

    code = "invalid_cursor"
    message = "This cursor does not belong to this list."


class InvalidSignature(DomainError):
    """A provider's message was not sent by it, is too old, or was altered on the way."""

    code = "invalid_signature"
    message = "The signature does not match."
