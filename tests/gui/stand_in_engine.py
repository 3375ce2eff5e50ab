"""Stands for the engine in the window's tests: no TensorFlow, known answers, and jobs that can be held."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from core.channels import ALL_LAYERS, Order, PrunableLayer, Ranking, Reader
from core.comparison import Comparison, ComparisonRow
from core.confidence import ConfidenceLevel
from core.errors import Cancelled, DatasetError, ImageFileError, ModelFileError
from core.monitor import Monitor
from core.recipe_records import PLANS, Attempt, Recipe, Trying
from core.records import (
    Bypass,
    ClassScore,
    CleanScore,
    ModelSummary,
    PictureAnswer,
    PictureConfidence,
    PoisonedScore,
    PoisonedSet,
    Scale,
    ScaleFinding,
    Share,
    Side,
    Stop,
    Sweep,
    SweepEstimate,
    SweepPoint,
)
from core.refit_records import FineTuneEpoch
from gui import compare_jobs, jobs, picture_jobs, repair_jobs
from gui.compared import ComparedNetwork, CompareInputs, Counted, Origin
from gui.job_runner import Job
from gui.repairs import KeptRepair, figures_of
from gui.workspace import StartFiles

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


@dataclass(frozen=True)
class FakeNetwork:
    """Stands for an open network."""

    summary: ModelSummary

    def layer(self, name: str) -> PrunableLayer:
        """A convolution, several by their names with commas, or all of them, the deepest first."""
        for each in self.summary.layers:
            if each.name == name:
                return each
        names = name.split(",")
        parts = tuple(each for each in self.summary.layers[::-1] if name == ALL_LAYERS or each.name in names)
        assert name == ALL_LAYERS or len(parts) == len(names)
        return PrunableLayer(name, "", sum(each.channel_count for each in parts), (), parts)


@dataclass(eq=False)
class FakeSet:
    """Stands for a data set."""

    path: Path
    side: int = 8
    image_count: int = 20

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def image_shape(self) -> tuple[int, int, int]:
        return (self.side, self.side, 3)

    @property
    def labels(self) -> Any:
        return np.arange(self.image_count) % 5

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
    kind: Order = Order.ASCENDING, image_count: int = 20, *, layer: PrunableLayer | None = None
) -> Ranking:
    """The channels of the first convolution, or of another layer, each more active than the one before it."""
    layer = layer or make_summary().layers[0]
    order = np.arange(layer.channel_count)
    return Ranking(
        layer=layer,
        activations=np.arange(layer.channel_count, dtype=float),
        peaks=np.arange(layer.channel_count, dtype=float),
        order=order[::-1].copy() if kind is Order.DESCENDING else order,
        kind=kind,
        image_count=image_count,
        image_total=20,
    )


def make_estimate(
    image_count: int,
    *,
    is_order_final: bool = True,
    kind: Order = Order.ASCENDING,
    layer: PrunableLayer | None = None,
) -> SweepEstimate:
    """The curve by so many of the 20 images of each set; a provisional order is the other way round."""
    other = Order.ASCENDING if kind is Order.DESCENDING else Order.DESCENDING
    ranking = make_ranking(kind if is_order_final else other, 20 if is_order_final else image_count, layer=layer)
    points = tuple(make_point(step, image_count) for step in range(len(ranking.order) + 1))
    return SweepEstimate(ranking, points, image_count=2 * image_count, image_total=40)


def make_epoch(epoch: int, total: int = 20, *, set_count: int = 1, has_test: bool = False) -> FineTuneEpoch:
    """Clean accuracy falls at first and comes back; ASR falls by two images an epoch."""
    clean = Share(total if not epoch else min(total, total - 6 + epoch), total)
    attack = Share(max(total - 2 * epoch, 0), total)
    loss = float("nan") if not epoch else 2 / epoch
    return FineTuneEpoch(epoch, loss, 1e-3, clean, clean if has_test else None, (attack,) * set_count)


def make_kept(
    name: str,
    inputs: Any,
    history: tuple[FineTuneEpoch, ...] = (),
    *,
    is_cut_short: bool = False,
    recipe: Recipe | None = None,
) -> Any:
    """A repair that ended after so many epochs; B′ is worth what step 4 of the curve is."""
    before, after = (
        replace(make_point(step), poisoned=make_point(step).poisoned[: len(inputs.poisoned)]) for step in (0, 4)
    )
    level = ConfidenceLevel(0.5, inputs.settings.false_alarm_rate, Share(1, 20))
    kept = len(history) - 1 if history else 0
    refit = SimpleNamespace(history=history, kept_epoch=kept) if history else None
    repair = SimpleNamespace(
        method=inputs.settings.method, channel_masks={}, refit=refit, before=before, after=after, guarded=after,
        level=level, scale=Scale.RAW, model=name,
    )  # fmt: skip
    return KeptRepair(
        name=name,
        how=f"{inputs.settings.method}: made here",
        inputs=inputs,
        repair=repair,  # type: ignore[arg-type]
        report=SimpleNamespace(name=name),  # type: ignore[arg-type]
        pruned=SimpleNamespace(name=name),  # type: ignore[arg-type]
        figures=figures_of(
            before,
            after,
            guarded=after,
            level=level,
            base_held_out=history[0].held_out if history else None,
            kept=history[kept] if history else None,
        ),
        history=history,
        kept_epoch=kept,
        sentences=("Epochs were counted.",),
        is_cut_short=is_cut_short,
        recipe=recipe,
    )


def make_counted(name: str, inputs: CompareInputs, *, step: int = 4) -> Counted:
    """What the network of a step is worth beside B."""
    base, point = (
        replace(make_point(at), poisoned=make_point(at).poisoned[:1] * len(inputs.poisoned)) for at in (0, step)
    )
    return Counted(inputs.files, base, ComparisonRow(name, "made for a test", point, point))


class FakeEngine:
    """Stands for `core`: files are told apart by their names ("bad…" is refused, "small…" does not fit)."""

    estimates = ((2, False), (5, False), (5, True), (10, True), (15, True))  # images a set, whether the order is final

    def __init__(self) -> None:
        self.started: list[str] = []
        self.scored: list[list[bool]] = []
        self.released: list[Any] = []  # layers of runs that gave their memory back
        self.score_estimate: SweepPoint | None = None  # what is published of a mask while it is scored
        self.is_score_held = False  # a mask is scored until it is cancelled or this is False again
        self.classified: list[tuple[list[bool] | None, bool]] = []
        self.exported: list[tuple[str, Path]] = []
        self.saved: list[tuple[bool, list[bool], Path, bool]] = []
        self.asked: list[Any] = []  # which B′ was asked, by name; None for the pruned one
        self.saved_repairs: list[tuple[str, str, Path, bool]] = []
        self.stop_repair_at: int | None = None  # a refit waits after this epoch, one that only prunes after epoch 0
        self.stop_at: int | None = None  # a run waits after this one of its `estimates`
        self.unforeseen: Exception | None = None
        self.cautions: tuple[str, ...] = ()

    def patch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for module in (jobs, picture_jobs, repair_jobs, compare_jobs):
            for name in vars(module):
                if not name.startswith("_") and hasattr(type(self), name):
                    monkeypatch.setattr(module, name, getattr(self, name))

    def warm_up(self) -> Job:
        return lambda monitor: None

    def open_model(self, path: Path) -> Job:
        def job(monitor: Monitor) -> Any:
            self.started.append(path.name)
            monitor.checkpoint("Opening")
            if path.name.startswith("bad"):
                raise ModelFileError(f"'{path.name}' is no model", code="not-a-model")
            if path.name.startswith("crash"):
                raise RuntimeError("nobody foresaw this")
            side = 4 if path.name.startswith("small") else 8
            summary = make_summary(path.name, side=side)
            if path.name.startswith("single"):
                summary = replace(summary, layers=summary.layers[:1])
            if path.name.startswith("deep"):
                last = PrunableLayer("conv_c", "conv_c", 3, (Reader("dense", "Dense", True),))
                summary = replace(summary, layers=(*summary.layers, last))
            return FakeNetwork(replace(summary, is_repaired=path.name.startswith("repaired")))

        return job

    def open_set(self, path: Path, *, input_shape: Any, class_count: Any) -> Job:
        def job(monitor: Monitor) -> Any:
            self.started.append(path.name)
            if path.name.startswith("bad"):
                raise DatasetError(f"'{path.name}' has no data", code="missing-key")
            opened = FakeSet(path, side=4 if path.name.startswith("small") else 8)
            return opened if input_shape is None else self.check_fits(opened, input_shape=input_shape, class_count=10)

        return job

    def check_fits(self, dataset: FakeSet, *, input_shape: Any, class_count: int) -> FakeSet:
        if dataset.image_shape != input_shape:
            raise DatasetError(f"'{dataset.name}' does not fit", code="misfit-input")
        return dataset

    def demo_start(self) -> StartFiles:
        return StartFiles(Path("net.h5"), Path("v.h5"), Path("t.h5"), (Path("p.h5"),), Path("face.png"))

    def find_scale(self, network: Any, validation: FakeSet) -> Job:
        return lambda monitor: ScaleFinding(Scale.RAW, Share(19, 20), Share(1, 20), False)

    def inspect(self, inputs: jobs.RunInputs) -> Job:
        def job(monitor: Monitor) -> Any:
            layer = inputs.network.layer(inputs.layer)
            layer = layer if layer.parts else None
            self.started.append(f"run {f'{layer.name} ' if layer else ''}{inputs.reader or 'output'} {inputs.order}")
            monitor.checkpoint("Measuring", done_count=0, total_count=20)
            monitor.publish(make_ranking(inputs.order, image_count=2, layer=layer))
            ranking = make_ranking(inputs.order, layer=layer)
            for place, (image_count, is_order_final) in enumerate(self.estimates):
                monitor.checkpoint("Pruning", done_count=image_count, total_count=20)
                if self.unforeseen is not None and place == 2:
                    raise self.unforeseen
                monitor.publish(ranking if is_order_final else make_ranking(inputs.order, image_count, layer=layer))
                estimate = make_estimate(image_count, is_order_final=is_order_final, kind=inputs.order, layer=layer)
                monitor.publish(estimate)
                while self.stop_at == place:
                    monitor.checkpoint("Pruning", done_count=image_count, total_count=20)
            sweep = Sweep(
                ranking=ranking,
                reader=inputs.reader,
                points=tuple(make_point(step) for step in range(len(ranking.order) + 1)),
                poisoned_sets=tuple(PoisonedSet(each.name, (0,), 20) for each in inputs.poisoned),
                bypass=self.find_bypass(ranking.layer, reader=inputs.reader),
                scale=Scale.RAW,
                settled_count=0,
            )
            bench = SimpleNamespace(
                is_quick=not ranking.layer.parts, release=lambda: self.released.append(inputs.layer)
            )
            return SimpleNamespace(sweep=sweep, scale_finding=inputs.scale_finding, workbench=bench)

        return job

    def find_bypass(self, layer: PrunableLayer, *, reader: str | None) -> Bypass | None:
        return None if reader is None else Bypass(layer.name, reader, ("dense",))

    def find_stops(self, sweep: Sweep | SweepEstimate, thresholds: Any) -> tuple[Stop, ...]:
        channel_count = sweep.ranking.layer.channel_count
        rows = [Stop(None, None, sweep.points[0], channel_count)]
        for threshold in thresholds:
            total = sweep.points[0].validation.pruned.total
            step = min(int(threshold * total) + 1, channel_count)
            rows.append(Stop(threshold, Side.BEFORE, sweep.points[step - 1], channel_count - step + 1))
            rows.append(Stop(threshold, Side.AFTER, sweep.points[step], channel_count - step))
        return tuple(rows)

    def find_verdict(self, sweep: Sweep, stops: Any, cautions: Any) -> Any:
        return SimpleNamespace(headline=f"Seen in {len(sweep.points)} steps.", sentences=("a reason", *cautions))

    def find_cautions(self, workspace: Any) -> tuple[str, ...]:
        return self.cautions if workspace.summary is not None else ()

    def is_opaque(self, trigger: Any) -> bool:
        return bool(trigger.name.startswith("opaque"))

    def score(self, workbench: Any, channel_mask: Any) -> Job:
        kept = channel_mask.tolist()

        def job(monitor: Monitor) -> SweepPoint:
            if self.score_estimate is not None:
                monitor.publish(self.score_estimate)
            while self.is_score_held:
                monitor.checkpoint("Scoring")
            if self.unforeseen is not None:
                raise self.unforeseen
            self.scored.append(kept)
            return make_point(kept.count(False))

        return job

    def open_picture(self, path: Path) -> Job:
        def job(monitor: Monitor) -> Any:

            if path.name.startswith("bad"):
                raise ImageFileError(f"'{path.name}' is no picture")
            return SimpleNamespace(name=path.name)

        return job

    def open_trigger(self, path: Path, *, height: int, width: int) -> Job:
        return lambda monitor: SimpleNamespace(name=path.name)

    def classify(
        self,
        masked: jobs.MaskedNetwork,
        shown: picture_jobs.ShownPicture,
        *,
        repaired: Any = None,
        level: float | None = None,
    ) -> Job:
        kept = None if masked.channel_mask is None else masked.channel_mask.tolist()

        def job(monitor: Monitor) -> PictureAnswer:
            self.classified.append((kept, shown.has_trigger))
            self.asked.append(None if repaired is None else repaired.name)
            seen = np.zeros((8, 8, 3), np.uint8)
            seen.flags.writeable = False
            top = tuple(ClassScore(label, 0.2) for label in range(5))
            confidence = None if level is None else PictureConfidence(0.2, level, level > 0.2)
            return PictureAnswer(seen, top, top, 10 if shown.has_trigger else 0, 10, confidence)

        return job

    def feature_map(self, masked: jobs.MaskedNetwork, shown: picture_jobs.ShownPicture, channel: int) -> Job:
        def job(monitor: Monitor) -> Any:
            image = np.full((2, 2), float(channel), np.float32)
            image.flags.writeable = False
            return image

        return job

    def export(self, kind: str, path: Path, **_inputs: Any) -> Job:
        def job(monitor: Monitor) -> Path:
            self.exported.append((kind, path))
            return path

        return job

    def save_network(
        self, masked: jobs.MaskedNetwork, path: Path, *, is_repaired: bool, may_replace: bool, **_rest: Any
    ) -> Job:
        def job(monitor: Monitor) -> Any:
            assert masked.channel_mask is not None
            self.saved.append((is_repaired, masked.channel_mask.tolist(), path, may_replace))
            return SimpleNamespace(path=path)

        return job

    def repair(self, inputs: repair_jobs.RepairInputs, name: str) -> Job:
        def job(monitor: Monitor) -> KeptRepair:
            settings = inputs.settings
            self.started.append(f"repair {settings.method} {','.join(settings.layers)}".strip())
            history: list[FineTuneEpoch] = []
            is_cut_short, recipe = False, None
            try:
                if settings.method.is_pruning:
                    monitor.publish(make_ranking())
                if settings.method.is_choosing:
                    recipe = self._try_plans(monitor)
                for epoch in range(settings.epochs + 1):
                    monitor.checkpoint("Refitting", done_count=epoch, total_count=settings.epochs + 1)
                    if self.unforeseen is not None and epoch == 2:
                        raise self.unforeseen
                    if settings.method.is_refitting:
                        history.append(
                            make_epoch(epoch, set_count=len(inputs.poisoned), has_test=inputs.test is not None)
                        )
                        monitor.publish(history[-1])
                    while self.stop_repair_at == epoch:
                        monitor.checkpoint("Refitting", done_count=epoch, total_count=settings.epochs + 1)
            except Cancelled:
                if len(history) < 2 or not monitor.resume():
                    raise
                is_cut_short = True
            monitor.checkpoint("Scoring what there is")
            if recipe is not None:
                monitor.publish(recipe.attempts[-1])
            return make_kept(name, inputs, tuple(history), is_cut_short=is_cut_short, recipe=recipe)

        return job

    def _try_plans(self, monitor: Monitor) -> Recipe:
        """Say that pruning did not help, and that occlusion begins."""
        held_out, fooled = Share(19, 20), Share(60, 100)
        attempts = (
            Attempt(PLANS[0], 3, Share(18, 20), Share(50, 100)),
            Attempt(PLANS[2], 2, Share(19, 20), Share(1, 100)),
        )
        monitor.publish(Trying(PLANS[0], 0, 4, held_out, fooled))
        monitor.publish(attempts[0])
        monitor.publish(Trying(PLANS[2], 2, 4, held_out, fooled))
        return Recipe(held_out, fooled, 100, attempts, 1)

    def save_repair(self, kind: str, path: Path, kept: KeptRepair, *, may_replace: bool, **_rest: Any) -> Job:
        def job(monitor: Monitor) -> Any:
            self.saved_repairs.append((kind, kept.name, path, may_replace))
            return SimpleNamespace(path=path)

        return job

    def export_repair(self, kind: str, path: Path, kept: KeptRepair) -> Job:
        def job(monitor: Monitor) -> Path:
            self.exported.append((f"{kind} {kept.name}", path))
            return path

        return job

    def open_compared(self, path: Path, name: str, inputs: CompareInputs) -> Job:
        def job(monitor: Monitor) -> ComparedNetwork:
            self.started.append(f"compare {path.name}")
            monitor.checkpoint("Opening")
            if path.name.startswith("bad"):
                raise ModelFileError(f"'{path.name}' is no repaired network of B", code="misfit-pruned")
            counted = make_counted(name, inputs, step=2)
            pruned: Any = SimpleNamespace(name=name, model=name)
            return ComparedNetwork(name, "3 weights differ", Origin.FILE, pruned, counted, path=path)

        return job

    def build_compared(self, masked: jobs.MaskedNetwork, name: str, how: str, inputs: CompareInputs) -> Job:
        def job(monitor: Monitor) -> ComparedNetwork:
            pruned: Any = SimpleNamespace(name=name, model=name)
            return ComparedNetwork(name, how, Origin.PRUNED, pruned, make_counted(name, inputs, step=5))

        return job

    def count_compared(self, networks: Sequence[ComparedNetwork], inputs: CompareInputs) -> Job:
        def job(monitor: Monitor) -> tuple[ComparedNetwork, ...]:
            self.started.append(f"count {', '.join(each.name for each in networks)}")
            return tuple(replace(each, counted=make_counted(each.name, inputs)) for each in networks)

        return job

    def save_compared(self, kind: str, path: Path, saved: compare_jobs.NetworkToSave, **_rest: Any) -> Job:
        def job(monitor: Monitor) -> Any:
            self.saved_repairs.append((kind, saved.network.name, path, True))
            return SimpleNamespace(path=path)

        return job

    def export_comparison(self, kind: str, path: Path, *, comparison: Comparison, **_rest: Any) -> Job:
        def job(monitor: Monitor) -> Path:
            self.exported.append((f"{kind} {len(comparison.rows)}", path))
            return path

        return job
