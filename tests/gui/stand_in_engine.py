"""Stands for the engine in the window's tests: no TensorFlow, known answers, and jobs that can be held."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from core.channels import ChannelTensor, PrunableLayer, Reader
from core.compare.comparison import Comparison
from core.data.image import InputImage
from core.errors import Cancelled, DatasetError, ImageFileError, KeyChoiceError, LabelOrderError, ModelFileError
from core.monitor import Monitor
from core.records import ClassScore, ImageAnswer, ImageConfidence, PoisonedSet, Share, Side, SweepPoint
from core.refit.records import RefitEpoch
from core.scale import Scale
from core.sweep.records import Bypass, Sweep, SweepEstimate
from core.sweep.stops import Stop
from gui.channel import jobs as channel_jobs
from gui.classifier import jobs as image_jobs
from gui.classifier.gallery import jobs as gallery_jobs
from gui.classifier.strip import jobs as strip_jobs
from gui.compare import jobs as compare_jobs
from gui.detect import jobs as detect_jobs
from gui.files import control as file_control
from gui.files import jobs as file_jobs
from gui.job_runner import Job
from gui.network import jobs as network_jobs
from gui.prune import control as prune_control
from gui.prune import jobs
from gui.prune import view as prune_view
from gui.repair import jobs as repair_jobs
from gui.session_file import jobs as session_jobs
from gui.shell import warm_up
from gui.state.compared import ComparedNetwork, CompareInputs, NetworkOrigin
from gui.state.masked_network import MaskedNetwork
from gui.state.repairs import KeptRepair
from gui.state.session import StartFiles
from tests.gui.detect.stand_in_detection import FakeDetector
from tests.gui.files.opening.stand_in_recognition import FakeRecognition
from tests.gui.network.stand_in_structure import FakeStructure
from tests.gui.session_file.stand_in_sessions import FakeSessions
from tests.gui.stand_in_figures import (
    ORDER,
    PAIRS,
    FakeNetwork,
    FakeSet,
    make_counted,
    make_epoch,
    make_estimate,
    make_kept,
    make_point,
    make_ranking,
    make_summary,
    try_plans,
)
from tests.gui.stand_in_gallery import FakeGallery
from tests.gui.stand_in_strip import FakeStrip
from tests.made_up_scales import found


class FakeEngine(FakeGallery, FakeRecognition, FakeStructure, FakeSessions, FakeStrip, FakeDetector):
    """Stands for `core`: files are told apart by their names ("bad…" is refused, "small…" does not fit)."""

    estimates = ((2, False), (5, False), (5, True), (10, True), (15, True))  # images a set, whether the order is final

    def __init__(self) -> None:
        super().__init__()
        self.scored: list[list[bool]] = []
        self.released: list[Any] = []  # layers of runs that gave their memory back
        self.score_estimate: SweepPoint | None = None  # what is published of a mask while it is scored
        self.choices: list[Any] = []  # what was chosen of each set that was opened
        self.held_file = ""  # opening this file goes on until it is cancelled
        self.is_score_held = False  # a mask is scored until it is cancelled or this is False again
        self.classified: list[tuple[list[bool] | None, bool]] = []
        self.saved: list[tuple[bool, list[bool], Path, bool]] = []
        self.asked: list[Any] = []  # which B′ was asked, by name; None for the pruned one
        self.saved_repairs: list[tuple[str, str, Path, bool]] = []
        self.stop_repair_at: int | None = None  # a refit waits after this epoch, one that only prunes after epoch 0
        self.is_scoring_held = False  # a repair that was stopped is scored until it is cancelled, or this is False
        self.stop_at: int | None = None  # a run waits after this one of its `estimates`
        self.stop_count = False  # a count of the comparison waits
        self.unforeseen: Exception | None = None
        self.cautions: tuple[str, ...] = ()

    def patch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        of_pages = (repair_jobs, compare_jobs, detect_jobs, network_jobs, channel_jobs, session_jobs)
        in_files = (warm_up, file_control, file_jobs)
        for module in (*in_files, prune_control, prune_view, jobs, image_jobs, gallery_jobs, strip_jobs, *of_pages):
            for name in vars(module):
                if not name.startswith("_") and hasattr(type(self), name):
                    monkeypatch.setattr(module, name, getattr(self, name))

    def warm_up(self) -> Job:
        return lambda monitor: None

    def open_model(self, path: Path, *, architecture: Path | None = None, is_large_allowed: bool = False) -> Job:
        def job(monitor: Monitor) -> Any:
            self.started.append(path.name)
            monitor.checkpoint("Opening")
            if path.name.startswith("bad"):
                raise ModelFileError(f"'{path.name}' is no model", code="not-a-model")
            if path.name.startswith("weights") and architecture is None:
                raise ModelFileError(f"'{path.name}' contains weights alone", code="missing-architecture")
            if path.name.startswith("crash"):
                raise RuntimeError("nobody foresaw this")
            side = 4 if path.name.startswith("small") else 8
            summary = make_summary(path.name, side=side)
            if path.name.startswith("single"):
                summary = replace(summary, layers=summary.layers[:1])
            if path.name.startswith("normed"):
                last = replace(summary.layers[1], tensor=ChannelTensor.ACTIVATION)
                summary = replace(summary, layers=(summary.layers[0], last))
            if path.name.startswith("deep"):
                last = PrunableLayer("conv_c", "conv_c", 3, (Reader("dense", "Dense", True),))
                summary = replace(summary, layers=(*summary.layers, last))
            if path.name.startswith("noted"):
                summary = replace(summary, notes=("RandomFlip was left out.",))
            return FakeNetwork(replace(summary, is_repaired=path.name.startswith("repaired")))

        return job

    def open_set(self, path: Path, *, network: Any, has_labels: bool, choice: Any, label_map: Any, **more: Any) -> Job:
        def job(monitor: Monitor) -> Any:
            self.started.append(path.name)
            if path.name.startswith("huge") and not more["is_large_allowed"]:
                raise DatasetError(f"'{path.name}' needs 31 GB and 12 GB are available", code="needs-room")
            self.choices.append(choice)
            while path.name == self.held_file:
                monitor.checkpoint("Opening")
            if path.name.startswith("bad") or (has_labels and path.name.startswith("bare")):
                raise DatasetError(f"'{path.name}' has no data", code="missing-key")
            if path.name.startswith("several") and not choice.data_key:
                raise KeyChoiceError(f"'{path.name}' has several", code="choose-keys", pairs=PAIRS)
            if path.name.startswith("one") and network is not None and label_map is None:
                raise LabelOrderError(f"'{path.name}' has a label 5", code="wrong-labels", order=ORDER)
            opened = FakeSet(path, side=4 if path.name.startswith("small") else 8).with_labels(label_map)
            if path.name.startswith("pairs"):
                opened = replace(
                    opened,
                    pairs=PAIRS,
                    keys=(choice.data_key or "X_test", choice.label_key or "Y_test"),
                    notes=("told",),
                )
            if network is None:
                return opened
            return self.check_fits(opened, input_shape=network.summary.input_shape, class_count=10)

        return job

    def check_fits(self, dataset: FakeSet, *, input_shape: Any, class_count: int) -> FakeSet:
        if dataset.image_shape != input_shape:
            raise DatasetError(f"'{dataset.name}' does not fit", code="misfit-input")
        return dataset

    def demo_start(self) -> StartFiles:
        return StartFiles(Path("net.h5"), Path("v.h5"), Path("t.h5"), (Path("p.h5"),), Path("face.png"))

    def find_scale(self, network: Any, validation: FakeSet) -> Job:
        if validation.name.startswith("shuffled") and validation.label_map is None:
            return lambda monitor: replace(found(Scale.RAW, Share(1, 20), Share(2, 20)), label_order=ORDER)
        return lambda monitor: found(Scale.RAW, Share(19, 20), Share(1, 20))

    def try_to_save(self, network: Any) -> Job:
        return lambda monitor: ""

    def interpret(self, inputs: Any) -> Job:
        del inputs
        return lambda monitor: ()

    def inspect(self, inputs: jobs.PruneInputs) -> Job:
        def job(monitor: Monitor) -> Any:
            layer = inputs.evaluation.network.layer(inputs.layer)
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
                poisoned_sets=tuple(PoisonedSet(each.name, (0,), 20) for each in inputs.evaluation.poisoned),
                bypass=self.find_bypass(ranking.layer, reader=inputs.reader),
                scale=Scale.RAW,
                settled_count=0,
            )
            bench = SimpleNamespace(
                is_quick=not ranking.layer.parts, release=lambda: self.released.append(inputs.layer.text)
            )
            return SimpleNamespace(sweep=sweep, scale_finding=inputs.scale_finding, evaluator=bench)

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

    def find_cautions(self, session: Any, *, has_refit: bool) -> tuple[str, ...]:
        del has_refit
        return self.cautions if session.summary is not None else ()

    def score(self, evaluator: Any, channel_mask: Any) -> Job:
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

    def open_image(self, path: Path) -> Job:
        def job(monitor: Monitor) -> Any:
            if path.name.startswith("bad"):
                raise ImageFileError(f"'{path.name}' is no image")
            size = (8, 24) if path.name.startswith("wide") else (8, 8)
            return InputImage(path.name, np.full((*size, 4), 255, np.uint8))

        return job

    def open_trigger(self, path: Path, *, height: int, width: int) -> Job:
        def job(monitor: Monitor) -> SimpleNamespace:
            if path.name.startswith("opaque"):
                raise ImageFileError(f"the trigger '{path.name}' has no transparent pixel", code="trigger-opaque")
            return SimpleNamespace(name=path.name)

        return job

    def classify(
        self,
        masked: MaskedNetwork,
        shown: image_jobs.ShownImage,
        *,
        repaired: Any = None,
        level: float | None = None,
    ) -> Job:
        kept = None if masked.channel_mask is None else masked.channel_mask.tolist()

        def job(monitor: Monitor) -> ImageAnswer:
            self.classified.append((kept, shown.has_trigger))
            self.asked.append(None if repaired is None else repaired.name)
            seen = np.zeros((8, 8, 3), np.uint8)
            seen.flags.writeable = False
            top = tuple(ClassScore(label, 0.2) for label in range(5))
            confidence = None if level is None else ImageConfidence(0.2, level, level > 0.2)
            return ImageAnswer(seen, top, top, 10 if shown.has_trigger else 0, 10, confidence)

        return job

    def feature_map(self, masked: MaskedNetwork, shown: image_jobs.ShownImage, channel: int) -> Job:
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
        self, masked: MaskedNetwork, path: Path, *, is_repaired: bool, may_replace: bool, **_rest: Any
    ) -> Job:
        def job(monitor: Monitor) -> Any:
            assert masked.channel_mask is not None
            self.saved.append((is_repaired, masked.channel_mask.tolist(), path, may_replace))
            return SimpleNamespace(path=path)

        return job

    def repair(self, inputs: repair_jobs.RepairInputs, name: str) -> Job:
        def job(monitor: Monitor) -> KeptRepair:
            settings = inputs.settings
            self.started.append(f"repair {settings.method} {settings.layers.text}".strip())
            history: list[RefitEpoch] = []
            is_cut_short, recipe = False, None
            try:
                if settings.method.is_pruning:
                    monitor.publish(make_ranking())
                if settings.method.is_choosing:
                    recipe = try_plans(monitor)
                for epoch in range(settings.epochs + 1):
                    monitor.checkpoint("Refitting", done_count=epoch, total_count=settings.epochs + 1)
                    if self.unforeseen is not None and epoch == 2:
                        raise self.unforeseen
                    if settings.method.is_refitting:
                        history.append(
                            make_epoch(
                                epoch,
                                set_count=len(inputs.evaluation.poisoned),
                                has_test=inputs.evaluation.test is not None,
                            )
                        )
                        monitor.publish(history[-1])
                    while self.stop_repair_at == epoch:
                        monitor.checkpoint("Refitting", done_count=epoch, total_count=settings.epochs + 1)
            except Cancelled:
                if len(history) < 2 or not monitor.resume():
                    raise
                is_cut_short = True
                monitor.narrow("scoring the best epoch on 2 sets")
            monitor.checkpoint("Scoring what there is")
            while is_cut_short and self.is_scoring_held:
                monitor.checkpoint("Scoring what there is")
            if recipe is not None:
                monitor.publish(recipe.attempts[-1])
            return make_kept(name, inputs, tuple(history), is_cut_short=is_cut_short, recipe=recipe)

        return job

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
            return ComparedNetwork(name, "3 weights differ", NetworkOrigin.FILE, pruned, counted, path=path)

        return job

    def build_compared(self, masked: MaskedNetwork, name: str, how: str, inputs: CompareInputs) -> Job:
        def job(monitor: Monitor) -> ComparedNetwork:
            network: Any = SimpleNamespace(name=name, model=name)
            return ComparedNetwork(name, how, NetworkOrigin.PRUNED, network, make_counted(name, inputs, step=5))

        return job

    def count_compared(self, networks: Sequence[ComparedNetwork], inputs: CompareInputs) -> Job:
        def job(monitor: Monitor) -> tuple[ComparedNetwork, ...]:
            self.started.append(f"count {', '.join(each.name for each in networks)}")
            while self.stop_count:
                monitor.checkpoint("Comparing")
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
