"""The child is limited, can be killed and is not trusted; its results are cached."""

import errno
import hashlib
import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from core.errors import Cancelled, DatasetError, ImageFileError, ModelFileError
from core.intake import cache, child_process, client
from core.intake.answers import DataAnswer
from core.intake.client import read_file
from core.intake.codes import CODES
from core.intake.limits import Limits
from core.intake.sandbox.lock import offered
from core.intake.sandbox.state import SandboxState
from core.monitor import Monitor, Progress
from tests.patience import PATIENCE_S

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BACKDOOR_INSPECTOR_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "intake"


@pytest.fixture
def clean(tmp_path: Path, files: SimpleNamespace) -> Path:
    return files.data(tmp_path / "clean.h5", np.arange(96, dtype="u1").reshape(2, 3, 4, 4), np.arange(2))


def run_instead(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Replace the child with a script, which finds its request in `request` and sends messages by `send`."""
    start = subprocess.Popen
    script = (
        "import json, os, sys, time\nrequest = json.load(sys.stdin)\nfolder = request['folder']\n"
        f"def send(text):\n    os.write(1, text.encode() + b'\\n')\n{code}"
    )

    def popen(command: list[str], **options: Any) -> Any:
        return start([sys.executable, "-c", script], **options)

    monkeypatch.setattr(child_process.subprocess, "Popen", popen)


def test_data_are_read_once_and_then_remembered(clean: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = read_file("data", clean)
    assert isinstance(first.answer, DataAnswer)
    array = first.array(first.answer.images)
    assert isinstance(array, np.ndarray)
    assert not array.flags.writeable
    assert array.ravel().tolist() == list(range(96))
    assert own_cache.stat().st_mode & 0o777 == 0o700
    assert [entry.name for entry in own_cache.iterdir()] == [first.folder.name]
    assert sorted(file.name for file in first.folder.iterdir()) == [
        "answer.json",
        "digests.json",
        "images.npy",
        "labels.npy",
        "sandbox.json",
    ]
    run_instead(monkeypatch, "sys.exit(3)")
    moved = clean.rename(clean.with_name("same_content.h5"))
    assert read_file("data", moved).folder == first.folder


def test_damage_to_the_description_of_a_network_is_seen(tmp_path: Path, files: SimpleNamespace) -> None:
    source = files.h5_model(tmp_path / "net.h5", files.small_network(), None)
    entry = read_file("model", source).folder
    answer = (entry / "answer.json").read_text()
    assert '"softmax"' in answer
    (entry / "answer.json").write_text(answer.replace('"softmax"', '"sigmoid"'))
    read_file("model", source)
    assert (entry / "answer.json").read_text() == answer


def test_a_reading_stays_as_it_is_whatever_happens_to_the_cache(clean: Path) -> None:
    reading = read_file("data", clean)
    assert isinstance(reading.answer, DataAnswer)
    os.truncate(reading.folder / "images.npy", 0)
    cache.discard(reading.folder)
    assert np.asarray(reading.array(reading.answer.images)).ravel().tolist() == list(range(96))


def test_refusals_are_errors_of_the_kind_and_leave_nothing(clean: Path, own_cache: Path, tmp_path: Path) -> None:
    (tmp_path / "text.h5").write_text("hello")
    for kind, path, error, code in (
        ("model", clean, ModelFileError, "images-not-model"),
        ("data", tmp_path / "text.h5", DatasetError, "wrong-format"),
        ("image", tmp_path / "text.h5", ImageFileError, "wrong-format"),
    ):
        with pytest.raises(error) as caught:
            read_file(kind, path)
        assert caught.value.code == code
    assert list(own_cache.iterdir()) == []


def test_a_child_that_takes_too_long_is_killed(
    clean: Path, own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = tmp_path / "pid"
    run_instead(monkeypatch, f"open({str(note)!r}, 'w').write(str(os.getpid()))\nwhile True: pass")
    # The time is over once the child runs.
    monkeypatch.setattr(child_process, "time", SimpleNamespace(monotonic=lambda: 1e6 * len(note_of(note))))
    with pytest.raises(DatasetError, match=r"'clean\.h5' could not be read within") as caught:
        read_file("data", clean)
    assert caught.value.code == "intake-timeout"
    assert_gone(int(note.read_text()))
    assert list(own_cache.iterdir()) == []


def test_the_real_child_has_a_time_limit(clean: Path) -> None:
    with pytest.raises(DatasetError) as caught:
        read_file("data", clean, limits=Limits(time_s=0.01))
    assert caught.value.code == "intake-timeout"


def test_cancelling_kills_the_child_and_what_it_started(
    clean: Path, own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = tmp_path / "pids"
    run_instead(
        monkeypatch,
        f"other = os.fork()\nopen({str(note)!r}, 'a').write(f'{{os.getpid()}} ')\nsend('P[3, 10]')\n"
        "while True: time.sleep(1)",
    )
    seen: list[Progress] = []
    monitor = Monitor(on_progress=seen.append)
    thread = threading.Thread(target=lambda: (wait_for(lambda: len(note_of(note)) == 2), monitor.cancel()))
    thread.start()
    with pytest.raises(Cancelled):
        read_file("data", clean, monitor=monitor)
    thread.join()
    for process in note_of(note):
        assert_gone(process)
    assert list(own_cache.iterdir()) == []
    assert (seen[-1].done_count, seen[-1].total_count) in {(3, 10), (0, 0)}


def test_a_cancelled_monitor_starts_nothing(clean: Path) -> None:
    monitor = Monitor()
    monitor.cancel()
    with pytest.raises(Cancelled):
        read_file("data", clean, monitor=monitor)


@pytest.mark.parametrize("death", ["os.kill(os.getpid(), 11)", "os.kill(os.getpid(), 6)", "sys.exit(3)", "sys.exit(0)"])
def test_a_child_that_dies_is_told(death: str, clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_instead(monkeypatch, death)
    with pytest.raises(DatasetError, match=r"'clean\.h5' is damaged") as caught:
        read_file("data", clean)
    assert caught.value.code == "intake-crash"


GOOD = {
    "ok": True,
    "kind": "data",
    "sha256": "0" * 64,
    "size_bytes": 5,
    "images": {"file": "images.npy", "shape": [1], "dtype": "uint8"},
    "labels": {"file": "labels.npy", "shape": [1], "dtype": "int64"},
    "pixel_minimum": 0,
    "pixel_maximum": 9,
}


@pytest.mark.parametrize(
    "answer",
    [
        {},
        [],
        {"ok": 1},
        {"ok": False, "code": "made-up", "sentence": "x"},
        {"ok": False, "code": "damaged-file", "sentence": ""},
        GOOD,
        {**GOOD, "images": {**GOOD["images"], "file": "../../secret.npy"}},  # type: ignore[dict-item]
        {**GOOD, "images": {**GOOD["images"], "dtype": "object"}},  # type: ignore[dict-item]
        {**GOOD, "kind": "model"},
        {**GOOD, "pixel_maximum": 1e9},
        {**GOOD, "more": 1},
    ],
)
def test_answers_that_make_no_sense_are_not_believed(
    answer: object, clean: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    run_instead(monkeypatch, f"send({'A' + json.dumps(answer)!r})")
    with pytest.raises(DatasetError, match=r"'clean\.h5' is damaged") as caught:
        read_file("data", clean)
    assert caught.value.code == "intake-answer"
    assert list(own_cache.iterdir()) == []


def test_a_refusal_of_the_child_is_cleaned(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = {"ok": False, "code": "damaged-file", "sentence": "line\nline\x1b[31m" + "x" * 3000}
    run_instead(monkeypatch, f"send({'A' + json.dumps(answer)!r})")
    with pytest.raises(DatasetError) as caught:
        read_file("data", clean)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) <= 600


def test_pickled_arrays_are_not_opened(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_instead(
        monkeypatch,
        "import numpy as np\nnp.save(folder + '/images.npy', np.array([print], object), allow_pickle=True)\n"
        "np.save(folder + '/labels.npy', np.zeros(1, np.int64))\n"
        f"send({'A' + json.dumps(GOOD)!r})",
    )
    with pytest.raises(DatasetError) as caught:
        read_file("data", clean)
    assert caught.value.code == "intake-answer"


def test_a_file_changed_while_it_is_read_is_not_kept(
    clean: Path, own_cache: Path, files: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = client.run_child

    def change_first(*arguments: Any, **options: Any) -> child_process.ChildAnswer:
        files.data(clean, np.zeros((1, 3, 4, 4)), np.zeros(1))
        return start(*arguments, **options)

    monkeypatch.setattr(client, "run_child", change_first)
    with pytest.raises(DatasetError, match="was changed while it was being read") as caught:
        read_file("data", clean)
    assert caught.value.code == "changed-while-read"
    assert list(own_cache.iterdir()) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_cache_folder_is_told(
    number: int, clean: Path, own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(path: Path, content: bytes) -> None:
        raise OSError(number, "full")

    monkeypatch.setattr(client, "_write_new", write)
    with pytest.raises(DatasetError, match=r"the cache folder is full, so 'clean\.h5' cannot be read") as caught:
        read_file("data", clean)
    assert caught.value.code == "cache-folder"
    assert list(own_cache.iterdir()) == []
    # A refusal needs no room there.
    (tmp_path / "text.h5").write_text("hello")
    with pytest.raises(DatasetError) as caught:
        read_file("data", tmp_path / "text.h5")
    assert caught.value.code == "wrong-format"


def test_links_that_the_child_left_are_not_followed(
    clean: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "precious"
    target.write_text("mine")
    made = (
        "import numpy as np\nfor name in ('images', 'labels'):\n"
        "    np.save(folder + f'/{name}.npy', np.zeros(1, np.int64))\n"
        f"os.symlink({str(target)!r}, folder + '/answer.json')\n"
    )
    answer = {**GOOD, "images": GOOD["labels"], "sha256": hashlib.sha256(clean.read_bytes()).hexdigest()}
    run_instead(monkeypatch, f"{made}send({'A' + json.dumps(answer)!r})")
    with pytest.raises(DatasetError):
        read_file("data", clean)
    assert target.read_text() == "mine"


def test_what_a_file_was_read_with_is_remembered(clean: Path, own_cache: Path) -> None:
    first = read_file("data", clean)
    assert set(dict(first.sandbox.parts)) == set(dict(offered().parts))
    assert read_file("data", clean).sandbox == first.sandbox
    (first.folder / "sandbox.json").write_text("{")
    assert read_file("data", clean).sandbox == SandboxState()


def test_the_client_is_light() -> None:
    code = (
        "import sys, core.intake.client, core.data.dataset\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & "
        "{'keras', 'tensorflow', 'h5py', 'PIL', 'PySide6'}))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_every_code_in_the_source_is_listed_and_used() -> None:
    sources = [
        *(ROOT / "core" / "intake").rglob("*.py"),
        *(
            ROOT / "core" / f"{name}.py"
            for name in (
                "data/dataset",
                "data/image",
                "images/class_names",
                "network/model_file",
                "network/layer_building",
                "network/model_saving",
            )
        ),
    ]
    text = "".join(source.read_text() for source in sources if source.name != "codes.py")
    for code in CODES:
        assert f'"{code}"' in text, code


def note_of(note: Path) -> list[int]:
    return [int(word) for word in note.read_text().split()] if note.exists() else []


def wait_for(condition: Any, limit_s: float = PATIENCE_S) -> None:
    deadline_s = time.monotonic() + limit_s
    while not condition() and time.monotonic() < deadline_s:
        threading.Event().wait(0.01)


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")


def assert_gone(process: int) -> None:
    wait_for(lambda: not is_running(process))
    assert not is_running(process)


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.CRITICAL, logger="core.intake")
    yield


def test_a_cached_reading_does_not_hide_that_the_name_says_another_format(
    tmp_path: Path, files: SimpleNamespace
) -> None:
    path = files.h5_model(tmp_path / "net.h5", files.small_network())
    assert read_file("model", path).answer.kind == "model"
    path.rename(tmp_path / "net.keras")
    with pytest.raises(ModelFileError) as caught:
        read_file("model", tmp_path / "net.keras")
    assert caught.value.code == "wrong-suffix"
