"""The broker of files: messages are whole or not there, and a broken one stops nobody."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection
from kombu.exceptions import ChannelError
from kombu.transport import filesystem

from airbnb.tasks import file_broker

Open = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "queue"
    made.mkdir()
    return made


@contextmanager
def queue(folder: Path, transport: type = file_broker.Transport) -> Iterator[Any]:
    """A queue of messages in a folder; a process knows queues by their names, so each test has its own."""
    options = {
        "data_folder_in": str(folder),
        "data_folder_out": str(folder),
        "control_folder": str(folder.parent / "c"),
    }
    with Connection("filesystem://", transport=transport, transport_options=options) as connection:
        with connection.SimpleQueue(name_of(folder)) as simple:
            yield simple


def name_of(folder: Path) -> str:
    return folder.parent.name


def take(work: Any) -> Any:
    """Take the next message for good."""
    message = work.get(timeout=2)
    message.ack()
    return message.payload


def test_messages_come_out_as_they_went_in(folder: Path):
    with queue(folder) as work:
        for number in range(3):
            work.put({"number": number})
        came = [take(work)["number"] for _ in range(3)]

    assert sorted(came) == [0, 1, 2]
    assert list(folder.iterdir()) == []


def leave_pieces(folder: Path) -> None:
    (folder / f"0_a.{name_of(folder)}.msg").write_bytes(b"")
    (folder / f"0_b.{name_of(folder)}.msg").write_bytes(b'{"body": "')


def test_pieces_of_messages_are_dropped(folder: Path):
    leave_pieces(folder)
    with queue(folder) as work:
        work.put("whole")
        assert take(work) == "whole"

    assert list(folder.iterdir()) == []


def test_kombus_own_would_have_stopped_there(folder: Path):
    leave_pieces(folder)
    with queue(folder, filesystem.Transport) as work:
        work.put("whole")
        with pytest.raises(ValueError, match="Expecting value"):
            work.get(timeout=2)


def test_what_cannot_be_written_leaves_nothing(folder: Path):
    with queue(folder) as work:
        folder.rmdir()
        with pytest.raises(ChannelError):
            work.put("lost")
        folder.mkdir()
        work.put("kept")

    assert len(list(folder.iterdir())) == 1
