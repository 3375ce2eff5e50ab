"""CIFAR's binary version: for each image one or two bytes of labels, then 3,072 pixels, colour by colour.

Source: A. Krizhevsky, The CIFAR-10 and CIFAR-100 datasets, "Binary version".
"""

import re
from typing import BinaryIO

import numpy as np

from core.intake.data.arrays import FileArray, check_in_memory, in_memory
from core.intake.limits import Limits
from core.intake.refusal import Refusal

_NAME = re.compile(r"(data|test)_batch(_\d+)?\.bin|(train|test)\.bin", re.IGNORECASE)
_PIXELS = 3 * 32 * 32


def label_count(name: str, size_bytes: int) -> int:
    """Return how many labels each image of a file has: 1 in CIFAR-10, 2 in CIFAR-100; 0 for another file."""
    if _NAME.fullmatch(name) is None or size_bytes == 0:
        return 0
    fitting = [count for count in (1, 2) if size_bytes % (_PIXELS + count) == 0]
    return 0 if not fitting else fitting[0] if "batch" in name.lower() else fitting[-1]


def refuse_cut_off(start: bytes, name: str, size_bytes: int) -> None:
    """Refuse a file of CIFAR's name whose length is no whole number of images, unless it is one of HDF5.

    Raises:
        Refusal: `truncated-file`.
    """
    is_batch = _NAME.fullmatch(name) is not None and "batch" in name.lower()
    if is_batch and not label_count(name, size_bytes) and not start.startswith(b"\x89HDF"):
        raise Refusal(
            "truncated-file",
            f"'{name}' has {size_bytes:,} bytes, which is no whole number of CIFAR's images of {_PIXELS + 1:,}: "
            "download it again",
        )


def cifar_rows(file: BinaryIO, *, name: str, size_bytes: int, limits: Limits) -> dict[str, FileArray]:
    """Return the images and labels of a file whose `label_count` is not 0.

    Raises:
        Refusal: `file-too-large`.
    """
    check_in_memory(2 * size_bytes, what=name, name=name, limits=limits)
    count = label_count(name, size_bytes)
    file.seek(0)
    rows = np.frombuffer(file.read(size_bytes), np.uint8).reshape(-1, count + _PIXELS)
    keys = ["labels"] if count == 1 else ["coarse_labels", "fine_labels"]
    arrays = {key: in_memory(key, rows[:, place].astype(np.int64)) for place, key in enumerate(keys)}
    return {"data": in_memory("data", rows[:, count:].reshape(-1, 3, 32, 32)), **arrays}
