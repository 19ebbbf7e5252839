"""Pictures: what is let in, the sizes made of it, and generated ones for the demo."""

from airbnb.integrations.images.inspection import ImageFault, ImageInfo, InvalidImage, inspect_image
from airbnb.integrations.images.pictures import generate_picture
from airbnb.integrations.images.sizes import EncodedImage, make_sizes

__all__ = [
    "EncodedImage",
    "ImageFault",
    "ImageInfo",
    "InvalidImage",
    "generate_picture",
    "inspect_image",
    "make_sizes",
]
