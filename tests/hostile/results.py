"""Results of an earlier run that are traps, things that are no files, and names that are tricks."""

import json
import os
import stat
from pathlib import Path
from typing import Any

import numpy as np

from core.version import NAME
from tests.hostile.case import Case, Make, constant, hostile, pickled, saved_by_keras
from tests.hostile.data import IMAGES
from tests.hostile.writing import write_data

_OURS = {"application": NAME, "method": "occlusion", "files": ["repaired.keras"]}


def _json(**changes: Any) -> Make:
    return constant(json.dumps({**_OURS, **changes}).encode())


_TEXT = json.dumps(_OURS)
_RESULTS: dict[str, tuple[Make, tuple[str, ...]]] = {
    "results of another program": (_json(application="evil"), ("wrong-format",)),
    "a list": (constant(b"[1]"), ("wrong-format",)),
    "a key twice": (constant(_TEXT.replace("{", '{"files": ["a"], ', 1).encode()), ("damaged-file",)),
    "NaN": (constant(_TEXT.replace('"occlusion"', "NaN").encode()), ("damaged-file",)),
    "infinity": (constant(_TEXT.replace('"occlusion"', "-Infinity").encode()), ("damaged-file",)),
    "1e999": (constant(_TEXT.replace('"occlusion"', "1e999").encode()), ("damaged-file",)),
    "lists in lists": (constant(b"[" * 200_000), ("damaged-file",)),
    "objects in objects": (constant(b'{"a":' * 50_000 + b"1" + b"}" * 50_000), ("damaged-file",)),
    "a number of 900,000 digits": (constant(b"9" * 900_000), ("damaged-file",)),
    "bytes that are no text": (constant(b"\xff\xfe{}"), ("wrong-format",)),
    "text in UTF-16": (constant(_TEXT.encode("utf-16")), ("wrong-format",)),
    "a mark before the text": (constant(b"\xef\xbb\xbf" + _TEXT.encode()), ("damaged-file",)),
    "a pickle": (lambda path, marker: path.write_bytes(pickled(marker)), ("wrong-format", "damaged-file")),
    "5,000 files": (_json(files=[f"{index}.keras" for index in range(5_000)]), ("file-too-large",)),
    "2 MB": (_json(more="x" * (2 << 20)), ("file-too-large",)),
    "half": (constant(_TEXT[:40].encode()), ("damaged-file",)),
    # Of these nothing but plain words and names of files is taken: they open.
    "a method in markup": (_json(method="<script>evil()</script>"), ()),
    "a method with control sequences": (_json(method="\x1b[2Jocclusion"), ()),
    "a method that is an object": (_json(method={"__class__": "os.system"}), ()),
    "files above the folder": (_json(files=["../../etc/passwd", "..", ".", "a/../../b"]), ()),
    "files by their whole path": (_json(files=["/etc/passwd", "C:\\Windows\\x", "\\\\server\\share"]), ()),
    "files with control sequences": (_json(files=["\x1b[31mred.keras", "a\rb", "a\x00b", "a\nb"]), ()),
    "files that read backwards": (_json(files=["safe\u202eserak.exe", "\u2066a\u2069"]), ()),
    "files that are no text": (_json(files=[None, 7, ["a"], {"b": 1}, True]), ()),
    "half a character": (_json(files=["\ud83d.keras"]), ()),
}


def _socket(path: Path, marker: Path) -> None:
    os.mknod(path, stat.S_IFSOCK | 0o600)


def _unreadable(path: Path, marker: Path) -> None:
    path.symlink_to("/proc/self/mem")


_SPECIAL: dict[str, tuple[Make, tuple[str, ...]]] = {
    "a pipe": (lambda path, marker: os.mkfifo(path), ("not-a-file",)),
    "a socket": (_socket, ("not-a-file",)),
    "a folder": (lambda path, marker: path.mkdir(), ("not-a-file",)),
    "a link to a device of zeros": (lambda path, marker: path.symlink_to("/dev/zero"), ("not-a-file",)),
    "a link to a device of chance": (lambda path, marker: path.symlink_to("/dev/urandom"), ("not-a-file",)),
    "a link to a terminal": (lambda path, marker: path.symlink_to("/dev/tty"), ("not-a-file", "unreadable-file")),
    "a link to the standard input": (lambda path, marker: path.symlink_to("/dev/stdin"), ("not-a-file",)),
    "a link to the memory of the process": (_unreadable, ("empty-file", "unreadable-file", "not-a-file")),
    "a link to itself": (lambda path, marker: path.symlink_to(path), ("unreadable-file", "missing-file")),
    "a link to nothing": (lambda path, marker: path.symlink_to("nowhere"), ("missing-file",)),
    "no bytes": (constant(b""), ("empty-file",)),
    "nothing but zeros": (constant(bytes(4096)), ("wrong-format",)),
    "a file of 3 GB that takes no room": (
        lambda path, marker: (path.touch(), os.truncate(path, 3 << 30)),
        ("file-too-large",),
    ),
}

_NAMES = {
    "a line end": "model\nrm -rf.h5",
    "control sequences": "\x1b]0;evil\x07\x1b[31mmodel.h5",
    "letters that read backwards": "model\u202e5h.exe",
    "markup": "<img src=x onerror=evil()>.h5",
    "a command": "$(touch evil);`touch evil`.h5",
    "a formula": "=cmd|' C calc'!A0.h5",
    "a format": "%s%n{0.__class__}.h5",
    "bytes that are no text": os.fsdecode(b"\xff\xfe.h5"),
    "200 letters": "n" * 200 + ".h5",
    "an option": "--help",
}


def _text(path: Path, marker: Path) -> None:
    path.write_text("no network")


def _network(path: Path, marker: Path) -> None:
    path.write_bytes(saved_by_keras("h5"))


def _images(path: Path, marker: Path) -> None:
    write_data(path, IMAGES, np.arange(2))


RESULTS_CASES: list[Case] = [
    *(hostile(f"results: {name}", "results", "results.json", make, *codes) for name, (make, codes) in _RESULTS.items()),
    *(hostile(f"no file: {name}", "model", "model.h5", make, *codes) for name, (make, codes) in _SPECIAL.items()),
    *(hostile(f"a name: {name}, refused", "model", file, _text, "wrong-format") for name, file in _NAMES.items()),
    *(hostile(f"a name: {name}, a network", "model", file, _network) for name, file in list(_NAMES.items())[:5]),
    *(hostile(f"a name: {name}, images", "data", file, _images) for name, file in list(_NAMES.items())[5:]),
]
