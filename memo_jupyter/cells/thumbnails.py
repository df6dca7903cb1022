"""A picture that a cell drew, made small enough to be kept beside its memory."""

from __future__ import annotations

import base64
import io
from typing import NamedTuple

_SIDE = 240
"""The longest side, in pixels."""

_LARGEST = 40_000
"""Bytes of a small picture; one of noise is larger, and is made smaller still."""

_PIXELS = 50_000_000
"""Pixels of a picture that is opened."""


class Thumbnail(NamedTuple):
    """A small picture, as PNG, and the size of the one that it shows, in pixels; no PNG if none could be made."""

    png: bytes
    width: int
    height: int


def thumbnail(picture: bytes | str) -> Thumbnail | None:
    """Make a picture small; None if it is none.

    Parameters
    ----------
    picture : bytes or str
        A PNG or a JPEG; a str is its base64.
    """
    from PIL import Image  # noqa: PLC0415  # only where there are pictures

    try:
        data = base64.b64decode(picture) if isinstance(picture, str) else picture
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as opened:
            width, height = opened.size
            if width * height > _PIXELS:
                return Thumbnail(b"", width, height)
            small = opened.convert("RGBA" if opened.mode in ("RGBA", "LA", "P") else "RGB")
    except (OSError, ValueError, SyntaxError, MemoryError, Image.DecompressionBombError):  # what Pillow says of damage
        return None
    for side in (_SIDE, _SIDE // 2):
        small.thumbnail((side, side))
        buffer = io.BytesIO()
        # No more colours than a plot has: a third of the bytes.
        small.quantize(64).save(buffer, "PNG", optimize=True)
        if buffer.tell() <= _LARGEST:
            return Thumbnail(buffer.getvalue(), width, height)
    return Thumbnail(b"", width, height)
