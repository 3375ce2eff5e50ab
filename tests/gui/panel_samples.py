"""A small run built by hand for the panels' tests, and the application in each of its dresses.

A plugin that the panels' test files ask for; nothing in it acts by itself.
"""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.channels import PrunableLayer, Reader
from core.order.orders.ascending import ASCENDING
from core.order.ranking import Ranking
from core.records import (
    ClassScore,
    CleanScore,
    ImageAnswer,
    PoisonedScore,
    PoisonedSet,
    Share,
    Side,
    SweepPoint,
)
from core.scale import Scale
from core.sweep.records import Bypass, Sweep, SweepEstimate
from core.sweep.stops import Stop
from gui.prune.results_panel import ResultsPanel
from gui.theme import theme

CHANNEL_COUNT = 6


@dataclass(frozen=True)
class Samples:
    """One small run: six channels, two of them dead; channel 4 carries the trigger."""

    ranking: Ranking
    points: tuple[SweepPoint, ...]
    sweep: Sweep
    estimate: SweepEstimate  # by a tenth of the images of each set
    stops: tuple[Stop, ...]
    poisoned_sets: tuple[PoisonedSet, ...]
    bypass: Bypass
    flagged: ImageAnswer
    agreed: ImageAnswer


def _point(step: int, clean: int, triggered: int, flagged: int) -> SweepPoint:
    clean_score = CleanScore(Share(clean, 100), Share(max(clean - 1, 0), 100), Share(step, 100))
    test_score = CleanScore(Share(clean * 2, 200), Share(max(clean * 2 - 2, 0), 200), Share(2 * step, 200))
    poisoned = PoisonedScore(Share(triggered, 60), Share(min(triggered, 60 - flagged), 60), Share(flagged, 60))
    return SweepPoint(step, step - 1 if step else -1, clean_score, test_score, (poisoned,))


def sampled(point: SweepPoint, images: int = 10) -> SweepPoint:
    """The same by fewer images: one of so many."""

    def of(share: Share) -> Share:
        return Share(share.count // images, share.total // images)

    def clean(score: CleanScore | None) -> CleanScore | None:
        return None if score is None else CleanScore(of(score.pruned), of(score.repaired), of(score.flagged))

    return replace(
        point,
        validation=clean(point.validation),
        test=clean(point.test),
        poisoned=tuple(PoisonedScore(of(p.pruned), of(p.repaired), of(p.flagged)) for p in point.poisoned),
    )


@pytest.fixture
def samples() -> Samples:
    """The run."""
    layer = PrunableLayer(
        "conv_3", "pool_3", CHANNEL_COUNT, (Reader("conv_4", "Conv2D", True), Reader("fc_1", "Dense", True))
    )
    activations = np.array([0.5, 0.0, 2.0, 0.0, 1.5, 3.0])
    order = np.argsort(activations, kind="stable").astype(np.int64)
    ranking = Ranking(layer, activations, activations * 4, order, ASCENDING, 100, 100)
    figures = ((99, 60, 0), (99, 60, 0), (98, 60, 0), (96, 60, 1), (90, 30, 30), (50, 2, 58), (1, 0, 60))
    points = tuple(_point(step, *figure) for step, figure in enumerate(figures))
    poisoned_sets = (PoisonedSet("sunglasses.h5", (0,), 60),)
    stops = (
        Stop(None, None, points[0], 6),
        Stop(0.02, Side.BEFORE, points[2], 4),
        Stop(0.02, Side.AFTER, points[3], 3),
        Stop(0.10, Side.BEFORE, points[4], 2),
        Stop(0.10, Side.AFTER, points[5], 1),
        Stop(0.99, Side.BEFORE, points[6], 0),
        Stop(0.99, Side.AFTER, None, None),
    )
    seen = np.arange(5 * 4 * 3, dtype=np.uint8).reshape(5, 4, 3)
    base = tuple(ClassScore(label, value) for label, value in ((0, 0.99999), (7, 1e-5), (3, 0.0), (1, 0.0), (2, 0.0)))
    pruned = tuple(ClassScore(label, value) for label, value in ((7, 0.8), (0, 0.1), (3, 0.05), (1, 0.03), (2, 0.02)))
    return Samples(
        ranking=ranking,
        points=points,
        sweep=Sweep(ranking, None, points, poisoned_sets, None, Scale.RAW, 0),
        estimate=SweepEstimate(ranking, tuple(sampled(point) for point in points), image_count=36, image_total=360),
        stops=stops,
        poisoned_sets=poisoned_sets,
        bypass=Bypass("conv_3", "conv_4", ("fc_1",)),
        flagged=ImageAnswer(seen, base, pruned, repaired_label=10, class_count=10),
        agreed=ImageAnswer(seen, pruned, pruned, repaired_label=7, class_count=10),
    )


@pytest.fixture
def all_layers() -> Ranking:
    """Two convolutions as one layer: channels 0 to 2 are those of conv_2, 3 and 4 those of conv_1; 3 is dead."""
    parts = (
        PrunableLayer("conv_2", "pool_2", 3, (Reader("conv_3", "Conv2D", True),)),
        PrunableLayer("conv_1", "pool_1", 2, (Reader("conv_2", "Conv2D", True), Reader("add", "Add", False))),
    )
    activations = np.array([0.25, 1.0, 0.5, 0.0, 1.0])
    order = np.argsort(activations, kind="stable").astype(np.int64)
    layer = PrunableLayer.together(parts[::-1], is_all=True)
    return Ranking(layer, activations, activations * 8, order, ASCENDING, 100, 100)


@pytest.fixture(params=["light", "dark", "twice the font"])
def dressed(request: pytest.FixtureRequest, qapp: QApplication) -> str:
    """The application in both themes, and with a font twice as large."""
    name = str(request.param)
    theme.apply_theme(qapp, "dark" if name == "dark" else "light")
    if name == "twice the font":
        font = qapp.font()
        font.setPointSizeF(font.pointSizeF() * 2)
        qapp.setFont(font)
    return name


@pytest.fixture
def results_panel(qtbot: QtBot) -> ResultsPanel:
    """The results on the screen, without a table."""
    panel = ResultsPanel()
    qtbot.addWidget(panel)
    panel.resize(1100, 420)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


@pytest.fixture
def full_results(results_panel: ResultsPanel, samples: Samples) -> ResultsPanel:
    """The results with the table of the small run."""
    results_panel.show_table(samples.stops, samples.poisoned_sets, None)
    QApplication.processEvents()
    return results_panel
