"""Results that lie in a folder: the child reads them, only names are taken, and what is refused says nothing."""

import json
import logging
import os
import sys

import pytest

from core.compare.earlier_results import EarlierResults, earlier_results, method_of
from core.errors import Cancelled
from core.intake import child_process
from core.intake.limits import Limits
from core.monitor import Monitor
from core.repair.methods.occlusion import OCCLUSION
from core.version import NAME

OURS = {"application": NAME, "method": "occlusion", "files": ["pruned.keras", "repaired.keras"]}
NOTHING = EarlierResults()


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BACKDOOR_INSPECTOR_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def told(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()

    def write(content):
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        (folder / "results.json").write_bytes(raw)
        return folder / "pruned.keras"

    return write


def test_the_method_that_repair_wrote_down(told):
    path = told(OURS)
    assert method_of(path) is OCCLUSION
    assert method_of(path.with_name("other.keras")) is None
    assert earlier_results(path.parent) == EarlierResults(OCCLUSION, ("pruned.keras", "repaired.keras"))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({**OURS, "method": "magic"}, EarlierResults(None, ("pruned.keras", "repaired.keras"))),
        (
            {**OURS, "method": "\x1b[31m<b>anp</b>" + "x" * 500},
            EarlierResults(None, ("pruned.keras", "repaired.keras")),
        ),
        ({**OURS, "files": 7}, EarlierResults(OCCLUSION, ())),
        ({**OURS, "application": "another"}, NOTHING),
        (b"[" * 100_000, NOTHING),
        (json.dumps({**OURS, "rate": float("nan")}).encode(), NOTHING),
        (json.dumps(OURS).encode("utf-16"), NOTHING),
        (json.dumps(OURS).encode() + b" " * Limits().results_bytes, NOTHING),
        (b"", NOTHING),
    ],
)
def test_what_is_broken_or_not_ours_says_nothing(told, content, expected):
    assert earlier_results(told(content).parent) == expected


def test_a_missing_file_is_no_news_and_a_refused_one_is_noted(told, caplog):
    caplog.set_level(logging.INFO, logger="core.compare.earlier_results")
    path = told(b"{")
    assert method_of(path) is None
    assert "results of an earlier run are ignored: 'results.json' is not readable JSON" in caplog.text
    caplog.clear()
    (path.parent / "results.json").unlink()
    assert method_of(path) is None
    assert caplog.text == ""


def test_other_things_of_that_name_are_not_read(told, tmp_path, monkeypatch):
    results = told(OURS).parent / "results.json"
    monkeypatch.setattr(child_process.subprocess, "Popen", None)  # no child is worth starting
    results.rename(tmp_path / "elsewhere.json")
    results.symlink_to(tmp_path / "elsewhere.json")
    assert earlier_results(results.parent) == NOTHING
    results.unlink()
    results.symlink_to("/dev/zero")
    assert earlier_results(results.parent) == NOTHING
    results.unlink()
    results.symlink_to(results)
    assert earlier_results(results.parent) == NOTHING
    results.unlink()
    results.mkdir()
    assert earlier_results(results.parent) == NOTHING
    results.rmdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(results)
        assert earlier_results(results.parent) == NOTHING


@pytest.mark.parametrize("death", ["sys.exit(3)", "import os; os.kill(os.getpid(), 9)"])
def test_a_child_that_dies_of_it_says_nothing(told, monkeypatch, caplog, death):
    caplog.set_level(logging.CRITICAL, logger="core.intake")
    start = child_process.subprocess.Popen
    script = f"import sys; sys.stdin.read(); {death}"
    monkeypatch.setattr(
        child_process.subprocess, "Popen", lambda command, **options: start([sys.executable, "-c", script], **options)
    )
    assert earlier_results(told(OURS).parent) == NOTHING


def test_stopping_is_no_refusal(told):
    monitor = Monitor()
    monitor.cancel()
    with pytest.raises(Cancelled):
        method_of(told(OURS), monitor=monitor)
