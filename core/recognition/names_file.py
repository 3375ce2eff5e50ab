"""Whether a file may be names of classes, by its first bytes; the process that reads it has the last word."""

import re
from pathlib import Path

from core.intake.data.bundle import IMAGE_SUFFIXES, TABLE_SUFFIXES
from core.intake.source import START_BYTES
from core.recognition.name_hints import says_names

_WIDE = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_ROW = re.compile(r'\s*"?\d{1,9}"?\s*[,;\t]\s*(?P<name>[^,;\t]*)')
_NUMBER = re.compile(r'[\s"\d.eE+-]*')


def is_text(start: bytes) -> bool:
    """Whether the first bytes of a file are those of a text, and of no program's or page's."""
    text = _decoded(start)
    if text is None or not text.strip():
        return False
    is_markup = text.lstrip("\ufeff \r\n\t").startswith(("<", "{", "[", "#!", "%PDF", "version https://git-lfs"))
    return not is_markup and all(each.isprintable() or each in "\r\n\t\ufeff" for each in text)


def is_names_table(start: bytes) -> bool:
    """Whether the lines of a table are a number and words that are neither a number nor the name of an image."""
    text = _decoded(start)
    lines = [each for each in (text or "").splitlines() if each.strip()]
    if len(start) >= START_BYTES:
        lines = lines[:-1]  # cut off
    rows = [found for each in lines if (found := _ROW.match(each)) is not None]
    names = [each["name"].strip().strip('"').lower() for each in rows]
    are_words = all(not _NUMBER.fullmatch(each) and not each.endswith(IMAGE_SUFFIXES) for each in names)
    return bool(rows) and are_words and len(rows) >= len(lines) - 1  # one may be a heading


def may_be_names(path: Path, start: bytes, *, is_named: bool) -> bool:
    """Whether a file may be names of classes.

    Args:
        path: the file.
        start: its first bytes.
        is_named: whether a person chose it; a text beside what is opened must say more of itself than that it is one.
    """
    if not is_text(start) or _lists_images(start):
        return False
    if path.suffix.lower() in TABLE_SUFFIXES:
        return is_names_table(start)
    return is_named or says_names(path)


def _lists_images(start: bytes) -> bool:
    """Whether most lines of a text have the name of an image in them."""
    lines = (_decoded(start) or "").lower().splitlines()
    return 2 * sum(any(each in line for each in IMAGE_SUFFIXES) for line in lines) > len(lines)


def _decoded(start: bytes) -> str | None:
    """Return the text of a file's first bytes, whose last letter may be cut off; None if they are none."""
    encoding = next((each for mark, each in _WIDE if start.startswith(mark)), "utf-8")
    try:
        return start.decode(encoding)
    except UnicodeDecodeError as error:
        if len(start) < START_BYTES or error.start < len(start) - 4:
            return None
        return start[: error.start].decode(encoding)
