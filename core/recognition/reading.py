"""Reads what may be opened, through the intake, and says what it is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from core.data.dataset import Dataset, open_dataset
from core.data.image import open_image
from core.data.trigger import open_trigger
from core.errors import DatasetError, ImageFileError, InspectorError, KeyChoiceError, ModelFileError
from core.intake.answers import ClassNamesAnswer
from core.intake.client import read_file
from core.intake.data.choice import DataChoice
from core.intake.room.check import asking_first
from core.metrics.attack_rule import MANY_LABELS
from core.monitor import Monitor
from core.network.network import Network, open_network
from core.recognition.file_starts import Guess
from core.recognition.name_hints import role_hint
from core.recognition.records import FileRole, Found, Kind, SetFacts, Thumbnail
from core.recognition.walk import Candidate
from core.recognition.words import shape_text
from core.scale import Scale
from core.words import counted

if TYPE_CHECKING:
    from core.intake.data.choice import Part

__all__ = ["Content", "read_candidate", "thumbnail_of"]

THUMBNAIL_SIDE = 64
THUMBNAIL_COUNT = 4
FIRST_NAMES = 3  # that are said
SEE_THROUGH_SHARE = 0.02  # an image with fewer transparent pixels is a plain one
_TRIGGER_SIDE = 32  # a trigger is opened to see whether it is one; its size does not matter
_SEED = 0
_OPENED_LATER = {
    "different-sizes": "a folder of images of different sizes, which a network's input decides",
    "needs-room": "a set of images that takes much of the memory; whether to open it is asked",
}
"""What is said of sets that cannot be looked into yet, by the code of the refusal."""


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """What was read.

    Attributes:
        found: what it is.
        network: the network of a model file.
        dataset: the images of a set with labels; None if they are not known before a network is.
        names: the names of a file of names, by class.
    """

    found: Found
    network: Network | None = None
    dataset: Dataset | None = None
    names: Mapping[int, str] = field(default_factory=dict)


def read_candidate(candidate: Candidate, *, input_shape: tuple[int, int, int] | None, monitor: Monitor) -> Content:
    """Read a file or folder and say what it is.

    Args:
        candidate: the file or folder.
        input_shape: that of the network that single images are resized for; None if none is known.
        monitor: receives progress, and can cancel.

    Raises:
        InspectorError: it is neither a network nor images, or is damaged.
        Cancelled: the job was cancelled.
    """
    readers: dict[Guess, tuple[Callable[[], Content], ...]] = {
        Guess.MODEL: (lambda: _model(candidate.path, monitor),),
        Guess.DATA: (lambda: _data(candidate.path, input_shape, monitor),),
        Guess.MODEL_OR_DATA: (
            lambda: _model(candidate.path, monitor),
            lambda: _data(candidate.path, input_shape, monitor),
        ),
        Guess.DATA_OR_MODEL: (
            lambda: _data(candidate.path, input_shape, monitor),
            lambda: _model(candidate.path, monitor),
        ),
        Guess.TRIGGER_OR_DATA: (
            lambda: _trigger(candidate.path, monitor),
            lambda: _data(candidate.path, input_shape, monitor),
        ),
        Guess.NAMES: (lambda: _names(candidate.path, monitor),),
        Guess.IMAGE: (lambda: _images(candidate),),
        Guess.SEE_THROUGH: (lambda: _see_through(candidate.path, monitor),),
    }
    errors: list[InspectorError] = []
    for read in readers[candidate.guess]:
        try:
            return read()
        except InspectorError as error:
            errors.append(error)
    raise _most_telling(errors)


def _most_telling(errors: Sequence[InspectorError]) -> InspectorError:
    """Return the error that says most: not the one that only says that the file is of another kind."""
    other_kind = {"model-not-images", "images-not-model"}
    telling = [each for each in errors if each.code not in other_kind]
    is_model = any(each.code == "model-not-images" for each in errors)
    for each in telling:
        if isinstance(each, ModelFileError) == is_model:
            return each
    return (telling or list(errors))[-1]


def _model(path: Path, monitor: Monitor) -> Content:
    network = open_network(path, monitor=monitor)
    summary = network.summary
    words = f"a network: {shape_text(summary.input_shape)} in, {counted(summary.class_count, 'class', 'classes')}"
    if summary.is_repaired:
        words = f"a repaired {words.removeprefix('a ')}"
    return Content(Found(path, Kind.MODEL, words), network=network)


def _data(path: Path, input_shape: tuple[int, int, int] | None, monitor: Monitor) -> Content:
    choice = DataChoice(part=_part_of(path))
    shape = input_shape if path.is_dir() else None  # only single images are resized; others are laid out afterwards
    try:
        with asking_first():
            data = open_dataset(path, input_shape=shape, choice=choice, monitor=monitor)
    except KeyChoiceError as error:
        words = f"{len(error.pairs)} sets of images; which one is asked when it is opened"
        return Content(Found(path, Kind.DATA, words, facts=SetFacts(0, 0, has_many_labels=True)))
    except DatasetError as error:
        if error.code in _OPENED_LATER:
            words = _OPENED_LATER[error.code]
            return Content(Found(path, Kind.DATA, words, facts=SetFacts(0, 0, has_many_labels=True)))
        if error.code not in ("missing-key", "wrong-labels", "different-lengths"):
            raise
        return _unlabelled(path, shape, choice, error, monitor)
    labels = np.unique(data.labels)
    facts = SetFacts(data.image_count, len(labels), has_many_labels=len(labels) > MANY_LABELS)
    named = f"label {labels[0]}" if len(labels) == 1 else f"{len(labels):,} labels"
    words = f"{_size_words(data)}, {named}"
    found = Found(path, Kind.DATA, words, facts=facts, thumbnails=_thumbnails(data))
    return Content(found, dataset=data)


def _unlabelled(
    path: Path,
    shape: tuple[int, int, int] | None,
    choice: DataChoice,
    reason: DatasetError,
    monitor: Monitor,
) -> Content:
    """Read images without usable labels; the reason why they have none is raised if they are no images either."""
    try:
        data = open_dataset(path, input_shape=shape, has_labels=False, choice=choice, monitor=monitor)
    except DatasetError:
        raise reason from None
    words = f"{_size_words(data)}, without usable labels"
    return Content(Found(path, Kind.UNLABELLED, words, thumbnails=_thumbnails(data)))


def _part_of(path: Path) -> "Part":
    """Return the part of a file with several that its name asks for."""
    return {FileRole.VALIDATION: "validation", FileRole.TEST: "test", FileRole.POISONED: "test"}.get(  # type: ignore[return-value]
        role_hint(path) or FileRole.NONE, ""
    )


def _trigger(path: Path, monitor: Monitor) -> Content:
    trigger = open_trigger(path, height=_TRIGGER_SIDE, width=_TRIGGER_SIDE, monitor=monitor)
    ground = np.full((1, trigger.height, trigger.width, 3), 128, dtype=np.uint8)
    words = "a trigger that changes the whole picture" if trigger.change is not None else "a trigger"
    return Content(Found(path, Kind.TRIGGER, words, thumbnails=(thumbnail_of(trigger.apply(ground)[0]),)))


def _names(path: Path, monitor: Monitor) -> Content:
    answer = read_file("names", path, monitor=monitor).answer
    assert isinstance(answer, ClassNamesAnswer)
    names = dict(zip(answer.labels, answer.names, strict=True))
    first = ", ".join(answer.names[:FIRST_NAMES])
    rest = ", …" if len(names) > FIRST_NAMES else ""
    words = f"names of {counted(len(names), 'class', 'classes')}: {first}{rest}"
    return Content(Found(path, Kind.NAMES, words), names=names)


def _images(candidate: Candidate) -> Content:
    images = candidate.images or (candidate.path,)
    words = counted(len(images), "picture")
    return Content(Found(candidate.path, Kind.IMAGES, words, images=images))


def _see_through(path: Path, monitor: Monitor) -> Content:
    """Say whether an image has transparent pixels; one without is a plain one, and so is one that is damaged."""
    try:
        rgba = open_image(path, monitor=monitor).rgba
    except ImageFileError:
        return _images(Candidate(path, Guess.IMAGE, (path,)))  # said when it is opened
    height, width = rgba.shape[:2]
    share = float((rgba[..., 3] < 255).mean())
    if share < SEE_THROUGH_SHARE:
        return _images(Candidate(path, Guess.IMAGE, (path,)))
    opacity = rgba[..., 3:].astype(np.float32) / 255
    shown = np.rint(rgba[..., :3] * opacity + 128 * (1 - opacity)).astype(np.uint8)
    words = f"a picture of {height} × {width}, {100 * share:.0f} % of it transparent"
    return Content(Found(path, Kind.SEE_THROUGH, words, images=(path,), thumbnails=(thumbnail_of(shown),)))


def _size_words(data: Dataset) -> str:
    return f"{counted(data.image_count, 'image')} of {shape_text(data.image_shape)}"


def _thumbnails(data: Dataset) -> tuple[Thumbnail, ...]:
    """Return a few images, of different labels where there are."""
    _, firsts = np.unique(data.labels, return_index=True)
    generator = np.random.default_rng(_SEED)
    rows = generator.permutation(firsts)[:THUMBNAIL_COUNT]
    if len(rows) < THUMBNAIL_COUNT:
        count = min(THUMBNAIL_COUNT, data.image_count)
        rows = np.unique([*rows, *generator.permutation(data.image_count)[:count]])[:THUMBNAIL_COUNT]
    values = data.rows(np.sort(rows), scale=Scale.RAW)
    if data.is_converted:  # standardized pixels: stretched to what can be seen
        low, high = values.min(), values.max()
        values = (values - low) * (255 / max(float(high - low), 1e-6))
    return tuple(thumbnail_of(np.clip(each, 0, 255).astype(np.uint8)) for each in values)


def thumbnail_of(pixels: Thumbnail) -> Thumbnail:
    """Return a small image of pixels (h, w, C) uint8 with one, three or four channels."""
    plain = pixels[..., 0] if pixels.shape[2] < 3 else pixels[..., :3]
    image = Image.fromarray(np.ascontiguousarray(plain)).convert("RGB")
    if max(image.size) > THUMBNAIL_SIDE:
        image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    made = np.array(image)
    made.setflags(write=False)
    return made
