"""Sweeps made by hand, with figures that are known."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from core.channels import PrunableLayer, Reader
from core.compare.comparison import Comparison, ComparisonRow
from core.network.confidence import ConfidenceLevel
from core.order.orders.ascending import ASCENDING
from core.order.ranking import Ranking
from core.records import (
    CleanScore,
    ModelSummary,
    PoisonedScore,
    PoisonedSet,
    Share,
    Side,
    SweepPoint,
)
from core.report.compare.record import ComparisonReport, NetworkFile
from core.report.origin import InputFile, Origin
from core.report.prune.record import Report
from core.scale import Scale
from core.sweep.records import Bypass, Sweep
from core.sweep.stops import Stop
from tests.made_up_scales import found

CLEAN_COUNTS = (100, 99, 97, 80, 10)
ATTACK_COUNTS = (50, 50, 49, 5, 0)
LAYER = PrunableLayer("conv_3", "pool_3", 4, (Reader("conv_4", "Conv2D", True), Reader("fc_1", "Dense", True)))


VOID = {"meta", "br", "line", "polyline"}


class Page(HTMLParser):
    """Reads a page, sees that its elements are closed in order, and collects tags, addresses and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [
            value or "" for name, value in attrs if name in ("src", "href", "action", "data", "xlink:href")
        ]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def make_sweep(
    names: tuple[str, ...] = ("sunglasses.h5",), *, has_test: bool = True, reader: str | None = None, total: int = 50
) -> Sweep:
    """Four channels, 100 clean and `total` triggered images of each set; channel 2 goes first and is dead."""
    ranking = Ranking(
        layer=LAYER,
        activations=np.array([0.5, 2.0, 0.0, 1.0]),
        peaks=np.array([1.5, 4.0, 0.0, 3.0]),
        order=np.array([2, 0, 3, 1]),
        kind=ASCENDING,
        image_count=100,
        image_total=100,
    )
    points = []
    for step, (clean, attack) in enumerate(zip(CLEAN_COUNTS, ATTACK_COUNTS, strict=True)):
        score = CleanScore(Share(clean, 100), Share(clean - 1, 100), Share(100 - clean, 100))
        count = min(attack, total)
        poisoned = PoisonedScore(Share(count, total), Share(count, total), Share(total - count, total))
        channel = -1 if step == 0 else int(ranking.order[step - 1])
        points.append(SweepPoint(step, channel, score, score if has_test else None, (poisoned,) * len(names)))
    return Sweep(
        ranking=ranking,
        reader=reader,
        points=tuple(points),
        poisoned_sets=tuple(PoisonedSet(name, (0,), total) for name in names),
        bypass=Bypass("conv_3", reader, ("fc_1",)) if reader else None,
        scale=Scale.RAW,
        settled_count=0,
    )


def make_stops(sweep: Sweep) -> tuple[Stop, ...]:
    """Unpruned, 2 points before (1 pruned) and after (2), 95 points before (4) and no step after."""
    return (
        Stop(None, None, sweep.points[0], 4),
        Stop(0.02, Side.BEFORE, sweep.points[1], 3),
        Stop(0.02, Side.AFTER, sweep.points[2], 2),
        Stop(0.95, Side.BEFORE, sweep.points[4], 0),
        Stop(0.95, Side.AFTER, None, None),
    )


def make_origin(command: str, poisoned_names: Sequence[str], *, folder: str, has_test: bool) -> Origin:
    """The lab's network and sets of those names, all in one folder."""
    clean = InputFile(f"{folder}/clean.h5", "c" * 64, 100)
    return Origin(
        model=ModelSummary(Path(folder) / "bd_net.h5", "m" * 64, "keras2-h5", (55, 47, 3), 1283, 601643, (LAYER,)),
        model_path=f"{folder}/bd_net.h5",
        validation=clean,
        test=clean if has_test else None,
        poisoned=tuple(InputFile(f"{folder}/{each}", "p" * 64, 50, (0,)) for each in poisoned_names),
        scale_finding=found(Scale.RAW, Share(99, 100), Share(0, 100)),
        command_line=(command, "--model", f"{folder}/bd_net.h5"),
        created=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
    )


def make_report(sweep: Sweep, *, folder: str = "data", stops: tuple[Stop, ...] | None = None) -> Report:
    """A report of that sweep."""
    names = [each.name for each in sweep.poisoned_sets]
    return Report(
        origin=make_origin("prune", names, folder=folder, has_test=sweep.points[0].test is not None),
        sweep=sweep,
        stops=make_stops(sweep) if stops is None else stops,
        is_command_line_typed=True,
    )


@pytest.fixture
def read_page() -> type[Page]:
    """Reads a page and sees that its elements are closed in order."""
    return Page


@pytest.fixture
def sweep() -> Sweep:
    """The channel's output pruned, test set and one poisoned set."""
    return make_sweep()


@pytest.fixture
def report(sweep: Sweep) -> Report:
    """The report of `sweep`."""
    return make_report(sweep)


@pytest.fixture
def sweep_maker() -> Callable[..., Sweep]:
    """Makes other sweeps."""
    return make_sweep


@pytest.fixture
def report_maker() -> Callable[..., Report]:
    """Makes other reports."""
    return make_report


def make_point(clean: int, attacks: tuple[int, ...], *, has_test: bool = True, flagged: int = 3) -> SweepPoint:
    """So many of 100 clean and of 50 triggered images of each set; one less of G, which flags `flagged`."""
    score = CleanScore(Share(clean, 100), Share(max(0, clean - 1), 100), Share(flagged, 100))
    poisoned = (PoisonedScore(Share(each, 50), Share(max(0, each - 1), 50), Share(flagged + 1, 50)) for each in attacks)
    return SweepPoint(0, -1, score, score if has_test else None, tuple(poisoned))


def make_comparison(
    *figures: tuple[int, ...],
    names: tuple[str, ...] = ("occlusion", "prune", "fine-pruning", "finetune", "ft-sam"),
    poisoned_names: tuple[str, ...] = ("sunglasses.h5",),
    has_test: bool = True,
) -> Comparison:
    """B with 98 of 100 and all of 50, and repaired networks with such counts: clean, then ASR of all or of each set."""

    def point(clean: int, *attacks: int, flagged: int = 3) -> SweepPoint:
        each = attacks if len(attacks) == len(poisoned_names) else attacks * len(poisoned_names)
        return make_point(clean, each, has_test=has_test, flagged=flagged)

    rows = tuple(
        ComparisonRow(
            name,
            f"made by {name}",
            point(*each),
            point(*each, flagged=5),
            ConfidenceLevel(0.5, 0.15, Share(5, 100)),
        )
        for name, each in zip(names, figures, strict=False)
    )
    test_name = "test.h5" if has_test else None
    return Comparison(point(98, 50, flagged=0), rows, "valid.h5", test_name, poisoned_names, Scale.RAW)


def make_comparison_report(comparison: Comparison, *, folder: str = "data") -> ComparisonReport:
    """A report of that comparison; the last network came from no file."""
    names = comparison.poisoned_names
    files = [NetworkFile(f"{folder}/{row.name}/pruned.keras", "r" * 64) for row in comparison.rows]
    return ComparisonReport(
        origin=make_origin("compare", names, folder=folder, has_test=comparison.test_name is not None),
        files=(*files[:-1], None),
        comparison=comparison,
    )


@pytest.fixture
def comparison() -> Comparison:
    """Five repaired networks: the first is good, the third as good in clean accuracy alone."""
    return make_comparison((96, 0), (94, 50), (96, 40), (99, 50), (10, 0))


@pytest.fixture
def comparison_maker() -> Callable[..., Comparison]:
    """Makes other comparisons."""
    return make_comparison


@pytest.fixture
def comparison_report(comparison: Comparison) -> ComparisonReport:
    """The report of `comparison`."""
    return make_comparison_report(comparison)


@pytest.fixture
def comparison_report_maker() -> Callable[..., ComparisonReport]:
    """Makes other reports of comparisons."""
    return make_comparison_report
