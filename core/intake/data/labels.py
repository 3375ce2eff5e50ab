"""Labels of any form as whole numbers: (N,), (N, 1), (1, N), or a row of a single 1 for each image."""

import numpy as np

from core.intake.data.arrays import FileArray
from core.intake.limits import MIB, Limits
from core.intake.readers.scratch import Block
from core.intake.refusal import Refusal

_LABEL_LIMIT = 2**31
_CANDIDATE_BYTES = 256 * MIB  # the largest array whose values are looked at to tell whether they are labels


def check_count(key: str, count: int, *, name: str, size_bytes: int, limits: Limits) -> None:
    """Refuse more images or labels than a file of this size can contain.

    Raises:
        Refusal: `claims-too-much`.
    """
    if count > max(limits.free_image_count, size_bytes // limits.least_image_bytes):
        raise Refusal(
            "claims-too-much",
            f"'{key}' in '{name}' claims {count:,} images or labels, but the whole file has only {size_bytes:,} bytes",
        )


def read_labels(array: FileArray, *, image_count: int, name: str, limits: Limits) -> Block:
    """Return the labels, (N,) int64, at least 0.

    Raises:
        Refusal: `wrong-shape`, `wrong-labels`, `wrong-dtype` or `file-too-large`.
    """
    array.check()
    shape = array.shape
    if len(shape) not in (1, 2) or (len(shape) == 2 and not 1 <= min(shape) <= 100_000):
        raise Refusal("wrong-shape", f"labels must have shape (N,) or (N, 1), got {shape} in '{name}'")
    if array.size > most_labels(limits):
        raise Refusal("file-too-large", f"'{array.key}' in '{name}' claims {array.size:,} values")
    values = array.whole() if shape[0] else np.zeros(shape)
    if not np.isfinite(values).all():
        raise Refusal("wrong-labels", f"labels must be whole numbers, got values that are not finite in '{name}'")
    if values.ndim == 2 and 1 not in shape:
        # MATLAB counts by the last axis; a square is taken as it makes sense.
        is_turned = array.is_matlab and shape[1] == image_count and not (shape[0] == shape[1] and _is_one_hot(values))
        values = values.T if is_turned else values
        if not _is_one_hot(values):
            raise Refusal(
                "wrong-labels", f"labels of shape {shape} must have exactly one 1 in each row, others 0, in '{name}'"
            )
        return values.argmax(axis=1).astype(np.int64)
    values = values.reshape(-1)
    wrong = np.flatnonzero((values < 0) | (values >= _LABEL_LIMIT) | (values != np.floor(values)))
    if wrong.size:
        row = int(wrong[0])
        raise Refusal(
            "wrong-labels", f"labels must be whole numbers, at least 0, got {values[row]:g} in row {row} of '{name}'"
        )
    return values.astype(np.int64)


def are_labels(array: FileArray, *, name: str, limits: Limits) -> bool:
    """Whether the values of an array can be labels; a large table is not looked at."""
    if array.size * array.dtype.itemsize > _CANDIDATE_BYTES:
        return False
    try:
        read_labels(array, image_count=array.shape[-1] if array.is_matlab else array.shape[0], name=name, limits=limits)
    except Refusal as refusal:
        if refusal.code not in ("wrong-labels", "wrong-shape", "wrong-dtype", "file-too-large"):
            raise
        return False
    return True


def _is_one_hot(values: Block) -> bool:
    return bool(((values == 0) | (values == 1)).all() and (values.sum(axis=1) == 1).all())


def most_labels(limits: Limits) -> int:
    """Return how many labels are held in memory at most."""
    return limits.free_claim_bytes * 4 // np.dtype(np.int64).itemsize
