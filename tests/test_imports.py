"""What is really loaded by what, and what the requirements promise."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
QT = {"PySide6", "shiboken6", "pyqtgraph", "superqt", "qtawesome", "qtpy"}
LOCKS = ("requirements.lock", "requirements-audit.lock", "requirements-dev.lock")

IMPORT_ALL = """
import importlib, json, pkgutil, sys
package = importlib.import_module(sys.argv[1])
names = [each.name for each in pkgutil.walk_packages(package.__path__, package.__name__ + ".")]
for name in names:
    if not name.endswith("__main__"):
        importlib.import_module(name)
print(json.dumps([sorted({name.split(".")[0] for name in sys.modules}), names]))
"""
IMPORT_ONE = """
import importlib, json, sys
importlib.import_module(sys.argv[1])
print(json.dumps(sorted({name.split(".")[0] for name in sys.modules})))
"""


def in_fresh_interpreter(program: str, argument: str) -> list[object]:
    ended = subprocess.run(
        [sys.executable, "-c", program, argument], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert ended.returncode == 0, ended.stderr
    answer = json.loads(ended.stdout.splitlines()[-1])
    assert isinstance(answer, list)
    return answer


def test_engine_loads_no_qt() -> None:
    loaded, names = in_fresh_interpreter(IMPORT_ALL, "core")
    assert isinstance(names, list)
    assert len(names) > 20
    assert isinstance(loaded, list)
    assert not QT & set(loaded)


@pytest.mark.parametrize("module", ["gui.shell.application", "main", "core.command_line.app", "core.report"])
def test_start_loads_no_keras(module: str) -> None:
    loaded = set(in_fresh_interpreter(IMPORT_ONE, module))
    assert not loaded & {"keras", "tensorflow", "h5py", "matplotlib"}


def test_window_loads_no_keras() -> None:
    loaded, names = in_fresh_interpreter(IMPORT_ALL, "gui")
    assert isinstance(names, list)
    assert len(names) > 100
    assert isinstance(loaded, list)
    assert not set(loaded) & {"keras", "tensorflow", "h5py", "matplotlib", "numba"}


def test_command_line_loads_no_qt() -> None:
    assert not QT & set(in_fresh_interpreter(IMPORT_ONE, "core.command_line.app"))


def test_intake_child_loads_no_keras() -> None:
    assert not {"keras", "tensorflow"} & set(in_fresh_interpreter(IMPORT_ALL, "core.intake")[0])  # type: ignore[call-overload]


@pytest.mark.parametrize("name", LOCKS)
def test_lock_names_versions_and_hashes_and_no_place(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert not re.search(r"https?:|file:|git\+|--(extra-)?index-url|--find-links|--trusted-host| @ ", text)
    entries = re.split(r"\n(?=\S)", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).strip())
    assert len(entries) > 40
    for entry in entries:
        assert re.match(r"[a-z0-9._-]+(\[[a-z,]+\])?==[^ ]+( ; .+)? \\$", entry.splitlines()[0]), entry[:80]
        assert "--hash=sha256:" in entry, entry[:80]


def test_locks_agree() -> None:
    run, audit, dev = (
        {*re.findall(r"^[a-z0-9._-]+==[^ ]+", (ROOT / name).read_text("utf-8"), re.MULTILINE)} for name in LOCKS
    )
    assert run < audit < dev


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-audit.txt", "requirements-dev.txt"])
def test_requirements_are_bounded_and_have_a_reason(name: str) -> None:
    lines = (ROOT / name).read_text("utf-8").splitlines()
    has_reason = False
    for line in lines:
        if line.startswith("#"):
            has_reason = True
        elif not line.strip():
            has_reason = False
        elif not line.startswith("-r "):
            assert has_reason, f"{line} has no reason above it"
            assert re.match(r"[A-Za-z0-9_-]+>=[\d.]+,<[\d.]+(; .+)?$", line), line


@pytest.mark.parametrize(
    ("name", "lock"),
    [
        ("requirements.txt", LOCKS[0]),
        ("requirements-audit.txt", LOCKS[1]),
        ("requirements-dev.txt", LOCKS[2]),
    ],
)
def test_every_requirement_is_locked(name: str, lock: str) -> None:
    locked = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / lock).read_text("utf-8"), re.MULTILINE))
    asked = re.findall(r"^([A-Za-z0-9_-]+)>=", (ROOT / name).read_text("utf-8"), re.MULTILINE)
    assert {each.lower().replace("_", "-") for each in asked} <= locked
