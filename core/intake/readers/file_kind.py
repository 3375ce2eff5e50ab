"""Detection of a file's kind from its first bytes, and opening it as HDF5."""

from typing import Any, BinaryIO

import h5py

from core.intake.readers.download import refuse_failed_download
from core.intake.refusal import Refusal, shortened
from core.intake.source import HDF5_SIGNATURE


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
        if start.startswith(HDF5_SIGNATURE):
            raise Refusal("damaged-file", f"'{name}' is a damaged HDF5 file: its structure cannot be read") from error
        refuse_failed_download(start, name)
        raise _no_hdf5(name, start) from error


def check_whole_hdf5(file: BinaryIO, name: str) -> None:
    """Refuse an HDF5 file with bytes before or after its own content, such as another model.

    Source: HDF5 File Format Specification 3.0, section II.A, "Disk Format: Level 0A - Format Signature and Superblock".

    Raises:
        Refusal: `wrong-format`, `foreign-bytes` or `damaged-file`.
    """
    file.seek(0)
    start = file.read(96)
    size_bytes = file.seek(0, 2)
    file.seek(0)
    if not start.startswith(HDF5_SIGNATURE):
        if _has_user_block(file, size_bytes):
            raise Refusal("foreign-bytes", f"'{name}' has other content before its HDF5 content")
        raise _no_hdf5(name, start)
    try:
        version = start[8]
        offset_bytes, place = (start[13], 24 if version == 0 else 28) if version < 2 else (start[9], 12)
        base, _, end = (
            int.from_bytes(start[place + index * offset_bytes :][:offset_bytes], "little") for index in range(3)
        )
    except IndexError as error:
        raise Refusal("truncated-file", f"'{name}' is incomplete: copy or download it again") from error
    if end > size_bytes:
        raise Refusal("truncated-file", f"'{name}' is incomplete: copy or download it again")
    if base != 0 or end < size_bytes:
        raise Refusal(
            "foreign-bytes", f"'{name}' has {size_bytes - end:,} bytes of other content after its HDF5 content"
        )


def _no_hdf5(name: str, start: bytes) -> Refusal:
    kinds = "an .h5 file or a zip archive" if name.lower().endswith(".keras") else "an .h5 file"
    return Refusal("wrong-format", f"'{name}' is not an HDF5 file: expected {kinds}, got {describe_start(start)}")


def _has_user_block(file: BinaryIO, size_bytes: int) -> bool:
    """Tell whether HDF5 finds its signature further on: at 512 bytes, 1,024, 2,048 and so on."""
    place = 512
    while place < size_bytes:
        file.seek(place)
        if file.read(len(HDF5_SIGNATURE)) == HDF5_SIGNATURE:
            file.seek(0)
            return True
        place *= 2
    file.seek(0)
    return False


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
        b"MATLAB 5.0": "a MATLAB file",
        b"P6\n": "a PPM image",
        b"P5\n": "a PGM image",
        b"\x80": "a pickle",
    }
    for signature, words in known.items():
        if start.startswith(signature):
            return words
    text = start.decode("utf-8", "ignore")
    if text and all(character.isprintable() or character.isspace() for character in text):
        return f"text that begins with '{shortened(' '.join(text.split()), 24)}'"
    return "something else"
