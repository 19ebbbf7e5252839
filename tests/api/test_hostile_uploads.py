"""Cases 54 to 56: what strangers send as photos is refused, or comes out as plain re-encoded pixels under our names."""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from airbnb.domain.statuses import PhotoStatus
from airbnb.models.listings import ListingPhoto
from airbnb.workflows.outside import storage

MARK = b"MARK-OF-THE-STRANGER"
SCRIPT = b"<script>alert('" + MARK + b"')</script>"
FILE_NAME = re.compile(r"photos/[0-9]+/[0-9a-f]{24}-(small|medium|large)\.(webp|jpg)")


def encoded(image_format: str, size: tuple[int, int] = (320, 200), **options: Any) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, (200, 120, 60)).save(target, image_format, **options)
    return target.getvalue()


def animation(image_format: str, frames: int) -> bytes:
    target = io.BytesIO()
    pictures = [Image.new("RGB", (4, 4), (n % 256, n // 256, 0)) for n in range(frames)]
    pictures[0].save(target, image_format, save_all=True, append_images=pictures[1:])
    return target.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, *chunks: bytes, pixels: bytes = b"\0" * 100) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")
    )


def small_png(*chunks: bytes) -> bytes:
    return png(2, 2, *chunks, pixels=b"\0" * 14)


def jpeg_header(width: int, height: int) -> bytes:
    whole = encoded("JPEG")
    at = whole.index(b"\xff\xc0")
    return whole[: at + 5] + struct.pack(">HH", height, width) + whole[at + 9 :]


def webp_header(kind: bytes, width: int, height: int) -> bytes:
    if kind == b"VP8X":
        body = b"\0" * 4 + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    elif kind == b"VP8L":
        body = b"\x2f" + ((width - 1) | (height - 1) << 14).to_bytes(4, "little") + b"\0" * 9
    else:
        body = b"\x30\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height) + b"\0" * 8
    chunks = b"WEBP" + kind + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(chunks)) + chunks


def with_exif(image_format: str = "JPEG") -> bytes:
    exif = Image.Exif()
    exif[0x010E] = MARK.decode()
    exif.get_ifd(0x8825)[2] = (53.0, 20.0, 59.0)
    exif.get_ifd(0x8769)[0x9286] = MARK
    return encoded(image_format, exif=exif)


def archive() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        file.writestr("../../evil.py", MARK)
        link = zipfile.ZipInfo("photo.jpg")
        link.external_attr = 0o120777 << 16
        file.writestr(link, "/etc/passwd")
    return target.getvalue()


def notes(**texts: str) -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    for name, text in texts.items():
        info.add_text(name, text, zip=True)
    return info


REFUSED: dict[str, bytes] = {
    "nothing": b"",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "svg behind an XML head": b"<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><svg>&x;</svg>",
    "svg compressed": zlib.compress(b"<svg/>"),
    "html": b"<!doctype html><script>alert(1)</script>",
    "pdf": b"%PDF-1.7\n1 0 obj <</JS (app.alert(1))>>",
    "php": b"<?php system($_GET['x']);",
    "shell": b"#!/bin/sh\ncurl http://169.254.169.254/",
    "program": b"\x7fELF" + b"\0" * 60,
    "archive with a link": archive(),
    "gif": encoded("GIF"),
    "gif of 3,000 frames": animation("GIF", 3_000),
    "bmp": encoded("BMP"),
    "tiff": encoded("TIFF"),
    "icon": encoded("ICO", (32, 32)),
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n(%pipe%id) (r) file",
    "imagemagick script": b"push graphic-context\nfill 'url(https://x|id)'\npop graphic-context",
    "avif": b"\0\0\0\x20ftypavif" + b"\0" * 40,
    "mp4": b"\0\0\0\x20ftypisom" + b"\0" * 40,
    "spaces before a jpeg": b" " + encoded("JPEG"),
    "apng of 2,000 frames": animation("PNG", 2_000),
    "webp film": animation("WEBP", 20),
    "jpeg and html": encoded("JPEG") + b"<html><body>" + SCRIPT,
    "png and html": encoded("PNG") + SCRIPT,
    "webp and html": encoded("WEBP") + SCRIPT,
    "jpeg with script in a comment": encoded("JPEG", comment=SCRIPT),
    "jpeg with script in exif": with_exif().replace(MARK, SCRIPT[: len(MARK)]),
    "png with script in a text": small_png(chunk(b"tEXt", b"Comment\0" + SCRIPT)),
    "jpeg and pdf": encoded("JPEG") + b"%PDF-1.4",
    "jpeg and archive": encoded("JPEG") + archive(),
    "jpeg and program text": encoded("JPEG") + b"<?php echo 1;",
    "png of 50,000 by 50,000": png(50_000, 50_000),
    "png of 2,147,483,647 squared": png(2**31 - 1, 2**31 - 1),
    "png a pixel over 40 million": png(40_000_001, 1),
    "jpeg of 65,500 squared": jpeg_header(65_500, 65_500),
    "jpeg without width": jpeg_header(0, 200),
    "webp of 16,384 squared": webp_header(b"VP8X", 16_384, 16_384),
    "webp of 16,777,216 by 16": webp_header(b"VP8X", 2**24, 16),
    "lossless webp of 16,384 squared": webp_header(b"VP8L", 16_384, 16_384),
    "lossy webp of 16,383 squared": webp_header(b"VP8 ", 16_383, 16_383),
    "webp of an unknown kind": webp_header(b"XXXX", 10, 10),
    "webp that ends in its head": b"RIFF\x04\0\0\0WEBP",
    "jpeg cut in half": encoded("JPEG")[:400],
    "png cut in half": encoded("PNG")[:60],
    "png whose chunk is longer than the file": b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 2**31 - 1) + b"IDAT",
    "jpeg mark alone": b"\xff\xd8\xff\xda\xff\xd9",
}

#: Let in for what they show, or found broken when the worker decodes them.
KEPT: dict[str, bytes] = {
    "plain": encoded("JPEG"),
    "notes of the camera and the place": with_exif(),
    "notes in a png": with_exif("PNG"),
    "notes in a webp": with_exif("WEBP"),
    "a comment": encoded("JPEG", comment=MARK),
    "a text in a png": small_png(chunk(b"tEXt", b"Comment\0" + MARK)),
    "an unknown chunk": small_png(chunk(b"stRa", MARK)),
    "a colour profile that is none": encoded("JPEG", icc_profile=MARK),
    "bytes behind the picture": encoded("JPEG") + MARK,
    "a picture in the notes": encoded("JPEG") + encoded("JPEG", comment=MARK),
    "notes that unpack to a megabyte": encoded("PNG", pnginfo=notes(a=MARK.decode() * 40_000)),
    "a hidden program in the pixels' padding": png(2, 2, pixels=b"\0" * 14 + MARK * 50),
}
#: With what becomes of them.
TRAPS: dict[str, tuple[bytes, str]] = {
    "pixels that unpack to 50 megabytes more than there are": (png(10, 10, pixels=b"\0" * 50_000_000), "ready"),
    "too few pixels": (png(800, 500), "failed"),
    "notes that unpack to 100 megabytes": (encoded("PNG", pnginfo=notes(a="x" * 100_000_000)), "refused"),
}

NAMES = [
    "../../x.jpg",
    "..\\..\\x.jpg",
    "/etc/cron.d/x",
    "C:\\windows\\x.jpg",
    "a\0.jpg",
    "x" * 5_000 + ".jpg",
    "CON",
    "nul.jpg",
    ".htaccess",
    "x.php.jpg",
    "x.jpg.php",
    "x.svg",
    "x.html;.jpg",
    "<img src=x onerror=alert(1)>.jpg",
    "$(id).jpg",
    "\u202egpj.exe",
]


@pytest.fixture
def send(host: Any, make_listing: Any) -> Callable[..., Any]:
    listing = make_listing(host=host.user, photos=0)

    def post(data: bytes, name: str = "photo.jpg", content_type: str = "image/jpeg") -> Any:
        head = f'Content-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: {content_type}\r\n\r\n'
        body = b"--edge\r\n" + head.encode() + data + b"\r\n--edge--\r\n"
        mimetype = "multipart/form-data; boundary=edge"
        return host.post(f"/listings/{listing.id}/photos", data=body, content_type=mimetype)

    return post


def every_file() -> set[str]:
    return {file.key for folder in ("photos", "private") for file in storage().list_files(folder)}


@pytest.fixture(autouse=True)
def _empty_storage(app: Any) -> None:
    for key in every_file():
        storage().delete(key)


def assert_harmless(client: Any, photo: dict[str, Any]) -> None:
    """Fetch every file of a photo; each is nothing but pixels, and says so."""
    for url in photo["urls"].values():
        for ending, kind in ((".webp", "WEBP"), (".jpg", "JPEG")):
            served = client.get(url.removeprefix("http://localhost").replace(".webp", ending))
            assert (served.status_code, served.mimetype) == (200, f"image/{kind.lower()}")
            assert served.headers["X-Content-Type-Options"] == "nosniff"
            assert served.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
            image = Image.open(io.BytesIO(served.data))
            assert image.format == kind
            assert image.info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "background", "loop"}
            assert not image.getexif()
            assert MARK not in served.data


@pytest.mark.parametrize("name", REFUSED)
def test_case_54_and_55_what_is_no_plain_picture_is_refused(send, count_rows, name):
    answer = send(REFUSED[name])

    assert answer.status_code in (415, 422), answer.json
    assert answer.json["code"] in ("unsupported_media_type", "invalid_image")
    assert count_rows(ListingPhoto) == 0
    assert every_file() == set()


@pytest.mark.parametrize("name", KEPT)
def test_case_54_what_is_kept_is_pixels_alone(send, client, run_outbox, name):
    answer = send(KEPT[name])
    assert answer.status_code == 201, answer.json

    run_outbox()

    assert_harmless(client, answer.json)


@pytest.mark.parametrize("name", TRAPS)
def test_case_55_a_trap_closes_on_itself_alone(send, client, run_outbox, count_rows, name):
    data, end = TRAPS[name]

    answer = send(data)
    run_outbox()

    if end == "refused":
        assert (answer.status_code, answer.json["code"]) == (422, "invalid_image")
    elif end == "failed":
        assert count_rows(ListingPhoto, ListingPhoto.status == PhotoStatus.FAILED) == 1
        assert all(key.startswith("private/") for key in every_file())
    else:
        assert_harmless(client, answer.json)


@pytest.mark.parametrize("name", NAMES)
def test_case_56_no_name_of_a_stranger_becomes_a_path(send, run_outbox, name):
    answer = send(encoded("JPEG"), name, "text/html")

    assert answer.status_code in (201, 400)
    run_outbox()
    names = every_file()
    assert len(names) == (7 if answer.status_code == 201 else 0)
    assert all(FILE_NAME.fullmatch(one) or one.endswith("-original") for one in names)
    assert all(name not in one for one in names)


def test_case_56_one_listing_s_quota_ends_a_flood(send, monkeypatch):
    monkeypatch.setattr("airbnb.services.photos.MAX_PHOTOS", 3)

    answers = [send(encoded("JPEG")).status_code for _ in range(5)]

    assert answers == [201, 201, 201, 409, 409]
    assert len(every_file()) == 3


def test_case_56_one_person_s_uploads_are_counted(send, rate_limits):
    answer = send(b"")

    assert '"upload";q=600;w=3600' in answer.headers["RateLimit-Policy"]
