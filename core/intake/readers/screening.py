"""Screening of HDF5 files: only hard links, plain numbers in the file itself, known filters and plausible sizes."""

import math
from dataclasses import dataclass, field
from typing import Any

import h5py
import numpy as np

from core.intake.limits import Limits
from core.intake.refusal import Refusal, shortened

# Not fletcher32, which crashes on a chunk of two bytes in HDF5 1.14.6 and 2.0.0, and not what nobody was seen
# to use (scale-offset, n-bit, szip): each filter is code that runs on the file's bytes.
_ALLOWED_FILTERS = {h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_LZF}
_FILTER_NAMES = {
    h5py.h5z.FILTER_FLETCHER32: "the checksum fletcher32",
    h5py.h5z.FILTER_SZIP: "szip",
    h5py.h5z.FILTER_NBIT: "n-bit",
    h5py.h5z.FILTER_SCALEOFFSET: "scale-offset",
}
_ITEM_BYTES = {h5py.h5t.INTEGER: {1, 2, 4, 8}, h5py.h5t.FLOAT: {2, 4, 8}}
_ATTRIBUTE_ITEM_COUNT = 65_536
_NAME_LENGTH = 1_024


@dataclass(frozen=True, slots=True)
class Screened:
    """The tree of a screened HDF5 file.

    Attributes:
        name: the file's name, for messages.
        size_bytes: the file's size.
        groups: each group by its path; the root is `""`.
        datasets: each dataset by its path, without a leading slash.
        names: the names directly below each group.
        claims: how many bytes each dataset that was checked for reading takes in memory, by its path.
    """

    name: str
    size_bytes: int
    groups: dict[str, Any]
    datasets: dict[str, Any]
    names: dict[str, list[str]]
    claims: dict[str, int] = field(default_factory=dict)

    def children(self, path: str) -> list[str]:
        """Return the names directly below a group, sorted; an empty list if there is no such group."""
        return sorted(self.names.get(path, []))


def screen(file: Any, *, name: str, size_bytes: int, limits: Limits) -> Screened:
    """Walk an open HDF5 file along its hard links and return its tree; no value is read.

    Raises:
        Refusal: `unsafe-link`, `unsafe-type`, `external-data` or `file-too-large`.
    """
    screened = Screened(name, size_bytes, {"": file["/"]}, {}, {})
    seen = {_address(screened.groups[""])}
    waiting = [("", 0)]
    while waiting:
        path, depth = waiting.pop()
        if depth > limits.depth:
            raise Refusal(
                "file-too-large", f"the groups of '{name}' are nested deeper than the {limits.depth} levels allowed"
            )
        group = screened.groups[path]
        names = screened.names.setdefault(path, [])
        for link_name in group:
            child_path = f"{path}/{link_name}" if path else link_name
            _check_link(group, link_name, child_path, name)
            child = group[link_name]
            address = _address(child)
            if address in seen:
                raise Refusal("unsafe-link", f"'{shortened(child_path)}' in '{name}' is linked more than once")
            seen.add(address)
            names.append(link_name)
            if len(seen) > limits.object_count:
                raise Refusal(
                    "file-too-large", f"'{name}' contains more than the {limits.object_count:,} objects allowed"
                )
            if isinstance(child, h5py.Group):
                screened.groups[child_path] = child
                waiting.append((child_path, depth + 1))
            elif isinstance(child, h5py.Dataset):
                _check_storage(child, child_path, name)
                screened.datasets[child_path] = child
            else:
                raise Refusal("unsafe-type", f"'{shortened(child_path)}' in '{name}' is a named type, not data")
    return screened


def check_array(screened: Screened, path: str, limits: Limits, *, has_booleans: bool = False) -> Any:
    """Return a dataset that is safe to read: plain numbers, known filters, a size that the file can contain.

    The datasets that were checked before count, too: a file may not claim more by many arrays than by one.
    `has_booleans` also allows truth values, which h5py stores as an enumeration of one byte.

    Raises:
        Refusal: `unsafe-type`, `unsafe-filter`, `file-too-large` or `claims-too-much`.
    """
    dataset, name = screened.datasets[path], screened.name
    where = f"'{shortened(path)}' in '{name}'"
    kind = dataset.id.get_type()
    is_boolean = has_booleans and kind.get_class() == h5py.h5t.ENUM and kind.get_size() == 1 and dataset.dtype == bool
    if not is_boolean and kind.get_size() not in _ITEM_BYTES.get(kind.get_class(), ()):
        raise Refusal("unsafe-type", f"{where} does not contain plain numbers: expected integers or floats")
    if not is_boolean and dataset.dtype.kind not in "iuf":
        raise Refusal("unsafe-type", f"{where} contains values of type {dataset.dtype}: expected integers or floats")
    if dataset.id.get_space().get_simple_extent_type() == h5py.h5s.NULL:
        raise Refusal("wrong-shape", f"{where} has no values at all")
    properties = dataset.id.get_create_plist()
    for index in range(properties.get_nfilters()):
        code = properties.get_filter(index)[0]
        if code not in _ALLOWED_FILTERS:
            found = _FILTER_NAMES.get(code, f"filter {code}")
            raise Refusal("unsafe-filter", f"{where} is stored with {found}: only gzip, lzf and shuffle are allowed")
    if dataset.chunks and math.prod(dataset.chunks) * dataset.dtype.itemsize > limits.chunk_bytes:
        raise Refusal("file-too-large", f"{where} is stored in chunks above {limits.chunk_bytes:,} bytes")
    # Python's integers: a claimed size may exceed 64 bits.
    claimed_bytes = math.prod(int(length) for length in dataset.shape) * dataset.dtype.itemsize
    if claimed_bytes > limits.array_bytes:
        raise Refusal(
            "file-too-large", f"{where} claims {claimed_bytes:,} bytes: at most {limits.array_bytes:,} are allowed"
        )
    largest_bytes = max(limits.free_claim_bytes, limits.claim_ratio * screened.size_bytes)
    if claimed_bytes > largest_bytes:
        raise Refusal(
            "claims-too-much",
            f"{where} claims {claimed_bytes:,} bytes, but the whole file has only {screened.size_bytes:,}",
        )
    screened.claims[path] = claimed_bytes
    together_bytes = sum(screened.claims.values())
    if together_bytes > largest_bytes:
        raise Refusal(
            "claims-too-much",
            f"the arrays up to {where} claim {together_bytes:,} bytes together, but the whole file has only "
            f"{screened.size_bytes:,}",
        )
    return dataset


def read_text(owner: Any, key: str, *, name: str, limits: Limits) -> str | None:
    """Return a text attribute; None if it is absent.

    Raises:
        Refusal: `unsafe-type` or `file-too-large`.
    """
    values = read_texts(owner, key, name=name, limits=limits)
    if values is None:
        return None
    if len(values) != 1 or h5py.h5a.open(owner.id, key.encode()).shape != ():
        raise Refusal("unsafe-type", f"attribute '{key}' of '{name}' is a list of texts: expected one text")
    return values[0]


def read_texts(owner: Any, key: str, *, name: str, limits: Limits, is_list: bool = False) -> list[str] | None:
    """Return the texts of an attribute; None if it is absent.

    Args:
        owner: the group or dataset.
        key: the attribute's name.
        name: the file's name, for messages.
        limits: limits of the reading.
        is_list: whether the attribute must have one axis; else it may be a single text, too.

    Raises:
        Refusal: `unsafe-type` or `file-too-large`.
    """
    if key not in owner.attrs:
        return None
    attribute = h5py.h5a.open(owner.id, key.encode())
    count = 0 if attribute.shape is None else math.prod(int(length) for length in attribute.shape)
    if count == 0:
        return []
    if is_list and len(attribute.shape) != 1:
        raise Refusal("unsafe-type", f"attribute '{key}' of '{name}' is not a list of texts")
    kind = attribute.get_type()
    if count > _ATTRIBUTE_ITEM_COUNT or count * kind.get_size() > limits.attribute_bytes:
        raise Refusal("file-too-large", f"attribute '{key}' of '{name}' is larger than allowed")
    if kind.get_class() != h5py.h5t.STRING:
        raise Refusal("unsafe-type", f"attribute '{key}' of '{name}' is not text")
    raw = owner.attrs[key]
    values = [raw] if isinstance(raw, str | bytes) else np.asarray(raw, dtype=object).ravel().tolist()
    texts = [value.decode("utf-8") if isinstance(value, bytes) else str(value) for value in values]
    if sum(len(text) for text in texts) > limits.attribute_bytes:
        raise Refusal("file-too-large", f"attribute '{key}' of '{name}' is larger than allowed")
    return texts


def _check_link(group: Any, link_name: str, path: str, name: str) -> None:
    if len(link_name) > _NAME_LENGTH:
        raise Refusal("file-too-large", f"'{name}' contains a name of {len(link_name):,} characters")
    if "/" in link_name:
        raise Refusal("damaged-file", f"'{name}' contains a name with a slash in it")
    kind = group.id.links.get_info(link_name.encode("utf-8", "surrogateescape")).type
    if kind == h5py.h5l.TYPE_HARD:
        return
    found = "an external link" if kind == h5py.h5l.TYPE_EXTERNAL else "a soft link"
    raise Refusal("unsafe-link", f"'{shortened(path)}' in '{name}' is {found}: only data in the file itself are read")


def _check_storage(dataset: Any, path: str, name: str) -> None:
    properties = dataset.id.get_create_plist()
    where = f"'{shortened(path)}' in '{name}'"
    if properties.get_layout() == h5py.h5d.VIRTUAL:
        raise Refusal("external-data", f"{where} is a virtual dataset: only data in the file itself are read")
    if properties.get_external_count() > 0:
        raise Refusal("external-data", f"{where} is stored in another file: only data in the file itself are read")


def _address(thing: Any) -> tuple[int, int]:
    info = h5py.h5o.get_info(thing.id)
    return int(info.fileno), int(info.addr)
