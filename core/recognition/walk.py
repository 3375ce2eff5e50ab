"""What there is to open in dropped files and folders, before any content is read."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.intake.data.bundle import IMAGE_SUFFIXES, TABLE_SUFFIXES, bundle_of
from core.intake.data.choice import DataChoice
from core.intake.data.rows.pixel_tables import is_pixel_table
from core.intake.limits import Limits
from core.intake.readers.file_kind import describe_start
from core.intake.refusal import Refusal, listed, shortened
from core.intake.savedmodel.joined_file import saved_model_folder
from core.intake.source import open_source
from core.monitor import Monitor
from core.recognition.file_starts import Guess, guess_of, is_names_file
from core.recognition.words import sentence
from core.words import counted

STAGE = "Looking through the files"
MOST_DEPTH = 8
MOST_ENTRIES = 20_000
MOST_FILES = 100
"""How deep a folder is walked, how many of its entries are looked at, and how many networks and sets are read."""

MOST_SEE_THROUGH = 24  # images that are looked at for transparency
_FIRST_ENTRIES = 200  # by which a folder of one class is told
_SPLITS = {"train", "training", "test", "testing", "val", "valid", "validation", "dev"}
_FILE_SUFFIXES = (".h5", ".hdf5", ".keras", ".onnx", ".tflite", ".npz", ".npy", ".mat", ".pkl", ".pickle")
_TABLE_START_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that may be opened.

    Attributes:
        path: the file or folder; of single images, their folder or the first one.
        guess: what it probably is.
        images: the files of single images.
    """

    path: Path
    guess: Guess
    images: tuple[Path, ...] = ()


@dataclass(slots=True)
class Walked:
    """What was found.

    Attributes:
        candidates: what may be opened.
        refusals: sentences on files that cannot be.
        remarks: sentences on what was left out.
    """

    candidates: list[Candidate] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def walk(paths: Sequence[Path], *, monitor: Monitor, limits: Limits | None = None) -> Walked:
    """Find what may be opened in files and folders.

    A folder with folders of images is one set, and so is one with a table and images; other single images belong
    together. Links are not followed out of a folder.

    Args:
        paths: the files and folders.
        monitor: receives progress, and can cancel.
        limits: limits other than the defaults.

    Raises:
        Cancelled: the job was cancelled.
    """
    return _Walk(monitor, limits or Limits()).over(paths)


class _Walk:
    def __init__(self, monitor: Monitor, limits: Limits) -> None:
        self._monitor, self._limits = monitor, limits
        self._found = Walked()
        self._entry_count = self._link_count = self._deep_count = self._see_through_count = 0
        self._is_cut_off = False

    def over(self, paths: Sequence[Path]) -> Walked:
        images: list[Path] = []
        for path in paths:
            self._monitor.checkpoint(STAGE)
            if path.is_dir():
                before = len(self._found.candidates), len(self._found.refusals)
                self._folder(path, path.resolve(), depth=0)
                if before == (len(self._found.candidates), len(self._found.refusals)):
                    self._found.refusals.append(
                        f"'{shortened(path.name)}' is a folder without networks or images that can be opened."
                    )
            elif self._is_image(path, is_named=True):
                images.append(path)
        self._add_images(images[0] if images else Path(), images)
        self._found.candidates = _without_labels(self._found.candidates, self._limits)
        self._limit()
        self._remark()
        return self._found

    def _folder(self, folder: Path, root: Path, *, depth: int) -> None:
        self._monitor.checkpoint(STAGE)
        if saved_model_folder(folder) is not None or _is_tensorflow_js(folder):
            self._found.candidates.append(Candidate(folder, Guess.MODEL))
            return
        folders, files = self._listed(folder, root)
        images = [each for each in files if each.suffix.lower() in IMAGE_SUFFIXES]
        tables = [each for each in files if each.suffix.lower() in TABLE_SUFFIXES and _names_images(each)]
        tables = [each for each in tables if not is_names_file(each, is_named=False)]
        others = [each for each in files if each not in images and each not in tables]
        if not any(each.suffix.lower() in _FILE_SUFFIXES for each in others):
            of_classes = [each for each in folders if _is_of_class(each)]
            are_splits = {each.name.lower() for each in of_classes} <= _SPLITS
            if len(of_classes) > 1 and not are_splits and not images:
                self._found.candidates.append(Candidate(folder, Guess.DATA))
                self._add_names(others)
                return
            if tables and (images or of_classes):
                sets = [folder] if len(tables) == 1 else tables
                self._found.candidates.extend(Candidate(each, Guess.DATA) for each in sets)
                self._add_names(others)
                return
        single = [each for each in (*others, *images) if self._is_image(each, is_named=False)]
        self._add_images(folder, single)
        for each in folders:
            if depth < MOST_DEPTH:
                self._folder(each, root, depth=depth + 1)
            else:
                self._deep_count += 1

    def _listed(self, folder: Path, root: Path) -> tuple[list[Path], list[Path]]:
        """Return the folders and the files in a folder, without hidden ones and links that lead out of it."""
        folders: list[Path] = []
        files: list[Path] = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    self._entry_count += 1
                    if self._entry_count > MOST_ENTRIES:
                        self._is_cut_off = True
                        break
                    if self._entry_count % 500 == 0:
                        self._monitor.checkpoint(STAGE)
                    if entry.name.startswith((".", "__MACOSX", "__pycache__")):
                        continue
                    if entry.is_symlink() and (entry.is_dir() or not _is_below(Path(entry.path), root)):
                        self._link_count += 1
                    else:
                        (folders if entry.is_dir() else files).append(Path(entry.path))
        except OSError as error:
            reason = shortened(error.strerror or error)
            self._found.refusals.append(f"'{shortened(folder.name)}' cannot be read: {reason}.")
        return sorted(folders), sorted(files)

    def _is_image(self, path: Path, *, is_named: bool) -> bool:
        """Whether a file is a single image; any other becomes a candidate, is refused, or is left out.

        Args:
            path: the file.
            is_named: whether a person chose it, and not the folder that it is in.
        """
        self._monitor.checkpoint(STAGE)
        try:
            guess = guess_of(path, is_named=is_named)
        except Refusal as refusal:
            if is_named or path.suffix.lower() in (*_FILE_SUFFIXES, *IMAGE_SUFFIXES):
                self._found.refusals.append(sentence(refusal))
            return False
        is_hidden_archive = guess is Guess.MODEL_OR_DATA and path.suffix.lower() not in _FILE_SUFFIXES
        if guess is Guess.OTHER and is_named:
            self._found.refusals.append(
                f"'{shortened(path.name)}' is {_described(path)}: expected a network, images, a trigger or names of "
                "classes."
            )
        elif not is_named and (guess is Guess.OTHER or is_hidden_archive):
            pass  # notes, programs and archives beside what is opened
        elif guess is Guess.SEE_THROUGH and self._see_through_count < MOST_SEE_THROUGH:
            self._see_through_count += 1
            self._found.candidates.append(Candidate(path, guess))
        elif guess in (Guess.IMAGE, Guess.SEE_THROUGH):
            return True
        else:
            self._found.candidates.append(Candidate(path, guess))
        return False

    def _add_names(self, files: Sequence[Path]) -> None:
        """Add names of classes that lie beside the images of a set."""
        for each in files:
            if is_names_file(each, is_named=False):
                self._found.candidates.append(Candidate(each, Guess.NAMES))

    def _add_images(self, path: Path, images: Sequence[Path]) -> None:
        if images:
            self._found.candidates.append(Candidate(path, Guess.IMAGE, tuple(images)))

    def _limit(self) -> None:
        """Keep as many networks and sets as can be read in reasonable time."""
        left, kept, names = MOST_FILES, [], []
        for each in self._found.candidates:
            is_read = each.guess is not Guess.IMAGE
            if is_read and not left:
                names.append(each.path.name)
                continue
            left -= is_read
            kept.append(each)
        self._found.candidates = kept
        if names:
            self._found.remarks.append(
                f"At most {MOST_FILES} networks and sets are opened at once: {listed(names)} were left out."
            )

    def _remark(self) -> None:
        remarks = self._found.remarks
        if self._is_cut_off:
            remarks.append(f"Only the first {MOST_ENTRIES:,} files were looked at.")
        if self._deep_count:
            remarks.append(f"Folders more than {MOST_DEPTH} deep were not looked into.")
        if self._link_count:
            were = "was" if self._link_count == 1 else "were"
            remarks.append(f"{counted(self._link_count, 'link')} out of the folder {were} not followed.")


def _without_labels(candidates: list[Candidate], limits: Limits) -> list[Candidate]:
    """Leave out files of labels that belong to a file of images beside them."""
    labels: set[Path] = set()
    for each in candidates:
        if each.guess is Guess.DATA and each.path.is_file() and each.path.suffix.lower() not in TABLE_SUFFIXES:
            try:
                bundle = bundle_of(each.path, DataChoice(), limits)
            except (Refusal, OSError):
                continue  # said when it is read
            if bundle is not None:
                labels.update((bundle.root / name).absolute() for name in bundle.names[1:])
    return [each for each in candidates if each.path.absolute() not in labels]


def _is_of_class(folder: Path) -> bool:
    """Whether a folder has images in it, and neither networks nor sets."""
    has_image = False
    for name in _first_names(folder):
        if name.endswith(_FILE_SUFFIXES):
            return False
        has_image = has_image or name.endswith(IMAGE_SUFFIXES)
    return has_image


def _first_names(folder: Path) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            for entry, _ in zip(entries, range(_FIRST_ENTRIES), strict=False):
                if not entry.name.startswith("."):
                    yield entry.name.lower()
    except OSError:
        return


def _is_tensorflow_js(folder: Path) -> bool:
    return (folder / "model.json").is_file() and any(folder.glob("*shard*of*"))


def _is_below(path: Path, root: Path) -> bool:
    try:
        return path.resolve(strict=True).is_relative_to(root)
    except (OSError, RuntimeError):
        return False


def _names_images(table: Path) -> bool:
    """Whether a table has names of images and not their pixels."""
    try:
        with open_source(table) as file:
            return not is_pixel_table(file.read(_TABLE_START_BYTES))
    except Refusal:
        return False


def _described(path: Path) -> str:
    with open_source(path) as file:
        start = file.read(64)
    return "a pickle that is never opened" if start.startswith(b"\x80") else describe_start(start)
