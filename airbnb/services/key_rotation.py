"""Sealing stored secrets anew with the key in use, a batch at a time, so that older keys can be thrown away."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from airbnb.domain.causes import Cause
from airbnb.domain.sealing import Keyring, UnreadableSecret, seal, sealing_prefix, unseal
from airbnb.queries.sealed import SealedColumn, list_outdated, replace_text
from airbnb.services import audit

BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one step of a rotation did."""

    resealed: int
    #: Rows whose text no key of the ring opens; they are left as they are.
    unreadable: tuple[int, ...]
    #: Where the next step goes on; None when the column is done.
    after_id: int | None


def reseal_batch(session: Session, column: SealedColumn, *, keys: Keyring, after_id: int) -> Batch:
    """Seal the next texts of one column with the first key of the ring.

    Idempotent: texts that the first key sealed already are not touched, nor are those that changed meanwhile.
    """
    found = list_outdated(session, column, prefix=sealing_prefix(keys), after_id=after_id, limit=BATCH)
    resealed, unreadable = 0, []
    for old in found:
        try:
            new = seal(unseal(old.text, keys), keys)
        except UnreadableSecret:
            unreadable.append(old.row_id)
            continue
        resealed += replace_text(session, column, old, new=new)
    last = found[-1].row_id if len(found) == BATCH else None
    return Batch(resealed=resealed, unreadable=tuple(unreadable), after_id=last)


def record_rotation(session: Session, *, keys: Keyring, resealed: int, unreadable: int, cause: Cause) -> None:
    """Write to the audit log that stored secrets were sealed anew, and with which key."""
    changes = {"kid": (None, keys[0][0]), "resealed": (None, resealed), "unreadable": (None, unreadable)}
    audit.record_event(session, "rotate_encryption_keys", "encryption_keys", cause=cause, changes=changes)
