"""Tables of pixels: a row for each image, its label in one column and its pixels in the others, or in one as text.

So are MNIST ("label, pixel0, …") and FER2013 ("emotion, pixels, Usage") on Kaggle.
"""

import csv
import io
import math
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

from core.intake.data.arrays import FileArray, check_in_memory, in_memory
from core.intake.limits import MIB, Limits
from core.intake.readers.scratch import Block
from core.intake.refusal import Refusal, listed, shortened

FEWEST_PIXELS = 64
_START_BYTES = 256 * 1024
_TABLE_BYTES = 512 * MIB
_LABEL_NAMES = ("label", "labels", "class", "classid", "class_id", "target", "y", "emotion", "digit", "category")
_PARTS = {
    **dict.fromkeys(("training", "train"), "train"),
    **dict.fromkeys(("publictest", "validation", "val", "valid"), "validation"),
    **dict.fromkeys(("privatetest", "test", "testing"), "test"),
}
_IGNORED = ("id", "", "index", "unnamed: 0")


def is_pixel_table(start: bytes) -> bool:
    """Whether a table has pixels in it, and no names of images, by its first bytes."""
    text = start[:_START_BYTES].decode("latin-1").lstrip("\xef\xbb\xbf")
    lines = text.split("\n", 2)
    first, second = lines[0], lines[1] if len(lines) > 1 else ""
    is_wide = max(map(first.count, ",;\t")) >= FEWEST_PIXELS
    return is_wide or ("pixels" in first.lower() and second.count(" ") >= FEWEST_PIXELS)


def pixel_table(file: BinaryIO, *, name: str, size_bytes: int, limits: Limits) -> dict[str, FileArray]:
    """Return the images and labels of a table.

    Raises:
        Refusal: `file-too-large`, `damaged-file`, `missing-key` or `wrong-shape`.
    """
    if size_bytes > _TABLE_BYTES:
        raise Refusal(
            "file-too-large", f"'{name}' has {size_bytes:,} bytes: at most {_TABLE_BYTES:,} of a table are read"
        )
    check_in_memory(size_bytes, what=name, name=name, limits=limits)
    file.seek(0)
    try:
        text = file.read(size_bytes).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refusal("wrong-format", f"'{name}' is not a table of text in UTF-8") from None
    first, _, rest = text.partition("\n")
    delimiter = max(",;\t", key=first.count)
    cells = [cell.strip().strip('"') for cell in first.split(delimiter)]
    names = [cell.lower() for cell in cells]
    if "pixels" in names:
        return _of_texts(text, delimiter, names, name)
    has_header = not all(_is_number(cell) for cell in cells)
    found = [names.index(each) for each in _LABEL_NAMES if each in names]
    if has_header and not found:
        raise Refusal(
            "missing-key",
            f"'{name}' is a table of {len(cells):,} columns of numbers, none of them named as a label: name the column "
            f"of labels '{_LABEL_NAMES[0]}', got {listed(cells)}",
        )
    table = _numbers(rest if has_header else text, delimiter, len(cells), name)
    # Without names the first column is the label, as in MNIST.
    place = found[0] if has_header else 0
    pixels = np.delete(table, place, axis=1)
    if has_header:
        others = [column for column in range(len(names)) if column != place]
        pixels = pixels[:, [index for index, column in enumerate(others) if names[column] not in _IGNORED]]
    return {"images": in_memory("images", _shaped(pixels, name)), "labels": in_memory("labels", table[:, place])}


def _of_texts(text: str, delimiter: str, names: list[str], name: str) -> dict[str, FileArray]:
    """Read rows whose pixels are one text of numbers; a column "usage" divides them into sets."""
    label = next((names.index(each) for each in _LABEL_NAMES if each in names), None)
    pixels, usage = names.index("pixels"), names.index("usage") if "usage" in names else None
    if label is None:
        raise Refusal("missing-key", f"'{name}' has a column of pixels but none of labels, got {listed(names)}")
    rows: dict[str, tuple[list[str], list[str]]] = {}
    for number, row in enumerate(_rows(text, delimiter, name), start=2):
        if len(row) != len(names):
            raise Refusal("damaged-file", f"row {number} of '{name}' is incomplete")
        part = "" if usage is None else _PARTS.get(row[usage].strip().lower(), "other")
        texts, labels = rows.setdefault(part, ([], []))
        texts.append(row[pixels].strip())
        labels.append(row[label].strip())
    arrays: dict[str, FileArray] = {}
    for part, (texts, labels) in rows.items():
        start = f"{part}_" if part else ""
        width = len(texts[0].split())
        images = _shaped(_numbers("\n".join(texts), " ", width, name), name)
        arrays |= {
            f"{start}images": in_memory(f"{start}images", images),
            f"{start}labels": in_memory(f"{start}labels", _numbers("\n".join(labels), ",", 1, name)[:, 0]),
        }
    return arrays


def _rows(text: str, delimiter: str, name: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    try:
        next(reader)
        yield from (row for row in reader if any(row))
    except csv.Error as error:
        raise Refusal("damaged-file", f"'{name}' is a damaged table: {shortened(error)}") from error


def _numbers(text: str, delimiter: str, width: int, name: str) -> Block:
    """Return rows of numbers, shape (rows, width), float32."""
    separator = None if delimiter == " " else delimiter
    try:
        table = np.loadtxt(
            io.StringIO(text), dtype=np.float32, delimiter=separator, comments=None, ndmin=2, quotechar='"'
        )
    except ValueError as error:
        raise Refusal(
            "damaged-file", f"'{name}' has a row that is not {width:,} numbers: {shortened(error, 120)}"
        ) from error
    if table.shape[1:] != (width,) or not len(table):
        raise Refusal("damaged-file", f"'{name}' has rows of another length than its first one, {width:,}")
    return table


def _shaped(pixels: Block, name: str) -> Block:
    """Return rows of pixels as square images: grey, or of three colours in the order in which they are smoother."""
    count, width = pixels.shape
    if pixels.min(initial=0) >= 0 and pixels.max(initial=0) <= 255 and (pixels == np.floor(pixels)).all():
        pixels = pixels.astype(np.uint8)
    side = math.isqrt(width)
    if side * side == width:
        return pixels.reshape(count, side, side)
    side = math.isqrt(width // 3)
    if width % 3 or side * side * 3 != width:
        raise Refusal(
            "wrong-shape",
            f"'{name}' has {width:,} pixels in a row, which is no square image, grey or of three colours: save the "
            "images as arrays (N, H, W, C)",
        )
    last, first = pixels.reshape(count, side, side, 3), pixels.reshape(count, 3, side, side)
    return last if _roughness(last[:64], 2) <= _roughness(first[:64], 3) else first


def _roughness(images: Block, axis: int) -> float:
    """Return the mean difference of neighbours along an axis."""
    return float(np.abs(np.diff(images.astype(np.float32), axis=axis)).mean())


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
