"""Uploads that are not plain pictures are refused before decoding; what is shown is re-encoded and carries nothing."""

import io
import struct
import zlib

import pytest
from PIL import Image, ImageCms

from airbnb.integrations.images.inspection import ImageFault, ImageInfo, InvalidImage, inspect_image
from airbnb.integrations.images.pictures import HEIGHT, WIDTH, generate_picture
from airbnb.integrations.images.sizes import make_sizes


def encoded(image_format, size=(640, 480), *, mode="RGB", colour="teal", **options):
    target = io.BytesIO()
    Image.new(mode, size, colour).save(target, image_format, **options)
    return target.getvalue()


def frames(image_format):
    target = io.BytesIO()
    first, second = Image.new("RGB", (20, 20), "red"), Image.new("RGB", (20, 20), "blue")
    first.save(target, image_format, save_all=True, append_images=[second])
    return target.getvalue()


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def bomb_png(width, height):
    """A PNG of a few bytes whose header promises any size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(b"\0" * 100)), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def why(data, check=inspect_image):
    with pytest.raises(InvalidImage) as caught:
        check(data)
    return caught.value.why


def test_a_png_with_broken_pixels_is_refused_when_they_are_decoded():
    whole = io.BytesIO()
    Image.effect_noise((64, 40), 80).save(whole, "PNG")
    data = whole.getvalue()
    start = data.index(b"IDAT") + 4

    with pytest.raises(InvalidImage):
        make_sizes(data[:start] + b"\0" * 40 + data[start + 40 :])


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
def test_plain_pictures_are_let_in(image_format):
    assert inspect_image(encoded(image_format)) == ImageInfo(image_format.lower(), 640, 480)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<html><img></html>",
        b"%PDF-1.7 ...",
        b"RIFF\x00\x00\x00\x00WAVE",
        encoded("GIF"),
        frames("GIF"),
        encoded("BMP"),
        encoded("TIFF"),
        b" " + encoded("JPEG"),
    ],
)
def test_other_formats_are_refused(data):
    assert why(data) == ImageFault.UNSUPPORTED_FORMAT


@pytest.mark.parametrize("image_format", ["PNG", "WEBP"])
def test_animations_are_refused(image_format):
    assert why(frames(image_format)) == ImageFault.ANIMATED


@pytest.mark.parametrize(
    "size, fault",
    [
        ((6325, 6325), ImageFault.TOO_MANY_PIXELS),  # a little over 40 million
        ((12_000, 9_000), ImageFault.TOO_MANY_PIXELS),  # where Pillow warns
        ((50_000, 50_000), ImageFault.TOO_MANY_PIXELS),  # where Pillow refuses
        ((2**31 - 1, 2**31 - 1), ImageFault.TOO_MANY_PIXELS),
    ],
)
def test_headers_that_promise_too_much_are_refused_before_decoding(size, fault):
    assert why(bomb_png(*size)) == fault


def test_40_million_pixels_are_fine():
    assert inspect_image(bomb_png(8000, 5000)) == ImageInfo("png", 8000, 5000)


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_half_uploads_are_refused(image_format, share):
    data = encoded(image_format, mode="RGB", colour="teal") if image_format != "WEBP" else generated_webp()

    assert why(data[: int(len(data) * share)]) == ImageFault.TRUNCATED


def generated_webp():
    target = io.BytesIO()
    Image.open(io.BytesIO(generate_picture(3))).save(target, "WEBP")
    return target.getvalue()


@pytest.mark.parametrize(
    "extra",
    [
        b"<script>alert(1)</script>",
        b"<!DOCTYPE html>",
        b"<HTML>",
        b"<?php system('x');",
        b"%PDF-1.4",
        b"PK\x05\x06" + b"\0" * 18,
    ],
)
@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
def test_pictures_that_are_something_else_too_are_refused(image_format, extra):
    assert why(encoded(image_format) + extra) == ImageFault.POLYGLOT


def test_script_in_a_comment_is_refused():
    assert why(encoded("JPEG", comment=b"<script src=x>")) == ImageFault.POLYGLOT


def test_a_preview_behind_the_picture_is_fine():
    photo = encoded("JPEG")

    assert inspect_image(photo + encoded("JPEG", (100, 80))) == ImageInfo("jpeg", 640, 480)


@pytest.mark.parametrize("data", [b"\xff\xd8\xff\xda\xff\xd9", b"\x89PNG\r\n\x1a\n" + chunk(b"IEND", b"")])
def test_a_signature_without_a_picture_is_refused(data):
    assert why(data) == ImageFault.UNREADABLE


def test_damaged_pixels_are_refused_when_decoded():
    assert why(bomb_png(800, 500), make_sizes) in (ImageFault.TRUNCATED, ImageFault.UNREADABLE)


def test_sizes_shrink_and_never_grow():
    sizes = make_sizes(encoded("PNG", (2400, 1200)))

    assert {name: (size.width, size.height) for name, size in sizes.items()} == {
        "small": (480, 240),
        "medium": (1080, 540),
        "large": (1920, 960),
    }
    assert list(sizes) == ["small", "medium", "large"]
    for size in sizes.values():
        image = Image.open(io.BytesIO(size.webp))
        assert (image.format, image.size) == ("WEBP", (size.width, size.height))
        assert size.jpeg is None
    assert {size.width for size in make_sizes(encoded("JPEG", (300, 200))).values()} == {300}


def test_jpegs_come_along_when_asked_for():
    small = make_sizes(encoded("WEBP"), with_jpeg=True)["small"]

    assert Image.open(io.BytesIO(small.jpeg)).format == "JPEG"


def photo_with_place(orientation=6):
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Camera of the guest"
    exif.get_ifd(0x8825)[2] = (53.0, 20.0, 59.0)
    image = Image.new("RGB", (640, 480), "white")
    image.paste("red", (0, 0, 640, 100))  # the top edge as stored, the right edge once turned
    target = io.BytesIO()
    image.save(target, "JPEG", exif=exif, comment=b"private words")
    return target.getvalue()


#: Where the stored top edge belongs, by EXIF orientation: as a share of width and height.
SEEN_AT = {1: (0.5, 0), 2: (0.5, 0), 3: (0.5, 1), 4: (0.5, 1), 5: (0, 0.5), 6: (1, 0.5), 7: (1, 0.5), 8: (0, 0.5)}


@pytest.mark.parametrize("orientation", SEEN_AT)
def test_every_turn_of_the_camera_is_undone(orientation):
    data = photo_with_place(orientation)
    info = inspect_image(data)
    large = make_sizes(data)["large"]
    image = Image.open(io.BytesIO(large.webp)).convert("RGB")

    assert (large.width, large.height) == (info.width, info.height)
    x, y = SEEN_AT[orientation]
    red, green, _ = image.getpixel((20 + round(x * (image.width - 41)), 20 + round(y * (image.height - 41))))
    assert red > 200 > green


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # pytest puts its own filters in place of the product's
def test_broken_camera_notes_are_no_reason_to_refuse():
    good = photo_with_place()
    start = good.index(b"Exif\0\0") + 6
    broken = good[: start + 8] + b"\xff" * 12 + good[start + 20 :]

    assert inspect_image(broken).format == "jpeg"
    assert make_sizes(broken)["small"].width


def test_the_camera_s_turn_is_applied_and_its_notes_are_gone():
    data = photo_with_place()
    assert b"Camera of the guest" in data

    assert inspect_image(data) == ImageInfo("jpeg", 480, 640)
    for size in make_sizes(data, with_jpeg=True).values():
        for content in (size.webp, size.jpeg):
            image = Image.open(io.BytesIO(content))
            red, green, _ = image.convert("RGB").getpixel((image.width - 20, image.height // 2))
            assert image.size == (480, 640) if size.width == 480 else image.height > image.width
            assert red > 200 > green
            assert not image.getexif()
            assert b"Exif" not in content
            assert b"Camera of the guest" not in content
            assert b"private words" not in content


@pytest.mark.parametrize(
    "mode, colour, expected",
    [
        ("L", 128, (128, 128, 128)),
        ("I;16", 32_896, (128, 128, 128)),
        ("RGBA", (255, 0, 0, 0), (255, 255, 255)),
        ("LA", (0, 0), (255, 255, 255)),
        ("P", 0, (0, 0, 0)),
        ("1", 1, (255, 255, 255)),
    ],
)
def test_every_mode_becomes_plain_colour_on_white(mode, colour, expected):
    sizes = make_sizes(encoded("PNG", (60, 40), mode=mode, colour=colour))
    image = Image.open(io.BytesIO(sizes["large"].webp))

    assert image.mode == "RGB"
    assert all(abs(got - want) <= 3 for got, want in zip(image.getpixel((30, 20)), expected, strict=True))


def test_printers_colours_and_colour_profiles_are_applied():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = encoded("JPEG", (60, 40), colour=(10, 200, 30), icc_profile=profile, quality=100)
    image = Image.open(io.BytesIO(make_sizes(data)["large"].webp))

    assert "icc_profile" not in image.info
    assert all(abs(got - want) <= 6 for got, want in zip(image.getpixel((30, 20)), (10, 200, 30), strict=True))
    assert make_sizes(encoded("JPEG", (60, 40), mode="CMYK", colour=(0, 0, 0, 0)))
    assert make_sizes(encoded("JPEG", (60, 40), icc_profile=b"not a profile"))


def test_generated_pictures_repeat_by_seed_and_pass_inspection():
    picture = generate_picture(7, "Dublin")

    assert picture == generate_picture(7, "Dublin")
    assert picture != generate_picture(8, "Dublin")
    assert picture != generate_picture(7, "Lisbon")
    assert inspect_image(picture) == ImageInfo("jpeg", WIDTH, HEIGHT)


def test_generated_pictures_are_of_a_believable_size():
    lengths = [len(generate_picture(seed, "Any place")) for seed in range(30)]

    assert 15_000 < min(lengths)
    assert max(lengths) < 90_000
