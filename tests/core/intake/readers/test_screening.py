"""HDF5 files with links, external data or false claims are refused before a value is read."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np
import pytest

from core.intake.limits import Limits
from core.intake.readers.screening import check_array, screen
from core.intake.refusal import Refusal

Refuser = Callable[..., tuple[str, str]]
LABELS = np.zeros(2)
IMAGES = np.zeros((2, 3, 4, 4))


@pytest.mark.parametrize(
    "link", [h5py.SoftLink("/other"), h5py.SoftLink("/missing"), h5py.ExternalLink("other.h5", "/data")]
)
def test_soft_and_external_links_are_refused(link: Any, tmp_path: Path, refusal_of: Refuser) -> None:
    path = tmp_path / "links.h5"
    with h5py.File(path, "w") as file:
        file["other"], file["label"] = IMAGES, LABELS
        file["data"] = link
    code, sentence = refusal_of("data", path)
    assert code == "unsafe-link"
    assert "'data'" in sentence


def test_a_link_deep_inside_a_model_is_refused(tmp_path: Path, files: SimpleNamespace, refusal_of: Refuser) -> None:
    path = files.h5_model(tmp_path / "model.h5", files.small_network())
    with h5py.File(path, "a") as file:
        file["model_weights/out/out/more"] = h5py.ExternalLink("/etc/passwd", "/")
    assert refusal_of("model", path)[0] == "unsafe-link"


def test_a_circle_of_hard_links_is_refused(tmp_path: Path, refusal_of: Refuser) -> None:
    path = tmp_path / "circle.h5"
    with h5py.File(path, "w") as file:
        file["data"], file["label"] = IMAGES, LABELS
        file["group/again"] = file["/"]
    assert refusal_of("data", path)[0] == "unsafe-link"


def test_data_kept_in_another_file_are_refused(tmp_path: Path, refusal_of: Refuser) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_bytes(b"x" * 96)
    path = tmp_path / "external.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("data", (2, 3, 4, 4), "u1", external=[(str(secret), 0, 96)])
        file["label"] = LABELS
    code, sentence = refusal_of("data", path)
    assert code == "external-data"
    assert "another file" in sentence


def test_virtual_data_are_refused(tmp_path: Path, refusal_of: Refuser) -> None:
    path = tmp_path / "virtual.h5"
    layout = h5py.VirtualLayout((2, 3, 4, 4), "u1")
    layout[:] = h5py.VirtualSource("elsewhere.h5", "data", (2, 3, 4, 4))
    with h5py.File(path, "w") as file:
        file.create_virtual_dataset("data", layout)
        file["label"] = LABELS
    code, sentence = refusal_of("data", path)
    assert code == "external-data"
    assert "virtual" in sentence


def test_a_named_type_is_refused(tmp_path: Path, refusal_of: Refuser) -> None:
    path = tmp_path / "named.h5"
    with h5py.File(path, "w") as file:
        file["data"], file["label"] = IMAGES, LABELS
        file["kind"] = np.dtype("f8")
    assert refusal_of("data", path)[0] == "unsafe-type"


def test_an_unknown_filter_is_refused(tmp_path: Path, refusal_of: Refuser) -> None:
    path = tmp_path / "filter.h5"
    with h5py.File(path, "w") as file:
        properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        properties.set_chunk((2, 3, 4, 4))
        properties.set_filter(32015, h5py.h5z.FLAG_OPTIONAL, (3,))
        space = h5py.h5s.create_simple((2, 3, 4, 4))
        h5py.h5d.create(file.id, b"data", h5py.h5t.NATIVE_UINT8, space, properties)
        file["label"] = LABELS
    code, sentence = refusal_of("data", path)
    assert code == "unsafe-filter"
    assert "32015" in sentence


@pytest.mark.parametrize(
    ("options", "words"), [({"fletcher32": True}, "checksum fletcher32"), ({"scaleoffset": 4}, "scale-offset")]
)
def test_filters_that_nobody_needs_are_refused(
    options: dict[str, Any], words: str, tmp_path: Path, files: SimpleNamespace, refusal_of: Refuser
) -> None:
    pixels = np.zeros((2, 1, 4, 4), "u1")
    path = files.data(tmp_path / "filtered.h5", pixels, LABELS, chunks=(1, 1, 1, 2), compression="gzip", **options)
    code, sentence = refusal_of("data", path)
    assert code == "unsafe-filter"
    assert words in sentence


@pytest.mark.parametrize("options", [{"compression": "gzip"}, {"compression": "lzf", "shuffle": True}])
def test_usual_filters_are_read(options: dict[str, Any], tmp_path: Path, files: SimpleNamespace, read: Any) -> None:
    path = files.data(tmp_path / "fine.h5", np.arange(96, dtype="u1").reshape(2, 3, 4, 4), LABELS, **options)
    assert read("data", path)["pixel_maximum"] == 95


def test_a_small_file_that_claims_a_huge_content_is_refused(tmp_path: Path, refusal_of: Refuser) -> None:
    path = tmp_path / "claims.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("data", (200_000, 3, 55, 47), "f8", chunks=(100, 3, 55, 47), compression="gzip")
        file.create_dataset("label", (200_000,), "f8")
    assert path.stat().st_size < 10_000_000
    code, sentence = refusal_of("data", path)
    assert code == "claims-too-much"
    assert "12,408,000,000" in sentence
    with h5py.File(path, "w") as file:
        file.create_dataset("data", (2**40, 3, 55, 47), "f8", chunks=(100, 3, 55, 47))
        file.create_dataset("label", (2,), "f8")
    assert refusal_of("data", path)[0] == "file-too-large"


def test_a_huge_chunk_is_refused(tmp_path: Path, refusal_of: Refuser) -> None:
    path = tmp_path / "chunk.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("data", (40_000, 3, 20, 20), "f8", chunks=(40_000, 3, 20, 20), compression="gzip")
        file.create_dataset("label", (40_000,), "f8")
    code, sentence = refusal_of("data", path)
    assert code == "file-too-large"
    assert "chunks" in sentence


def test_too_many_objects_and_too_deep_groups_are_refused(tmp_path: Path, refusal_of: Refuser) -> None:
    path = tmp_path / "many.h5"
    with h5py.File(path, "w") as file:
        file["data"], file["label"] = IMAGES, LABELS
        for index in range(60):
            file.create_group(f"group_{index}")
    assert refusal_of("data", path, Limits(object_count=50))[0] == "file-too-large"
    with h5py.File(path, "w") as file:
        file["data"], file["label"] = IMAGES, LABELS
        file.create_group("/".join("abcdefgh" * 5))
    assert refusal_of("data", path)[0] == "file-too-large"


def test_long_and_foreign_attributes_are_refused(tmp_path: Path, refusal_of: Refuser) -> None:
    path = tmp_path / "attributes.h5"
    with h5py.File(path, "w") as file:
        file.attrs.create("model_config", np.zeros(3))
    assert refusal_of("model", path)[0] == "unsafe-type"
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = "x" * 5000
    assert refusal_of("model", path, Limits(attribute_bytes=4000))[0] == "file-too-large"
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = h5py.Empty("S10")
    assert refusal_of("model", path)[0] == "unsafe-type"


@pytest.mark.parametrize("dtype", ["S4", h5py.string_dtype(), h5py.vlen_dtype("f4"), h5py.ref_dtype, "?", "c8", "V3"])
def test_weights_that_are_not_numbers_are_refused(
    dtype: Any, tmp_path: Path, files: SimpleNamespace, refusal_of: Refuser
) -> None:
    path = files.h5_model(tmp_path / "model.h5", files.small_network())
    with h5py.File(path, "a") as file:
        del file["model_weights/out/out/bias:0"]
        file.create_dataset("model_weights/out/out/bias:0", (2,), dtype)
    assert refusal_of("model", path)[0] == "unsafe-type"


def test_hostile_archives_are_refused(tmp_path: Path, files: SimpleNamespace, refusal_of: Refuser) -> None:
    path = tmp_path / "net.keras"
    network = files.small_network()
    for name in ("assets/evil.py", "../../etc/cron.d/x", "custom.pkl", "/config.json"):
        files.archive(path, network, extra={name: b"x"})
        assert refusal_of("model", path)[0] == "unsafe-archive"
    with pytest.warns(UserWarning, match="Duplicate name"):
        files.archive(path, network)
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("config.json", b"{}")
    assert refusal_of("model", path)[0] == "unsafe-archive"
    files.archive(path, network, extra={"config.json": b" " * 20_000_000}, compression=zipfile.ZIP_DEFLATED)
    assert refusal_of("model", path)[0] == "unsafe-archive"
    files.archive(path, network, extra={"config.json": b" " * 70_000_000})
    assert refusal_of("model", path)[0] == "file-too-large"


def test_a_zip_archive_that_is_no_model_is_told(tmp_path: Path, refusal_of: Refuser) -> None:
    path = tmp_path / "photos.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("photo.png", b"x")
    assert refusal_of("model", path)[0] == "wrong-format"


def test_links_inside_an_archive_are_refused(tmp_path: Path, files: SimpleNamespace, refusal_of: Refuser) -> None:
    inner = tmp_path / "model.weights.h5"
    with h5py.File(inner, "w") as file:
        file["layers/dense/vars/0"] = h5py.ExternalLink("/etc/passwd", "/")
    path = files.archive(tmp_path / "net.keras", files.small_network(), extra={"model.weights.h5": inner.read_bytes()})
    assert refusal_of("model", path)[0] == "unsafe-link"


def test_many_small_claims_are_counted_together(tmp_path: Path) -> None:
    path = tmp_path / "claims.h5"
    with h5py.File(path, "w") as file:
        for index in range(10):
            file.create_dataset(str(index), (1 << 23,), "f4", chunks=(1 << 20,), compression="gzip")
    with h5py.File(path) as file:
        screened = screen(file, name="claims.h5", size_bytes=path.stat().st_size, limits=Limits())
        for index in range(8):
            check_array(screened, str(index), Limits())
            check_array(screened, str(index), Limits())  # one that is read twice counts once
        with pytest.raises(Refusal, match="claim 301,989,888 bytes together") as caught:
            check_array(screened, "8", Limits())
    assert caught.value.code == "claims-too-much"
