"""Sweeps made by hand, with figures that are known."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from core.channels import Order, PrunableLayer, Ranking, Reader
from core.records import (
    Bypass,
    CleanScore,
    ModelSummary,
    PoisonedScore,
    PoisonedSet,
    Scale,
    ScaleFinding,
    Share,
    Side,
    Stop,
    Sweep,
    SweepPoint,
)
from core.report import InputFile, Report

CLEAN_COUNTS = (100, 99, 97, 80, 10)
ATTACK_COUNTS = (50, 50, 49, 5, 0)
LAYER = PrunableLayer("conv_3", "pool_3", 4, (Reader("conv_4", "Conv2D", True), Reader("fc_1", "Dense", True)))


def make_sweep(
    names: tuple[str, ...] = ("sunglasses.h5",), *, has_test: bool = True, reader: str | None = None, total: int = 50
) -> Sweep:
    """Four channels, 100 clean and `total` triggered images of each set; channel 2 goes first and is dead."""
    ranking = Ranking(
        layer=LAYER,
        activations=np.array([0.5, 2.0, 0.0, 1.0]),
        peaks=np.array([1.5, 4.0, 0.0, 3.0]),
        order=np.array([2, 0, 3, 1]),
        kind=Order.ASCENDING,
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


def make_report(sweep: Sweep, *, folder: str = "data", stops: tuple[Stop, ...] | None = None) -> Report:
    """A report of that sweep."""
    clean = InputFile(f"{folder}/clean.h5", "c" * 64, 100)
    return Report(
        model=ModelSummary(Path(folder) / "bd_net.h5", "m" * 64, "keras2-h5", (55, 47, 3), 1283, 601643, (LAYER,)),
        model_path=f"{folder}/bd_net.h5",
        validation=clean,
        test=clean if sweep.points[0].test else None,
        poisoned=tuple(InputFile(f"{folder}/{each.name}", "p" * 64, 50, (0,)) for each in sweep.poisoned_sets),
        sweep=sweep,
        stops=make_stops(sweep) if stops is None else stops,
        scale_finding=ScaleFinding(Scale.RAW, Share(99, 100), Share(0, 100), False),
        command_line=("prune", "--model", f"{folder}/bd_net.h5"),
        is_command_line_typed=True,
        created=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
    )


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
