"""The sizes in which a picture is shown: re-encoded from the pixels, with nothing else kept of the upload."""

import io
from collections.abc import Mapping
from dataclasses import dataclass

from PIL import Image, ImageCms

from airbnb.integrations.images.inspection import ImageFault, InvalidImage, inspect_image, open_image, orientation_of

#: Longest edge in pixels by name, largest first: each is made from the one before.
MAX_EDGES = {"large": 1920, "medium": 1080, "small": 480}
WEBP_QUALITY = 80
JPEG_QUALITY = 82
_WEBP_EFFORT = 2  # 0 fast, 6 slow: 4 takes half as long again for files 7 % smaller
#: What undoes the camera's turn, by EXIF orientation.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_PAPER = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class EncodedImage:
    """One size of a picture; ``jpeg`` only when it was asked for."""

    webp: bytes
    jpeg: bytes | None
    width: int
    height: int


def make_sizes(
    data: bytes, *, edges: Mapping[str, int] = MAX_EDGES, with_jpeg: bool = False
) -> dict[str, EncodedImage]:
    """Decode an upload and encode it in every size; small pictures are never blown up.

    EXIF, place and colour profile are gone; the camera's turn and the profile are applied to the pixels.
    Needs: ``edges`` lists the longest edges by name, largest first.
    Shape: ``{"small": …, "medium": …, "large": …}``.
    Raises: InvalidImage.
    """
    inspect_image(data)
    image = _decode(data, max(edges.values()))
    sizes = {}
    for name, edge in edges.items():
        image.thumbnail((edge, edge), Image.Resampling.LANCZOS)
        sizes[name] = EncodedImage(
            webp=_encode(image, "WEBP", quality=WEBP_QUALITY, method=_WEBP_EFFORT),
            jpeg=_encode(image, "JPEG", quality=JPEG_QUALITY, optimize=True) if with_jpeg else None,
            width=image.width,
            height=image.height,
        )
    return {name: sizes[name] for name in reversed(list(edges))}


def _decode(data: bytes, edge: int) -> Image.Image:
    image = open_image(data)
    try:
        # JPEG can be decoded at a half, a quarter or an eighth: far less time and memory for camera pictures.
        image.draft(None, (edge, edge))
        turn = _TURNS.get(orientation_of(image))
        image.load()
        if turn is not None:
            image = image.transpose(turn)
        image = _flat_srgb(image)
        image.info.clear()  # comments and texts, which the encoders would otherwise carry over
    except Exception as error:  # a decoder fed by strangers may raise anything
        truncated = "truncated" in str(error)
        raise InvalidImage(ImageFault.TRUNCATED if truncated else ImageFault.UNREADABLE) from error
    return image


def _flat_srgb(image: Image.Image) -> Image.Image:
    """Bring any mode to plain sRGB on white paper."""
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I"):  # 16 bits of grey: a plain conversion would cut off all but the darkest
        image = image.point(lambda value: value / 257).convert("L")
    if image.mode in ("RGB", "CMYK") and profile:
        image = _through_profile(image, profile)
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layer = image.convert("RGBA")
        paper = Image.new("RGB", image.size, _PAPER)
        paper.paste(layer, mask=layer.getchannel("A"))
        image = paper
    return image if image.mode == "RGB" else image.convert("RGB")


def _through_profile(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image  # a broken profile: the pixels as they are come closest
    return converted or image


def _encode(image: Image.Image, image_format: str, **options: int | bool) -> bytes:
    target = io.BytesIO()
    image.save(target, image_format, exif=b"", icc_profile=None, **options)
    return target.getvalue()
