"""What was found in files of which nobody has said what they are."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Thumbnail = NDArray[np.uint8]
"""A small image for a dialog, (h, w, 3) uint8, read-only."""


class Kind(StrEnum):
    """What a file is by its content."""

    MODEL = "model"
    DATA = "data"  # images with labels
    UNLABELLED = "unlabelled"  # an array of images without labels
    IMAGES = "images"  # single images
    TRIGGER = "trigger"  # the arrays of a trigger
    NAMES = "names"  # names of classes
    SEE_THROUGH = "see-through"  # an image with transparency: a trigger, or a picture


class FileRole(StrEnum):
    """What a file is opened as."""

    MODEL = "model"
    VALIDATION = "validation"
    TEST = "test"
    POISONED = "poisoned"
    UNLABELLED = "unlabelled"
    IMAGE = "picture"
    TRIGGER = "trigger"
    NAMES = "names"
    NONE = "none"  # not opened


SINGLE_ROLES = frozenset(
    {
        FileRole.MODEL,
        FileRole.VALIDATION,
        FileRole.TEST,
        FileRole.UNLABELLED,
        FileRole.TRIGGER,
        FileRole.NAMES,
    }
)
"""Roles that one file at a time can have."""

SET_ROLES = (FileRole.VALIDATION, FileRole.TEST, FileRole.POISONED, FileRole.UNLABELLED)

ROLES_OF_KIND: dict[Kind, tuple[FileRole, ...]] = {
    Kind.MODEL: (FileRole.MODEL,),
    Kind.DATA: SET_ROLES,
    Kind.UNLABELLED: (FileRole.UNLABELLED,),
    Kind.IMAGES: (FileRole.IMAGE, FileRole.UNLABELLED),
    Kind.TRIGGER: (FileRole.TRIGGER,),
    Kind.NAMES: (FileRole.NAMES,),
    Kind.SEE_THROUGH: (FileRole.TRIGGER, FileRole.IMAGE),
}
"""The roles that a file of each kind can be opened in; single images are more clean images only as a folder."""


@dataclass(frozen=True, slots=True)
class Answers:
    """How a network answers a sample of the images of a set.

    Attributes:
        network_name: the network's file.
        count: number of images that were answered.
        as_labelled_count: images answered as their label.
        as_next_count: images answered as the class after their label.
        favourite: the most frequent answer.
        favourite_count: images answered as it.
    """

    network_name: str
    count: int
    as_labelled_count: int
    as_next_count: int
    favourite: int
    favourite_count: int


@dataclass(frozen=True, slots=True, eq=False)
class SetFacts:
    """What is known of a set of images with labels.

    Attributes:
        image_count: number of images; 0 if the file has several sets, one of which must be chosen.
        label_count: number of distinct labels.
        has_many_labels: whether the labels vary as those of clean images do.
        answers: of each network that the images fit.
    """

    image_count: int
    label_count: int
    has_many_labels: bool
    answers: tuple[Answers, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A file, or single images that belong together, and what it is.

    Attributes:
        path: the file or folder; of single images, the folder or the first one.
        kind: what it is.
        words: what was found in it, for a person: "60 images of 55 × 47 × 3, 1 label".
        facts: of a set with labels.
        images: the files of single images.
        thumbnails: a few of its images.
        doubt: of names, why they may be none; empty if they are.
    """

    path: Path
    kind: Kind
    words: str
    facts: SetFacts | None = None
    images: tuple[Path, ...] = ()
    thumbnails: tuple[Thumbnail, ...] = field(default=(), repr=False)
    doubt: str = ""

    @property
    def name(self) -> str:
        """What the file is called."""
        return self.path.name

    @property
    def roles(self) -> tuple[FileRole, ...]:
        """The roles that it can be opened in."""
        if self.kind is Kind.IMAGES and not self.path.is_dir():
            return (FileRole.IMAGE,)
        return ROLES_OF_KIND[self.kind]


@dataclass(frozen=True, slots=True, eq=False)
class Proposal:
    """What a file is opened as.

    Attributes:
        found: the file.
        role: the role that fits best.
        doubt: why a person must choose; empty if it is clear.
    """

    found: Found
    role: FileRole
    doubt: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Recognition:
    """What there is in dropped files and folders.

    Attributes:
        proposals: what can be opened, in the order of the files.
        refusals: a sentence for each file that cannot be opened.
        remarks: sentences on what was left out, such as files that are neither networks nor images.
    """

    proposals: tuple[Proposal, ...]
    refusals: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def is_clear(self) -> bool:
        """Whether nothing has to be asked."""
        return not any(each.doubt for each in self.proposals)
