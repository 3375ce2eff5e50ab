"""Files as people have them: all of these must open."""

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from PIL import Image

from core.version import NAME
from tests.hostile.case import Case, ordinary, saved_by_keras
from tests.hostile.data import IMAGES
from tests.hostile.writing import layer, small_network, write_archive, write_data, write_h5_model

_ZOO = (
    *("plain", "two branches", "uneven branches", "nested", "nested frozen"),
    *("nested with a frozen layer", "nested sequential", "rescaled"),
)


def _model(form: str, network: str) -> Any:
    return lambda path: path.write_bytes(saved_by_keras(form, network))


def _trained(path: Path) -> None:
    from tests.core.keras_zoo import ZOO, save, with_random_weights  # noqa: PLC0415 - only these need Keras

    save(with_random_weights(ZOO["plain"]), path, is_trained=True)


def _deepid(path: Path) -> None:
    from core.attack.deepid import build_deepid  # noqa: PLC0415

    model = build_deepid(7, seed=1)
    if path.name.endswith(".weights.h5"):
        model.save_weights(path)
        return
    with h5py.File(path, "w") as file:  # as the lab's files: Keras 2's weights, without the network
        with_weights = [one for one in model.layers if one.weights]
        file.attrs["layer_names"] = np.array([one.name.encode() for one in with_weights])
        for one in with_weights:
            group = file.create_group(one.name)
            names = [f"{one.name}/{weight.name}:0" for weight in one.weights]
            group.attrs["weight_names"] = np.array([name.encode() for name in names])
            for name, values in zip(names, one.get_weights(), strict=True):
                group[name] = values


def _act() -> dict[str, Any]:
    return small_network(layer("Activation", "act", ["flat"], activation="relu"))


def _newest_hdf5(path: Path) -> None:
    with h5py.File(path, "w", libver="latest") as file:
        file["data"], file["label"] = IMAGES, np.arange(2)


def _more_in_it(path: Path) -> None:
    write_data(path, IMAGES, np.arange(2))
    with h5py.File(path, "a") as file:
        file.attrs["made by"] = "somebody"
        file["more/names"] = np.array([b"a", b"b"])


_PIXELS = np.random.default_rng(0).integers(0, 256, (9, 7, 3), dtype=np.uint8)
_COLOURS = Image.fromarray(_PIXELS)


def _image(image: Image.Image, form: str, **options: Any) -> Any:
    return lambda path: image.save(path, form, **options)


def _data(data: Any, label: Any = (0, 1), **options: Any) -> Any:
    return lambda path: write_data(path, data, np.asarray(label), **options)


_LARGE = np.zeros((40, 3, 32, 32))
_DATA: dict[str, Any] = {
    "bytes, channels first": _data(IMAGES),
    "bytes, channels last": _data(IMAGES.reshape(2, 4, 4, 3)),
    "grey": _data(IMAGES[:, 0]),
    "doubles": _data(IMAGES.astype("f8")),
    "floats of 0 to 1": _data(IMAGES.astype("f4") / 255),
    "half precision": _data(IMAGES.astype("f2")),
    "numbers of 16 bits": _data(IMAGES.astype("i2")),
    "high bytes first": _data(IMAGES.astype(">f4"), np.arange(2).astype(">i8")),
    "gzip": _data(_LARGE, np.zeros(40), chunks=(8, 3, 32, 32), compression="gzip", shuffle=True),
    "lzf": _data(_LARGE, np.zeros(40), chunks=(8, 3, 32, 32), compression="lzf"),
    "chunks": _data(_LARGE, np.zeros(40), chunks=(3, 1, 32, 32)),
    "labels as doubles": _data(IMAGES, [0.0, 1.0]),
    "labels in a column": _data(IMAGES, [[0], [1]]),
    "labels as rows with a one": _data(IMAGES, np.eye(2)),
    "labels of 8 bits": _data(IMAGES, np.array([0, 1], "u1")),
    "the newest HDF5": _newest_hdf5,
    "more than images": _more_in_it,
}
_IMAGES: dict[str, tuple[str, Any]] = {
    "PNG": ("png", _image(_COLOURS, "PNG")),
    "JPEG": ("jpg", _image(_COLOURS, "JPEG")),
    "progressive JPEG": ("jpeg", _image(_COLOURS, "JPEG", progressive=True)),
    "CMYK JPEG": ("jpg", _image(_COLOURS.convert("CMYK"), "JPEG")),
    "WebP": ("webp", _image(_COLOURS, "WEBP")),
    "lossless WebP": ("webp", _image(_COLOURS.convert("RGBA"), "WEBP", lossless=True)),
    "BMP": ("bmp", _image(_COLOURS, "BMP")),
    "GIF": ("gif", _image(_COLOURS.quantize(8), "GIF")),
    "TIFF": ("tiff", _image(_COLOURS, "TIFF")),
    "TIFF with LZW": ("tif", _image(_COLOURS, "TIFF", compression="tiff_lzw")),
    "TIFF of floats": ("tiff", _image(Image.fromarray(np.eye(4, dtype=np.float32)), "TIFF")),
    "grey": ("png", _image(_COLOURS.convert("L"), "PNG")),
    "16 bits": ("png", _image(Image.fromarray(np.arange(64, dtype=np.uint16).reshape(8, 8) * 1_000), "PNG")),
    "one bit": ("png", _image(_COLOURS.convert("1"), "PNG")),
    "a palette": ("png", _image(_COLOURS.quantize(8), "PNG")),
    "opacity": ("png", _image(_COLOURS.convert("RGBA"), "PNG")),
    "an animation": ("gif", _image(_COLOURS.quantize(4), "GIF", save_all=True, append_images=[_COLOURS.quantize(2)])),
}

ORDINARY_CASES: list[Case] = [
    *(
        ordinary(f"a network: {network} (.{form})", "model", f"model.{form}", _model(form, network))
        for network in _ZOO
        for form in ("keras", "h5")
    ),
    ordinary("a network: many layers (.keras)", "model", "model.keras", _model("keras", "many layers")),
    ordinary("a network: trained (.keras)", "model", "model.keras", _trained),
    ordinary("a network: trained (.h5)", "model", "model.h5", _trained),
    ordinary("a network: Keras 2", "model", "model.h5", lambda path: write_h5_model(path, _act())),
    ordinary("a network: Keras 2.15 in an archive", "model", "model.keras", lambda path: write_archive(path, _act())),
    ordinary("a network: the known one's weights", "model", "bd_weights.h5", _deepid),
    ordinary("a network: the known one's weights of Keras 3", "model", "bd.weights.h5", _deepid),
    *(ordinary(f"images: {name}", "data", "data.h5", make) for name, make in _DATA.items()),
    ordinary("images: without labels", "images", "data.h5", _data(IMAGES, [b"a", b"b"])),
    *(ordinary(f"a picture: {name}", "image", f"face.{end}", make) for name, (end, make) in _IMAGES.items()),
    ordinary(
        "results",
        "results",
        "results.json",
        lambda path: path.write_text(json.dumps({"application": NAME, "method": "anp", "files": ["a.keras"]})),
    ),
]
