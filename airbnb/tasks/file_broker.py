"""The broker of the embedded setup: messages as files, each of them whole or not there.

Kombu's own writes into the file that a worker may already take, so that a full disk, or bad luck, leaves a piece of a
message; the worker that takes it dies, and so does the next.
"""

import logging
import uuid
from json import JSONDecodeError
from pathlib import Path
from time import monotonic
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps

logger = logging.getLogger(__name__)


class Channel(filesystem.Channel):
    """A channel whose readers see no message before it is whole."""

    def _put(self, queue: str, payload: Any, **_: Any) -> None:  # type: ignore[override]  # kombu's own differ
        name = f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        folder = Path(self.data_folder_out)
        draft = folder / f".{name}.draft"
        try:
            draft.write_text(dumps(payload))  # type: ignore[no-untyped-call]
            draft.replace(folder / name)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise ChannelError(f"the message {name} could not be written") from error

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        while True:
            try:
                return super()._get(queue)  # type: ignore[no-untyped-call]
            except JSONDecodeError:
                # Left by a machine that lost its power; the row that it spoke of is still there.
                logger.warning("a broken message was dropped; the next beat asks again")


class Transport(filesystem.Transport):
    """Kombu's transport with that channel."""

    Channel = Channel


def register() -> None:
    """Let ``filesystem://`` mean this broker."""
    TRANSPORT_ALIASES["filesystem"] = f"{__name__}:Transport"
