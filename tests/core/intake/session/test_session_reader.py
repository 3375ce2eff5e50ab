"""Archives and folders of sessions: ours are read, everything else is refused with a code and a sentence."""

import hashlib
import io
import json
import os
import stat
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import SessionFileError
from core.intake.answers import SessionAnswer
from core.intake.client import read_file
from core.intake.limits import MIB, Limits
from core.intake.session.members import CONTENT, SCHEMA
from core.version import NAME

Reader = Callable[..., dict[str, Any]]
Refuser = Callable[..., tuple[str, str]]

OURS = {"application": NAME, "content": CONTENT, "schema": SCHEMA}


def npy(values: Any, **words: Any) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asarray(values), **{"allow_pickle": False, **words})
    return file.getvalue()


MEMBERS = {
    "arrays/a0.npy": npy(np.arange(5.0)),
    "arrays/a1.npy": npy(np.array([True, False])),
    "networks/n1.keras": b"a network",
    "inputs/i0.h5": b"a copy",
    "tables/run-1.csv": b"pruned_count\n0\n",
}


def document(members: Mapping[str, bytes] = MEMBERS, **words: Any) -> bytes:
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}
    return json.dumps({**OURS, "members": digests, **words}).encode()


def write(path: Path, members: Mapping[Any, bytes], *, compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    return write(tmp_path / "ours.zip", {**MEMBERS, "session.json": document(state={"x": 1.5})})


def test_a_session_of_ours_is_read(ours: Path, read: Reader) -> None:
    answer = read("session", ours)
    folder = answer.pop("folder")
    checked = SessionAnswer.model_validate_json(json.dumps({"ok": True, **answer}))
    assert checked.document["state"] == {"x": 1.5}
    assert [(each.name, each.dtype, each.shape) for each in checked.arrays] == [
        ("a0", "float64", [5]),
        ("a1", "bool", [2]),
    ]
    assert np.array_equal(np.load(folder / checked.arrays[0].file), np.arange(5.0))
    copies = {each.name: (folder / each.file).read_bytes() for each in checked.files}
    assert copies == {"networks/n1.keras": b"a network", "inputs/i0.h5": b"a copy"}


def test_its_folder_is_the_same(ours: Path, tmp_path: Path) -> None:
    folder = tmp_path / "ours.session"
    with zipfile.ZipFile(ours) as archive:
        archive.extractall(folder)
    (folder / ".DS_Store").write_bytes(b"what a system leaves")
    of_folder, of_archive = (read_file("session", each).answer for each in (folder, ours))
    assert isinstance(of_folder, SessionAnswer)
    assert isinstance(of_archive, SessionAnswer)
    assert (of_folder.document, of_folder.files) == (of_archive.document, of_archive.files)


@pytest.mark.parametrize("size", [4 * MIB - 3, 4 * MIB, 9 * MIB + 5])
def test_a_large_array_comes_through_block_by_block(size: int, tmp_path: Path, read: Reader) -> None:
    values = np.random.default_rng(0).integers(0, 2**60, size // 8)
    members = {"arrays/a0.npy": npy(values)}
    answer = read("session", write(tmp_path / "large.zip", {**members, "session.json": document(members)}))
    assert np.array_equal(np.load(answer["folder"] / answer["arrays"][0]["file"]), values)


def link(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


def with_other(name: str, content: bytes) -> dict[Any, bytes]:
    members = {**MEMBERS, name: content}
    return {**members, "session.json": document(members)}


HOSTILE: dict[str, tuple[Callable[[], Mapping[Any, bytes]], str]] = {
    "above": (lambda: with_other("../evil.npy", b"x"), "unsafe-archive"),
    "deep-above": (lambda: with_other("arrays/../../evil.npy", b"x"), "unsafe-archive"),
    "absolute": (lambda: with_other("/etc/evil", b"x"), "unsafe-archive"),
    "backslash": (lambda: with_other("arrays\\..\\evil.npy", b"x"), "unsafe-archive"),
    "drive": (lambda: with_other("C:/evil.npy", b"x"), "unsafe-archive"),
    "program": (lambda: with_other("networks/run.py", b"import os"), "unsafe-archive"),
    "pickle": (lambda: with_other("arrays/a9.pkl", b"x"), "unsafe-archive"),
    "link": (lambda: {**with_other("arrays/a9.npy", b"x"), link("arrays/a8.npy"): b"/etc/passwd"}, "unsafe-link"),
    "no-document": (lambda: MEMBERS, "wrong-format"),
    "foreign": (lambda: {"session.json": b'{"application": "another", "members": {}}'}, "wrong-format"),
    "no-json": (lambda: {"session.json": b"{"}, "damaged-file"),
    "nan": (lambda: {"session.json": b'{"application": NaN}'}, "damaged-file"),
    "twice": (lambda: {"session.json": b'{"a": 1, "a": 2}'}, "damaged-file"),
    "nested": (lambda: {"session.json": b"[" * 200_000}, "damaged-file"),
    "newer": (lambda: {"session.json": document({}, schema=SCHEMA + 1)}, "newer-session"),
    "no-schema": (lambda: {"session.json": document({}, schema="1")}, "damaged-file"),
    "true-schema": (lambda: {"session.json": document({}, schema=True)}, "damaged-file"),
    "missing-member": (lambda: {"session.json": document()}, "damaged-file"),
    "further-member": (lambda: {**MEMBERS, "session.json": document({})}, "damaged-file"),
    "other-content": (
        lambda: {**MEMBERS, "session.json": document({**MEMBERS, "networks/n1.keras": b"another"})},
        "damaged-file",
    ),
    "other-array": (
        lambda: {**MEMBERS, "session.json": document({**MEMBERS, "arrays/a0.npy": npy(np.zeros(5))})},
        "damaged-file",
    ),
    "objects": (
        lambda: with_other("arrays/a9.npy", npy(np.array([{}], dtype=object), allow_pickle=True)),
        "unsafe-type",
    ),
    "text": (lambda: with_other("arrays/a9.npy", npy(np.array(["a"]))), "unsafe-type"),
    "fortran": (lambda: with_other("arrays/a9.npy", npy(np.asfortranarray(np.eye(3)))), "unsafe-type"),
    "other-order": (lambda: with_other("arrays/a9.npy", npy(np.arange(3, dtype=">i8"))), "unsafe-type"),
    "short-array": (lambda: with_other("arrays/a9.npy", npy(np.arange(9))[:-1]), "truncated-file"),
    "no-array": (lambda: with_other("arrays/a9.npy", b""), "damaged-file"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_archives_are_refused(case: str, tmp_path: Path, read: Reader) -> None:
    make, code = HOSTILE[case]
    path = write(tmp_path / "evil.zip", make())
    with pytest.raises(Exception) as caught:
        read("session", path)
    assert getattr(caught.value, "code", None) == code
    assert str(caught.value).isprintable()
    assert not (tmp_path / "evil.npy").exists()


def test_a_bomb_is_refused(tmp_path: Path, refusal_of: Refuser) -> None:
    members = {"arrays/a0.npy": npy(np.zeros(40 * MIB, np.uint8))}
    path = write(
        tmp_path / "bomb.zip", {**members, "session.json": document(members)}, compression=zipfile.ZIP_DEFLATED
    )
    assert path.stat().st_size < MIB
    assert refusal_of("session", path)[0] == "unsafe-archive"


def test_what_claims_too_much_is_refused(ours: Path, refusal_of: Refuser) -> None:
    assert refusal_of("session", ours, Limits(session_bytes=100))[0] == "file-too-large"
    assert refusal_of("session", ours, Limits(object_count=2))[0] == "file-too-large"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_archive_is_refused(share: float, ours: Path, refusal_of: Refuser) -> None:
    ours.write_bytes(ours.read_bytes()[: int(share * ours.stat().st_size)])
    assert refusal_of("session", ours)[0] == "truncated-file"


def test_every_damaged_byte_is_refused_or_harmless(ours: Path, read: Reader) -> None:
    content, rng = ours.read_bytes(), np.random.default_rng(0)
    whole = read("session", ours)["document"]
    for place in rng.choice(len(content), 150, replace=False):
        changed = bytearray(content)
        changed[place] ^= 0xFF
        ours.write_bytes(changed)
        try:
            answer = read("session", ours)
        except Exception as error:  # noqa: BLE001 - whatever it is, it must be a refusal
            assert getattr(error, "code", ""), f"byte {place}: {error!r}"
        else:
            assert answer["document"] == whole


def test_links_and_foreign_files_in_a_folder_are_refused(ours: Path, tmp_path: Path) -> None:
    folder = tmp_path / "ours.session"
    with zipfile.ZipFile(ours) as archive:
        archive.extractall(folder)
    cases = {"run.py": "unsafe-archive", "arrays/deep": "unsafe-archive"}
    for name, code in cases.items():
        (folder / name).mkdir() if name.endswith("deep") else (folder / name).write_bytes(b"x")
        with pytest.raises(SessionFileError) as caught:
            read_file("session", folder)
        assert caught.value.code == code
        (folder / name).rmdir() if name.endswith("deep") else (folder / name).unlink()
    if hasattr(os, "symlink"):
        (folder / "arrays" / "a9.npy").symlink_to(ours)
        with pytest.raises(SessionFileError) as caught:
            read_file("session", folder)
        assert caught.value.code == "unsafe-link"
        (folder / "arrays" / "a9.npy").unlink()
    (folder / "session.json").unlink()
    with pytest.raises(SessionFileError) as caught:
        read_file("session", folder)
    assert caught.value.code == "wrong-format"


def test_other_kinds_of_files_are_refused(tmp_path: Path) -> None:
    for name, content in (("a.zip", b"no archive"), ("b.zip", b"PK\x03\x04"), ("c.zip", b"")):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(SessionFileError):
            read_file("session", path)
    with pytest.raises(SessionFileError):
        read_file("session", tmp_path / "missing.zip")
