"""What a case is: a file that is made by a function, and what the intake must answer."""

import base64
import marshal
import pickle
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from core.intake.client import Kind
from tests.core.edited_model import edit_file

Make = Callable[[Path, Path], object]
Edit = Callable[[Any, h5py.File], object]


@dataclass(frozen=True, slots=True)
class Case:
    """A file and its verdict.

    Attributes:
        name: what the file is; unique.
        kind: the kind of file it is opened as.
        file: the file's name, which may be a trick itself.
        make: writes the file to a path; a payload in it would create the second path, the marker.
        codes: the refusal must have one of these codes; empty if the file must open.
        is_hostile: whether someone made it to harm; ordinary files must open.
    """

    name: str
    kind: Kind
    file: str
    make: Make
    codes: frozenset[str]
    is_hostile: bool = True


def hostile(name: str, kind: Kind, file: str, make: Make, *codes: str) -> Case:
    """Return a hostile case; without codes it opens, since what is hostile in it is not read."""
    return Case(name, kind, file, make, frozenset(codes))


def ordinary(name: str, kind: Kind, file: str, make: Callable[[Path], object]) -> Case:
    """Return a case that must open."""
    return Case(name, kind, file, lambda path, marker: make(path), frozenset(), is_hostile=False)


def constant(content: bytes) -> Make:
    """Return a function that writes the same content to any file."""
    return lambda path, marker: path.write_bytes(content)


class Payload:
    """Creates the marker when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return exec, (f"open({str(self.marker)!r}, 'w').close()",)


def pickled(marker: Path, protocol: int = 4) -> bytes:
    """Return a pickle that creates the marker."""
    return pickle.dumps(Payload(marker), protocol)


def lambda_code(marker: Path) -> str:
    """Return the code of a function that creates the marker and returns its argument, as Keras stores it."""
    made = eval(f"lambda x: (open({str(marker)!r}, 'w').close(), x)[1]")
    return base64.b64encode(marshal.dumps(made.__code__)).decode()


def lambda_config(marker: Path) -> dict[str, Any]:
    """Return a function with code, as Keras 3 describes it."""
    return {"class_name": "__lambda__", "config": {"code": lambda_code(marker), "defaults": None, "closure": None}}


@lru_cache
def saved_by_keras(form: str, network: str = "small") -> bytes:
    """Return the content of an ordinary model file: of the small network, or of one of the zoo."""
    import keras  # noqa: PLC0415 - the data and image cases need no Keras

    from tests.core.keras_zoo import ZOO, save, with_random_weights  # noqa: PLC0415

    def small() -> keras.Model:
        layers = keras.layers
        start = layers.Input((12, 12, 3), name="start")
        inside = layers.Activation("relu", name="act")(layers.Conv2D(4, 3, name="conv")(start))
        return keras.Model(start, layers.Dense(5, "softmax", name="out")(layers.Flatten(name="flat")(inside)))

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"model.{form}"
        return save(with_random_weights(small if network == "small" else ZOO[network]), path).read_bytes()


def edited(edit: Edit, form: str, network: str = "small") -> Make:
    """Return a function that writes an ordinary model with an edited description or content."""

    def make(path: Path, marker: Path) -> None:
        edit_model(path, edit, form, network)

    return make


def edit_model(path: Path, edit: Edit, form: str, network: str = "small") -> None:
    """Write an ordinary model with an edited description or content."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / f"model.{form}"
        source.write_bytes(saved_by_keras(form, network))
        edit_file(source, path, lambda description, file, rng: edit(description, file), np.random.default_rng(0))


def layer_named(description: Any, name: str) -> dict[str, Any]:
    """Return the entry of a layer."""
    return next(one for one in description["config"]["layers"] if one["config"]["name"] == name)


def weight(file: h5py.File) -> str:
    """Return the place of a weight of the small network, the kernel (400, 5) of its last layer."""
    found: list[str] = []
    file.visititems(lambda name, node: found.append(name) if getattr(node, "shape", None) == (400, 5) else None)
    return found[0]


def in_both_formats(cases: Callable[[str], Iterable[Case]]) -> list[Case]:
    """Return cases in both formats of Keras; the names get the format."""
    return [
        Case(f"{case.name} (.{form})", case.kind, f"{case.file}.{form}", case.make, case.codes)
        for form in ("keras", "h5")
        for case in cases(form)
    ]
