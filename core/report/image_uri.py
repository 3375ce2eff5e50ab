"""Images inside a report's page."""

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SMALLEST_SIDE = 112  # pixels of an image on the page; small ones are enlarged without smoothing


def image_uri(pixels: NDArray[np.uint8]) -> str:
    """Return an image as a data URI; a small one is enlarged, pixel by pixel.

    Args:
        pixels: shape (H, W, C), uint8; C is 1, 3 or 4, of others the mean is shown.
    """
    channel_count = pixels.shape[-1]
    shown = pixels[..., 0] if channel_count == 1 else pixels
    if channel_count not in (1, 3, 4):
        shown = pixels.mean(axis=-1).astype(np.uint8)
    image = Image.fromarray(shown)
    factor = -(-SMALLEST_SIDE // max(image.size))
    if factor > 1:
        image = image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)
    content = io.BytesIO()
    image.save(content, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode('ascii')}"
