"""Several files as one: the parent joins a folder's files, the child takes them apart.

The child may open nothing once it is locked, and a folder may have more files than a process may open. So the parent,
which does not look into them, writes their names, sizes and contents one after the other into one file; its SHA-256
covers all of it.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from core.intake.data.choice import DataChoice
from core.intake.data.rows.idx_arrays import is_idx
from core.intake.data.rows.pixel_tables import is_pixel_table
from core.intake.limits import Limits
from core.intake.refusal import Refusal, listed, shortened
from core.intake.source import open_source

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".jpe", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm", ".pnm")
TABLE_SUFFIXES = (".csv", ".tsv")
LIST_SUFFIX = ".txt"  # a table of names and labels only where it is opened itself; others are notes
_NUMPY_START = b"\x93NUMPY"
_BLOCK_BYTES = 1024 * 1024
_INDEX_BYTES = 256 * 1024 * 1024
_CIFAR = re.compile(r"(data|test)_batch(_\d+)?|train|test|meta|batches\.meta", re.IGNORECASE)
_BINARY = re.compile(r"images[.-]idx3-ubyte(\.gz)?$|_batch(_\d+)?\.bin$", re.IGNORECASE)
_START_BYTES, _TABLE_START_BYTES = 64, 256 * 1024
# How the name of an array file says that it has images, and what the file of the labels is then called.
_LABEL_NAMES = (
    ("images", ("labels", "label")),
    ("image", ("label", "labels")),
    ("imgs", ("labels", "label")),
    ("features", ("labels", "label", "targets")),
    ("data", ("labels", "label", "targets", "target")),
    ("x", ("y",)),
)


@dataclass(frozen=True, slots=True)
class Bundle:
    """Files that are read together.

    Attributes:
        root: the folder that their names are relative to.
        names: their paths below it, with slashes, in reading order; folders without images end in a slash.
    """

    root: Path
    names: tuple[str, ...]

    def blocks(self, *, limits: Limits, on_file: Callable[[], None]) -> Iterator[bytes]:
        """Yield the bundle's content: an index, then all contents.

        Raises:
            Refusal: a file cannot be read, is a link, or all of them are too large.
        """
        sizes = [self._size_bytes(name) for name in self.names]
        if sum(sizes) > limits.data_bytes:
            where = shortened(self.root.name)
            raise Refusal(
                "file-too-large", f"'{where}' has {sum(sizes):,} bytes: at most {limits.data_bytes:,} are allowed"
            )
        index = json.dumps(list(zip(self.names, sizes, strict=True))).encode()
        yield len(index).to_bytes(8, "little") + index
        for name, size_bytes in zip(self.names, sizes, strict=True):
            on_file()
            if is_empty_folder(name):
                continue
            with open_source(self.root / name) as file:
                left_bytes = size_bytes
                while left_bytes and (block := file.read(min(left_bytes, _BLOCK_BYTES))):
                    left_bytes -= len(block)
                    yield block
                if left_bytes or file.read(1):
                    raise Refusal("changed-while-read", f"'{shortened(name)}' was changed while it was read: try again")

    def _size_bytes(self, name: str) -> int:
        if is_empty_folder(name):
            return 0
        path = self.root / name
        shown, where = shortened(name, 80), shortened(self.root.name)
        if path.is_symlink():
            raise Refusal("unsafe-link", f"'{shown}' in '{where}' is a link: only files in the folder itself are read")
        try:
            size_bytes = path.stat().st_size
        except OSError as error:
            raise Refusal("unreadable-file", f"'{shown}' in '{where}' cannot be read: {error.strerror}") from error
        if size_bytes == 0:
            raise Refusal("empty-file", f"'{shown}' in '{where}' is empty: a file of 0 bytes is no image")
        return size_bytes


def is_empty_folder(name: str) -> bool:
    """Whether a name in a bundle is that of a folder without images."""
    return name.endswith("/")


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a bundle: its name, and where its content is."""

    name: str
    begin: int
    size_bytes: int


def read_index(file: BinaryIO, name: str) -> list[Part]:
    """Return the files of a bundle.

    Raises:
        Refusal: `damaged-file`.
    """
    file.seek(0)
    length = int.from_bytes(file.read(8), "little")
    if length > _INDEX_BYTES:
        raise Refusal("damaged-file", f"the list of the files of '{name}' is too long")
    place, parts = 8 + length, []
    for part, size_bytes in json.loads(file.read(length)):
        parts.append(Part(part, place, size_bytes))
        place += size_bytes
    return parts


def bundle_of(path: Path, choice: DataChoice, limits: Limits) -> Bundle | None:
    """Return the files that a path stands for; None if it is one file by itself.

    A folder stands for its images; a table of names and labels for itself and the images below its folder; an array of
    images in a `.npy` file for itself and the labels beside it.

    Raises:
        Refusal: `not-a-file`, `file-too-large`, `missing-file`, `unsafe-link` or `unreadable-file`.
    """
    if path.is_dir():
        return _of_folder(path, limits)
    if path.suffix.lower() in (*TABLE_SUFFIXES, LIST_SUFFIX) and path.is_file():
        return _of_table(path, limits)
    if path.is_file() and _starts_as_numpy(path):
        labels = path.parent / choice.label_key if choice.label_key else _labels_beside(path)
    elif path.is_file() and is_idx(_start(path, _START_BYTES)):
        labels = path.parent / choice.label_key if choice.label_key else _idx_labels_beside(path)
    else:
        return None
    if labels is None:
        return None
    if not labels.is_file():
        raise Refusal("missing-file", f"there is no file '{shortened(choice.label_key)}' beside '{path.name}'")
    return Bundle(path.parent, (path.name, os.path.relpath(labels, path.parent)))


def _of_table(path: Path, limits: Limits) -> Bundle | None:
    """Return a table of names and labels with the images below its folder; None for a table of pixels."""
    if is_pixel_table(_start(path, _TABLE_START_BYTES)):
        return None
    names = [name for name in _below(path.parent, limits).names if name.lower().endswith(IMAGE_SUFFIXES)]
    return Bundle(path.parent, (path.name, *names))


def _idx_labels_beside(path: Path) -> Path | None:
    """Return the labels of MNIST's images: "t10k-labels-idx1-ubyte" for "t10k-images-idx3-ubyte", with any ending."""
    if "images" not in path.name:
        return None
    start = re.split(r"[.-]idx3", path.name.replace("images", "labels"))[0]
    found = [each for each in sorted(path.parent.iterdir()) if each.name.startswith(start) and "idx1" in each.name]
    return found[0] if found else None


def _of_folder(path: Path, limits: Limits) -> Bundle | None:
    """Return the images of a folder, or what else stands in it for data; None if it holds nothing of the kind."""
    below = _below(path, limits)
    names = below.names
    images = [name for name in names if name.lower().endswith(IMAGE_SUFFIXES)]
    tables = [name for name in names if "/" not in name and name.lower().endswith(TABLE_SUFFIXES)]
    shown = shortened(path.name)
    if not images:
        arrays = [name for name in names if name.lower().endswith((".npy", ".npz", ".h5", ".hdf5", ".mat"))]
        arrays += [name for name in names if _CIFAR.fullmatch(name) or _BINARY.search(name)]
        if arrays:
            raise Refusal("not-a-file", f"'{shown}' is a folder of data files: open one of them, {listed(arrays)}")
    # Each folder may be a class: without one of them, the others would get other numbers.
    if below.links:
        raise Refusal(
            "unsafe-link",
            f"{listed(below.links)} in '{shown}' is a link to a folder, which is not followed: copy the folder itself "
            "there, or remove the link",
        )
    if below.unreadable:
        raise Refusal(
            "unreadable-file", f"{listed(below.unreadable)} in '{shown}' cannot be read: the system denies it"
        )
    if not images:
        return None
    return Bundle(path, (*tables, *images, *_without(below.folders, images)))


def _without(folders: list[str], images: list[str]) -> Iterator[str]:
    """Yield the folders without an image in or below them, as Keras counts them as classes, each with a slash."""
    used = {image[:place] for image in images for place in range(len(image)) if image[place] == "/"}
    return (f"{folder}/" for folder in folders if folder not in used)


@dataclass(frozen=True, slots=True)
class _Below:
    """What is below a folder, each by its path from there.

    Attributes:
        names: the files, sorted as Keras sorts them; hidden ones are left out.
        folders: the folders, also without hidden ones.
        links: folders that are links, which are not followed.
        unreadable: folders that the system does not show.
    """

    names: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


def _below(folder: Path, limits: Limits) -> _Below:
    found = _Below()

    def note(error: OSError) -> None:
        found.unreadable.append(Path(error.filename).relative_to(folder).as_posix())

    for place, folders, files in os.walk(folder, onerror=note):
        folders[:] = sorted(each for each in folders if not each.startswith((".", "__MACOSX")))
        below = Path(place).relative_to(folder).as_posix()
        start = "" if below == "." else f"{below}/"
        found.links.extend(start + each for each in folders if (Path(place) / each).is_symlink())
        found.folders.extend(start + each for each in folders)
        found.names.extend(start + each for each in sorted(files) if not each.startswith("."))
        if len(found.names) + len(found.folders) > limits.file_count:
            raise Refusal(
                "file-too-large",
                f"'{shortened(folder.name)}' contains more than the {limits.file_count:,} files allowed",
            )
    return found


def _starts_as_numpy(path: Path) -> bool:
    return _start(path, len(_NUMPY_START)) == _NUMPY_START


def _start(path: Path, length: int) -> bytes:
    try:
        with open_source(path) as file:
            return file.read(length)
    except Refusal:
        return b""  # told when it is opened


def _labels_beside(path: Path) -> Path | None:
    """Return the file whose name says that it has the labels of these images ("x_test.npy": "y_test.npy")."""
    others = {each.name.lower(): each for each in path.parent.iterdir()}
    stem = path.stem.lower()
    for word, replacements in _LABEL_NAMES:
        for hit in re.finditer(rf"(?<![a-z]){word}(?![a-z])|^{word}(?=train|test|val)", stem):
            for replacement in replacements:
                name = f"{stem[: hit.start()]}{replacement}{stem[hit.end() :]}.npy"
                if name in others and name != path.name.lower():
                    return others[name]
    return None


def missing_labels_hint(name: str) -> str:
    """Say where the labels of a `.npy` file are expected."""
    return (
        f"'{name}' contains images without labels: put the labels beside it under the same name with y for x "
        "(x_test.npy, y_test.npy; t10k-labels-idx1-ubyte for t10k-images-idx3-ubyte), or name their file with "
        "--label-key"
    )
