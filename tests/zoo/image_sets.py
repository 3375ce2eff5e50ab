"""The images that the zoo's networks are trained and measured on: real ones, or drawn faces where those are absent."""

import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.data.dataset import Dataset, from_arrays, open_dataset
from core.demo.faces import draw_faces, make_identities
from core.scale import Scale

REAL_FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "real"
PARTS = ("train", "validation", "test")
DRAWN_SEED = 20_26
DRAWN_OF_EACH = {"train": 40, "validation": 8, "test": 10}


@dataclass(frozen=True, slots=True)
class Kind:
    """What the images of a kind are like.

    Attributes:
        class_count: K, number of classes.
        shape: (H, W, C) of an image.
    """

    class_count: int
    shape: tuple[int, int, int]


KINDS = {
    "digits": Kind(10, (28, 28, 1)),
    "signs": Kind(22, (32, 32, 3)),
    "faces": Kind(62, (55, 47, 3)),
}


@dataclass(frozen=True, slots=True, eq=False)
class ImageSets:
    """The three parts of a kind.

    Attributes:
        kind: name of the kind, a key of `KINDS`.
        parts: the labelled images of each of `PARTS`; (N, H, W, C) uint8, 0 to 255.
        digest: SHA-256 of all images and labels, in hexadecimal.
        is_real: False if the images are drawn faces.
    """

    kind: str
    parts: dict[str, Dataset]
    digest: str
    is_real: bool

    def arrays(self, part: str) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Return images (N, H, W, C) uint8, C-contiguous, and labels (N,) of a part."""
        return np.ascontiguousarray(self.parts[part].images), self.parts[part].labels

    def scale(self, name: str) -> Scale:
        """Return the scale of a name; `"standardized"` is by mean and deviation of this kind's training images."""
        if name != "standardized":
            return {"raw": Scale.RAW, "unit": Scale.UNIT, "symmetric": Scale.SYMMETRIC}[name]
        images, _ = self.arrays("train")
        mean, deviation = (np.round(each, 1).tolist() for each in (images.mean((0, 1, 2)), images.std((0, 1, 2))))
        return Scale("standardized", tuple(mean), tuple(deviation))


@functools.cache
def image_sets(kind: str, folder: Path = REAL_FOLDER) -> ImageSets:
    """Return the images of a kind.

    Where the folder lacks a file of that kind, faces of as many people are drawn at its size; the networks of the zoo
    are then others, and so are their hashes.
    """
    paths = {part: folder / f"{kind}_{part}.h5" for part in PARTS}
    is_real = all(each.is_file() for each in paths.values())
    shape = KINDS[kind].shape
    parts = {
        part: open_dataset(path, input_shape=shape) if is_real else _drawn(kind, part) for part, path in paths.items()
    }
    digest = hashlib.sha256()
    for each in parts.values():
        for array in (each.images, each.labels):
            digest.update(np.ascontiguousarray(array).tobytes())
    return ImageSets(kind, parts, digest.hexdigest(), is_real)


def _drawn(kind: str, part: str) -> Dataset:
    height, width, channels = KINDS[kind].shape
    class_count = KINDS[kind].class_count
    labels = np.tile(np.arange(class_count), DRAWN_OF_EACH[part])
    identities = make_identities(class_count, seed=DRAWN_SEED)
    faces = draw_faces(identities, labels, seed=DRAWN_SEED + 1 + PARTS.index(part), variety=0.7)
    images = np.stack([_resized(each, height, width, is_grey=channels == 1) for each in faces])
    return from_arrays(f"{kind}_{part}.h5", images, labels)


def _resized(face: NDArray[np.uint8], height: int, width: int, *, is_grey: bool) -> NDArray[Any]:
    image = Image.fromarray(face).resize((width, height), Image.Resampling.BOX)
    return np.asarray(image.convert("L"))[..., None] if is_grey else np.asarray(image)
