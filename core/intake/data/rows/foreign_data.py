"""Files that people keep images in and that are not read: named as what they are, with what to do."""

import re

from core.intake.readers.file_kind import describe_start
from core.intake.refusal import Refusal

_TORCH_PICKLE = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
_UNPACK = "unpack it, and open the folder or file in it"
_SAVE = "save images and labels as arrays (numpy.savez('set.npz', x=images, y=labels)), and open that"
_STARTS: tuple[tuple[bytes, str, str], ...] = (
    (_TORCH_PICKLE, "a PyTorch file, a pickle that is never opened", _SAVE),
    (b"PAR1", "a Parquet table", _SAVE),
    (b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (b"BZh", "a bzip2 archive", _UNPACK),
    (b"\xfd7zXZ\x00", "an xz archive", _UNPACK),
    (b"\x1f\x8b", "a gzip archive", _UNPACK),
    (b"SQLite format 3", "a database", _SAVE),
    (b"%PDF", "a PDF document", "open the images themselves"),
)
_VIDEO = re.compile(rb"....ftyp|RIFF....AVI |\x1aE\xdf\xa3", re.DOTALL)
_RECORD_NAME = re.compile(r"\.tfrecords?(\.|-|$)|-\d{5}-of-\d{5}$", re.IGNORECASE)


def refuse_foreign_data(start: bytes, name: str, *, size_bytes: int) -> None:
    """Refuse a file of a known kind that is no set of images here.

    Args:
        start: its first 64 bytes.
        name: its name.
        size_bytes: its size.

    Raises:
        Refusal: `wrong-format`.
    """
    for signature, what, todo in _STARTS:
        if start.startswith(signature):
            raise Refusal("wrong-format", f"'{name}' is {what}: {todo}")
    if _VIDEO.match(start):
        raise Refusal("wrong-format", f"'{name}' is a video: save its images into a folder for each class")
    kind = describe_start(start)
    if kind.endswith(" image"):
        raise Refusal("wrong-format", f"'{name}' is {kind}: a single one is no set of images, open a folder of them")
    if _RECORD_NAME.search(name) or _is_record(start, size_bytes):
        raise Refusal("wrong-format", f"'{name}' is a TFRecord file, which is not read: {_SAVE}")


def refuse_archive(names: list[str], name: str) -> None:
    """Refuse a zip archive without arrays, by what is in it.

    Raises:
        Refusal: `wrong-format`.
    """
    if any(each == "data.pkl" or each.endswith("/data.pkl") for each in names):
        raise Refusal("wrong-format", f"'{name}' is a PyTorch file with a pickle in it, which is never opened: {_SAVE}")
    if any(each.startswith("xl/") for each in names):
        raise Refusal("wrong-format", f"'{name}' is an Excel table: save it as CSV beside its images, and open that")
    raise Refusal("wrong-format", f"'{name}' is a zip archive without arrays: {_UNPACK}")


def _is_record(start: bytes, size_bytes: int) -> bool:
    """Whether a file begins as a TFRecord: a length, its checksum, and an example of Protocol Buffers."""
    length = int.from_bytes(start[:8], "little")
    return 0 < length <= size_bytes - 16 and start[7:8] == b"\0" and start[12:13] == b"\n" and start[4:8] == b"\0" * 4
