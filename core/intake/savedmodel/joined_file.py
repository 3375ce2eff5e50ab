"""A TensorFlow SavedModel's folder as one file, which the child reads like any other.

The window's process copies bytes and parses nothing.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from core.intake import cache
from core.intake.limits import Limits
from core.intake.refusal import Refusal, shortened
from core.intake.savedmodel.joined_parts import LENGTHS, SIGNATURE
from core.intake.source import open_source

_GRAPH = "saved_model.pb"
_PARTS = ("keras_metadata.pb", "variables/variables.index", "variables/variables.data-00000-of-00001")
_BLOCK_BYTES = 4 * 1024 * 1024


def saved_model_folder(path: Path) -> Path | None:
    """Return the folder of a SavedModel that describes Keras layers, from its path or that of its graph; else None."""
    folder = path.parent if path.name == _GRAPH else path
    try:
        is_whole = folder.is_dir() and all((folder / part).is_file() for part in (_GRAPH, *_PARTS))
    except (OSError, ValueError):
        return None
    return folder if is_whole else None


@contextlib.contextmanager
def joined_saved_model(folder: Path, limits: Limits) -> Iterator[Path]:
    """Write what is read of a SavedModel's folder to one file, and remove it in the end.

    Raises:
        Refusal: `file-too-large`, `cache-folder`, or those of opening a file.
    """
    name = shortened(folder.resolve().name or "saved_model")
    temporary = cache.new_temporary()
    try:
        path = temporary / (
            "".join(one if one.isalnum() or one in "._- " else "_" for one in name).strip(". ") or "model"
        )
        with contextlib.ExitStack() as stack:
            parts = [stack.enter_context(open_source(folder / part)) for part in _PARTS]
            lengths = [part.seek(0, 2) for part in parts]
            if sum(lengths) > limits.model_bytes:
                raise Refusal(
                    "file-too-large", f"'{name}' has {sum(lengths):,} bytes: at most {limits.model_bytes:,} are allowed"
                )
            try:
                with path.open("xb") as target:
                    target.write(SIGNATURE + LENGTHS.pack(*lengths))
                    for part, length in zip(parts, lengths, strict=True):
                        part.seek(0)
                        left = length
                        while left and (block := part.read(min(_BLOCK_BYTES, left))):
                            target.write(block)
                            left -= len(block)
            except OSError as error:
                raise Refusal(
                    "cache-folder", f"'{name}' cannot be copied to the cache folder: {error.strerror}"
                ) from error
        yield path
    finally:
        cache.discard(temporary)
