"""Repair of a network by one method, and the figures of B, B′ and G before and after."""

from dataclasses import dataclass, field

import keras
import numpy as np
from numpy.typing import NDArray

from core.channels import NO_LAYERS, LayerSet
from core.cut.tensor_store import MEMORY_BUDGET_BYTES
from core.data.dataset import Dataset, distinct_names
from core.display import Row, TableRecord
from core.errors import Cancelled
from core.findings.scale_finding import ScaleFinding
from core.metrics.cells import network_cells
from core.metrics.evaluation import predict_labels
from core.metrics.interpretation import with_interpretations
from core.metrics.network_scores import NetworkKind
from core.metrics.scale_search import with_scale
from core.metrics.scoring import Score, Scorer
from core.monitor import Monitor
from core.network.confidence import DEFAULT_FALSE_ALARM_RATE, ConfidenceLevel, check_false_alarm_rate
from core.network.inputs import EvaluationInputs
from core.network.network import Network
from core.order.anp_settings import AnpSettings
from core.records import Interpretation, Share, SweepPoint
from core.refit.records import RefitSettings
from core.refit.refit import Refitted
from core.repair.checks import check_not_repaired, check_suspects
from core.repair.choices import RefitChoices
from core.repair.method import PRUNING_THRESHOLD, RepairMethod
from core.repair.recipe_records import Recipe
from core.repair.shown.examples import Examples, examples_of, find_watched
from core.repair.shown.watched import watched_of_set
from core.repair.task import RepairTask
from core.scale import Scale
from core.sweep.records import Sweep
from core.words import counted


@dataclass(frozen=True, slots=True, eq=False)
class RepairRequest:
    """The inputs of a repair.

    Attributes:
        inputs: B and the sets; all choices use the validation images. If the pixel range is None, it is found.
        method: the repair method.
        layers: the convolutions to prune: one after the other from the deepest, or as one if the method prunes by
            masks or for `ALL_LAYERS`; empty uses the default layer, or all if the method prunes by masks.
        threshold: the drop of clean validation accuracy that pruning may reach, in (0, 1).
        settings: how to refit; None uses the method's defaults.
        unlabelled: further clean images to refit with, labelled by B's answers; None if there are none.
        memory_bytes: how many bytes of the layers' outputs are kept in memory while pruning.
        false_alarm_rate: the share of clean images that G by confidence may flag, (0, 1).
        mask_settings: how masks are optimized, if the method prunes by masks; None uses the defaults.
        choices: the settings that the person chose instead of the defaults. Settings that do not belong to training
            are read from here; a method that tries others applies the rest to the settings of each.
        suspects: classes of B whose triggers are unlearned, as a detection names them, `NEXT_CLASS` (-1) for an
            all-to-all attack; empty to look for some.

    Raises:
        ModelFileError: the network is a repaired network G.
        DatasetError: a suspected class is no class of the network.
        PruningError: the false alarm rate is not between 0 and 1.
    """

    inputs: EvaluationInputs
    method: RepairMethod
    layers: LayerSet = NO_LAYERS
    threshold: float = PRUNING_THRESHOLD
    settings: RefitSettings | None = None
    unlabelled: Dataset | None = None
    memory_bytes: int = MEMORY_BUDGET_BYTES
    false_alarm_rate: float = DEFAULT_FALSE_ALARM_RATE
    mask_settings: AnpSettings | None = None
    choices: RefitChoices = field(default_factory=RefitChoices)
    suspects: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        check_not_repaired(self.inputs.network.summary)
        check_suspects(self.inputs.network.summary, self.suspects)
        check_false_alarm_rate(self.false_alarm_rate)


@dataclass(frozen=True, slots=True, eq=False)
class Repair(TableRecord):
    """A repaired network, how it was made, and its figures.

    Attributes:
        model: B′.
        method: the repair method.
        channel_masks: by convolution, shape (C,), True = kept; only the convolutions considered for pruning.
        sweeps: the pruning curves, in the order they were made.
        refit: the refitted network and its history; None if it was only pruned.
        before: the figures of B, compared with itself: nothing is flagged.
        by_agreement: the figures of B′, and of G by agreement.
        by_confidence: the figures of B′, and of G by confidence.
        level: its confidence level, found on the validation images that B′ was not made with; on all if it was only
            pruned.
        scale: the pixel range used.
        scale_finding: how it was found; None if it was given.
        recipe: what was tried and chosen; None if the method was given.
        base_held_out: held-out validation images that B predicts as their label; None if none were held out.
        bounded_held_out: the same for B′, if its activations were bounded.
        interpretations: how each poisoned set was understood, by B's answers.
        poisoned_names: distinct names of the poisoned sets.
        examples: a few images with a trigger and their answers; None if there is no trigger.
        bounded_layers: the layers whose activations were bounded.
    """

    model: keras.Model
    method: RepairMethod
    channel_masks: dict[str, NDArray[np.bool_]]
    sweeps: tuple[Sweep, ...]
    refit: Refitted | None
    before: SweepPoint
    by_agreement: SweepPoint
    by_confidence: SweepPoint
    level: ConfidenceLevel
    scale: Scale
    scale_finding: ScaleFinding | None
    recipe: Recipe | None = None
    base_held_out: Share | None = None
    bounded_held_out: Share | None = None
    interpretations: tuple[Interpretation, ...] = ()
    poisoned_names: tuple[str, ...] = ()
    examples: Examples | None = None
    bounded_layers: tuple[str, ...] = ()

    @property
    def held_out(self) -> tuple[Share | None, Share | None]:
        """Held-out validation images that B and B′ predict as their label; None if none were held out."""
        if self.refit is not None:
            return self.base_held_out, self.refit.history[self.refit.kept_epoch].held_out
        if self.bounded_held_out is not None:
            return self.base_held_out, self.bounded_held_out
        return self.base_held_out, self.recipe.attempt.held_out if self.recipe is not None else None

    @property
    def is_cut_short(self) -> bool:
        """Whether the job was stopped early and this is the best result so far."""
        return (self.refit is not None and self.refit.is_cut_short) or (
            self.recipe is not None and self.recipe.is_cut_short
        )

    def as_rows(self) -> tuple[Row, ...]:
        """One row each for B, B′ and the two Gs."""
        networks = (
            ("B", self.before, NetworkKind.PRUNED),
            ("B′", self.by_agreement, NetworkKind.PRUNED),
            ("G by agreement", self.by_agreement, NetworkKind.REPAIRED),
            ("G by confidence", self.by_confidence, NetworkKind.REPAIRED),
        )
        names = self.poisoned_names
        return tuple(
            {"network": name, **network_cells(point, kind, poisoned_names=names)} for name, point, kind in networks
        )

    def __repr__(self) -> str:
        return f"Repair({self.method}, {self.by_agreement.pruned_count} channels pruned, {self.refit!r})"


def repair_network(request: RepairRequest, *, monitor: Monitor) -> Repair:
    """Run the method and score its result; the given network is not changed.

    Publishes the `ScaleFinding`, `WatchedImages`, and what the method publishes: the results of the sweeps, a
    `RefitEpoch` after each epoch of training, and, if the method tries others, what `try_plans` publishes.

    Raises:
        LayerError: no such layer.
        DatasetError: the validation images cannot be used for refitting.
        Cancelled: the job was cancelled.
    """
    inputs, finding = with_scale(request.inputs, monitor=monitor)
    inputs = with_interpretations(inputs, monitor=monitor)
    seed = request.settings.seed if request.settings is not None else 0
    images = watched_of_set(inputs, seed=seed, monitor=monitor)
    if images is not None:
        monitor.publish(images)
    made = request.method.run(RepairTask.from_request(request, inputs, images=images), monitor)
    scorer = Scorer(inputs, false_alarm_rate=request.false_alarm_rate)

    pruned = Network(made.model, path=inputs.network.summary.path)
    scoring = f"scoring the best {'epoch' if made.recipe is None else 'network'} on {counted(len(inputs.sets), 'set')}"
    monitor.narrow(scoring)

    def scored() -> tuple[SweepPoint, Score]:
        before = scorer.score_base(monitor=monitor)
        return before, scorer.score(
            pruned,
            pruned_count=made.pruned_count,
            calibration_rows=made.held_out_indices,
            monitor=monitor,
        )

    def shown_examples() -> Examples | None:
        watched = images or made.watched
        try:
            watched = watched or find_watched(inputs, suspects=made.suspects, seed=seed, monitor=monitor)
        except Cancelled:  # the result is there without them
            if not monitor.resume(has_result=True):
                raise
        return examples_of(watched, pruned) if watched is not None else None

    try:
        before, score = scored()
    except Cancelled:
        # Scoring takes seconds, refitting took minutes: score the result anyway; a second cancel ends that too.
        if made.refit is None or not monitor.resume(scoring):
            raise
        before, score = scored()
    base_held_out = made.recipe.held_out if made.recipe is not None else None
    bounded_held_out = None
    if made.held_out_indices is not None:
        base_held_out = scorer.share_of_base(made.held_out_indices, monitor=monitor)
        if made.bounded_layers:
            bounded_held_out = _share(pruned, inputs, made.held_out_indices, monitor)
    return Repair(
        model=made.model,
        method=request.method,
        channel_masks=made.channel_masks,
        sweeps=made.sweeps,
        refit=made.refit,
        before=before,
        by_agreement=score.by_agreement,
        by_confidence=score.by_confidence,
        level=score.level,
        scale=inputs.known_scale,
        scale_finding=finding,
        recipe=made.recipe,
        bounded_layers=made.bounded_layers,
        base_held_out=base_held_out,
        bounded_held_out=bounded_held_out,
        interpretations=tuple(each.interpretation for each in inputs.poisoned if each.interpretation is not None),
        poisoned_names=distinct_names(inputs.poisoned),
        examples=shown_examples(),
    )


def _share(network: Network, inputs: EvaluationInputs, rows: NDArray[np.int64], monitor: Monitor) -> Share:
    """Return the accuracy of a network on some of the validation images."""
    labels = predict_labels(network, inputs.validation, scale=inputs.known_scale, monitor=monitor, rows=rows)
    return Share(int((labels == inputs.validation.labels[rows]).sum()), len(rows))
