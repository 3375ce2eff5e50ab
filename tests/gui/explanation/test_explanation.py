"""Why this answer: maps of B and B′ on one scale, computed in the lane, stopped, and begun anew by what is newer."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.data.image import InputImage
from core.metrics.explanation.grad_cam import GradCam
from core.metrics.explanation.occlusion import OcclusionSums
from core.monitor import Monitor
from core.network.network import Network
from core.scale import Scale
from gui.classifier.asked import AskedNetworks
from gui.classifier.jobs import ShownImage
from gui.explanation import jobs
from gui.explanation.jobs import Explanation, NetworkExplanation, Subject, explain_further
from gui.explanation.map_view import overlaid
from gui.shell.wiring import WindowWiring
from gui.state.masked_network import MaskedNetwork
from gui.state.session import Role
from tests.core.conftest import build_two_branches

WINDOWS = 6


def part(done_count: int, *, strength: float, cam: Any) -> NetworkExplanation:
    falls = np.zeros((8, 8))
    falls[2, 3] = strength
    return NetworkExplanation("model", "", cam, OcclusionSums(done_count, falls, np.ones((8, 8), np.int64), 1.0))


class Slices:
    """Stands for the job: each slice hides two more windows of each network; B′ counts half as much as B."""

    def __init__(self) -> None:
        self.subjects: list[Subject] = []

    def __call__(self, subject: Subject, so_far: Explanation) -> Any:
        self.subjects.append(subject)
        done_count = so_far.parts[0].done_count + 2
        cam = GradCam(np.eye(4, dtype=np.float32), "conv_b")
        parts = (part(done_count, strength=4, cam=cam), part(done_count, strength=2, cam="this network has no places"))
        return lambda _monitor: Explanation(parts, WINDOWS)


@pytest.fixture
def slices(monkeypatch: pytest.MonkeyPatch) -> Slices:
    made = Slices()
    monkeypatch.setattr(jobs, "explain_further", made)
    return made


@pytest.fixture
def answered(wiring: WindowWiring, driver: Any) -> WindowWiring:
    wiring.open_file(Role.MODEL, Path("net.h5"))
    driver.settle()
    assert not wiring.panels.classifier.why_button.isEnabled()
    wiring.open_file(Role.IMAGE, Path("face.png"))
    driver.settle()
    return wiring


def test_both_networks_are_explained_on_one_scale(answered: WindowWiring, driver: Any, slices: Slices) -> None:
    answered.panels.classifier.why_button.click()
    driver.settle()
    control = answered.image_tools.explanation
    window = control.window
    assert control.explanation.is_whole and len(slices.subjects) == 3
    assert not window.stop_button.isVisible()
    strong, weak = (view.image() for view in window.occlusions)
    assert strong is not None and weak is not None
    assert strong.pixelColor(3, 2) != weak.pixelColor(3, 2)
    assert window.occlusion_bar.ends == ("no fall", "the lead falls by 4.000")
    assert window.cams[0].image() is not None
    assert window.cams[1].text == "This network has no places."
    assert [title.text() for title in window.titles] == ["B: class 0", "B′, nothing pruned yet: class 0"]


def test_what_is_newer_begins_anew_and_a_closed_window_asks_nothing(
    answered: WindowWiring, driver: Any, slices: Slices
) -> None:
    answered.panels.classifier.why_button.click()
    answered.session.set_trigger_on(True)
    driver.settle()
    assert slices.subjects[-1].shown.has_trigger
    assert answered.image_tools.explanation.explanation.is_whole
    answered.image_tools.explanation.window.close()
    slices.subjects.clear()
    answered.session.set_trigger_on(False)
    driver.settle()
    assert slices.subjects == []


def test_another_class_is_explained(answered: WindowWiring, driver: Any, slices: Slices) -> None:
    answered.panels.classifier.why_button.click()
    driver.settle()
    combo = answered.image_tools.explanation.window.class_combo
    assert [combo.itemText(n) for n in range(3)][1:] == ["Class 0, the answer of B", "Class 0, the answer of B′"]
    combo.setFocus()
    combo.setCurrentIndex(1)
    combo.activated.emit(1)
    driver.settle()
    assert combo.currentIndex() == 1
    assert slices.subjects[-1].labels == (0, 0)


def test_it_is_stopped_between_two_slices(answered: WindowWiring, driver: Any, slices: Slices) -> None:
    answered.panels.classifier.why_button.click()
    control = answered.image_tools.explanation
    control.window.stop_button.click()
    driver.settle()
    assert len(slices.subjects) == 1
    assert not control.is_working and not control.window.stop_button.isVisible()


def test_closing_the_model_closes_it(answered: WindowWiring, driver: Any, slices: Slices) -> None:
    answered.panels.classifier.why_button.click()
    driver.settle()
    answered.file_control.close_all()
    assert not answered.image_tools.explanation.window.isVisible()
    driver.wait_until(lambda: not answered.panels.classifier.why_button.isEnabled())


def test_the_job_explains_b_and_b_pruned_to_the_end() -> None:
    network = Network(build_two_branches(), path=Path("two.keras"))
    layer = network.summary.layers[-1]
    mask = np.ones(layer.channel_count, bool)
    mask[0] = False
    masked = MaskedNetwork(network, Scale.UNIT, layer.layer_set, mask, None)
    rgba = np.random.default_rng(0).integers(0, 256, (12, 10, 4), dtype=np.uint8)
    rgba[..., 3] = 255
    shown = ShownImage(InputImage("noise.png", rgba), False, None)
    subject = Subject(AskedNetworks(masked, None, None, "1 pruned"), shown, (0, 0))
    found = Explanation()
    while not found.is_whole:
        before = found.done_share
        found = explain_further(subject, found)(Monitor())
        assert found.done_share >= before
    assert found.done_share == 1
    assert found.parts[0].model is network.model
    assert found.parts[1].model is not network.model
    for each in found.parts:
        assert each.sums is not None and each.sums.map.shape == (12, 10)
        assert isinstance(each.cam, GradCam | str)


def test_a_map_of_nothing_leaves_the_image_grey() -> None:
    seen = np.full((4, 4, 3), (30, 60, 90), np.uint8)
    assert (overlaid(seen, np.zeros((2, 2), np.float32), 0.0) == 60).all()
    strong = overlaid(seen, np.ones((2, 2), np.float32), 1.0)
    weak = overlaid(seen, np.ones((2, 2), np.float32), 4.0)
    assert np.abs(strong.astype(int) - 60).sum() > np.abs(weak.astype(int) - 60).sum()
