"""Archives and HDF5 files that are traps whatever network or data they hold."""

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

from tests.hostile.case import Case, Make, hostile, saved_by_keras, weight

Write = Callable[[h5py.File], object]
_UNSAFE = "unsafe-archive"


def _entries() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(saved_by_keras("keras"))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _with_entry(name: str | zipfile.ZipInfo, content: bytes = b"x", *, is_first: bool = False) -> Make:
    """Add an entry to an ordinary archive; written by hand, since a name may occur twice."""

    def make(path: Path, marker: Path) -> None:
        known: list[tuple[str | zipfile.ZipInfo, bytes]] = list(_entries().items())
        known.insert(0 if is_first else len(known), (name, content))
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for each, value in known:
                archive.NameToInfo.clear()  # or it warns of the second one
                archive.writestr(each, value)

    return make


def _symlink(target: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo("config.json")
    entry.create_system, entry.external_attr = 3, 0o120777 << 16
    entry.comment = target.encode()
    return entry


def _patched(signature: bytes, offset: int, form: str, value: int, *, is_last: bool = False) -> Make:
    """Change a field of the first (or last) record with a signature."""

    def make(path: Path, marker: Path) -> None:
        content = bytearray(saved_by_keras("keras"))
        place = content.rindex(signature) if is_last else content.index(signature)
        struct.pack_into(form, content, place + offset, value)
        path.write_bytes(content)

    return make


def _other_names(path: Path, marker: Path) -> None:
    """Name an entry otherwise in the central directory than in front of it."""
    content = bytearray(saved_by_keras("keras"))
    place = content.index(b"config.json")
    content[place : place + 6] = b"CONFIG"
    path.write_bytes(content)


def _compressed(method: int, content: bytes, name: str) -> Make:
    def make(path: Path, marker: Path) -> None:
        with zipfile.ZipFile(path, "w", method) as archive:
            for each, value in {**_entries(), name: content}.items():
                archive.writestr(each, value)

    return make


def _archive_of(**entries: bytes) -> Make:
    def make(path: Path, marker: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for name, value in entries.items():
                archive.writestr(name.replace("__", "."), value)

    return make


_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_ZEROS = bytes(30_000_000)

_ARCHIVES: dict[str, tuple[Make, tuple[str, ...]]] = {
    "a file above the folder": (_with_entry("../../evil.py"), (_UNSAFE,)),
    "a file by its whole path": (_with_entry("/etc/cron.d/evil"), (_UNSAFE,)),
    "a file of Windows": (_with_entry("C:\\Windows\\evil.dll"), (_UNSAFE,)),
    "a file above with backslashes": (_with_entry("..\\..\\evil.dll"), (_UNSAFE,)),
    "a module": (_with_entry("custom_layers.py"), (_UNSAFE,)),
    "an asset": (_with_entry("assets/vocabulary.txt"), (_UNSAFE,)),
    "a pickle": (_with_entry("state.pkl"), (_UNSAFE,)),
    "a description twice": (_with_entry("config.json"), (_UNSAFE,)),
    "a description twice, another one first": (_with_entry("config.json", b"{}", is_first=True), (_UNSAFE,)),
    "weights twice": (_with_entry("model.weights.h5"), (_UNSAFE,)),
    "weights in .npz beside": (_with_entry("model.weights.npz"), (_UNSAFE,)),
    "a link": (_with_entry(_symlink("/etc/passwd"), b"/etc/passwd"), (_UNSAFE,)),
    "a name with a line end": (_with_entry("a\nb\x1b[31m"), (_UNSAFE,)),
    "a folder": (_with_entry("model.weights.h5/"), (_UNSAFE,)),
    "a bomb in the description": (_compressed(8, _ZEROS, "config.json"), (_UNSAFE, "file-too-large")),
    "a bomb in the weights": (_compressed(8, _ZEROS, "model.weights.h5"), (_UNSAFE,)),
    "a bomb by bzip2": (_compressed(12, _ZEROS, "model.weights.h5"), (_UNSAFE,)),
    "a bomb by lzma": (_compressed(14, _ZEROS, "model.weights.h5"), (_UNSAFE,)),
    "a wrong check sum": (_patched(_CENTRAL, 16, "<L", 1), ("damaged-file",)),
    "an encrypted entry": (_patched(_CENTRAL, 8, "<H", 1), (_UNSAFE,)),
    "an unknown compression": (_patched(_CENTRAL, 10, "<H", 99), ("damaged-file",)),
    "a claim of 4 GB": (_patched(_CENTRAL, 24, "<L", 2**32 - 2), (_UNSAFE, "file-too-large", "damaged-file")),
    "an entry that starts elsewhere": (_patched(_CENTRAL, 42, "<L", 7), ("foreign-bytes", "damaged-file")),
    "an entry behind the end": (_patched(_CENTRAL, 42, "<L", 2**31), ("foreign-bytes", "truncated-file")),
    "two entries at one place": (
        _patched(_CENTRAL, 42, "<L", 0, is_last=True),
        ("foreign-bytes", "damaged-file"),
    ),
    "fewer entries than there are": (_patched(_END, 10, "<H", 1), ("foreign-bytes", "wrong-format", "damaged-file")),
    "a directory that starts elsewhere": (_patched(_END, 16, "<L", 3), ("truncated-file", "foreign-bytes")),
    "a directory of another size": (_patched(_END, 12, "<L", 10), ("truncated-file", "foreign-bytes", "wrong-format")),
    "names that differ in front and in the directory": (_other_names, ("damaged-file",)),
    "no weights": (_archive_of(config__json=b"{}"), ("wrong-format",)),
    "no description": (_archive_of(model__weights__h5=b"x"), ("wrong-format",)),
    "an archive in an archive": (
        _archive_of(config__json=b"{}", model__weights__h5=b"PK\x03\x04" + bytes(60)),
        ("damaged-file", "wrong-format"),
    ),
}  # fmt: skip


def _dataset(**options: object) -> Write:
    """Write `data` with options of its own."""

    def write(file: h5py.File) -> None:
        file.create_dataset("data", **{"shape": (2, 3, 4, 4), "dtype": "u1", **options})

    return write


def _link(link: object) -> Write:
    def write(file: h5py.File) -> None:
        file["data"] = link

    return write


def _virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((2, 3, 4, 4), "u1")
    layout[:] = h5py.VirtualSource("/etc/passwd", "data", (2, 3, 4, 4))
    file.create_virtual_dataset("data", layout)


def _filtered(code: int) -> Write:
    def write(file: h5py.File) -> None:
        properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        properties.set_chunk((2, 3, 4, 4))
        properties.set_filter(code, h5py.h5z.FLAG_OPTIONAL, (3,))
        space = h5py.h5s.create_simple((2, 3, 4, 4))
        h5py.h5d.create(file.id, b"data", h5py.h5t.NATIVE_UINT8, space, properties)

    return write


def _with_data(change: Write) -> Write:
    def write(file: h5py.File) -> None:
        file["data"] = np.zeros((2, 3, 4, 4), "u1")
        change(file)

    return write


def _references(file: h5py.File) -> None:
    dataset = file.create_dataset("data", (2, 3, 4, 4), h5py.ref_dtype)
    dataset[0, 0, 0, 0] = file["/"].ref


def _many_groups(file: h5py.File) -> None:
    for index in range(21_000):
        h5py.h5g.create(file["/"].id, f"g{index}".encode())


def _long_strings(file: h5py.File) -> None:
    """Let 40,000 texts of variable length claim more than a file may hold."""
    dataset = file.create_dataset("data", (40, 1000), h5py.string_dtype())
    dataset[0, :] = "x" * 2_000


def _huge_attribute(file: h5py.File) -> None:
    file.attrs.create("model_config", np.bytes_(b"x" * (20 << 20)))


# The HDF5 file's own traps; `data` is in each, so that each is read as images too.
_FILES: dict[str, tuple[Write, tuple[str, ...]]] = {
    "a soft link": (_link(h5py.SoftLink("/label")), ("unsafe-link",)),
    "a soft link to itself": (_link(h5py.SoftLink("/data")), ("unsafe-link",)),
    "an external link": (_link(h5py.ExternalLink("/etc/passwd", "/")), ("unsafe-link",)),
    "a link to another data set": (_link(h5py.ExternalLink("other.h5", "/data")), ("unsafe-link",)),
    "a circle of groups": (_with_data(lambda file: file.__setitem__("g/again", file["/"])), ("unsafe-link",)),
    "an object by two names": (_with_data(lambda file: file.__setitem__("copy", file["data"])), ("unsafe-link",)),
    "a virtual data set": (_virtual, ("external-data",)),
    "data in another file": (_dataset(external=[("/etc/passwd", 0, 96)]), ("external-data",)),
    "data in a device": (_dataset(external=[("/dev/zero", 0, h5py.h5f.UNLIMITED)]), ("external-data",)),
    "a named type": (_with_data(lambda file: file.__setitem__("kind", np.dtype("f8"))), ("unsafe-type",)),
    "object references": (_references, ("unsafe-type", "wrong-dtype")),
    "region references": (_dataset(dtype=h5py.regionref_dtype), ("unsafe-type", "wrong-dtype")),
    "texts of any length": (_dataset(dtype=h5py.string_dtype()), ("unsafe-type", "wrong-dtype")),
    "texts": (_dataset(dtype="S64"), ("unsafe-type", "wrong-dtype")),
    "texts in a shape of 40,000": (_long_strings, ("unsafe-type", "wrong-dtype")),
    "arrays of any length": (_dataset(dtype=h5py.vlen_dtype("f4")), ("unsafe-type", "wrong-dtype")),
    "records": (_dataset(dtype=[("a", "f4"), ("b", "i8")]), ("unsafe-type", "wrong-dtype")),
    "an enumeration": (_dataset(dtype=h5py.enum_dtype({"A": 1})), ("unsafe-type", "wrong-dtype")),
    "opaque values": (_dataset(dtype="V16"), ("unsafe-type", "wrong-dtype")),
    "complex numbers": (_dataset(dtype="c16"), ("unsafe-type", "wrong-dtype")),
    "numbers of 128 bits": (_dataset(dtype=np.longdouble), ("unsafe-type", "wrong-dtype")),
    "arrays as values": (_dataset(dtype=np.dtype(("f4", (2, 2)))), ("unsafe-type", "wrong-dtype")),
    "the filter of a plugin": (_filtered(32_015), ("unsafe-filter",)),
    "a filter that is not registered": (_filtered(60_000), ("unsafe-filter",)),
    "the checksum fletcher32": (_dataset(fletcher32=True, chunks=(1, 1, 1, 2)), ("unsafe-filter",)),
    "the filter scale-offset": (_dataset(scaleoffset=4, chunks=(1, 1, 4, 4)), ("unsafe-filter",)),
    "a claim of 12 GB": (
        _dataset(shape=(200_000, 3, 55, 47), dtype="f8", chunks=(100, 3, 55, 47), compression="gzip"),
        ("claims-too-much",),
    ),
    "a claim of 2⁶² bytes": (_dataset(shape=(2**40, 1, 2**9, 2**10), chunks=(1, 1, 64, 64)), ("file-too-large",)),
    "a claim over 64 bits": (_dataset(shape=(2**60, 2**3, 64, 64), chunks=(1, 1, 64, 64)), ("file-too-large",)),
    "a chunk of 384 MB": (
        _dataset(shape=(40_000, 3, 20, 20), dtype="f8", chunks=(40_000, 3, 20, 20), compression="gzip"),
        ("file-too-large",),
    ),
    "40 groups in each other": (_with_data(lambda file: file.create_group("/".join("abcd" * 10))), ("file-too-large",)),
    "21,000 groups": (_with_data(_many_groups), ("file-too-large",)),
    "a name of 2,000 letters": (_with_data(lambda file: file.create_group("n" * 2_000)), ("file-too-large",)),
    "no values": (_link(h5py.Empty("f4")), ("wrong-shape",)),
}  # fmt: skip


def _as_data(write: Write) -> Make:
    def make(path: Path, marker: Path) -> None:
        with h5py.File(path, "w", libver="latest") as file:
            file["label"] = np.zeros(2)
            write(file)

    return make


def _as_model(write: Write) -> Make:
    """Put `data` in the place of a weight of an ordinary network."""

    def make(path: Path, marker: Path) -> None:
        path.write_bytes(saved_by_keras("h5"))
        with h5py.File(path, "a") as file:
            kernel = weight(file)
            del file[kernel]
            write(file)
            file.move("data", kernel)

    return make


def _in_an_archive(write: Write) -> Make:
    def make(path: Path, marker: Path) -> None:
        entries = _entries()
        weights = io.BytesIO(entries["model.weights.h5"])
        with h5py.File(weights, "a") as file:
            write(file)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, value in {**entries, "model.weights.h5": weights.getvalue()}.items():
                archive.writestr(name, value)

    return make


CONTAINER_CASES: list[Case] = [
    *(
        hostile(f"an archive: {name}", "model", "model.keras", make, *codes)
        for name, (make, codes) in _ARCHIVES.items()
    ),
    *(
        hostile(f"images: {name}", "data" if index % 2 else "images", "data.h5", _as_data(write), *codes)
        for index, (name, (write, codes)) in enumerate(_FILES.items())
    ),
    *(
        hostile(f"a network: {name}", "model", "model.h5", _as_model(write), *codes, "bad-weights")
        # Every other one: what differs from images is the place where they are found.
        for name, (write, codes) in list(_FILES.items())[::2]
    ),
    *(
        hostile(f"an archived network: {name}", "model", "model.keras", _in_an_archive(_FILES[name][0]), *codes)
        for name, codes in {
            "an external link": ("unsafe-link",),
            "a virtual data set": ("external-data",),
            "data in another file": ("external-data",),
            "a claim of 12 GB": ("unread-data", "unsafe-archive"),
            "a circle of groups": ("unsafe-link",),
            "the filter of a plugin": ("unread-data",),
        }.items()
    ),
    hostile("a network: an attribute of 20 MB", "model", "model.h5", _as_data(_huge_attribute), "file-too-large"),
]
