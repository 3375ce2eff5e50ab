"""Safe opening of a user's file: regular files only, no blocking on pipes, changes during reading are detected."""

import hashlib
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core.intake.refusal import Refusal, shortened

START_BYTES = 4096
"""How many of a file's first bytes tell what it is."""

HDF5_SIGNATURE, ZIP_SIGNATURE = b"\x89HDF\r\n\x1a\n", b"PK\x03\x04"

_SAVED_MODEL_FILES = ("saved_model.pb", "saved_model.pbtxt")
_BLOCK_BYTES = 4 * 1024 * 1024
_HDF5, _ZIP, _TFLITE, _ONNX = "HDF5", "a zip archive", "TensorFlow Lite", "ONNX"
_SUFFIXES = {"keras": _ZIP, "h5": _HDF5, "hdf5": _HDF5, "tflite": _TFLITE, "onnx": _ONNX}
# The versions of ONNX's files so far; other messages that begin with a number begin with a smaller one.
_OLDEST_ONNX, _NEWEST_ONNX = 3, 31


@dataclass(frozen=True, slots=True)
class FileState:
    """State used to detect that a file was changed: its identity, size and change times."""

    device: int
    inode: int
    size_bytes: int
    modified_ns: int
    changed_ns: int


def open_source(path: Path) -> BinaryIO:
    """Open a regular, non-empty file for reading, without blocking.

    Raises:
        Refusal: `missing-file`, `not-a-file`, `unreadable-file` or `empty-file`.
    """
    name = shortened(path.name)
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    flags |= getattr(os, "O_NOCTTY", 0)
    try:
        # Checked before opening too, since opening some devices has side effects.
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            _refuse_saved_model(path, name)
        _refuse_irregular(mode, name)
        descriptor = os.open(path, flags)
    except FileNotFoundError as error:
        raise Refusal("missing-file", f"there is no file '{name}' in '{path.parent}'") from error
    except PermissionError as error:
        raise Refusal("unreadable-file", f"'{name}' cannot be read: the system denies permission") from error
    except (OSError, ValueError) as error:
        reason = shortened(getattr(error, "strerror", None) or error)
        raise Refusal("unreadable-file", f"'{name}' cannot be opened: {reason}") from error
    try:
        status = os.fstat(descriptor)
        _refuse_irregular(status.st_mode, name)
        if status.st_size == 0:
            raise Refusal(
                "empty-file",
                f"'{name}' is empty: expected content, got a file of 0 bytes; if it was downloaded, download it again",
            )
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def other_suffix(file: BinaryIO, name: str) -> Refusal | None:
    """Return the refusal of a model file whose name says another format than its content has; None if it does not.

    Keras goes by the name. A name with any other suffix says nothing. The file is at its start afterwards.

    Returns:
        A refusal `wrong-suffix`, or None.
    """
    file.seek(0)
    start = file.read(16)
    file.seek(0)
    expected = _SUFFIXES.get(name.rpartition(".")[2].lower())
    found = _format_of(start)
    if expected is not None and found is not None and found != expected:
        return Refusal("wrong-suffix", f"'{name}' is {found}, but its name says {expected}")
    return None


def is_tflite_start(start: bytes) -> bool:
    """Tell whether a file begins like a TensorFlow Lite network."""
    return start[4:8] == b"TFL3"


def is_onnx_start(start: bytes) -> bool:
    """Tell whether a file begins like an ONNX network: its version, then another field of ONNX's message of a model."""
    is_version = len(start) > 2 and start[0] == 0x08 and _OLDEST_ONNX <= start[1] <= _NEWEST_ONNX
    return is_version and start[2] in {0x12, 0x1A, 0x22, 0x28, 0x32, 0x3A, 0x42}


def _format_of(start: bytes) -> str | None:
    for signature, words in ((HDF5_SIGNATURE, _HDF5), (ZIP_SIGNATURE, _ZIP)):
        if start.startswith(signature):
            return words
    if is_tflite_start(start):
        return _TFLITE
    return _ONNX if is_onnx_start(start) else None


def file_state(file: BinaryIO) -> FileState:
    """Return the state of an open file, to detect later changes."""
    status = os.fstat(file.fileno())
    return FileState(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def sha256_of(file: BinaryIO, *, on_block: Callable[[int], None] = lambda done_bytes: None) -> str:
    """Return the SHA-256 of an open file's content, in hexadecimal; call `on_block` with the bytes done."""
    digest = hashlib.sha256()
    buffer = memoryview(bytearray(_BLOCK_BYTES))
    done_bytes = 0
    file.seek(0)
    while count := file.readinto(buffer):  # type: ignore[attr-defined]
        digest.update(buffer[:count])
        done_bytes += count
        on_block(done_bytes)
    file.seek(0)
    return digest.hexdigest()


def refuse_changed(before: FileState, file: BinaryIO, name: str) -> None:
    """Refuse a file that was changed since `before`.

    Raises:
        Refusal: `changed-while-read`.
    """
    if file_state(file) != before:
        raise Refusal("changed-while-read", f"'{name}' was changed while it was being read: open it again")


def _refuse_saved_model(path: Path, name: str) -> None:
    """Refuse the folders that TensorFlow and TensorFlow.js save networks as, and say what to do."""
    if (path / "model.json").is_file() and any(path.glob("*shard*of*")):
        raise Refusal(
            "not-a-file",
            f"'{name}' is the folder of a TensorFlow.js network: open the Keras model that it was made from, or "
            "convert it back (tensorflowjs_converter --input_format=tfjs_layers_model --output_format=keras model.json "
            "network.h5)",
        )
    if any((path / each).is_file() for each in _SAVED_MODEL_FILES):
        raise Refusal(
            "not-a-file",
            f"'{name}' is a TensorFlow SavedModel, a folder with a graph that would be executed: load it where it was "
            "made, save it as one .keras file instead (model.save('network.keras')), and open that; or convert it to "
            "a .tflite file (tf.lite.TFLiteConverter.from_saved_model('folder').convert())",
        )


def _refuse_irregular(mode: int, name: str) -> None:
    if stat.S_ISREG(mode):
        return
    kinds = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}
    found = kinds.get(stat.S_IFMT(mode), "a device")
    raise Refusal("not-a-file", f"'{name}' is {found}: expected a file")
