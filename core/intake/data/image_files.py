"""Single images as a set: folders of images by class, and images with a table of their labels."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from core.intake.data.bundle import IMAGE_SUFFIXES, LIST_SUFFIX, TABLE_SUFFIXES, Part, is_empty_folder
from core.intake.data.resizing import converted, resized
from core.intake.limits import MIB
from core.intake.readers.image_reader import Kind, decoded, kind_of
from core.intake.readers.scratch import ArrayFile, Block, write_array
from core.intake.refusal import Refusal, listed, shortened

if TYPE_CHECKING:
    from core.intake.readers.data_reader import Reading

_TABLE_BYTES = 64 * MIB
_NAME_COLUMNS = (
    "path",
    "filename",
    "file_name",
    "file",
    "image",
    "image_id",
    "image_path",
    "img",
    "name",
    "id",
    "id_code",
    "x",
)
_LABEL_COLUMNS = ("classid", "class_id", "label", "labels", "class", "target", "category", "y", "class_name")
_SPLIT_NAMES = {"train", "training", "test", "testing", "val", "valid", "validation", "dev"}
_WHOLE = re.compile(r"\d{1,9}(\.0*)?")  # tables are often written with all numbers as floats
_MOST_NAMED_CLASSES = 10_000
_MOST_NAMED_EMPTY = 10


@dataclass(frozen=True, slots=True)
class _Labelled:
    """The files of images with their classes, before they are numbered.

    Attributes:
        parts: the files.
        classes: the class of each by name.
        names: the classes that have images.
        form: "folder" or "table".
        left_out_count: files that are no images.
        empty: folders without images, which count as classes.
    """

    parts: list[Part]
    classes: list[str]
    names: list[str]
    form: str
    left_out_count: int = 0
    empty: tuple[str, ...] = ()


def read_image_files(file: BinaryIO, parts: Sequence[Part], reading: "Reading") -> dict[str, object]:
    """Read a bundle of images; return the description of the set as plain JSON values.

    Class names that are whole numbers are the labels; else the names are numbered in alphabetical order, with those of
    folders without images, as Keras numbers them. Images are read as they are stored, whatever rotation their EXIF data
    ask for, since Keras' and torchvision's loaders read them so. Images of one
    size keep it, unless a network needs another one; then all are stretched to it, as Keras' `load_img` and
    `image_dataset_from_directory` do: bilinear, with no crop.

    Raises:
        Refusal: see `codes.CODES`.
    """
    found = _labelled(file, parts, reading)
    if not found.parts:
        raise Refusal(
            "no-images", f"'{reading.name}' contains no images: expected {listed(IMAGE_SUFFIXES[:4])} or others"
        )
    labels, class_names = _numbered(found)
    empty = found.empty if class_names else ()
    kinds = [kind_of(_content(file, part), name=_shown(part, reading), limits=reading.limits) for part in found.parts]
    channels = _channels(kinds)
    distinct = sorted({(each.height, each.width) for each in kinds}, key=lambda size: (size[0] * size[1], size))
    wanted = reading.choice.image_shape
    if wanted is None and len(distinct) > 1:
        raise Refusal(
            "different-sizes",
            f"the images in '{reading.name}' have {len(distinct):,} different sizes, {_size_text(distinct[0])} to "
            f"{_size_text(distinct[-1])}: open the network first, so that they can be resized to its input",
        )
    shape = wanted or (*distinct[0], channels)
    is_resized = distinct != [shape[:2]]
    dtype = "float32" if is_resized else "uint8"
    least, most = 255.0, 0.0
    with ArrayFile(reading.folder, "images.npy", shape=(len(found.parts), *shape), dtype=dtype) as target:
        for index, part in enumerate(found.parts):
            pixels = converted(_stored_pixels(file, part, reading), shape[2])
            values = resized(pixels, shape[0], shape[1]) if is_resized else pixels
            least, most = min(least, float(values.min())), max(most, float(values.max()))
            target.write(values[None])
            reading.on_progress(index + 1, len(found.parts))
    if not reading.has_labels:
        labels = np.zeros_like(labels)
    return {
        "kind": "data" if reading.has_labels else "images",
        "images": target.stored.as_json(),
        "labels": write_array(reading.folder, "labels.npy", labels).as_json(),
        "pixel_minimum": least,
        "pixel_maximum": most,
        "source": {
            "form": found.form,
            "class_names": class_names,
            "smallest": list(distinct[0]),
            "largest": list(distinct[-1]),
            "is_resized": is_resized,
            "left_out_count": found.left_out_count,
            "empty_classes": [_writable(name) for name in empty[:_MOST_NAMED_EMPTY]],
            "empty_count": len(empty),
            "turned_count": sum(each.is_turned for each in kinds),
        },
    }


def _stored_pixels(file: BinaryIO, part: Part, reading: "Reading") -> Block:
    return decoded(_content(file, part), name=_shown(part, reading), limits=reading.limits, is_upright=False)


def _labelled(file: BinaryIO, parts: Sequence[Part], reading: "Reading") -> _Labelled:
    is_list = reading.name.lower().endswith(LIST_SUFFIX) and parts[0].name == reading.name
    tables = parts[:1] if is_list else [part for part in parts if part.name.lower().endswith(TABLE_SUFFIXES)]
    images = [part for part in parts if part.name.lower().endswith(IMAGE_SUFFIXES)]
    if len({name for part in images if (name := _outer_folder(part))}) > 1 and all(map(_outer_folder, images)):
        tables = [table for table in tables if table.name == reading.name]  # folders of classes need no table
    if len(tables) > 1:
        names = listed(part.name for part in tables)
        raise Refusal("missing-key", f"'{reading.name}' contains several tables: open the one with the labels, {names}")
    if tables:
        return _of_table(file, tables[0], images, reading)
    return _of_folders(images, [part for part in parts if is_empty_folder(part.name)], reading)


def _outer_folder(part: Part) -> str:
    return part.name.rpartition("/")[0].partition("/")[0]


def _of_folders(parts: list[Part], empty: list[Part], reading: "Reading") -> _Labelled:
    """Take the name of the outermost folder of each image as its class; a folder around everything is no class."""
    paths = [part.name.split("/") for part in parts]
    others = [part.name.rstrip("/").split("/") for part in empty]
    while paths and all(len(path) > 2 for path in paths) and len({path[0] for path in paths}) == 1:
        others = [path[1:] for path in others if path[0] == paths[0][0] and len(path) > 1]
        paths = [path[1:] for path in paths]
    if any(len(path) == 1 for path in paths):
        if reading.has_labels:
            raise Refusal(
                "missing-key",
                f"'{reading.name}' contains images without labels: expected a folder for each class, or a table (.csv) "
                "of names and labels beside them",
            )
        return _Labelled(parts, ["0"] * len(parts), ["0"], "folder")
    names = sorted({path[0] for path in paths})
    if {name.lower() for name in names} <= _SPLIT_NAMES and any(len(path) > 2 for path in paths):
        raise Refusal(
            "missing-key", f"'{reading.name}' contains several sets: open one of its folders, {listed(names)}"
        )
    without = sorted({path[0] for path in others} - set(names))
    return _Labelled(parts, [path[0] for path in paths], names, "folder", empty=tuple(without))


def _of_table(file: BinaryIO, table: Part, images: list[Part], reading: "Reading") -> _Labelled:
    rows = _rows(file, table, reading)
    header = [cell.strip().lower().replace(" ", "_") for cell in rows[0]]
    name_column = next((header.index(each) for each in _NAME_COLUMNS if each in header), None)
    label_column = next((header.index(each) for each in _LABEL_COLUMNS if each in header), None)
    by_name = {part.name.lower(): part for part in images}
    by_stem: dict[str, list[Part]] = {}
    for part in images:
        by_stem.setdefault(part.name.rsplit("/", 1)[-1].lower().rsplit(".", 1)[0], []).append(part)

    def part_of(name: str) -> Part | None:
        plain = name.strip().replace("\\", "/").removeprefix("./").lower()
        if plain in by_name:
            return by_name[plain]
        last = plain.rsplit("/", 1)[-1]
        stem = last.rsplit(".", 1)[0] if last.endswith(IMAGE_SUFFIXES) else last
        same = by_stem.get(stem, [])
        return same[0] if len(same) == 1 else None

    has_header = name_column is not None or label_column is not None
    # Other names than the usual ones: the column whose cells are images, and the other one of two.
    has_header = has_header or not any(map(part_of, rows[0]))
    if name_column is None:
        name_column = next((place for place, cell in enumerate(rows[1 if has_header else 0]) if part_of(cell)), None)
    if label_column is None and name_column is not None and len(rows[0]) == 2:
        label_column = 1 - name_column
    one_hot = _one_hot(rows, name_column) if has_header and label_column is None else []
    if name_column is not None and one_hot:
        rows = [[row[name_column], label] for row, label in zip(rows, one_hot, strict=True)]
        name_column, label_column = 0, 1
    if name_column is None or label_column is None or name_column == label_column:
        raise Refusal(
            "missing-key",
            f"'{table.name}' must have a column of file names and one of labels (such as Path and ClassId), got "
            f"{listed(rows[0])}",
        )
    parts, classes = [], []
    found: Part | None
    for number, row in enumerate(rows[1:] if has_header else rows, start=2 if has_header else 1):
        if len(row) <= max(name_column, label_column):
            raise Refusal("damaged-file", f"row {number} of '{table.name}' is incomplete")
        found, label = part_of(row[name_column]), row[label_column].strip()
        if found is None:
            raise Refusal(
                "missing-file", f"there is no image '{shortened(row[name_column])}', row {number} of '{table.name}'"
            )
        if not label:
            raise Refusal("wrong-labels", f"row {number} of '{table.name}' has no label")
        parts.append(found)
        classes.append(label)
    names = sorted(set(classes))
    return _Labelled(parts, classes, names, "table", len(images) - len({part.name for part in parts}))


def _one_hot(rows: list[list[str]], name_column: int | None) -> list[str]:
    """Return the labels of a table with a column of 0 and 1 for each class, the header's first; empty for another.

    The label is the number of the column, as where networks are trained with such columns.
    """
    places = [place for place in range(len(rows[0])) if place != name_column]
    if name_column is None or len(places) < 2:
        return []
    labels = ["label"]
    for row in rows[1:]:
        cells = [row[place].strip().removesuffix(".0") for place in places] if len(row) == len(rows[0]) else []
        if set(cells) != {"0", "1"} or cells.count("1") != 1:
            return []
        labels.append(str(cells.index("1")))
    return labels


def _rows(file: BinaryIO, table: Part, reading: "Reading") -> list[list[str]]:
    if table.size_bytes > _TABLE_BYTES:
        raise Refusal(
            "file-too-large", f"'{table.name}' has {table.size_bytes:,} bytes: at most {_TABLE_BYTES:,} allowed"
        )
    text = _text(_content(file, table), table.name)
    first = text.split("\n", 1)[0]
    delimiter = max(";\t,", key=first.count) if any(each in first for each in ";\t,") else " "
    try:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter, strict=True) if any(row)]
    except csv.Error as error:
        raise Refusal("damaged-file", f"'{table.name}' is a damaged table: {shortened(error)}") from error
    if len(rows) < 2 or len(rows[0]) < 2:
        raise Refusal("wrong-format", f"'{table.name}' is not a table of names and labels with at least two columns")
    if len(rows) > reading.limits.file_count:
        raise Refusal("file-too-large", f"'{table.name}' has more than the {reading.limits.file_count:,} rows allowed")
    return rows


def _text(content: bytes, name: str) -> str:
    """Decode a table: UTF-8, UTF-16 where it is marked so, else Latin-1 as older programs write."""
    try:
        text = content.decode("utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    if "\0" in text:
        raise Refusal("wrong-format", f"'{name}' is not a table of text")
    return text


def _numbered(found: _Labelled) -> tuple["np.ndarray[tuple[int], np.dtype[np.int64]]", list[str]]:
    """Return the label of each image, and the names of the classes if they are no numbers."""
    if all(_WHOLE.fullmatch(name) for name in found.names):
        return np.array([int(name.partition(".")[0]) for name in found.classes], dtype=np.int64), []
    names = sorted((*found.names, *found.empty))
    index = {name: place for place, name in enumerate(names)}
    shown = [_writable(name) for name in names[:_MOST_NAMED_CLASSES]]
    return np.array([index[name] for name in found.classes], dtype=np.int64), shown


def _writable(name: str) -> str:
    """Return a name that can be written down; on the disk it need not be UTF-8."""
    return name.encode("utf-8", "replace").decode()


def _channels(kinds: Sequence[Kind]) -> int:
    return 3 if any(each.has_colours for each in kinds) else 1


def _content(file: BinaryIO, part: Part) -> bytes:
    file.seek(part.begin)
    return file.read(part.size_bytes)


def _shown(part: Part, reading: "Reading") -> str:
    return shortened(f"{reading.name}/{part.name}", 120)


def _size_text(size: tuple[int, int]) -> str:
    return f"{size[0]} × {size[1]}"
