"""Conversations between guests and hosts."""

from typing import Any

from sqlalchemy.orm import Session

from airbnb.blueprints.http.api import PREFIX, Blueprint
from airbnb.blueprints.http.idempotency import current_claim, idempotent
from airbnb.blueprints.http.identity import current_user, requires
from airbnb.blueprints.http.limits import limited
from airbnb.blueprints.http.paging import envelope, page_request
from airbnb.domain import clock
from airbnb.domain.permissions import Permission
from airbnb.models.messages import Conversation, Message
from airbnb.queries import messages as queries
from airbnb.queries.idempotency import attach_resource
from airbnb.queries.listings import get_public_listing
from airbnb.schemas.messages import (
    ConversationCreateSchema,
    ConversationSchema,
    ConversationsQuery,
    MessageCreateSchema,
    MessageSchema,
    MessagesQuery,
    ReadSchema,
    stay_of,
)
from airbnb.schemas.paging import page_of
from airbnb.services import messages
from airbnb.services.attachments import send_with
from airbnb.services.message_views import conversation_dict, message_dict
from airbnb.services.streams import recount
from airbnb.unit_of_work import in_transaction, reading

bp = Blueprint("messages", __name__, description="Conversations between guests and hosts")


@bp.route("/conversations", methods=["GET"])
@requires()
@bp.arguments(ConversationsQuery, location="query")
@bp.response(200, page_of(ConversationSchema))
def list_conversations(args: dict[str, Any]) -> dict[str, Any]:
    """List the caller's conversations, the latest first."""
    user_id = current_user.id
    with reading() as session:
        page = queries.list_conversations(session, user_id, page_request(args))
        newest = queries.newest_of(session, [one.id for one in page.items], user_id=user_id)
    shown = [conversation_dict(one, newest, viewer_id=user_id) for one in page.items]
    return {**envelope(page, args), "data": shown}


@bp.route("/conversations/<id:conversation_id>", methods=["GET"])
@requires()
@bp.response(200, ConversationSchema)
@bp.alt_response(404, "NOT_FOUND")
def show_conversation(conversation_id: int) -> dict[str, Any]:
    """Show one conversation without its messages."""
    return _shown(conversation_id)


@bp.route("/listings/<id:listing_id>/conversations", methods=["POST"])
@limited("message", "inquiry")
@requires(Permission.BOOK_STAYS)
@idempotent()
@bp.arguments(ConversationCreateSchema)
@bp.response(201, ConversationSchema)
@bp.alt_response(404, "NOT_FOUND")
def ask_host(body: dict[str, Any], listing_id: int) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Ask a host about a listing; goes on with the conversation if there is one."""
    user_id, claim = current_user.id, current_claim()

    def work(session: Session) -> int:
        if claim is not None and claim.resource_id is not None:
            return claim.resource_id
        listing = get_public_listing(session, listing_id=listing_id)
        talk = messages.ask_host(
            session, listing, body["message"], guest_id=user_id, stay=stay_of(body), now=clock.now()
        )
        attach_resource(session, claim, resource_type=Conversation.__tablename__, resource_id=talk.id)
        return talk.id

    conversation_id = in_transaction(work)
    return _shown(conversation_id), 201, {"Location": f"{PREFIX}/conversations/{conversation_id}"}


@bp.route("/conversations/<id:conversation_id>/messages", methods=["GET"])
@requires()
@bp.arguments(MessagesQuery, location="query")
@bp.response(200, page_of(MessageSchema))
@bp.alt_response(404, "NOT_FOUND")
def list_messages(args: dict[str, Any], conversation_id: int) -> dict[str, Any]:
    """List a conversation's messages, the latest first."""
    user_id = current_user.id
    with reading() as session:
        queries.get_conversation_for(session, conversation_id, user_id=user_id)
        page = queries.list_messages(session, conversation_id, page_request(args))
        is_guarded = conversation_id in queries.find_guarded(session, [conversation_id])
    shown = [message_dict(message, viewer_id=user_id, is_guarded=is_guarded) for message in page.items]
    return {**envelope(page, args), "data": shown}


@bp.route("/conversations/<id:conversation_id>/messages", methods=["POST"])
@limited("message")
@requires()
@idempotent()
@bp.arguments(MessageCreateSchema)
@bp.response(201, MessageSchema)
@bp.alt_response(404, "NOT_FOUND")
def send_message(body: dict[str, Any], conversation_id: int) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Say something in a conversation, or show pictures that were uploaded there before."""
    user_id, claim = current_user.id, current_claim()

    def work(session: Session) -> tuple[Message, bool]:
        talk = queries.get_conversation_for(session, conversation_id, user_id=user_id)
        is_guarded = conversation_id in queries.find_guarded(session, [conversation_id])
        if claim is not None and claim.resource_id is not None:
            return queries.get_sent(session, claim.resource_id), is_guarded
        message = messages.send_message(session, talk, body.get("text", ""), author_id=user_id, now=clock.now())
        send_with(session, message, body.get("attachment_ids", ()))
        attach_resource(session, claim, resource_type=Message.__tablename__, resource_id=message.id)
        return queries.get_sent(session, message.id), is_guarded

    message, is_guarded = in_transaction(work)
    shown = message_dict(message, viewer_id=user_id, is_guarded=is_guarded)
    return shown, 201, {"Location": f"{PREFIX}/conversations/{conversation_id}/messages"}


@bp.route("/conversations/<id:conversation_id>/read", methods=["POST"])
@requires()
@bp.arguments(ReadSchema)
@bp.response(200, ConversationSchema)
@bp.alt_response(404, "NOT_FOUND")
def read_conversation(body: dict[str, Any], conversation_id: int) -> dict[str, Any]:
    """Note how far the caller has read."""
    user_id = current_user.id

    def work(session: Session) -> None:
        queries.get_conversation_for(session, conversation_id, user_id=user_id)
        queries.mark_read(session, conversation_id, user_id=user_id, until=body.get("message_id"))
        recount(session, user_id)

    in_transaction(work)
    return _shown(conversation_id)


def _shown(conversation_id: int) -> dict[str, Any]:
    user_id = current_user.id
    with reading() as session:
        talk = queries.get_conversation_for(session, conversation_id, user_id=user_id)
        newest = queries.newest_of(session, [conversation_id], user_id=user_id)
    return conversation_dict(talk, newest, viewer_id=user_id)
