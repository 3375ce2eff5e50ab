"""Hostile and ordinary files through the child: verdicts, nothing executed or left behind, limits kept."""

import gc
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import pytest

from core.errors import InspectorError
from core.intake.cache import CACHE_VARIABLE
from core.intake.codes import CODES
from core.network.model_file import open_model
from tests.hostile.case import Case
from tests.hostile.files import CASES, marker_of, write_files
from tests.hostile.reading import Measured

ROOT = Path(__file__).resolve().parents[3]
_GIB = 1024**3
_PROCESS_COUNT = 2
# Of so many hostile files each process reads one with a new child; forks of a child that has begun read the others.
# The ordinary ones are all read by new children, which must have imported all that they need before they are locked.
_FILES_PER_CHILD = 16

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is measured as Linux tells it"),
]


class Zoo:
    """The files of all cases and what became of them.

    Attributes:
        folder: the folder of all files.
        paths: each case's file.
        read: what became of each.
    """

    def __init__(self, folder: Path, cache: Path) -> None:
        self.folder, self.cache = folder, cache
        self.paths = write_files(folder)
        self.read: list[Measured] = [_UNREAD] * len(CASES)
        self.exit_codes: list[int] = [-1] * _PROCESS_COUNT
        threads = [threading.Thread(target=self._read, args=(number,)) for number in range(_PROCESS_COUNT)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _read(self, number: int) -> None:
        indices = range(number, len(CASES), _PROCESS_COUNT)
        requests = [
            json.dumps({"kind": CASES[index].kind, "path": str(self.paths[index]), "is_new": is_read_anew(index)})
            for index in indices
        ]
        run = subprocess.run(
            [sys.executable, str(ROOT / "tests" / "hostile" / "reading.py")],
            input="".join(f"{request}\n" for request in requests),
            env={**os.environ, CACHE_VARIABLE: str(self.cache)},
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        self.exit_codes[number] = run.returncode
        for index, line in zip(indices, run.stdout.splitlines(), strict=False):
            self.read[index] = Measured(**json.loads(line))


_UNREAD = Measured("unread", "", 0.0, 0, 0.0, 0)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("hostile_cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CACHE_VARIABLE, str(folder))
        yield folder


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Zoo:
    return Zoo(tmp_path_factory.mktemp("hostile"), cache)


def is_read_anew(index: int) -> bool:
    """Return whether a new child reads the file of this case."""
    return not CASES[index].is_hostile or index % _FILES_PER_CHILD < _PROCESS_COUNT  # each process starts some


def keras_state() -> dict[str, Any]:
    """Return what Keras keeps for the whole process and a file could have changed."""
    return {
        "settings": [keras.config.floatx(), keras.config.epsilon(), keras.config.image_data_format()],
        "backend": keras.config.backend(),
        "policy": keras.config.dtype_policy().name,
        "custom objects": dict(keras.saving.get_custom_objects()),
        "is unsafe": keras.src.saving.serialization_lib.in_safe_mode(),
        "layers": sorted(name for name in dir(keras.layers) if not name.startswith("_")),
        "activations": {name: id(getattr(keras.activations, name)) for name in dir(keras.activations)},
        "folder": str(Path.cwd()),
        "recursion": sys.getrecursionlimit(),
    }


def rebuilt_code(path: Path) -> str:
    """Open a network as the application does, from the child's reading in the cache; return the refusal's code."""
    try:
        open_model(path)
    except InspectorError as error:
        return error.code
    return ""


def test_there_are_enough_cases() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
    assert sum(case.is_hostile for case in CASES) >= 150
    assert sum(not case.is_hostile for case in CASES) >= 40
    assert all(case.codes <= CODES.keys() for case in CASES)
    assert all(case.is_hostile or not case.codes for case in CASES)


def test_every_verdict_is_as_expected_and_nothing_of_keras_changes(zoo: Zoo) -> None:
    before, wrong = keras_state(), []
    for case, path, read in zip(CASES, zoo.paths, zoo.read, strict=True):
        code = read.code
        if not code and case.kind == "model":
            code = rebuilt_code(path)
        if code not in (case.codes or {""}):
            wrong.append(f"{case.name}: expected {sorted(case.codes) or 'to open'}, got '{code}' {read.sentence}")
    assert wrong == []
    gc.collect()
    after = keras_state()
    assert {key for key in before if before[key] != after[key]} <= {"recursion"}


def test_nothing_is_executed_and_no_process_dies(zoo: Zoo) -> None:
    assert zoo.exit_codes == [0] * _PROCESS_COUNT
    assert [case.name for index, case in enumerate(CASES) if marker_of(zoo.folder, index).exists()] == []
    assert not {"intake-crash", "intake-answer", "intake-denied", "unread"} & {read.code for read in zoo.read}


def test_sentences_are_one_plain_line(zoo: Zoo) -> None:
    refused = [(case, read) for case, read in zip(CASES, zoo.read, strict=True) if read.code]
    assert [case.name for case, read in refused if not read.sentence.isprintable()] == []
    assert [case.name for case, read in refused if not 0 < len(read.sentence) <= 600] == []


def test_memory_time_and_heartbeat_keep_within_limits(zoo: Zoo) -> None:
    def over(is_over: Any) -> list[str]:
        return [case.name for case, read in zip(CASES, zoo.read, strict=True) if is_over(read)]

    assert over(lambda read: read.largest_child_bytes >= _GIB) == []
    assert over(lambda read: read.child_cpu_s >= 5) == []
    assert over(lambda read: read.busy_s >= 0.1) == []
    # The other thread did tick: its silence would be no proof.
    assert sum(read.tick_count for read in zoo.read) > len(CASES)


def test_only_what_opened_is_kept(zoo: Zoo) -> None:
    opened = sum(not read.code for read in zoo.read)
    kept = list((zoo.cache / "intake").iterdir())
    assert 0 < len(kept) <= opened
    assert not [entry for entry in kept if entry.name.startswith("tmp-")]


def hostile_cases() -> list[Case]:
    return [case for case in CASES if case.is_hostile and not case.codes]


def test_what_opens_although_it_is_hostile_is_listed() -> None:
    # A new one must be looked at: what is hostile in it is not read.
    allowed = ("results:", "a picture:", "a name:")
    assert [case.name for case in hostile_cases() if not case.name.startswith(allowed)] == []
