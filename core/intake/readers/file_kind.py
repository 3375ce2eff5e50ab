"""Detection of a file's kind from its first bytes, and opening it as HDF5."""

from typing import Any, BinaryIO

import h5py

from core.intake.refusal import Refusal, shortened


def open_hdf5(file: BinaryIO, name: str) -> Any:
    """Open a file as HDF5; the refusal of another file names its kind.

    Raises:
        Refusal: `wrong-format`, `truncated-file` or `damaged-file`.
    """
    file.seek(0)
    start = file.read(64)
    file.seek(0)
    try:
        return h5py.File(file, "r")
    except OSError as error:
        reason = str(error)
        if "truncated" in reason:
            raise Refusal("truncated-file", f"'{name}' is incomplete: copy or download it again") from error
        if start.startswith(b"\x89HDF\r\n\x1a\n"):
            raise Refusal("damaged-file", f"'{name}' is a damaged HDF5 file: its structure cannot be read") from error
        raise Refusal(
            "wrong-format", f"'{name}' is not an HDF5 file: expected an .h5 file, got {describe_start(start)}"
        ) from error


def describe_start(start: bytes) -> str:
    """Describe the kind of a file in a few words, from its first bytes."""
    known = {
        b"\x89PNG": "a PNG image",
        b"\xff\xd8\xff": "a JPEG image",
        b"GIF8": "a GIF image",
        b"BM": "a BMP image",
        b"RIFF": "a WebP image",
        b"II*\x00": "a TIFF image",
        b"MM\x00*": "a TIFF image",
        b"PK\x03\x04": "a zip archive",
        b"%PDF": "a PDF document",
        b"\x1f\x8b": "a gzip archive",
        b"\x93NUMPY": "a NumPy array",
        b"\x80": "a pickle, which is never opened",
    }
    for signature, words in known.items():
        if start.startswith(signature):
            return words
    text = start.decode("utf-8", "ignore")
    if text and all(character.isprintable() or character.isspace() for character in text):
        return f"text that begins with '{shortened(' '.join(text.split()), 24)}'"
    return "something else"
