"""The forms of single data files, told by their first bytes, and the arrays in them."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from core.intake.data import matlab_arrays, numpy_arrays
from core.intake.data.arrays import FileArray
from core.intake.data.bundle import Part
from core.intake.data.hdf5_arrays import MATLAB_START, hdf5_arrays
from core.intake.data.pairing import OWN_KEYS
from core.intake.data.pickle_arrays import pickle_arrays
from core.intake.limits import Limits
from core.intake.readers.archive import entry_names
from core.intake.readers.file_kind import open_hdf5
from core.intake.readers.screening import screen
from core.intake.refusal import Refusal
from core.intake.source import ZIP_SIGNATURE

_PICKLE_START = re.compile(rb"\x80[\x02-\x05]")


@dataclass(frozen=True, slots=True)
class OpenForm:
    """An open data file.

    Attributes:
        form: the name of its form.
        arrays: its arrays by key.
    """

    form: str
    arrays: Mapping[str, FileArray]


@contextmanager
def open_form(file: BinaryIO, *, name: str, size_bytes: int, limits: Limits) -> Iterator[OpenForm]:
    """Open a data file of any form but those of several files; no values are read yet.

    Raises:
        Refusal: it is of another form, is damaged, or contains a network.
    """
    file.seek(0)
    start = file.read(64)
    if start.startswith(numpy_arrays.START):
        part = Part(name, 0, size_bytes)
        yield OpenForm("npy", numpy_arrays.npy_arrays(file, [part], name=name, limits=limits))
    elif start.startswith(ZIP_SIGNATURE):
        names = entry_names(file)
        if "model.weights.h5" in names:
            raise _model_not_images(name)
        is_cut_off = not names and name.lower().endswith(".npz")  # the list is at the end
        if not is_cut_off and not any(each.endswith(".npy") for each in names):
            raise Refusal(
                "wrong-format",
                f"'{name}' is a zip archive without arrays: unpack it, and open the folder or file in it",
            )
        yield OpenForm("npz", numpy_arrays.npz_arrays(file, name=name, size_bytes=size_bytes, limits=limits))
    elif start.startswith(matlab_arrays.START):
        yield OpenForm("mat-5", matlab_arrays.matlab_arrays(file, name=name, size_bytes=size_bytes, limits=limits))
    elif _PICKLE_START.match(start):
        yield OpenForm("pickle", pickle_arrays(file, name=name, size_bytes=size_bytes, limits=limits))
    else:
        with open_hdf5(file, name) as opened:
            is_matlab = start.startswith(MATLAB_START)
            screened = screen(opened, name=name, size_bytes=size_bytes, limits=limits)
            arrays = hdf5_arrays(screened, limits=limits, is_matlab=is_matlab)
            is_network = {"model_config", "layer_names"} & set(opened.attrs) or {"model_weights", "layers"} & set(
                screened.children("")
            )
            if is_network and not set(OWN_KEYS) & arrays.keys():
                raise _model_not_images(name)
            yield OpenForm("mat-7.3" if is_matlab else "hdf5", arrays)


def _model_not_images(name: str) -> Refusal:
    return Refusal("model-not-images", f"'{name}' contains a network, not images: open it as the network instead")
