"""Networks that cannot be saved keep nothing else back."""

import errno
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import Cancelled, ExportError
from core.monitor import Monitor
from core.network import model_saving
from core.network.dry_save import MOST_PARAMETERS, reason_not_savable
from core.network.network import open_network
from core.report.repair.network_saves import NetworkSaves
from core.scale import Scale
from tests.patience import PATIENCE_S


def refuse_names(monkeypatch: pytest.MonkeyPatch, *starts: str) -> None:
    """Let networks of some names come out different when they are opened again."""
    compare = model_saving._compare

    def refusing(model: Any, written: Any, name: str, **rest: Any) -> None:
        if name.startswith(starts):
            raise ExportError(f"'{name}' was not saved: its outputs would change", code="save-differs")
        compare(model, written, name, **rest)

    monkeypatch.setattr(model_saving, "_compare", refusing)


def test_a_network_that_cannot_be_saved_costs_neither_curve_nor_report_nor_the_others(
    files: Any, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_names(monkeypatch, "pruned_2")
    out = files.folder / "out"
    words = ["--validation", files.clean, "--thresholds", "2,60", "--scale", "raw", "--out", str(out)]
    ended = run("prune", "--model", files.model, *words)
    assert ended.status == 3
    assert "refused [save-differs]: 'pruned_2.keras' was not saved" in ended.err
    assert "'pruned_2.keras' was not saved: its outputs would change" in ended.out
    written = {each.name for each in out.iterdir()}
    assert {"curve.csv", "curve.png", "results.json", "report.html", "repaired_2.keras"} <= written
    assert "pruned_2.keras" not in written
    results = json.loads((out / "results.json").read_text())
    assert set(results["files"]) == written
    assert results["not_saved"][0] == "'pruned_2.keras' was not saved: its outputs would change"
    assert "was not saved: its outputs would change" in (out / "report.html").read_text()


def test_a_repair_is_kept_without_its_networks(
    files: Any, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_names(monkeypatch, "repaired")
    out = files.folder / "out"
    words = ["--method", "prune", "--validation", files.clean, "--scale", "raw", "--out", str(out)]
    ended = run("repair", "--model", files.model, *words)
    assert ended.status == 3
    # Before the job begins, too: the same was tried in a temporary folder.
    assert ended.err.startswith("Caution: Networks made from 'marked.keras' cannot be saved")
    results = json.loads((out / "results.json").read_text())
    assert len(results["not_saved"]) == 2
    assert set(results["files"]) == {each.name for each in out.iterdir()}
    assert {"pruned.keras", "history.csv", "report.html"} <= set(results["files"])


def test_a_full_disk_ends_the_command(files: Any, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def write(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(model_saving, "_write", write)
    out = files.folder / "out"
    words = ["--validation", files.clean, "--thresholds", "2", "--scale", "raw", "--out", str(out)]
    ended = run("prune", "--model", files.model, *words)
    assert ended.status == 3
    assert "No space left on device" in ended.err
    assert not out.exists()


def test_only_a_network_that_can_be_saved_passes_the_trial(files: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    network = open_network(files.folder / "marked.keras")
    assert reason_not_savable(network, monitor=Monitor()) == ""
    refuse_names(monkeypatch, "repaired")
    reason = reason_not_savable(network, monitor=Monitor())
    assert reason.startswith("Networks made from 'marked.keras' cannot be saved ('repaired.keras' was not saved")
    assert network.summary.parameter_count < MOST_PARAMETERS


def test_a_cancel_does_not_wait_for_a_network_that_is_being_built(tmp_path: Path) -> None:
    monitor, release = Monitor(), threading.Event()

    def build() -> Any:
        monitor.cancel()
        release.wait(PATIENCE_S)

    probe = np.zeros((1, 6, 6, 3), np.float32)
    saves = NetworkSaves(tmp_path, probe=probe, scale=Scale.RAW, on_failed=lambda _error: None, monitor=monitor)
    try:
        with pytest.raises(Cancelled):
            saves.save("pruned.keras", build)
    finally:
        release.set()
