"""What a file probably is, by its first bytes and its name; the process that reads it has the last word."""

from enum import StrEnum
from pathlib import Path

from core.intake.data.bundle import IMAGE_SUFFIXES, TABLE_SUFFIXES
from core.intake.data.rows.cifar_rows import label_count
from core.intake.data.rows.idx_arrays import is_idx
from core.intake.model.model_kind import model_format
from core.intake.refusal import Refusal
from core.intake.session.members import DOCUMENT
from core.intake.source import HDF5_SIGNATURE, START_BYTES, ZIP_SIGNATURE, open_source
from core.recognition.name_hints import says_model
from core.recognition.names_file import may_be_names

END_BYTES = 65_536  # of an archive, with the names of its last members
_IMAGES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*", b"P5", b"P6")
_BITMAP = b"BM"  # too short to tell anything without the name
_NUMPY, _MATLAB, _PICKLE = b"\x93NUMPY", b"MATLAB 5.0", b"\x80"
_DATA_SUFFIXES = (".npz", ".npy", ".mat", ".p", ".pkl", ".pickle", ".bin", *TABLE_SUFFIXES)
_MODEL_SUFFIXES = (".keras", ".onnx", ".tflite", ".pb", ".pt", ".pth", ".ckpt", ".safetensors", ".mlmodel")
_CIFAR_PICKLES = ("data_batch", "test_batch", "train", "test")


class Guess(StrEnum):
    """What a file probably is."""

    MODEL = "model"
    DATA = "data"
    MODEL_OR_DATA = "model or data"  # HDF5 or an archive: a network more likely
    DATA_OR_MODEL = "data or model"
    TRIGGER_OR_DATA = "trigger or data"
    IMAGE = "image"
    NAMES = "names"  # a text that may be names of classes
    SEE_THROUGH = "see-through"  # an image that may have transparent pixels
    OTHER = "other"


def guess_of(path: Path, *, is_named: bool = True) -> Guess:
    """Return what a file probably is, from its first bytes and its name.

    Args:
        path: the file.
        is_named: whether a person chose it, and not the folder that it is in.

    Raises:
        Refusal: it cannot be read, is empty, or is no regular file.
    """
    suffix = path.suffix.lower()
    with open_source(path) as file:
        start = file.read(START_BYTES)
        size_bytes = file.seek(0, 2)
    if start.startswith(_IMAGES) or (start.startswith(_BITMAP) and suffix == ".bmp") or _is_webp(start):
        return Guess.SEE_THROUGH if _may_be_see_through(start) else Guess.IMAGE
    if start.startswith(HDF5_SIGNATURE):
        return Guess.MODEL_OR_DATA if says_model(path) else Guess.DATA_OR_MODEL
    if start.startswith(ZIP_SIGNATURE):
        return _of_archive(path)
    is_array = start.startswith((_NUMPY, _MATLAB)) or is_idx(start)
    if not is_array and model_format(start, path.name) in ("onnx", "tflite"):
        return Guess.MODEL
    is_pickle = start.startswith(_PICKLE) and path.name.lower().startswith(_CIFAR_PICKLES)
    is_data = is_array or is_pickle or label_count(path.name, size_bytes) > 0
    if is_data:
        return Guess.DATA
    guess = _of_suffix(suffix)
    is_open = guess is Guess.OTHER or suffix in TABLE_SUFFIXES
    return Guess.NAMES if is_open and may_be_names(path, start, is_named=is_named) else guess


def is_names_file(path: Path, *, is_named: bool = True) -> bool:
    """Return whether a file may be names of classes and nothing else.

    Args:
        path: the file.
        is_named: whether a person chose it, and not the folder that it is in.
    """
    try:
        return guess_of(path, is_named=is_named) is Guess.NAMES
    except (OSError, Refusal):
        return False


def is_session(path: Path) -> bool:
    """Return whether a file or folder is probably a saved session: by the name of its document, which is not read."""
    if path.is_dir():
        return (path / DOCUMENT).is_file()
    try:
        with open_source(path) as file:
            start = file.read(len(ZIP_SIGNATURE))
            file.seek(max(0, file.seek(0, 2) - END_BYTES))
            return start == ZIP_SIGNATURE and DOCUMENT.encode("ascii") in file.read(END_BYTES)
    except (OSError, Refusal):
        return False


def _of_suffix(suffix: str) -> Guess:
    """Return what a name says of a file whose first bytes say nothing; it may be damaged."""
    by_suffixes = {
        _MODEL_SUFFIXES: Guess.MODEL,
        _DATA_SUFFIXES: Guess.DATA,
        IMAGE_SUFFIXES: Guess.IMAGE,
        (".h5", ".hdf5"): Guess.MODEL_OR_DATA,
    }
    return next((guess for suffixes, guess in by_suffixes.items() if suffix in suffixes), Guess.OTHER)


def _of_archive(path: Path) -> Guess:
    suffix = path.suffix.lower()
    if suffix == ".npz":
        return Guess.TRIGGER_OR_DATA
    if suffix in _MODEL_SUFFIXES:
        return Guess.MODEL
    return Guess.MODEL_OR_DATA


def _is_webp(start: bytes) -> bool:
    return start[:4] == b"RIFF" and start[8:12] == b"WEBP"


def _may_be_see_through(start: bytes) -> bool:
    """Whether an image's first bytes say that it may have transparent pixels."""
    if start.startswith(b"\x89PNG"):
        return start[25:26] in (b"\x04", b"\x06") or b"tRNS" in start
    if _is_webp(start):
        return start[12:16] == b"VP8X" and bool(start[20] & 0x10) if len(start) > 20 else False
    return False
