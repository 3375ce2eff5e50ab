"""What is computed with files ends when they are closed, at its next checkpoint."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from core.monitor import Monitor
from gui.classifier import jobs as image_jobs
from gui.classifier.gallery import jobs as gallery_jobs
from gui.compare import jobs as compare_jobs
from gui.explanation import jobs as explanation_jobs
from gui.files import jobs as file_jobs
from gui.prune.page import PrunePage
from gui.shell.wiring import WindowWiring
from gui.state.session import Role
from tests.gui.stand_in_engine import FakeEngine
from tests.gui.window_driver import Driver


class Endless:
    """Stands for a job that has checkpoints and never ends by itself; makers of jobs are replaced by `make`."""

    def __init__(self) -> None:
        self.begun, self.is_over = threading.Event(), threading.Event()
        self.began_count = 0

    def make(self, *_inputs: Any, **_words: Any) -> Callable[[Monitor], None]:
        return self

    def __call__(self, monitor: Monitor) -> None:
        self.began_count += 1
        self.begun.set()
        while not self.is_over.wait(0.001):
            monitor.checkpoint("Endless")


@pytest.fixture
def endless() -> Iterator[Endless]:
    job = Endless()
    yield job
    job.is_over.set()


def _open_image(wiring: WindowWiring, _tmp_path: Path) -> None:
    wiring.open_file(Role.IMAGE, Path("face.png"))


def _fill_gallery(wiring: WindowWiring, tmp_path: Path) -> None:
    Image.new("RGB", (8, 8), (30, 0, 0)).save(tmp_path / "a.png")
    wiring.image_tools.gallery.add((tmp_path / "a.png",))


def _prune_by_hand(wiring: WindowWiring, _tmp_path: Path) -> None:
    wiring.page(PrunePage).channels.channel_toggled.emit(0)


def _add_to_comparison(wiring: WindowWiring, tmp_path: Path) -> None:
    wiring.pages["compare"].additions.add_files((tmp_path / "repaired.keras",))


@pytest.mark.parametrize(
    ("module", "name", "begin"),
    [
        (image_jobs, "classify", _open_image),
        (gallery_jobs, "answer_images", _fill_gallery),
        ("engine", "score", _prune_by_hand),
        (compare_jobs, "open_compared", _add_to_comparison),
    ],
    ids=["classify", "gallery", "by hand", "comparison"],
)
def test_what_runs_stops_when_everything_is_closed(
    wiring: WindowWiring, driver: Driver, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    endless: Endless, module: Any, name: str, begin: Callable[[WindowWiring, Path], None],
) -> None:  # fmt: skip
    driver.run_all()
    monkeypatch.setattr("gui.prune.jobs.score" if module == "engine" else f"{module.__name__}.{name}", endless.make)
    begin(wiring, tmp_path)
    driver.wait_until(endless.begun.is_set)
    wiring.file_control.close_all()
    driver.settle()
    assert endless.began_count == 1
    assert not endless.is_over.is_set()
    assert not wiring.status.is_stopping
    assert wiring.panels.messages.kind != "error"


@pytest.mark.parametrize("name", ["find_scale", "try_to_save", "interpret"])
def test_what_is_found_out_about_files_stops_with_them(
    wiring: WindowWiring, driver: Driver, monkeypatch: pytest.MonkeyPatch, endless: Endless, name: str
) -> None:
    monkeypatch.setattr(file_jobs, name, endless.make)
    for role, path in ((Role.MODEL, "net.h5"), (Role.VALIDATION, "v.h5"), (Role.POISONED, "p.h5")):
        wiring.open_file(role, Path(path))
    driver.wait_until(endless.begun.is_set)
    wiring.file_control.close_all()
    driver.settle()
    assert not endless.is_over.is_set()


def test_what_uses_other_files_goes_on(
    wiring: WindowWiring, driver: Driver, monkeypatch: pytest.MonkeyPatch, endless: Endless
) -> None:
    driver.open_all()
    monkeypatch.setattr(explanation_jobs, "explain_further", endless.make)
    wiring.open_file(Role.IMAGE, Path("face.png"))
    driver.settle()
    wiring.panels.classifier.why_button.click()
    driver.wait_until(endless.begun.is_set)
    current = wiring.runner.current
    wiring.file_control.close_file(Role.VALIDATION, 0)
    assert current is not None and wiring.runner._current is not None
    assert not wiring.runner._current.monitor.is_cancelled
    wiring.file_control.close_file(Role.MODEL, 0)
    driver.settle()
    assert not endless.is_over.is_set()


def test_a_light_job_in_a_gap_of_another_stops_too(
    wiring: WindowWiring, driver: Driver, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, endless: Endless
) -> None:
    driver.open_all()
    exporting, light = Endless(), endless
    wiring.saver.write(Path("out.csv"), exporting)  # what is saved does not end with the files
    driver.wait_until(exporting.begun.is_set)
    monkeypatch.setattr(image_jobs, "classify", light.make)
    wiring.open_file(Role.IMAGE, Path("face.png"))
    driver.wait_until(light.begun.is_set)
    wiring.file_control.close_all()
    driver.wait_until(lambda: wiring.runner._offered is None)
    current = wiring.runner.current
    assert current is not None and current.name == "Saving out.csv"
    assert not light.is_over.is_set()
    exporting.is_over.set()
    driver.settle()
