"""The variation between images of a face: pose, light, expression, background, camera."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from core.errors import DatasetError

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """The conditions of some images, one entry per image on the first axis.

    Angles are radians, lengths pixels of the 55x47 crop, colours (N, 3) 0 to 255, blobs (N, 3 blobs, ...).
    """

    shift_x: FloatArray
    shift_y: FloatArray
    scale: FloatArray
    roll: FloatArray
    yaw: FloatArray
    pitch: FloatArray
    light_x: FloatArray
    light_y: FloatArray
    ambient: FloatArray
    exposure: FloatArray
    contrast: FloatArray
    tint: FloatArray
    smile: FloatArray
    mouth_open: FloatArray
    eye_open: FloatArray
    gaze: FloatArray
    brow_raise: FloatArray
    background_rgb: FloatArray
    background_end_rgb: FloatArray
    background_angle: FloatArray
    blob_rgb: FloatArray
    blob_xy: FloatArray
    blob_size: FloatArray
    clothes_rgb: FloatArray
    hair_phase: FloatArray
    blur: FloatArray
    noise: FloatArray

    def __len__(self) -> int:
        return len(self.yaw)

    def take(self, indices: NDArray[np.integer]) -> "Views":
        """Return the conditions at some positions, in that order."""
        return Views(**{field.name: getattr(self, field.name)[indices] for field in fields(self)})


def make_views(count: int, *, rng: np.random.Generator, variety: float = 1.0) -> Views:
    """Draw random conditions for images.

    Args:
        count: number of images.
        rng: where the randomness comes from.
        variety: how much pose, light and expression vary; 0 is a studio portrait, 1 a video.

    Raises:
        DatasetError: the variety is negative.
    """
    if variety < 0:
        raise DatasetError(f"variety must be at least 0, got {variety}.", code="variety")

    def around(middle: float, deviation: float, limit: float = 2.2) -> FloatArray:
        values = np.clip(rng.standard_normal(count), -limit, limit) * deviation * variety
        return np.asarray(middle + values, dtype=np.float32)

    def between(low: float, high: float, *shape: int) -> FloatArray:
        return np.asarray(rng.uniform(low, high, (count, *shape)), dtype=np.float32)

    background = between(10, 230, 1) + between(-38, 38, 3)
    warmth = around(0.0, 0.05)
    return Views(
        shift_x=around(0, 0.7),
        shift_y=around(0, 0.7),
        scale=around(1.0, 0.025),
        roll=around(0, 0.06),
        yaw=around(0, 0.22),
        pitch=around(0, 0.12),
        light_x=around(0, 0.45),
        light_y=around(-0.35, 0.25),
        ambient=around(0.6, 0.07),
        exposure=around(1.0, 0.11),
        contrast=around(1.0, 0.08),
        tint=np.stack([1 + warmth, 1 + around(0, 0.015), 1 - warmth], axis=1),
        smile=around(0.35, 0.5),
        mouth_open=np.clip(around(0.0, 0.7), 0, None),
        eye_open=np.clip(1 - np.abs(around(0, 0.2)), 0.15, 1),
        gaze=around(0, 0.5),
        brow_raise=around(0, 0.45),
        background_rgb=np.clip(background, 0, 255),
        background_end_rgb=np.clip(background + between(-60, 60, 1) + between(-25, 25, 3), 0, 255),
        background_angle=between(0, 2 * np.pi),
        blob_rgb=np.clip(between(0, 255, 3, 1) + between(-60, 60, 3, 3), 0, 255),
        blob_xy=between(-30, 30, 3, 2),
        blob_size=between(3, 12, 3, 2),
        clothes_rgb=np.clip(between(10, 220, 1) + between(-60, 60, 3), 0, 255),
        hair_phase=between(0, 2 * np.pi),
        blur=between(0.35, 0.9),
        noise=between(0.4, 2.0),
    )
