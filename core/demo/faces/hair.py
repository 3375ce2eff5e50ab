"""Hair behind the head, and hair on it."""

import numpy as np

from core.demo.faces.canvas import Canvas, FloatArray, bell, column, inside, step
from core.demo.faces.head import Head
from core.demo.faces.traits import HAIR_STYLES, Traits
from core.demo.faces.views import Views

# For each style: how much the volume adds on top and at the sides, how far the hair comes down at the temples, how
# much the front is swept to a side, how much it opens at the parting, how low the front hangs, lumps of curls.
_SHAPES = {
    #           top  sides temple sweep open  front lumps
    "bald": (0.0, 0.0, 0.0, 0.0, 0.0, -40.0, 0.0),
    "cropped": (0.3, 0.25, 9.0, 0.0, 0.0, 0.0, 0.0),
    "short": (0.9, 0.6, 11.0, 0.12, 0.0, 0.3, 0.0),
    "side": (1.0, 0.7, 11.0, 0.42, 0.0, 1.8, 0.0),
    "fringe": (0.9, 1.2, 12.0, 0.04, 0.0, 5.0, 0.0),
    "bob": (0.8, 1.6, 12.0, 0.0, 0.75, -2.0, 0.0),
    "long": (0.7, 1.4, 12.0, 0.1, 0.55, -2.0, 0.0),
    "curly": (1.3, 1.5, 11.0, 0.05, 0.0, 1.5, 0.065),
    "round": (1.9, 2.3, 10.0, 0.0, 0.0, 0.0, 0.04),
    "receding": (0.3, 0.5, 4.0, 0.0, -0.45, -2.5, 0.0),
    "ponytail": (0.4, 0.3, 9.0, 0.0, 0.1, -1.0, 0.0),
    "quiff": (1.8, 0.3, 10.0, -0.15, 0.0, -1.0, 0.0),
}
_TABLE = np.array([_SHAPES[name] for name in HAIR_STYLES], dtype=np.float32)
_PONYTAIL = HAIR_STYLES.index("ponytail")


def paint_back_hair(canvas: Canvas, head: Head, traits: Traits, views: Views) -> FloatArray:
    """Paint the hair behind face and neck; return its coverage, (B, H, W)."""
    coverage = inside(_outer_distance(head, traits), 0.6)
    shape = _TABLE[traits.style.astype(int)]
    width = traits.face_half_width + traits.hair_volume * shape[:, 1] + 1.0
    length = column(traits.hair_length)
    wavy_x = head.x + column(traits.hair_wave) * np.sin(head.y * 0.45 + column(traits.texture_seed))
    widen = 1 + 0.08 * step(head.y / 20)
    hanging = inside(np.maximum(np.abs(wavy_x) - column(width) * widen, np.maximum(head.y - length, -1 - head.y)), 0.7)
    coverage = np.maximum(coverage, hanging * (length > 7))
    tail_x = (head.x - column(np.sign(traits.parting) * (traits.face_half_width + 2.0))) / 3.2
    tail = inside(np.maximum(np.abs(tail_x) * 3.2 - 3.2 + 0.08 * np.abs(head.y - 12), np.abs(head.y - 13) - 12), 0.7)
    coverage = np.maximum(coverage, tail * column((traits.style == _PONYTAIL).astype(np.float32)))
    coverage = coverage * column((shape[:, 5] > -20).astype(np.float32))
    canvas.paint(coverage, traits.hair_rgb, 0.72 * _strands(head, traits, views))
    return coverage


def paint_front_hair(canvas: Canvas, head: Head, traits: Traits, views: Views) -> FloatArray:
    """Paint the hair on the head, above the hairline and along the temples; return its coverage."""
    shape = _TABLE[traits.style.astype(int)]
    _, _, temple, sweep, opening, front, lumps = (column(values) for values in shape.T)
    x, y = head.face_x, head.face_y
    side = column(np.sign(traits.parting))
    u = np.clip(np.abs(x) / column(traits.face_half_width), 0, 1.2)
    from_parting = x - column(traits.parting)
    line = column(traits.hairline) + front
    line = line + sweep * np.clip(-side * from_parting, -6, 14)
    line = line + opening * np.abs(from_parting) * np.where(opening < 0, bell((np.abs(x) - 8) / 5), 1.0)
    line = line + temple * step((u - 0.62) / 0.4)
    ragged = 0.7 + 5 * lumps
    line = line + ragged * np.sin(x * 1.7 + column(traits.texture_seed)) * 0.6
    cap = inside(_outer_distance(head, traits), 0.6) * inside((y - line) * 0.8, 0.7)

    # Long hair also falls in front of the ears and cheeks' edges.
    length = column(traits.hair_length)
    wavy_x = head.x + column(traits.hair_wave) * np.sin(head.y * 0.45 + column(traits.texture_seed))
    width = column(traits.face_half_width + traits.hair_volume * shape[:, 1] + 1.0) * (1 + 0.08 * step(head.y / 20))
    inner_edge = column(traits.face_half_width) * (0.93 + 0.06 * step(head.y / 16))
    beside = np.maximum(np.abs(wavy_x) - width, inner_edge - np.abs(wavy_x))
    lock = np.maximum(beside, np.maximum(head.y - length, -4 - head.y))
    locks = inside(lock, 0.7) * ((length > 7) & (column(traits.style) != _PONYTAIL))
    coverage = np.maximum(cap, locks) * (front > -20)
    # The shadow of the hair on the forehead.
    canvas.multiply(1 - 0.2 * head.coverage * (front > -20) * bell((y - line - 0.8) / 1.6) * (y > line))
    canvas.paint(coverage, traits.hair_rgb, _strands(head, traits, views))
    return coverage


def _outer_distance(head: Head, traits: Traits) -> FloatArray:
    """Return the signed distance to the outline of the hair on the skull."""
    shape = _TABLE[traits.style.astype(int)]
    half_width = column(traits.face_half_width + 0.5 + traits.hair_volume * shape[:, 1])
    height = column(traits.skull_height + 2.4 + traits.hair_volume * shape[:, 0])
    down = head.y - 2
    lean = column((shape[:, 3] < 0) * np.sign(traits.parting)) * 2.0 * step(-down / 20)
    u, v = (head.x - lean) / half_width, down / np.where(down < 0, height, height * 0.55)
    radius = np.sqrt(u * u + v * v) + 1e-6
    angle = np.arctan2(v, u)
    lumps = column(shape[:, 6]) * np.sin(angle * 13 + column(traits.texture_seed))
    return (radius - 1 - lumps) * half_width


def _strands(head: Head, traits: Traits, views: Views) -> FloatArray:
    """Return the brightness of the hair, around 1: strands, waves and one glossy band."""
    wave = column(traits.hair_wave)
    phase = column(traits.texture_seed) + 0.25 * column(views.hair_phase)
    along = head.x * 1.15 + 2.4 * wave * np.sin(head.y * 0.42 + phase)
    strands = 0.10 * np.sin(along + phase) + 0.07 * np.sin(2.3 * along + 1.7 * phase)
    lumps = column(_TABLE[traits.style.astype(int), 6])
    curls = np.sin(head.x * 1.5 + phase) * np.sin(head.y * 1.5 + 2 * phase)
    # Light hair shows its strands less, otherwise it looks striped.
    lightness = column(traits.hair_rgb.mean(axis=1) / 255)
    strands = strands * (1.15 - 0.85 * lightness)
    curls = curls * (1.0 - 0.6 * lightness)
    gloss = 0.22 * bell((head.y + column(traits.skull_height) * 0.62 - 0.02 * head.x**2) / 2.6)
    return 1 + strands * (1 - 6 * lumps).clip(0) + 2.2 * lumps * curls + gloss * (1 - 5 * lumps).clip(0)
