"""What a session's document says of the files that were open, and of the sets that were made of them."""

from dataclasses import dataclass
from pathlib import Path

from core.data.trigger import Trigger
from core.findings.label_order import LabelMap
from core.records import Target
from core.scale import Scale

MODEL, LABELLED, UNLABELLED = "model", "labelled images", "images"


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file or folder that was open.

    Attributes:
        path: where it was.
        sha256: hash of its content.
        kind: `MODEL`, `LABELLED` or `UNLABELLED`.
        data_key: the key of the images, where one of several was chosen; else empty.
        label_key: the same for the labels.
        architecture: the file that was named as the description of weights; None without one.
        copy: the copy of the file in the session; empty for none.
    """

    path: Path
    sha256: str
    kind: str
    data_key: str = ""
    label_key: str = ""
    architecture: Path | None = None
    copy: str = ""


@dataclass(frozen=True, slots=True)
class StoredSet:
    """A set of images, or one that a trigger was laid over.

    Attributes:
        file: position of its file; that of the clean images for an estimated set.
        label_map: the order in which its labels are read; None for that of the file.
        target: what a person said about the target of a poisoned set.
        base: position of the clean images that an estimated set was made of; None for a set from a file.
        trigger: the trigger on them.
        label: the class that the trigger leads to; None for the class after each image's own.
        trigger_path: the file of the trigger; None for none.
        scale: what the network reads for a pixel, as it was given for the trigger.
        is_reconstructed: whether figures on it are estimates; False for a trigger of the studio.
    """

    file: int
    label_map: LabelMap | None = None
    target: Target = None
    base: int | None = None
    trigger: Trigger | None = None
    label: int | None = None
    trigger_path: Path | None = None
    scale: Scale | None = None
    is_reconstructed: bool = True
