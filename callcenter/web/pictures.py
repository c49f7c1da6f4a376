"""Uploaded pictures are drawn anew: what is served was made by us, without anything hidden in the file."""

import asyncio
import io
import warnings

from PIL import Image, UnidentifiedImageError

from callcenter.domain.errors import InvalidInput

LARGEST_SIDE = 2000
SHOWN_SIDE = 480
"""Pixels; a logo is shown at most 60 pixels high."""


async def redrawn(body: bytes) -> bytes:
    """The picture as a PNG of at most 480 pixels a side.

    Raises:
        InvalidInput: `logo`: it is no picture, or too large.
    """
    return await asyncio.to_thread(_redrawn, body)


def _redrawn(body: bytes) -> bytes:
    try:
        with warnings.catch_warnings():
            # a small file that unfolds into gigabytes only warns by itself
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(body), formats=("PNG", "JPEG", "WEBP", "GIF")) as picture:
                if max(picture.size) > LARGEST_SIDE:
                    raise InvalidInput({"logo": "too_large"})
                drawn = picture.convert("RGBA")
    except (
        UnidentifiedImageError,
        OSError,
        SyntaxError,
        ValueError,
        Image.DecompressionBombWarning,
    ) as error:
        raise InvalidInput({"logo": "not_a_picture"}) from error
    drawn.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
    fresh = io.BytesIO()
    drawn.save(fresh, format="PNG", optimize=True)
    return fresh.getvalue()
