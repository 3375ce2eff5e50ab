"""Read the names of classes: a text file with a name in each line, or a table of class numbers and names."""

import csv
import re
from typing import BinaryIO

from core.intake.exchange import LONGEST_CLASS_NAME, MOST_CLASSES
from core.intake.refusal import Refusal, shortened

_ENCODINGS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_NUMBER = re.compile(r"[0-9]{1,9}")
_SEPARATORS = ",;\t"


def read_names(file: BinaryIO, *, name: str) -> dict[str, object]:
    """Read the names of classes.

    Line k of a text file is the name of class k; empty lines at its end are left out, an empty one before is a class
    without a name. A table has a class number and its name in each line, separated by a comma, a semicolon or a tab; a
    first line without a number is its heading.

    Returns:
        `labels` and `names`, as plain JSON values.

    Raises:
        Refusal: `wrong-format`, `wrong-names` or `file-too-large`.
    """
    text = _decoded(file.read(), name)
    lines = text.splitlines()
    while lines and not lines[-1].strip():
        lines.pop()
    if len(lines) > MOST_CLASSES + 1:
        raise Refusal("file-too-large", f"'{name}' has {len(lines):,} lines: at most {MOST_CLASSES:,} are allowed")
    separator = _separator(lines)
    found = _of_lines(lines) if separator is None else _of_table(lines, separator, name)
    for label, class_name in found.items():
        _check(class_name, label, name)
    kept = {label: class_name for label, class_name in found.items() if class_name}
    if not kept:
        raise Refusal("wrong-names", f"'{name}' has no name of a class in any line")
    return {"kind": "names", "labels": list(kept), "names": list(kept.values())}


def _decoded(content: bytes, name: str) -> str:
    encoding = next((each for start, each in _ENCODINGS if content.startswith(start)), "utf-8")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise Refusal("wrong-format", f"'{name}' is not text: expected names of classes in UTF-8") from error


def _separator(lines: list[str]) -> str | None:
    """Return what separates numbers from names; None if most lines do not begin with a number and a separator."""
    rows = [each for each in lines if each.strip()]
    for separator in _SEPARATORS:
        starts = [each.split(separator, 1)[0].strip().strip('"') for each in rows if separator in each]
        count = sum(_NUMBER.fullmatch(each) is not None for each in starts)
        if count and 2 * count > len(rows) - 1:  # one may be a heading
            return separator
    return None


def _of_lines(lines: list[str]) -> dict[int, str]:
    return {label: each.strip() for label, each in enumerate(lines)}


def _of_table(lines: list[str], separator: str, name: str) -> dict[int, str]:
    found: dict[int, str] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            cells = next(csv.reader([line], delimiter=separator, strict=True))
        except (csv.Error, StopIteration) as error:
            raise _not_a_row(number, line, name) from error
        is_row = len(cells) >= 2 and _NUMBER.fullmatch(cells[0].strip()) is not None
        if not is_row and number == 1:
            continue
        if not is_row:
            raise _not_a_row(number, line, name)
        label = int(cells[0])
        if label in found:
            raise Refusal("wrong-names", f"'{name}' names class {label} twice")
        if label >= MOST_CLASSES:
            raise Refusal("wrong-names", f"'{name}' names class {label}: at most {MOST_CLASSES - 1} is allowed")
        found[label] = cells[1].strip()
    return found


def _not_a_row(number: int, line: str, name: str) -> Refusal:
    return Refusal(
        "wrong-names",
        f"line {number} of '{name}' must be a class number and its name, such as 3,stop sign, got '{shortened(line)}'",
    )


def _check(class_name: str, label: int, name: str) -> None:
    if not class_name.isprintable():
        raise Refusal("wrong-names", f"the name of class {label} in '{name}' has control characters")
    if len(class_name) > LONGEST_CLASS_NAME:
        raise Refusal(
            "wrong-names",
            f"the name of class {label} in '{name}' has {len(class_name):,} letters: at most {LONGEST_CLASS_NAME} are "
            "allowed",
        )
