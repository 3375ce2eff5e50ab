"""Progress, Ctrl-C, and a Keras that was there before."""

import signal
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest

import backdoor_inspector as bi
from backdoor_inspector.progress import watched
from tests.patience import PATIENCE_S

ROOT = Path(__file__).resolve().parent.parent.parent


def test_callback_hears_stages_and_counts(files: Any) -> None:
    told: list[tuple[str, int, int]] = []
    bi.evaluate(files.model, validation=files.clean, progress=lambda *words: told.append(words))
    stages = [stage for stage, _, _ in told]
    assert "Classifying clean.h5" in stages
    assert ("Classifying clean.h5", 8, 8) in told
    assert stages[0] in ("Starting TensorFlow", "Reading marked.keras")


def test_bars_of_tqdm_follow(monkeypatch: pytest.MonkeyPatch, files: Any) -> None:
    made: list[Any] = []

    class Bar:
        def __init__(self, *, desc: str, total: int | None) -> None:
            self.desc, self.total, self.n, self.is_closed = desc, total, 0, False
            made.append(self)

        def update(self, count: int) -> None:
            self.n += count

        def close(self) -> None:
            self.is_closed = True

    monkeypatch.setitem(sys.modules, "tqdm", types.ModuleType("tqdm"))
    monkeypatch.setitem(sys.modules, "tqdm.auto", types.SimpleNamespace(tqdm=Bar))
    bi.evaluate(files.model, validation=files.clean, progress=True)
    assert [(bar.n, bar.total) for bar in made if bar.desc == "Classifying clean.h5"][-1] == (8, 8)
    assert all(bar.is_closed for bar in made)


def test_without_tqdm_true_is_silent(monkeypatch: pytest.MonkeyPatch, files: Any, capfd: Any) -> None:
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    assert bi.evaluate(files.model, validation=files.clean, progress=True).validation is not None
    assert capfd.readouterr() == ("", "")


def test_interrupt_cancels_at_a_checkpoint_and_gives_the_handler_back(files: Any) -> None:
    stages: list[str] = []

    def interrupt(stage: str, _done: int, _total: int) -> None:
        stages.append(stage)
        if len(stages) == 1:  # how many follow depends on the machine's speed
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        bi.prune(files.model, files.clean, progress=interrupt)
    assert len(stages) == 1
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_other_handlers_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    def own(_number: int, _frame: Any) -> None:
        return None

    before = signal.signal(signal.SIGINT, own)
    try:
        with watched(None, needs_keras=False) as monitor:
            assert signal.getsignal(signal.SIGINT) is own
            assert not monitor.is_cancelled
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(("backend", "layout"), [("torch", "channels_last"), ("tensorflow", "channels_first")])
def test_keras_with_other_settings_is_refused(backend: str, layout: str) -> None:
    program = f"""
import sys, types
keras = types.ModuleType("keras")
keras.backend = types.SimpleNamespace(backend=lambda: {backend!r})
keras.config = types.SimpleNamespace(image_data_format=lambda: {layout!r})
sys.modules["keras"] = keras
import backdoor_inspector as bi
try:
    bi.open_network("x.keras")
except bi.InspectorError as error:
    print(error.code)
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert ended.stdout == "keras-settings\n", ended.stderr
