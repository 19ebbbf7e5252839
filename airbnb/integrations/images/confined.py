"""Sizes made in a process of their own, with a limit on memory and time: a picture that asks for more fails alone."""

import contextlib
import json
import resource
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from airbnb.integrations.images.inspection import ImageFault, InvalidImage
from airbnb.integrations.images.sizes import MAX_EDGES, EncodedImage, make_sizes

#: Decoding 40 million pixels with transparency takes some 600 MB; the rest is room for Python.
MEMORY_BYTES = 1_500 * 1024 * 1024
CPU_SECONDS = 30
PATIENCE_S = 90
_ROOT = Path(__file__).resolve().parents[3]


def make_sizes_confined(data: bytes, *, edges: Mapping[str, int] = MAX_EDGES) -> dict[str, EncodedImage]:
    """Do what ``make_sizes`` does with JPEGs, in another process.

    Raises: InvalidImage; ``too_costly`` when the limits did not suffice or the decoder broke down.
    """
    limits = [str(MEMORY_BYTES), str(CPU_SECONDS)]
    command = [sys.executable, "-m", __name__, *limits, json.dumps(dict(edges))]
    try:
        # Only numbers and names of ours are arguments.
        done = subprocess.run(  # noqa: S603
            command, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=_ROOT, timeout=PATIENCE_S
        )
    except subprocess.TimeoutExpired as error:
        raise InvalidImage(ImageFault.TOO_COSTLY) from error
    if done.returncode:
        raise InvalidImage(ImageFault.TOO_COSTLY)
    return _read(done.stdout)


def _read(output: bytes) -> dict[str, EncodedImage]:
    """Take the answer apart; it is data, whatever became of the process that wrote it."""
    head, _, rest = output.partition(b"\n")
    answer: dict[str, Any] = json.loads(head)
    if "fault" in answer:
        raise InvalidImage(ImageFault(answer["fault"]))
    sizes, at = {}, 0
    for name, (width, height, webp, jpeg) in answer.items():
        end = at + webp + jpeg
        sizes[name] = EncodedImage(webp=rest[at : at + webp], jpeg=rest[at + webp : end], width=width, height=height)
        at = end
    return sizes


def _answer(data: bytes, edges: Mapping[str, int]) -> bytes:
    try:
        sizes = make_sizes(data, edges=edges, with_jpeg=True)
    except InvalidImage as error:
        return json.dumps({"fault": error.why.value}).encode() + b"\n"
    head = {name: (one.width, one.height, len(one.webp), len(one.jpeg or b"")) for name, one in sizes.items()}
    return json.dumps(head).encode() + b"\n" + b"".join(one.webp + (one.jpeg or b"") for one in sizes.values())


def _limit(memory_bytes: int, cpu_seconds: int) -> None:
    for what, value in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),  # it writes to a pipe only
    ):
        # Not every system knows every limit; the patience of the caller stays.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (value, value))


if __name__ == "__main__":
    _limit(int(sys.argv[1]), int(sys.argv[2]))
    sys.stdout.buffer.write(_answer(sys.stdin.buffer.read(), json.loads(sys.argv[3])))
