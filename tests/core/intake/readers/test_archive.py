"""A `.keras` archive and an HDF5 model contain their own bytes alone: no second model before, between or after them."""

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import pytest

Reader = Callable[..., dict[str, Any]]
Refuser = Callable[..., tuple[str, str]]


@pytest.fixture
def archive(tmp_path: Path, files: SimpleNamespace) -> bytes:
    return files.archive(tmp_path / "whole.keras", files.small_network()).read_bytes()


@pytest.fixture
def hdf5(tmp_path: Path, files: SimpleNamespace) -> bytes:
    return files.h5_model(tmp_path / "whole.h5", files.small_network()).read_bytes()


def rezipped(archive: bytes, *, comment: bytes = b"", between: bytes = b"") -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(content, "w") as target:
        for entry in source.infolist():
            target.writestr(entry, source.read(entry))
            if between:
                target.fp.write(between)  # type: ignore[union-attr]
                target.start_dir = target.fp.tell()  # type: ignore[union-attr]
        target.comment = comment
    return content.getvalue()


def test_streamed_and_compressed_archives_open(archive: bytes, tmp_path: Path, read: Reader) -> None:
    class Stream(io.RawIOBase):
        """Writes without seeking, so that sizes follow each entry."""

        def __init__(self) -> None:
            self.content = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, block: Any) -> int:
            self.content += bytes(block)
            return len(block)

    stream = Stream()
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
    path = tmp_path / "streamed.keras"
    path.write_bytes(bytes(stream.content))
    assert read("model", path)["output"] == "out"


def with_extra(archive: bytes, extra: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(content, "w") as target:
        for entry in source.infolist():
            made = zipfile.ZipInfo(entry.filename)
            made.extra = extra if entry.filename == "config.json" else b""
            target.writestr(made, source.read(entry))
    return content.getvalue()


@pytest.mark.parametrize("kind", [0x7075, 0x6375, 0x0099])
def test_fields_in_which_another_name_may_stand_are_refused(
    kind: int, archive: bytes, tmp_path: Path, refusal_of: Refuser
) -> None:
    path = tmp_path / "net.keras"
    field = b"\x01" + bytes(4) + b"metadata.json"
    path.write_bytes(with_extra(archive, struct.pack("<HH", kind, len(field)) + field))
    assert refusal_of("model", path)[0] == "unsafe-archive"


@pytest.mark.parametrize("kind", [0x5455, 0x7855, 0x7875])
def test_times_and_owners_open(kind: int, archive: bytes, tmp_path: Path, read: Reader) -> None:
    path = tmp_path / "net.keras"
    path.write_bytes(with_extra(archive, struct.pack("<HH", kind, 5) + bytes(5)))
    assert read("model", path)["output"] == "out"


def test_long_sizes_open(archive: bytes, tmp_path: Path, read: Reader) -> None:
    path = tmp_path / "net.keras"
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            with target.open(name, "w", force_zip64=True) as entry:
                entry.write(source.read(name))
    assert read("model", path)["output"] == "out"


@pytest.mark.parametrize(("place", "value"), [(6, 0x800), (8, 8), (14, 7), (18, 7), (22, 7), (30, ord("C"))])
def test_entries_that_are_described_in_two_ways_are_refused(
    place: int, value: int, archive: bytes, tmp_path: Path, refusal_of: Refuser
) -> None:
    with zipfile.ZipFile(io.BytesIO(archive)) as source:
        start = next(entry.header_offset for entry in source.infolist() if entry.filename == "config.json")
    content = bytearray(archive)
    content[start + place : start + place + 2] = struct.pack("<H", value) if place < 30 else bytes([value, ord("o")])
    path = tmp_path / "net.keras"
    path.write_bytes(content)
    assert refusal_of("model", path)[0] in {"damaged-file", "foreign-bytes"}


def test_other_bytes_around_an_archive_are_refused(
    archive: bytes, hdf5: bytes, tmp_path: Path, refusal_of: Refuser
) -> None:
    path = tmp_path / "odd.keras"
    for content in [
        hdf5 + archive,
        b"#!/bin/sh\n" + archive,
        rezipped(archive, comment=b"more"),
        rezipped(archive, between=b"more"),
        archive + archive,
        archive + hdf5,
        archive[:40] + archive,
    ]:
        path.write_bytes(content)
        assert refusal_of("model", path)[0] in {"foreign-bytes", "wrong-suffix", "wrong-format"}


def test_other_bytes_around_hdf5_are_refused(archive: bytes, hdf5: bytes, tmp_path: Path, refusal_of: Refuser) -> None:
    path = tmp_path / "odd.h5"
    for content in [hdf5 + archive, hdf5 + hdf5, hdf5 + b"\0"]:
        path.write_bytes(content)
        code, sentence = refusal_of("model", path)
        assert code == "foreign-bytes"
        assert f"{len(content) - len(hdf5):,} bytes" in sentence
    with h5py.File(path, "w", userblock_size=1024) as file:
        file["layers/dense/vars/0"] = [1.0]
    whole = bytearray(path.read_bytes())
    assert refusal_of("model", path)[0] == "foreign-bytes"
    whole[: len(archive[:1024])] = archive[:1024]
    path.write_bytes(bytes(whole))
    assert refusal_of("model", path)[0] == "wrong-suffix"


@pytest.mark.parametrize("version", ["earliest", "v108", "v110", "latest"])
def test_every_version_of_hdf5_is_measured(
    version: str, tmp_path: Path, files: SimpleNamespace, refusal_of: Refuser, read: Reader
) -> None:
    path = tmp_path / "net.h5"
    files.h5_model(path, files.small_network())
    copy = tmp_path / "copy.h5"
    with h5py.File(path) as source, h5py.File(copy, "w", libver=(version, "latest")) as target:
        source.copy("model_weights", target)
        for key, value in source.attrs.items():
            target.attrs[key] = value
    assert read("model", copy)["output"] == "out"
    copy.write_bytes(copy.read_bytes() + b"PK")
    assert refusal_of("model", copy)[0] == "foreign-bytes"


def test_a_name_that_says_another_format_is_refused(
    archive: bytes, hdf5: bytes, tmp_path: Path, refusal_of: Refuser, read: Reader
) -> None:
    for name, content in [("a.keras", hdf5), ("b.h5", archive), ("c.HDF5", archive)]:
        (tmp_path / name).write_bytes(content)
        code, sentence = refusal_of("model", tmp_path / name)
        assert code == "wrong-suffix"
        assert "but its name says" in sentence
    for name, content in [("a.bin", hdf5), ("b", archive), ("c.HDF5", hdf5)]:
        (tmp_path / name).write_bytes(content)
        assert read("model", tmp_path / name)["output"] == "out"


@pytest.mark.parametrize("place", [8, 10])
def test_an_archive_that_claims_fewer_entries_is_refused(
    place: int, archive: bytes, tmp_path: Path, refusal_of: Refuser
) -> None:
    content = bytearray(archive)
    struct.pack_into("<H", content, archive.rindex(b"PK\x05\x06") + place, 1)
    (tmp_path / "odd.keras").write_bytes(bytes(content))
    assert refusal_of("model", tmp_path / "odd.keras")[0] == "damaged-file"


def test_an_entry_that_claims_another_place_is_refused(archive: bytes, tmp_path: Path, refusal_of: Refuser) -> None:
    directory = archive.index(b"PK\x01\x02")
    for offset in (1, 2**31):
        content = bytearray(archive)
        struct.pack_into("<L", content, directory + 42, offset)
        (tmp_path / "odd.keras").write_bytes(bytes(content))
        assert refusal_of("model", tmp_path / "odd.keras")[0] in {"foreign-bytes", "damaged-file", "truncated-file"}
