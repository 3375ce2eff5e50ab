"""Everything that reading a file may need later, imported while the process may still open files."""

import codecs
import importlib
from collections.abc import Callable
from typing import Any

# A codec is imported when it is first used: the names in a zip archive are in the first, JSON may be in any of UTF-*.
_CODECS = (
    "cp437", "ascii", "latin-1", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be",
    "utf-32", "utf-32-le", "utf-32-be",
)  # fmt: skip
# Pillow imports its formats, and what some of them need, when it first meets one.
_IMAGE_MODULES = (
    *(f"PIL.{name}ImagePlugin" for name in ("Png", "Jpeg", "Mpo", "WebP", "Bmp", "Gif", "Tiff", "Ppm")),
    *(f"PIL.{name}" for name in ("ImageCms", "ImageChops", "ImageSequence", "ImagePalette", "JpegPresets")),
)


_INTAKE = __name__.rsplit(".", 2)[0]
_READERS = {
    "image": ("readers.image_reader", "read_image"),
    "trigger": ("readers.trigger_reader", "read_trigger"),
    "results": ("readers.results_reader", "read_results"),
    "names": ("names.names_reader", "read_names"),
    "session": ("session.session_reader", "read_session"),
}
"""The module and the function that read each kind for which nothing else has to be known; only one is imported."""


def preloaded(
    kind: str, *, start: bytes = b"", name: str = "", has_images: bool = False
) -> Callable[..., dict[str, Any]]:
    """Import what reading a kind of file needs; return the function that reads it.

    Args:
        kind: the kind of file.
        start: the file's first bytes, which tell the format of a model.
        name: the file's name, which tells it where they do not.
        has_images: whether data may be single images, which Pillow decodes.
    """
    for codec in _CODECS:
        codecs.lookup(codec)
    if kind in ("image", "trigger") or has_images:
        for module in _IMAGE_MODULES:
            importlib.import_module(module)
        from PIL import Image  # noqa: PLC0415 - as below: only what this kind needs

        Image.preinit()
    if kind in _READERS:
        module, function = _READERS[kind]
        reader: Callable[..., dict[str, Any]] = getattr(importlib.import_module(f"{_INTAKE}.{module}"), function)
        return reader
    if kind == "model":
        from core.intake.model.model_kind import foreign_reader, model_format  # noqa: PLC0415
        from core.intake.model.model_reader import read_model  # noqa: PLC0415

        foreign_reader(model_format(start, name))
        return read_model
    if has_images:
        from core.intake.data import image_files  # noqa: PLC0415, F401

    from core.intake.readers.data_reader import read_data, read_images  # noqa: PLC0415

    return {"data": read_data, "images": read_images}[kind]
