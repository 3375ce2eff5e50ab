"""Where dragged files may belong, by their names: their content is read only once they are dropped."""

from collections.abc import Sequence
from pathlib import Path

from gui.state.open_files import Role

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm")
_MODEL_SUFFIXES = (".keras", ".onnx", ".tflite", ".pb")
_NAMES_SUFFIXES = (".txt", ".names", ".labels")
_SETS = frozenset({Role.VALIDATION, Role.TEST, Role.POISONED, Role.UNLABELLED})
_ANY = _SETS | {Role.MODEL}


def roles_of(paths: Sequence[Path]) -> frozenset[Role]:
    """Return the roles that files of these names may have."""
    roles: frozenset[Role] = frozenset()
    for path in paths:
        roles |= _roles_of(path)
    return roles


def are_images(paths: Sequence[Path]) -> bool:
    """Whether all are image files by their names; folders are not."""
    return bool(paths) and all(path.suffix.lower() in IMAGE_SUFFIXES and not path.is_dir() for path in paths)


def _roles_of(path: Path) -> frozenset[Role]:
    suffix = path.suffix.lower()
    if path.is_dir():
        return _ANY | {Role.IMAGE}
    if suffix in IMAGE_SUFFIXES:
        return frozenset({Role.IMAGE})
    if suffix in _NAMES_SUFFIXES:
        return frozenset()  # names of classes have no slot
    if suffix in _MODEL_SUFFIXES:
        return frozenset({Role.MODEL})
    return _ANY if suffix in (".h5", ".hdf5", "") else _SETS
