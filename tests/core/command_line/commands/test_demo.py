"""The embedded demo without a window, and making it again."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.demo import demo
from core.errors import Cancelled


def test_demo_writes_its_report_and_does_so_again(
    run: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "demo-report").mkdir()
    (tmp_path / "demo-report" / "curve.csv").write_text("an earlier one")
    ended = run("--demo")
    assert ended.status == 0, ended.err
    assert "Pruning 100 %" in ended.err
    assert "ASR" in ended.out
    assert str(tmp_path / "demo-report" / "report.html") in ended.out
    with (tmp_path / "demo-report" / "curve.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 61
    assert float(rows[0]["clean_test_accuracy"]) >= 0.97
    assert float(rows[0]["attack_success_rate"]) >= 0.99


def test_build_demo_passes_folder_and_seed_on(
    run: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def build_demo(folder: Path, *, seed: int, monitor: Any) -> demo.DemoFigures:
        asked.append((folder, seed))
        monitor.checkpoint("Drawing")
        counts = dict.fromkeys(demo.DemoFigures.__dataclass_fields__, 0)
        return demo.DemoFigures(**(counts | {"test_count": 10, "test_correct": 9}))

    monkeypatch.setattr(demo, "build_demo", build_demo)
    ended = run("build-demo", "--out", str(tmp_path / "a b"), "--seed", "3")
    assert (ended.status, ended.err) == (0, "")
    assert "9 of 10 (90.00 %)" in ended.out
    assert run("build-demo").status == 0
    assert asked == [(tmp_path / "a b", 3), (demo.DEMO_FOLDER, demo.DEMO_SEED)]
    assert run("build-demo", "--seed", "-1").status == 2


def test_cancelled_build(run: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def build_demo(folder: Path, **options: Any) -> demo.DemoFigures:
        raise Cancelled

    monkeypatch.setattr(demo, "build_demo", build_demo)
    assert run("build-demo", "--out", str(tmp_path)).status == 130
