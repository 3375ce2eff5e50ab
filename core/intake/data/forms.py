"""The forms of single data files, told by their first bytes, and the arrays in them."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from core.intake.data import matlab_arrays, numpy_arrays
from core.intake.data.arrays import FileArray
from core.intake.data.bundle import TABLE_SUFFIXES, Part
from core.intake.data.hdf5_arrays import MATLAB_START, hdf5_arrays
from core.intake.data.pairing import OWN_KEYS
from core.intake.data.pickle_arrays import pickle_arrays
from core.intake.data.rows import cifar_rows
from core.intake.data.rows.foreign_data import refuse_archive, refuse_foreign_data
from core.intake.data.rows.idx_arrays import idx_array, is_idx
from core.intake.data.rows.pixel_tables import pixel_table
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
            refuse_archive(names, name)
        yield OpenForm("npz", numpy_arrays.npz_arrays(file, name=name, size_bytes=size_bytes, limits=limits))
    elif start.startswith(matlab_arrays.START):
        yield OpenForm("mat-5", matlab_arrays.matlab_arrays(file, name=name, size_bytes=size_bytes, limits=limits))
    elif _PICKLE_START.match(start):
        yield OpenForm("pickle", pickle_arrays(file, name=name, size_bytes=size_bytes, limits=limits))
    elif is_idx(start):
        yield OpenForm("idx", {"images": _idx(file, name, size_bytes, limits)})
    elif cifar_rows.label_count(name, size_bytes):
        yield OpenForm("cifar-binary", cifar_rows.cifar_rows(file, name=name, size_bytes=size_bytes, limits=limits))
    elif name.lower().endswith(TABLE_SUFFIXES):
        yield OpenForm("pixels", pixel_table(file, name=name, size_bytes=size_bytes, limits=limits))
    else:
        refuse_foreign_data(start, name, size_bytes=size_bytes)
        cifar_rows.refuse_cut_off(start, name, size_bytes)
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


def _idx(file: BinaryIO, name: str, size_bytes: int, limits: Limits) -> FileArray:
    found = idx_array(file, key="images", begin=0, size_bytes=size_bytes, name=name, limits=limits)
    if len(found.shape) == 1:
        raise Refusal("missing-key", f"'{name}' contains labels alone: open the file of the images beside it")
    return found


def _model_not_images(name: str) -> Refusal:
    return Refusal("model-not-images", f"'{name}' contains a network, not images: open it as the network instead")
