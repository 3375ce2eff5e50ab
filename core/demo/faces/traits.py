"""The traits of an identity that are the same in every image."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from core.errors import DatasetError

FloatArray = NDArray[np.float32]

# Skin, hair, iris and lips as (red, green, blue), 0 to 255; identities mix two neighbours.
_SKIN_RGB = np.array(
    [
        [250, 222, 205],
        [240, 200, 174],
        [226, 178, 146],
        [205, 152, 116],
        [176, 122, 86],
        [138, 92, 62],
        [98, 64, 45],
        [72, 47, 36],
    ]
)
_HAIR_RGB = np.array(
    [
        [22, 18, 18],
        [44, 30, 24],
        [74, 46, 30],
        [112, 74, 44],
        [158, 112, 62],
        [212, 172, 104],
        [235, 214, 165],
        [150, 62, 28],
        [186, 88, 40],
        [128, 126, 126],
        [196, 194, 192],
    ]
)
# How often each colour is used: grey and white are rare; dark skins mostly have black or brown hair.
_HAIR_PICKS = np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 9, 10])
_DARK_HAIR_PICKS = np.array([0, 0, 1, 0, 1, 2, 1, 9, 3, 10])
_IRIS_RGB = np.array([[52, 34, 22], [88, 58, 30], [110, 104, 56], [74, 110, 84], [84, 122, 160], [122, 146, 168]])

HAIR_STYLES = (
    "bald",
    "cropped",
    "short",
    "side",
    "fringe",
    "bob",
    "long",
    "curly",
    "round",
    "receding",
    "ponytail",
    "quiff",
)


@dataclass(frozen=True, slots=True, eq=False)
class Traits:
    """The traits of some faces, one entry per face on the first axis; lengths in pixels of the 55x47 crop.

    Colours are (N, 3), 0 to 255; everything else is (N,). `style` holds indices into `HAIR_STYLES`.
    """

    skin_rgb: FloatArray
    hair_rgb: FloatArray
    iris_rgb: FloatArray
    lip_rgb: FloatArray
    brow_rgb: FloatArray
    face_half_width: FloatArray
    chin_drop: FloatArray
    jaw_squareness: FloatArray
    jaw_taper: FloatArray
    skull_height: FloatArray
    eye_spacing: FloatArray
    eye_width: FloatArray
    eye_height: FloatArray
    eye_tilt: FloatArray
    eye_drop: FloatArray
    lid_weight: FloatArray
    socket_depth: FloatArray
    brow_gap: FloatArray
    brow_thickness: FloatArray
    brow_tilt: FloatArray
    brow_arch: FloatArray
    brow_length: FloatArray
    nose_length: FloatArray
    nose_width: FloatArray
    nose_ridge: FloatArray
    mouth_drop: FloatArray
    mouth_width: FloatArray
    lip_fullness: FloatArray
    mouth_curve: FloatArray
    ear_size: FloatArray
    style: FloatArray
    hairline: FloatArray
    parting: FloatArray
    hair_volume: FloatArray
    hair_length: FloatArray
    hair_wave: FloatArray
    beard: FloatArray
    moustache: FloatArray
    stubble: FloatArray
    freckles: FloatArray
    blush: FloatArray
    wrinkles: FloatArray
    mole_x: FloatArray
    mole_y: FloatArray
    mole_size: FloatArray
    texture_seed: FloatArray

    def __len__(self) -> int:
        return len(self.style)

    def take(self, indices: NDArray[np.integer]) -> "Traits":
        """Return the traits of the faces at some positions, in that order, with repeats allowed."""
        return Traits(**{field.name: getattr(self, field.name)[indices] for field in fields(self)})


def make_identities(count: int, *, seed: int) -> Traits:
    """Create identities that a person can distinguish.

    Each trait is spread evenly over its range and assigned in random order, so that no region of the range is crowded.

    Args:
        count: number of identities, at least 1.
        seed: the same seed gives the same identities.

    Raises:
        DatasetError: the count is below 1.
    """
    if count < 1:
        raise DatasetError(f"there must be at least 1 identity, got {count}.", code="identity-count")
    rng = np.random.default_rng([seed, 1])

    def spread(low: float, high: float) -> FloatArray:
        return _spread(rng, count, low, high)

    skin_at = spread(0, len(_SKIN_RGB) - 1.001)
    skin = _mix(_SKIN_RGB, skin_at) + rng.normal(0, 5, (count, 3))
    style = rng.permutation(np.arange(count) % len(HAIR_STYLES))
    hair = _hair_colours(rng, count, skin_at)
    darkness = np.clip(skin_at / (len(_SKIN_RGB) - 1), 0, 1)[:, None]
    lips = skin * (0.80, 0.58, 0.58) + (rng.uniform(0, 34, count)[:, None] * (1, -0.25, 0)) * (1 - 0.5 * darkness)
    is_hairy = rng.permutation(np.arange(count) % 3) == 0
    is_moustached = rng.permutation(np.arange(count) % 5) == 0
    is_moled = rng.permutation(np.arange(count) % 3) == 0
    side = rng.choice([-1.0, 1.0], count)
    long_hair = np.isin(style, [HAIR_STYLES.index(name) for name in ("bob", "long", "ponytail", "fringe")])
    dark_iris, any_iris = _mix(_IRIS_RGB[:2], spread(0, 0.99)), _mix(_IRIS_RGB, spread(0, 4.99))
    brow_share = rng.uniform(0.35, 0.9, count)[:, None]
    return Traits(
        skin_rgb=_float(np.clip(skin, 20, 255)),
        hair_rgb=_float(hair),
        iris_rgb=_float(np.where(darkness > 0.55, dark_iris, any_iris)),
        lip_rgb=_float(np.clip(lips, 15, 255)),
        brow_rgb=_float(hair * np.minimum(brow_share, 140 / hair.max(axis=1, keepdims=True))),
        face_half_width=spread(13.0, 17.4),
        chin_drop=spread(21.5, 28.0),
        jaw_squareness=spread(1.9, 3.6),
        jaw_taper=spread(0.0, 0.34),
        skull_height=spread(15.5, 18.5),
        eye_spacing=spread(5.9, 7.9),
        eye_width=spread(2.7, 3.9),
        eye_height=spread(1.0, 1.95),
        eye_tilt=spread(-0.16, 0.2),
        eye_drop=spread(-1.0, 1.0),
        lid_weight=spread(0.15, 1.0),
        socket_depth=spread(0.0, 0.5),
        brow_gap=spread(2.9, 5.0),
        brow_thickness=spread(0.45, 1.6),
        brow_tilt=spread(-0.14, 0.24),
        brow_arch=spread(0.0, 1.5),
        brow_length=spread(3.6, 5.2),
        nose_length=spread(8.0, 12.5),
        nose_width=spread(2.1, 4.4),
        nose_ridge=spread(0.2, 1.0),
        mouth_drop=spread(3.8, 6.2),
        mouth_width=spread(3.6, 6.6),
        lip_fullness=spread(0.7, 2.1),
        mouth_curve=spread(-0.4, 1.6),
        ear_size=spread(2.2, 4.4),
        style=_float(style),
        hairline=spread(-12.5, -8.5),
        parting=_float(side * spread(2.0, 8.0)),
        hair_volume=spread(0.4, 3.2),
        hair_length=_float(np.where(long_hair, spread(10, 34), spread(0, 6))),
        hair_wave=spread(0.0, 1.0),
        beard=_float(np.where(is_hairy & ~long_hair, spread(0.55, 1.0), 0.0)),
        moustache=_float(np.where((is_hairy | is_moustached) & ~long_hair, spread(0.4, 1.0), 0.0)),
        stubble=_float(np.where(long_hair, 0.0, spread(-0.35, 0.4).clip(0))),
        freckles=_float(np.where(darkness[:, 0] < 0.4, spread(-0.9, 0.6).clip(0), 0.0)),
        blush=spread(0.0, 0.6),
        wrinkles=spread(-0.6, 0.7).clip(0),
        mole_x=spread(-10.0, 10.0),
        mole_y=spread(3.0, 17.0),
        mole_size=_float(np.where(is_moled, spread(0.5, 1.0), 0.0)),
        texture_seed=spread(0.0, 100.0),
    )


def _spread(rng: np.random.Generator, count: int, low: float, high: float) -> FloatArray:
    """Return evenly spread values in random order, one in each of `count` equal parts of the range."""
    places = (rng.permutation(count) + rng.random(count)) / count
    return _float(low + (high - low) * places)


def _mix(colours: NDArray[np.integer], places: FloatArray) -> NDArray[np.float64]:
    """Return colours interpolated between neighbours of a palette."""
    low = np.floor(places).astype(int)
    share = (places - low)[:, None]
    high = np.minimum(low + 1, len(colours) - 1)
    return np.asarray((1 - share) * colours[low] + share * colours[high])


def _hair_colours(rng: np.random.Generator, count: int, skin_at: FloatArray) -> NDArray[np.float64]:
    """Return any hair colour for light skins, mostly dark or grey ones for dark skins."""
    any_colour = _HAIR_PICKS[rng.permutation(np.arange(count) % len(_HAIR_PICKS))]
    dark_colour = _DARK_HAIR_PICKS[rng.permutation(np.arange(count) % len(_DARK_HAIR_PICKS))]
    picked = np.where(skin_at > 3.4, dark_colour, any_colour)
    return np.clip(_HAIR_RGB[picked] * rng.uniform(0.85, 1.15, (count, 1)), 8, 250)


def _float(values: NDArray[np.generic]) -> FloatArray:
    return np.asarray(values, dtype=np.float32)
