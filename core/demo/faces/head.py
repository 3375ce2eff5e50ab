"""The position of the head: coordinates on the turned head, and its outline."""

from dataclasses import dataclass, fields

import numpy as np

from core.demo.faces.canvas import FloatArray, column, inside
from core.demo.faces.traits import Traits
from core.demo.faces.views import Views

_CHEEK_ROW = 2.0  # rows below the eyes where the face is widest


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """Coordinates of B images' sub-pixels, each (B, H, W), in pixels with the origin between the eyes.

    Attributes:
        x: to the right, on the image's plane, after shift, roll and scale are undone.
        y: down, likewise.
        face_x: to the right along the skin, as if the head looked straight at the camera.
        face_y: down along the skin, likewise.
        across: place across the head, -1 (left edge) to 1.
        down: place down the head, -1 (top) to 1 (chin).
        coverage: 0 to 1, where the face is.
    """

    x: FloatArray
    y: FloatArray
    face_x: FloatArray
    face_y: FloatArray
    across: FloatArray
    down: FloatArray
    coverage: FloatArray

    def rows(self, rows: slice) -> "Head":
        """Return the same head for some rows of the images."""
        return Head(**{field.name: getattr(self, field.name)[:, rows] for field in fields(self)})


def place_head(x: FloatArray, y: FloatArray, traits: Traits, views: Views) -> Head:
    """Undo each view's pose, so that features can be drawn as if the head looked straight ahead.

    The head turns like a cylinder: features near the middle move most, the outline hardly at all.
    """
    sine, cosine = np.sin(views.roll), np.cos(views.roll)
    moved_x = (x - column(views.shift_x)) / column(views.scale)
    moved_y = (y - column(views.shift_y) - 8) / column(views.scale)
    head_x = column(cosine) * moved_x + column(sine) * moved_y
    head_y = column(cosine) * moved_y - column(sine) * moved_x + 8
    head_x = head_x - 2.2 * column(views.yaw)

    half_width = column(traits.face_half_width)
    from_cheek = head_y - _CHEEK_ROW
    upper = column(traits.skull_height) + _CHEEK_ROW
    lower = column(traits.chin_drop) - _CHEEK_ROW
    down = np.where(from_cheek < 0, from_cheek / upper, from_cheek / lower)
    across = head_x / half_width

    inner = np.clip(across, -1, 1)
    face_x = half_width * (inner * column(np.cos(views.yaw)) - np.sqrt(1 - inner**2) * column(np.sin(views.yaw)))
    face_x = np.where(np.abs(across) <= 1, face_x, face_x + head_x - np.clip(head_x, -half_width, half_width))
    radius = 25.0
    vertical = np.clip((head_y - 3) / radius, -1, 1)
    face_y = 3 + radius * (
        vertical * column(np.cos(views.pitch)) - np.sqrt(1 - vertical**2) * column(np.sin(views.pitch))
    )

    is_lower = from_cheek > 0
    v = np.abs(down)
    squareness = np.where(is_lower, column(traits.jaw_squareness), np.float32(2.15))
    roundness = np.where(is_lower, np.float32(2.0), np.float32(2.3))
    taper = np.where(is_lower, 1 - column(traits.jaw_taper) * np.minimum(v, 1.2) ** 1.6, 1.0)
    u = np.abs(across) / taper
    # Outline |u|^p + |v|^q = 1; dividing by the slope turns it into a distance in pixels.
    u_part, v_part = (u + 1e-6) ** roundness, (v + 1e-6) ** squareness
    slope = np.hypot(
        roundness * u_part / (u + 1e-3) / (half_width * taper),
        squareness * v_part / (v + 1e-3) / np.where(is_lower, lower, upper),
    )
    distance = (u_part + v_part - 1) / np.maximum(slope, 0.02)
    return Head(head_x, head_y, face_x, face_y, across, down, inside(distance, 0.6))
