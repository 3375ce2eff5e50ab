"""Figures of the stand-in engine, all known: a network, its sets, a curve, a refit and a comparison."""

from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from core.channels import ChannelTensor, LayerSet, PrunableLayer, Reader
from core.compare.comparison import ComparisonRow
from core.errors import DatasetError
from core.findings.label_order import LabelMap, LabelOrder
from core.intake.answers import PairAnswer
from core.monitor import Monitor
from core.network.confidence import ConfidenceLevel
from core.order.order import PruningOrder
from core.order.orders.ascending import ASCENDING
from core.order.orders.descending import DESCENDING
from core.order.ranking import Ranking
from core.records import CleanScore, ModelSummary, PoisonedScore, Share, SweepPoint
from core.refit.records import RefitEpoch
from core.repair.recipe_records import Attempt, Recipe, Trying, all_plans
from core.report.repair.verdict import judge_repair
from core.scale import Scale
from core.sweep.records import SweepEstimate
from gui.state.compared import CompareInputs, Counted
from gui.state.repairs import KeptRepair, figures_of

CHANNEL_COUNT = 6


def make_summary(name: str = "net.h5", *, class_count: int = 10, side: int = 8) -> ModelSummary:
    readers = (Reader("conv_b", "Conv2D", True), Reader("dense", "Dense", True))
    return ModelSummary(
        path=Path("/somewhere") / name,
        sha256="0" * 64,
        source_format="keras",
        input_shape=(side, side, 3),
        class_count=class_count,
        parameter_count=1234,
        layers=(
            PrunableLayer("conv_a", "pool_a", CHANNEL_COUNT, readers),
            PrunableLayer("conv_b", "conv_b", 4, (Reader("dense", "Dense", True),)),
        ),
    )


PAIRS = tuple(
    PairAnswer(data_key=f"X_{part}", label_key=f"Y_{part}", shape=[20, 8, 8, 3], image_axis=0, is_matlab=False)
    for part in ("test", "train")
)
ORDER = LabelOrder(LabelMap("from-1", {label: label - 1 for label in range(1, 11)}), Share(19, 20))


@dataclass(frozen=True)
class FakeNetwork:
    """Stands for an open network."""

    summary: ModelSummary

    def with_tensor(self, tensor: ChannelTensor) -> "FakeNetwork":
        """The same network, with another tensor where there is a choice."""
        layers = tuple(replace(each, tensor=each.tensor and tensor) for each in self.summary.layers)
        return self if layers == self.summary.layers else FakeNetwork(replace(self.summary, layers=layers))

    def layer(self, layer: str | LayerSet) -> PrunableLayer:
        """A convolution, several as one, or all of them, the deepest first."""
        wanted = LayerSet.of(layer) if isinstance(layer, str) else layer
        chosen = tuple(each for each in self.summary.layers if wanted.is_all or each.name in wanted.names)
        assert wanted.is_all or len(chosen) == len(wanted.names)
        return chosen[0] if len(wanted.names) == 1 else PrunableLayer.together(chosen, is_all=wanted.is_all)


@dataclass(eq=False)
class FakeSet:
    """Stands for a data set."""

    path: Path
    side: int = 8
    image_count: int = 20
    keys: tuple[str, str] = ("data", "label")
    pairs: tuple[PairAnswer, ...] = ()
    notes: tuple[str, ...] = ()
    label_map: Any = None
    target: Any = None
    estimate: Any = None
    sha256: str = ""

    @property
    def is_stamped(self) -> bool:
        return self.estimate is not None

    @property
    def is_estimated(self) -> bool:
        return self.estimate is not None

    @property
    def images(self) -> Any:
        return np.zeros((self.image_count, self.side, self.side, 3), np.uint8)

    def aimed_at(self, target: Any, *, class_count: int) -> "FakeSet":
        if isinstance(target, int) and target >= class_count:
            raise DatasetError(f"there is no class {target}", code="wrong-target")
        return replace(self, target=target)

    @property
    def name(self) -> str:
        return self.path.name

    def with_labels(self, label_map: Any) -> "FakeSet":
        if label_map is not None and self.name.startswith("other"):
            raise DatasetError(f"label 0 in '{self.name}' has no class", code="wrong-labels")
        return self if label_map is self.label_map else replace(self, label_map=label_map)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        return (self.side, self.side, 3)

    @property
    def labels(self) -> Any:
        return np.arange(self.image_count) % 5

    def rows(self, indices: Any, *, scale: Scale) -> Any:
        """Black images."""
        del scale
        return np.zeros((len(indices), *self.image_shape), np.float32)

    @property
    def target_labels(self) -> tuple[int, ...]:
        return (0,)


def make_point(step: int, total: int = 20) -> SweepPoint:
    """Clean accuracy falls by one image a step, so the fewer images the faster; ASR falls after step 3."""
    clean = Share(max(total - step, 0), total)
    attack = Share(total if step < 4 else 0, total)
    return SweepPoint(
        pruned_count=step,
        channel_index=step - 1,
        validation=CleanScore(clean, clean, Share(total - clean.count, total)),
        test=None,
        poisoned=(PoisonedScore(attack, attack, Share(0, total)),),
    )


def make_ranking(
    kind: PruningOrder = ASCENDING, image_count: int = 20, *, layer: PrunableLayer | None = None
) -> Ranking:
    """The channels of the first convolution, or of another layer, each more active than the one before it."""
    layer = layer or make_summary().layers[0]
    order = np.arange(layer.channel_count)
    return Ranking(
        layer=layer,
        activations=np.arange(layer.channel_count, dtype=float),
        peaks=np.arange(layer.channel_count, dtype=float),
        order=order[::-1].copy() if kind is DESCENDING else order,
        kind=kind,
        image_count=image_count,
        image_total=20,
    )


def make_estimate(
    image_count: int,
    *,
    is_order_final: bool = True,
    kind: PruningOrder = ASCENDING,
    layer: PrunableLayer | None = None,
) -> SweepEstimate:
    """The curve by so many of the 20 images of each set; a provisional order is the other way round."""
    other = ASCENDING if kind is DESCENDING else DESCENDING
    ranking = make_ranking(kind if is_order_final else other, 20 if is_order_final else image_count, layer=layer)
    points = tuple(make_point(step, image_count) for step in range(len(ranking.order) + 1))
    return SweepEstimate(ranking, points, image_count=2 * image_count, image_total=40)


def make_epoch(epoch: int, total: int = 20, *, set_count: int = 1, has_test: bool = False) -> RefitEpoch:
    """Clean accuracy falls at first and comes back; ASR falls by two images an epoch."""
    clean = Share(total if not epoch else min(total, total - 6 + epoch), total)
    attack = Share(max(total - 2 * epoch, 0), total)
    loss = float("nan") if not epoch else 2 / epoch
    return RefitEpoch(epoch, loss, 1e-3, clean, clean if has_test else None, (attack,) * set_count)


def make_kept(
    name: str,
    inputs: Any,
    history: tuple[RefitEpoch, ...] = (),
    *,
    is_cut_short: bool = False,
    recipe: Recipe | None = None,
) -> Any:
    """A repair that ended after so many epochs; B′ is worth what step 4 of the curve is."""
    before, after = (
        replace(make_point(step), poisoned=make_point(step).poisoned[: len(inputs.evaluation.poisoned)])
        for step in (0, 4)
    )
    level = ConfidenceLevel(0.5, inputs.settings.false_alarm_rate, Share(1, 20))
    kept = len(history) - 1 if history else 0
    refit = SimpleNamespace(history=history, kept_epoch=kept) if history else None
    held_out = (history[0].held_out, history[kept].held_out) if history else (None, None)
    repair = SimpleNamespace(
        method=inputs.settings.method, channel_masks={}, refit=refit,
        before=before, by_agreement=after, by_confidence=after, level=level, scale=Scale.RAW, model=name,
        held_out=held_out,
    )  # fmt: skip
    figures = figures_of(before, after, by_confidence=after, level=level, held_out=held_out)
    return KeptRepair(
        name=name,
        how=f"{inputs.settings.method}: made here",
        inputs=inputs,
        repair=repair,  # type: ignore[arg-type]
        report=SimpleNamespace(  # type: ignore[arg-type]
            name=name, verdict=judge_repair(figures[0].scores, figures[1].scores, recipe)
        ),
        pruned=SimpleNamespace(name=name),  # type: ignore[arg-type]
        figures=figures,
        history=history,
        kept_epoch=kept,
        sentences=("Epochs were counted.",),
        is_cut_short=is_cut_short,
        recipe=recipe,
    )


def make_counted(name: str, inputs: CompareInputs, *, step: int = 4) -> Counted:
    """What the network of a step is worth beside B."""
    base, point = (
        replace(make_point(at), poisoned=make_point(at).poisoned[:1] * len(inputs.evaluation.poisoned))
        for at in (0, step)
    )
    level = ConfidenceLevel(0.5, inputs.false_alarm_rate, Share(1, 20))
    return Counted(inputs.evaluation, base, ComparisonRow(name, "made for a test", point, point, level))


def try_plans(monitor: Monitor) -> Recipe:
    """Say that pruning did not help, and that occlusion begins."""
    held_out, fooled = Share(19, 20), Share(60, 100)
    attempts = (
        Attempt(all_plans()[0], 3, Share(18, 20), Share(50, 100)),
        Attempt(all_plans()[2], 2, Share(19, 20), Share(1, 100)),
    )
    monitor.publish(Trying(all_plans()[0], 0, 4, held_out, fooled))
    monitor.publish(attempts[0])
    monitor.publish(Trying(all_plans()[2], 2, 4, held_out, fooled))
    return Recipe(held_out, fooled, 100, attempts, 1)
