"""Pictures are decoded in a process with limits, and what it answers is only data."""

import io
import subprocess
import sys

import pytest
from PIL import Image

from airbnb.integrations.images import confined
from airbnb.integrations.images.confined import make_sizes_confined
from airbnb.integrations.images.inspection import ImageFault, InvalidImage
from airbnb.integrations.images.sizes import make_sizes


def noise(size=(1200, 800)):
    target = io.BytesIO()
    Image.effect_noise(size, 80).save(target, "PNG")
    return target.getvalue()


def large():
    """A picture of few bytes and 40 million pixels."""
    target = io.BytesIO()
    Image.new("RGBA", (8_000, 5_000)).save(target, "PNG", compress_level=1)
    return target.getvalue()


def fault_of(data):
    with pytest.raises(InvalidImage) as caught:
        make_sizes_confined(data)
    return caught.value.why


def test_the_answer_is_that_of_the_same_process():
    data = noise()

    assert make_sizes_confined(data) == make_sizes(data, with_jpeg=True)


@pytest.mark.parametrize("data, fault", [(b"GIF89a", "unsupported_format"), (noise()[:5_000], "truncated")])
def test_faults_are_told(data, fault):
    assert fault_of(data) == fault


def test_a_picture_that_asks_for_more_memory_than_there_is_fails(monkeypatch):
    monkeypatch.setattr(confined, "MEMORY_BYTES", 120 * 1024 * 1024)

    assert fault_of(large()) in (ImageFault.TOO_COSTLY, ImageFault.UNREADABLE)


def test_a_process_that_computes_too_long_is_ended_by_the_system():
    code = "from airbnb.integrations.images.confined import _limit; _limit(2**30, 1)\nwhile True: pass"

    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode < 0


def test_a_decoder_that_hangs_is_ended(monkeypatch):
    monkeypatch.setattr(confined, "PATIENCE_S", 0.01)

    assert fault_of(noise()) == ImageFault.TOO_COSTLY


def test_a_process_that_dies_is_a_fault(monkeypatch):
    monkeypatch.setattr(subprocess, "run", lambda *args, **options: subprocess.CompletedProcess(args, -11, b""))

    assert fault_of(noise((8, 8))) == ImageFault.TOO_COSTLY
