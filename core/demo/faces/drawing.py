"""Drawing of faces from traits and views."""

import numpy as np
from numpy.typing import NDArray

from core.demo.faces.canvas import Canvas, FloatArray, bell, column, inside, step
from core.demo.faces.features import paint_eyes_and_brows, paint_mouth, paint_nose, paint_skin_details, paint_whiskers
from core.demo.faces.hair import paint_back_hair, paint_front_hair
from core.demo.faces.head import Head, place_head
from core.demo.faces.traits import Traits
from core.demo.faces.views import Views, make_views
from core.errors import DatasetError
from core.monitor import Monitor

IMAGE_HEIGHT = 55
IMAGE_WIDTH = 47

_SAMPLES = 2  # sub-pixels along each side of a pixel
_BATCH = 8  # images drawn at once; they fit in the processor's cache
_EYE_ROW = 21.5  # row of the eyes in the lab's crop


def draw_faces(
    identities: Traits,
    labels: NDArray[np.integer],
    *,
    seed: int,
    variety: float = 1.0,
    monitor: Monitor | None = None,
) -> NDArray[np.uint8]:
    """Draw one image for each label.

    Args:
        identities: the identities.
        labels: (N,) integers, the identity of each image.
        seed: seed of pose, light, expression, background and noise; the same seed gives the same images.
        variety: how much they vary, see `make_views`.
        monitor: receives progress, and can cancel.

    Returns:
        (N, 55, 47, 3) uint8, 0 to 255.

    Raises:
        DatasetError: a label has no identity.
        Cancelled: the job was cancelled.
    """
    labels = np.asarray(labels)
    if labels.ndim != 1 or (len(labels) and not (labels.min() >= 0 and labels.max() < len(identities))):
        raise DatasetError(
            f"labels must be a list of integers from 0 to {len(identities) - 1}, got shape {labels.shape}.",
            code="label-range",
        )
    monitor = monitor or Monitor()
    rng = np.random.default_rng([seed, 2])
    views = make_views(len(labels), rng=rng, variety=variety)
    images = np.empty((len(labels), IMAGE_HEIGHT, IMAGE_WIDTH, 3), dtype=np.uint8)
    for start in range(0, len(labels), _BATCH):
        monitor.checkpoint("Drawing faces", done_count=start, total_count=len(labels))
        here = np.arange(start, min(start + _BATCH, len(labels)))
        images[here] = _draw_batch(identities.take(labels[here]), views.take(here), rng)
    monitor.checkpoint("Drawing faces", done_count=len(labels), total_count=len(labels))
    return images


def _draw_batch(traits: Traits, views: Views, rng: np.random.Generator) -> NDArray[np.uint8]:
    canvas = Canvas.blank(len(traits), IMAGE_HEIGHT * _SAMPLES, IMAGE_WIDTH * _SAMPLES)
    y = ((np.arange(IMAGE_HEIGHT * _SAMPLES, dtype=np.float32) + 0.5) / _SAMPLES - _EYE_ROW)[None, :, None]
    x = ((np.arange(IMAGE_WIDTH * _SAMPLES, dtype=np.float32) + 0.5) / _SAMPLES - IMAGE_WIDTH / 2)[None, None, :]
    head = place_head(x, y, traits, views)

    _paint_background(canvas, x, y, views)
    covered = paint_back_hair(canvas, head, traits, views)
    covered = np.maximum(covered, _paint_body(canvas, head, traits, views))
    canvas.paint(head.coverage, traits.skin_rgb)
    paint_skin_details(canvas, head, traits)
    paint_whiskers(canvas, head, traits)
    for paint, top, bottom in ((paint_mouth, 3, 31), (paint_nose, -8, 22), (paint_eyes_and_brows, -17, 11)):
        rows = slice(*(max(0, round((row + _EYE_ROW) * _SAMPLES)) for row in (top, bottom)))
        paint(canvas.rows(rows), head.rows(rows), traits, views)
    covered = np.maximum(covered, head.coverage)
    covered = np.maximum(covered, paint_front_hair(canvas, head, traits, views))
    canvas.multiply(1 + covered * (_light(head, views) - 1))
    return _photograph(canvas.averaged(_SAMPLES), views, rng)


def _paint_background(canvas: Canvas, x: FloatArray, y: FloatArray, views: Views) -> None:
    angle = column(views.background_angle)
    share = np.clip(0.5 + (x * np.cos(angle) + y * np.sin(angle)) / 60, 0, 1)
    canvas.fill(views.background_rgb, views.background_end_rgb, share)
    for index in range(views.blob_rgb.shape[1]):
        across = (x - column(views.blob_xy[:, index, 0])) / column(views.blob_size[:, index, 0])
        down = (y - 5 - column(views.blob_xy[:, index, 1])) / column(views.blob_size[:, index, 1])
        canvas.paint(0.7 * bell(across * across + down * down), views.blob_rgb[:, index])


def _paint_body(canvas: Canvas, head: Head, traits: Traits, views: Views) -> FloatArray:
    """Paint neck, shoulders and ears; return their coverage."""
    from_middle = np.abs(head.x)
    chin = column(traits.chin_drop)
    neck_width = 0.66 * column(traits.face_half_width)
    neck = inside(np.maximum(from_middle - neck_width, 2 - head.y), 0.6)
    under_chin = 0.62 + 0.25 * step((head.y - chin + 1) / 7)
    canvas.paint(neck, traits.skin_rgb, under_chin)
    shoulder_line = chin + 4.5 + 0.016 * (from_middle - neck_width).clip(0) ** 2 - 0.1 * (from_middle - 8).clip(0)
    neckline = chin + 4.5 + 0.45 * (neck_width - from_middle).clip(0)
    shoulders = inside(np.maximum(shoulder_line, neckline) - head.y, 0.6)
    canvas.paint(shoulders, views.clothes_rgb)
    ears = np.zeros_like(neck)
    for side in (-1.0, 1.0):
        across = (head.x - side * (column(traits.face_half_width) + 0.3) + column(views.yaw) * 4) / 2.1
        down = (head.y - 2.5) / column(traits.ear_size)
        radius = np.sqrt(across * across + down * down)
        ear = inside((radius - 1) * 2.1, 0.5)
        canvas.paint(ear, traits.skin_rgb, 0.92 - 0.22 * bell((radius - 0.35) / 0.35))
        ears = np.maximum(ears, ear)
    return np.maximum(np.maximum(neck, shoulders), ears)


def _light(head: Head, views: Views) -> FloatArray:
    """Return the brightness, around 1, of an egg-shaped head lit by one lamp."""
    normal_x = 0.88 * head.across
    normal_y = 0.62 * head.down
    normal_z = np.sqrt(np.clip(1 - normal_x**2 - normal_y**2, 0.05, 1))
    length = np.sqrt(views.light_x**2 + views.light_y**2 + 1)
    lit = (column(views.light_x) * normal_x + column(views.light_y) * normal_y + normal_z) / column(length)
    ambient = column(views.ambient)
    return ambient + (1 - ambient) * 1.25 * np.clip(lit, 0, 1)


def _photograph(images: FloatArray, views: Views, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Apply the camera's effects: colour cast, exposure, contrast, blur and noise."""
    images = images * (views.tint * views.exposure[:, None])[:, None, None, :]
    images = 118 + (images - 118) * views.contrast[:, None, None, None]
    images = _blur(images, views.blur)
    grain = rng.standard_normal(images.shape[:3], dtype=np.float32)[..., None]
    colour_grain = rng.standard_normal(images.shape, dtype=np.float32)
    images += views.noise[:, None, None, None] * (0.8 * grain + 0.5 * colour_grain)
    return np.clip(np.rint(images), 0, 255).astype(np.uint8)


def _blur(images: FloatArray, deviation: FloatArray) -> FloatArray:
    """Apply a Gaussian blur over five pixels along each side; `deviation` is in pixels, one per image."""
    offsets = np.arange(-2, 3, dtype=np.float32)
    weights = np.exp(-(offsets**2) / (2 * deviation[:, None] ** 2))
    weights /= weights.sum(axis=1, keepdims=True)
    for axis in (1, 2):
        length = images.shape[axis]
        padding = [(0, 0)] * 4
        padding[axis] = (2, 2)
        padded = np.pad(images, padding, mode="edge")
        moved = (padded.take(range(index, index + length), axis=axis) for index in range(5))
        images = np.sum([w[:, None, None, None] * each for w, each in zip(weights.T, moved, strict=True)], axis=0)
    return images
