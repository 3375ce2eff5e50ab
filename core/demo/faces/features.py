"""Eyes, brows, nose, mouth, facial hair and skin details."""

import numpy as np

from core.demo.faces.canvas import Canvas, FloatArray, bell, column, inside, step
from core.demo.faces.head import Head
from core.demo.faces.traits import Traits
from core.demo.faces.views import Views


def _constant(rgb: tuple[float, float, float], count: int) -> FloatArray:
    return np.tile(np.array(rgb, dtype=np.float32), (count, 1))


def paint_skin_details(canvas: Canvas, head: Head, traits: Traits) -> None:
    """Paint cheeks, freckles, a mole, wrinkles and the shadow under the lower lip."""
    x, y = head.face_x, head.face_y
    count = len(traits)
    cheeks = bell((np.abs(x) - 8.0) / 4.0) * bell((y - 9.0) / 4.0)
    canvas.paint(0.38 * cheeks * column(traits.blush) * head.coverage, _constant((214, 92, 84), count))
    seed = column(traits.texture_seed)
    spots = np.sin(2.1 * x + seed) * np.sin(2.3 * y + 1.3 * seed) + np.sin(1.3 * x - 1.7 * y + 2 * seed)
    where = bell((y - 7.5) / 4.0) * bell(x / 9.0)
    canvas.paint(column(traits.freckles) * where * step(spots * 1.4 - 0.6) * head.coverage, traits.skin_rgb, 0.66)
    lines = np.maximum(bell((y + 8.2) / 0.5), bell((y + 5.9 + 0.02 * x * x) / 0.5)) * bell(x / 8.5)
    folds = bell((np.abs(x) - 3.6 - 0.42 * (y - 9)) / 0.8) * bell((y - 13) / 3.6)
    canvas.multiply(1 - 0.3 * column(traits.wrinkles) * head.coverage * lines)
    canvas.multiply(1 - 0.32 * (0.15 + column(traits.wrinkles)) * head.coverage * folds)
    from_mole = np.hypot(x - column(traits.mole_x), y - column(traits.mole_y))
    size = column(traits.mole_size)
    canvas.paint(0.9 * inside(from_mole - size, 0.5) * (size > 0), _constant((62, 36, 28), count))


def paint_whiskers(canvas: Canvas, head: Head, traits: Traits) -> None:
    """Paint beard, moustache and stubble."""
    x, y = head.face_x, head.face_y
    mouth = column(traits.nose_length + traits.mouth_drop)
    texture = 1 + 0.16 * np.sin(2.6 * x + column(traits.texture_seed)) * np.sin(2.4 * y)
    cheek_line = mouth - 4.5 + 5.0 * np.clip(1 - np.abs(x) / column(0.9 * traits.face_half_width), 0, 1)
    lower_face = inside((cheek_line - y) * 0.7, 1.0) * head.coverage
    canvas.paint(0.34 * column(traits.stubble) * lower_face, traits.brow_rgb)
    moustache_drop = 0.10 * np.abs(x) ** 1.5
    moustache = bell((y - mouth + 2.3 - moustache_drop) / 1.3)
    moustache = moustache * inside(np.abs(x) - column(traits.mouth_width) - 0.6, 1.0)
    beard_rgb = traits.hair_rgb * 0.82
    canvas.paint(0.92 * column(traits.beard) * lower_face, beard_rgb, texture)
    canvas.paint(0.9 * column(traits.moustache) * moustache * head.coverage, beard_rgb, texture)


def paint_mouth(canvas: Canvas, head: Head, traits: Traits, views: Views) -> None:
    """Paint lips, the dark of an open mouth and the teeth of a smile."""
    count = len(traits)
    smile = column(views.smile)
    half = column(traits.mouth_width) * (1 + 0.13 * smile)
    opened = column(views.mouth_open)
    u = head.face_x / half
    centre = column(traits.nose_length + traits.mouth_drop)
    bend = column(traits.mouth_curve) * 0.55 + smile
    y = head.face_y - centre + bend * (u * u - 0.35) * 0.9
    shape = np.clip(1 - u * u, 0, 1)
    fullness = column(traits.lip_fullness)
    bow = 1 - 0.28 * bell(u / 0.2)
    upper = fullness * 0.85 * np.sqrt(shape) * bow + 0.3 * opened * shape
    lower = fullness * 1.1 * shape**0.6 + opened * 1.2 * shape
    within = inside((np.abs(u) - 1) * half, 0.7)
    upper_lip = inside(np.maximum(-y - upper, y), 0.5) * within
    lower_lip = inside(np.maximum(y - lower, -y), 0.5) * within
    canvas.paint(0.9 * upper_lip, traits.lip_rgb, 0.84)
    canvas.paint(0.9 * lower_lip, traits.lip_rgb, 1.05 + 0.12 * bell(u / 0.5))
    gap = inside(np.abs(y - 0.45 * opened * shape) - 0.25 - 0.75 * opened * shape, 0.45) * within
    canvas.paint(0.85 * gap, _constant((52, 18, 20), count))
    teeth = inside(np.abs(y - 0.1 * opened) - 0.55 * opened * shape, 0.4) * inside((np.abs(u) - 0.72) * half, 0.6)
    canvas.paint(teeth * step(smile * 1.2 + 0.2) * (opened > 0.25), _constant((236, 230, 220), count))
    canvas.multiply(1 - 0.16 * bell((y - lower - 1.2) / 0.9) * bell(u / 0.7) * head.coverage)


def paint_nose(canvas: Canvas, head: Head, traits: Traits, views: Views) -> None:
    """Paint the nose: it sticks out, so turning the head moves its tip more than the rest of the face."""
    length, width = column(traits.nose_length), column(traits.nose_width)
    along = np.clip(head.face_y / length, 0, 1.15)
    x = head.face_x - 4.2 * column(np.sin(views.yaw)) * along
    y = head.face_y + 3.0 * column(np.sin(views.pitch)) * along
    half = 0.9 + (width - 0.9) * along**1.6
    on_nose = step((head.face_y + 1.5) / 3) * step((length + 1.2 - y) / 1.5)
    lamp = column(views.light_x - 0.4 * views.yaw)
    ridge = column(traits.nose_ridge)
    shade = 0.05 + 0.16 * ridge
    for side in (-1.0, 1.0):
        flank = bell((x - side * half * 0.95) / 1.0) * on_nose
        canvas.multiply(1 - (shade * np.clip(0.75 - side * lamp, 0.15, 1.7)) * flank * head.coverage)
        nostril = np.hypot((x - side * width * 0.48) / 0.95, (y - length - 0.1) / 0.62)
        canvas.multiply(1 - 0.55 * inside(nostril - 1, 0.5) * head.coverage)
        wing = np.hypot((x - side * width * 0.86) / 0.9, (y - length + 0.8) / 1.4)
        canvas.multiply(1 - 0.2 * bell(wing - 0.8) * head.coverage * step((y - length + 2.5) / 2))
    canvas.multiply(1 + 0.13 * ridge * bell((x - 0.5 * lamp) / 0.8) * on_nose)
    tip = np.hypot(x / (width * 0.62), (y - length + 1.6) / 1.7)
    canvas.multiply(1 + 0.12 * bell(tip))
    canvas.multiply(1 - 0.24 * bell((y - length - 1.2) / 0.8) * bell(x / width) * head.coverage)


def paint_eyes_and_brows(canvas: Canvas, head: Head, traits: Traits, views: Views) -> None:
    """Paint both eyes with their sockets and lids, and the brows above."""
    for side in (-1.0, 1.0):
        x = side * head.face_x - column(traits.eye_spacing)  # positive towards the temple
        y = head.face_y - column(traits.eye_drop) + column(traits.eye_tilt) * x
        _paint_eye(canvas, head, traits, views, x=x, y=y, side=side)
        arch = column(traits.brow_arch) * (1 - (x / 4.0) ** 2).clip(-1.2, 1)
        brow_y = y + column(traits.brow_gap + 0.8 * views.brow_raise) + arch * 0.7 + column(traits.brow_tilt) * x
        thickness = column(traits.brow_thickness) * (1 - 0.10 * (x + 1.5)).clip(0.35, 1.3)
        ends = inside(np.abs(x - 0.3) - column(traits.brow_length), 0.9)
        brow = inside(np.abs(brow_y) - thickness, 0.75) * ends * head.coverage
        canvas.paint(0.86 * brow, traits.brow_rgb)
    frown = bell(np.abs(head.face_x) - 1.2) * bell((head.face_y + 3.5) / 1.8)
    canvas.multiply(1 - 0.12 * column(traits.wrinkles) * frown * head.coverage)


def _paint_eye(
    canvas: Canvas, head: Head, traits: Traits, views: Views, *, x: FloatArray, y: FloatArray, side: float
) -> None:
    count = len(traits)
    half, opened = column(traits.eye_width), column(traits.eye_height * views.eye_open)
    u = x / half
    socket = bell(np.hypot(x / (half * 1.5), (y + 1.3) / 3.0))
    canvas.multiply(1 - column(0.12 + 0.55 * traits.socket_depth) * socket * head.coverage, (0.9, 1.0, 1.0))
    canvas.multiply(1 - 0.14 * column(traits.wrinkles + 0.3) * bell((y - 2.7) / 0.8) * bell(u) * head.coverage)
    almond = np.clip(1 - u * u, 0, 1)
    top, bottom = -opened * almond**0.7, 0.75 * opened * almond**0.8
    white = inside(np.maximum(top - y, y - bottom), 0.45) * inside((np.abs(u) - 1) * half, 0.5)
    canvas.paint(0.95 * white, _constant((232, 228, 222), count))
    gaze = side * column(views.gaze)
    from_iris = np.hypot(x - gaze, y + 0.1)
    radius = 0.92 * column(np.maximum(traits.eye_height, 1.25))
    canvas.paint(white * inside(from_iris - radius, 0.45), traits.iris_rgb)
    canvas.paint(white * inside(from_iris - 0.45 * radius, 0.4), _constant((14, 12, 12), count))
    glint = np.hypot(x - gaze - side * 0.45, y + 0.55)
    canvas.paint(0.8 * white * inside(glint - 0.3, 0.35), _constant((255, 255, 255), count))
    lash = inside(np.abs(y - top) - 0.18 - 0.4 * column(traits.lid_weight), 0.5)
    lash = lash * inside((np.abs(u) - 1.08) * half, 0.5)
    canvas.paint(0.85 * lash * head.coverage, _constant((34, 24, 22), count))
    crease = bell((y - top + 1.5) / 0.45) * bell(u / 0.9)
    canvas.multiply(1 - 0.2 * crease * head.coverage)
    lower_lid = bell((y - bottom - 0.3) / 0.4) * bell(u / 0.9)
    canvas.multiply(1 - 0.16 * lower_lid * head.coverage)
