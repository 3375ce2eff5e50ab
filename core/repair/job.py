"""Repairing a network by one method, and what B, B′ and G are worth before and after."""

from dataclasses import dataclass, field

import keras
import numpy as np
from numpy.typing import NDArray

from core.channels import NO_LAYERS, LayerSet
from core.cut.tensor_store import MEMORY_BUDGET_BYTES
from core.data.dataset import Dataset
from core.display import Row, TableRecord
from core.errors import Cancelled
from core.metrics.cells import network_cells
from core.metrics.evaluation import with_scale
from core.metrics.network_scores import NetworkKind
from core.metrics.scoring import Score, Scorer
from core.monitor import Monitor
from core.network.confidence import DEFAULT_FALSE_ALARM_RATE, ConfidenceLevel, check_false_alarm_rate
from core.network.inputs import EvaluationInputs
from core.network.network import Network
from core.order.anp_settings import AnpSettings
from core.records import Scale, ScaleFinding, Share, SweepPoint
from core.refit.records import RefitSettings
from core.refit.refit import Refitted
from core.repair.checks import check_not_repaired
from core.repair.choices import RefitChoices
from core.repair.method import PRUNING_THRESHOLD, RepairMethod
from core.repair.recipe_records import Recipe
from core.repair.task import RepairTask
from core.sweep.records import Sweep


@dataclass(frozen=True, slots=True, eq=False)
class RepairRequest:
    """All that a repair needs.

    Attributes:
        inputs: B and the sets; everything is chosen by the validation images. Without a pixel range it is found.
        method: how.
        layers: the convolutions to prune, one after the other from the deepest, by masks as one; `ALL_LAYERS` are
            pruned as one; none is the layer that tells most, by masks all.
        threshold: the drop of clean validation accuracy that pruning may reach, in (0, 1).
        settings: how to refit; None is the method's own way.
        unlabelled: further clean images to refit with, by B's answers; None without.
        memory_bytes: how much of the layers' outputs is kept in memory while pruning.
        false_alarm_rate: the share of clean images that G may flag by the rule of confidence, (0, 1).
        mask_settings: how masks are optimized, where the method prunes by them; None is the usual way.
        choices: what the person chose in place of the method's own settings: what is no setting of training is read
            from here, and a method that tries others puts the rest on the settings of each.

    Raises:
        ModelFileError: the network is a repaired network G.
        PruningError: the false alarm rate does not lie between 0 and 1.
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

    def __post_init__(self) -> None:
        check_not_repaired(self.inputs.network.summary)
        check_false_alarm_rate(self.false_alarm_rate)


@dataclass(frozen=True, slots=True, eq=False)
class Repair(TableRecord):
    """A repaired network and how it came about.

    Attributes:
        model: B′.
        method: how.
        channel_masks: by convolution, shape (C,), True = kept; those that were looked at for pruning.
        sweeps: the pruning curves, in the order they were made.
        refit: how it was refitted; None where it was only pruned.
        before: B, beside itself: nothing is flagged.
        by_agreement: B′, and G made of B and B′ by the rule of agreement.
        by_confidence: the same with G by the rule of confidence.
        level: the confidence it asks for, found on the validation images that B′ was not refitted with.
        scale: the pixel range that was fed.
        scale_finding: how it was found; None when it was given.
        recipe: what was tried and chosen; None where the method was given.
        base_held_out: held-out validation images that B predicts as their label; None where none were held out.
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

    @property
    def held_out(self) -> tuple[Share | None, Share | None]:
        """Held-out validation images that B, and that B′ predicts as their label; None where none were held out."""
        if self.refit is not None:
            return self.base_held_out, self.refit.history[self.refit.kept_epoch].held_out
        return self.base_held_out, self.recipe.attempt.held_out if self.recipe is not None else None

    @property
    def is_cut_short(self) -> bool:
        """Whether somebody asked to stop and this is the best so far."""
        return (self.refit is not None and self.refit.is_cut_short) or (
            self.recipe is not None and self.recipe.is_cut_short
        )

    def as_rows(self) -> tuple[Row, ...]:
        """A row for each of B, B′ and G by either rule."""
        networks = (
            ("B", self.before, NetworkKind.PRUNED),
            ("B′", self.by_agreement, NetworkKind.PRUNED),
            ("G by agreement", self.by_agreement, NetworkKind.REPAIRED),
            ("G by confidence", self.by_confidence, NetworkKind.REPAIRED),
        )
        return tuple({"network": name, **network_cells(point, kind)} for name, point, kind in networks)

    def __repr__(self) -> str:
        return f"Repair({self.method}, {self.by_agreement.pruned_count} channels pruned, {self.refit!r})"


def repair_network(request: RepairRequest, *, monitor: Monitor) -> Repair:
    """Run the method and score what it made; the network handed in stays as it is.

    Publishes the `ScaleFinding` and what the method publishes: what the sweeps do, a `RefitEpoch` after each epoch of
    training, and of a method that tries others what `try_plans` does.

    Raises:
        LayerError: no such layer.
        DatasetError: the validation images cannot be refitted with.
        Cancelled: asked to stop.
    """
    inputs, finding = with_scale(request.inputs, monitor=monitor)
    made = request.method.run(RepairTask.from_request(request, inputs), monitor)
    scorer = Scorer(inputs, false_alarm_rate=request.false_alarm_rate)

    def scored() -> tuple[SweepPoint, Score]:
        before = scorer.score_base(monitor=monitor)
        return before, scorer.score(
            Network(made.model, path=inputs.network.summary.path),
            pruned_count=made.pruned_count,
            calibration_rows=None if made.refit is None else made.refit.held_out_indices,
            monitor=monitor,
        )

    try:
        before, score = scored()
    except Cancelled:
        # Minutes of refitting are worth the seconds of scoring; who asks once more stops that too.
        if made.refit is None or not monitor.resume():
            raise
        before, score = scored()
    base_held_out = made.recipe.held_out if made.recipe is not None else None
    if made.refit is not None:
        base_held_out = scorer.share_of_base(made.refit.held_out_indices, monitor=monitor)
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
        base_held_out=base_held_out,
    )
