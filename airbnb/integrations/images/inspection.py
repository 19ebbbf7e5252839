"""Which uploads count as a picture; decided from headers and structure, before any pixel is decoded."""

import io
import struct
import warnings
from dataclasses import dataclass
from enum import StrEnum

from PIL import Image

MAX_PIXELS = 40_000_000
#: Pillow's names of the formats let in; it never tries another decoder.
FORMATS = ("JPEG", "PNG", "WEBP")
_ORIENTATION_TAG = 0x0112
_SIDEWAYS = range(5, 9)  # EXIF orientations that swap width and height

_PNG_NOTES = {"exif", "Raw profile type exif"}
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_WEBP_ANIMATION_FLAG = 0x02
_WEBP_HEADER = 30
_14_BITS = 0x3FFF
#: What browsers and unpackers would make of the bytes, were they served as anything but a picture.
_FOREIGN = (b"<script", b"<html>", b"<html ", b"<!doctype", b"<svg ", b"<iframe", b"<?php", b"%pdf-1.", b"%pdf-2.")
_ZIP_END = b"PK\x05\x06"
_ZIP_END_SPAN = 65_557  # the record and its longest comment

# Pillow only warns between its limit and twice that. Ours is lower, but whatever opens a picture first must refuse too.
warnings.simplefilter("error", Image.DecompressionBombWarning)
# Broken EXIF is thrown away with the rest; strangers must not write into our logs through it.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


class ImageFault(StrEnum):
    """Why an upload is not a picture that we take."""

    UNSUPPORTED_FORMAT = "unsupported_format"
    TOO_MANY_PIXELS = "too_many_pixels"
    TRUNCATED = "truncated"
    ANIMATED = "animated"
    POLYGLOT = "polyglot"
    UNREADABLE = "unreadable"
    TOO_COSTLY = "too_costly"


class InvalidImage(Exception):
    """The upload is refused; ``why`` is the fact behind it."""

    def __init__(self, why: ImageFault) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """A picture's format (``jpeg``, ``png``, ``webp``) and its size as seen, with the camera's turn applied."""

    format: str
    width: int
    height: int


def inspect_image(data: bytes) -> ImageInfo:
    """Check an upload without decoding its pixels.

    Raises: InvalidImage.
    """
    image_format = _format_of(data)
    _STRUCTURE_CHECKS[image_format](data)
    _refuse_polyglots(data)
    image = open_image(data)
    width, height = image.size
    if orientation_of(image) in _SIDEWAYS:
        width, height = height, width
    return ImageInfo(format=image_format.lower(), width=width, height=height)


def open_image(data: bytes) -> Image.Image:
    """Read the header only; the caller's first touch of the pixels decodes them.

    Raises: InvalidImage.
    """
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise InvalidImage(ImageFault.TOO_MANY_PIXELS) from error
    except Exception as error:  # a decoder fed by strangers may raise anything
        raise InvalidImage(ImageFault.UNREADABLE) from error
    if image.width * image.height > MAX_PIXELS:
        raise InvalidImage(ImageFault.TOO_MANY_PIXELS)
    return image


def orientation_of(image: Image.Image) -> int:
    """Return how the camera was held, 1 to 8 as EXIF counts; 1, upright, when it does not say so readably."""
    # Without notes in the header Pillow decodes a PNG's pixels to look behind them, and would lose their faults here.
    if image.format == "PNG" and not _PNG_NOTES & image.info.keys():
        return 1
    try:
        value = image.getexif().get(_ORIENTATION_TAG, 1)
    except Exception:  # broken EXIF is no reason to refuse a picture: it is thrown away
        return 1
    return value if isinstance(value, int) else 1


def _format_of(data: bytes) -> str:
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(_PNG_SIGNATURE):
        return "PNG"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WEBP"
    raise InvalidImage(ImageFault.UNSUPPORTED_FORMAT)


def _check_jpeg(data: bytes) -> None:
    # Cameras append previews and films after the end mark, so it need not be the last thing in the file.
    scan = data.find(b"\xff\xda")
    if scan < 0 or data.find(b"\xff\xd9", scan) < 0:
        raise InvalidImage(ImageFault.TRUNCATED)


def _check_png(data: bytes) -> None:
    position = len(_PNG_SIGNATURE)
    while position + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        if kind == b"acTL":
            raise InvalidImage(ImageFault.ANIMATED)
        if kind == b"IEND":
            return
        position += 12 + length
    raise InvalidImage(ImageFault.TRUNCATED)


def _check_webp(data: bytes) -> None:
    (size,) = struct.unpack_from("<I", data, 4)
    if size + 8 > len(data):
        raise InvalidImage(ImageFault.TRUNCATED)
    if len(data) < _WEBP_HEADER:
        raise InvalidImage(ImageFault.UNREADABLE)
    if data[12:16] == b"VP8X" and data[20] & _WEBP_ANIMATION_FLAG:
        raise InvalidImage(ImageFault.ANIMATED)
    # Pillow's decoder sets memory aside for the whole canvas before anything asks how large it is.
    width, height = _webp_canvas(data)
    if width * height > MAX_PIXELS:
        raise InvalidImage(ImageFault.TOO_MANY_PIXELS)


def _webp_canvas(data: bytes) -> tuple[int, int]:
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & _14_BITS), 1 + (bits >> 14 & _14_BITS)
    if kind == b"VP8 ":
        return int.from_bytes(data[26:28], "little") & _14_BITS, int.from_bytes(data[28:30], "little") & _14_BITS
    raise InvalidImage(ImageFault.UNREADABLE)


def _refuse_polyglots(data: bytes) -> None:
    lowered = data.lower()
    if any(mark in lowered for mark in _FOREIGN) or _ZIP_END in data[-_ZIP_END_SPAN:]:
        raise InvalidImage(ImageFault.POLYGLOT)


_STRUCTURE_CHECKS = {"JPEG": _check_jpeg, "PNG": _check_png, "WEBP": _check_webp}
