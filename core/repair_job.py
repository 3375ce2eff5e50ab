"""Repairing a network by one method, and what B, B′ and G are worth before and after."""

from dataclasses import dataclass, field, replace
from typing import Protocol

import keras
import numpy as np
from numpy.typing import NDArray

from core.anp_settings import AnpSettings
from core.channels import ALL_LAYERS
from core.confidence import DEFAULT_FALSE_ALARM_RATE, ConfidenceLevel, check_false_alarm_rate
from core.dataset import Dataset
from core.errors import Cancelled, LayerError
from core.evaluation import find_scale
from core.finetuning import FineTuned, fine_tune
from core.inspection import InspectionRequest, inspect
from core.monitor import Monitor
from core.network import Network
from core.pruning import find_stops
from core.recipe import try_plans
from core.recipe_records import Plan, Recipe
from core.records import Scale, ScaleFinding, Side, Sweep, SweepPoint
from core.refit_choices import RefitChoices
from core.refit_meter import Watched
from core.refit_records import FineTuneSettings
from core.repair import build_pruned
from core.repair_methods import PRUNING_THRESHOLD, Method, default_settings
from core.scoring import Score, Scorer
from core.shelf import MEMORY_BUDGET_BYTES

PROBE_COUNT = 32
LARGEST_THRESHOLD = 0.999999


@dataclass(frozen=True, slots=True, eq=False)
class RepairRequest:
    """All that a repair needs.

    Attributes:
        network: B.
        validation: clean pictures; everything is chosen by them.
        test: clean test pictures, only watched; None when not loaded.
        poisoned: poisoned sets, only watched.
        method: how.
        layers: the convolutions to prune, one after the other from the deepest, by masks as one; `("all",)` prunes all
            as one; empty is the layer that tells most, by masks all.
        threshold: the drop of clean validation accuracy that pruning may reach, in (0, 1).
        settings: how to refit; None is the method's own way.
        unlabelled: further clean pictures to refit with, by B's answers; None without.
        scale: the pixel range the network wants; None finds it.
        memory_bytes: how much of the layers' outputs is kept in memory while pruning.
        false_alarm_rate: the share of clean pictures that G may flag by the rule of confidence, (0, 1).
        mask_settings: how masks are optimized, where the method prunes by them; None is the usual way.
        choices: what `Method.AUTO` puts on the settings of each plan that it tries; of `OF_ALL_PLANS`.

    Raises:
        PruningError: the false alarm rate does not lie between 0 and 1.
    """

    network: Network
    validation: Dataset
    test: Dataset | None
    poisoned: tuple[Dataset, ...]
    method: Method
    layers: tuple[str, ...] = ()
    threshold: float = PRUNING_THRESHOLD
    settings: FineTuneSettings | None = None
    unlabelled: Dataset | None = None
    scale: Scale | None = None
    memory_bytes: int = MEMORY_BUDGET_BYTES
    false_alarm_rate: float = DEFAULT_FALSE_ALARM_RATE
    mask_settings: AnpSettings | None = None
    choices: RefitChoices = field(default_factory=RefitChoices)

    def __post_init__(self) -> None:
        check_false_alarm_rate(self.false_alarm_rate)


@dataclass(frozen=True, slots=True, eq=False)
class Repair:
    """A repaired network and how it came about.

    Attributes:
        model: B′.
        method: how.
        channel_masks: by convolution, shape (C,), True = kept; those that were looked at for pruning.
        sweeps: the pruning curves, in the order they were made.
        refit: how it was refitted; None where it was only pruned.
        before: B, beside itself: nothing is flagged.
        after: B′, and G made of B and B′ by the rule of agreement.
        guarded: the same with G by the rule of confidence.
        level: the confidence it asks for, found on the validation pictures that B′ was not refitted with.
        scale: the pixel range that was fed.
        scale_finding: how it was found; None when it was given.
        recipe: what was tried and chosen; None where the method was given.
    """

    model: keras.Model
    method: Method
    channel_masks: dict[str, NDArray[np.bool_]]
    sweeps: tuple[Sweep, ...]
    refit: FineTuned | None
    before: SweepPoint
    after: SweepPoint
    guarded: SweepPoint
    level: ConfidenceLevel
    scale: Scale
    scale_finding: ScaleFinding | None
    recipe: Recipe | None = None

    @property
    def is_cut_short(self) -> bool:
        """Whether somebody asked to stop and this is the best so far."""
        return (self.refit is not None and self.refit.is_cut_short) or (
            self.recipe is not None and self.recipe.is_cut_short
        )

    def __repr__(self) -> str:
        return f"Repair({self.method}, {self.after.pruned_count} channels pruned, {self.refit!r})"


def repair_network(request: RepairRequest, *, monitor: Monitor) -> Repair:
    """Prune, refit, or one after the other; the network handed in stays as it is.

    Publishes the `ScaleFinding`, what the sweeps publish, a `FineTuneEpoch` after each epoch, and of `Method.AUTO` what
    `try_plans` does.

    Raises:
        LayerError: no such layer.
        DatasetError: the validation pictures cannot be refitted with.
        Cancelled: asked to stop.

    Source:
        Fine-pruning: Kang Liu, Brendan Dolan-Gavitt, Siddharth Garg: Fine-Pruning: Defending Against Backdooring
        Attacks on Deep Neural Networks, 2018. It prunes the last convolution; which layers are pruned is free here.
    """
    finding, scale = None, request.scale
    if scale is None:
        finding = find_scale(request.network, request.validation, monitor=monitor)
        monitor.publish(finding)
        scale = finding.scale
    recipe = None
    if request.method.is_choosing:
        made, recipe = _choose(request, scale, monitor)
    else:
        made = _make(request, request.method, scale, {}, monitor)
    scorer = Scorer(
        request.network,
        validation=request.validation,
        test=request.test,
        poisoned=request.poisoned,
        scale=scale,
        false_alarm_rate=request.false_alarm_rate,
    )

    def scored() -> tuple[SweepPoint, Score]:
        before = scorer.score_base(monitor=monitor)
        return before, scorer.score(
            Network(made.model, path=request.network.summary.path),
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
    return Repair(
        model=made.model,
        method=request.method,
        channel_masks=made.channel_masks,
        sweeps=made.sweeps,
        refit=made.refit,
        before=before,
        after=score.agreed,
        guarded=score.guarded,
        level=score.level,
        scale=scale,
        scale_finding=finding,
        recipe=recipe,
    )


def check_layers(network: Network, layers: tuple[str, ...], *, method: Method = Method.PRUNE) -> tuple[str, ...]:
    """The convolutions to prune, deepest first.

    Args:
        network: B.
        layers: their names, or "all" alone; empty is the layer that tells most, or all where the method prunes as one.
        method: how they are pruned.

    Raises:
        LayerError: there is none of that name, one is named twice, or "all" stands beside others.
    """
    if not layers:
        last = network.default_layer()
        return (ALL_LAYERS,) if method.is_joint else (last,)
    for name in layers:
        network.layer(name)
    if len(set(layers)) < len(layers) or (ALL_LAYERS in layers and len(layers) > 1):
        raise LayerError(
            f"each convolution is named once, and '{ALL_LAYERS}' alone, got {','.join(layers)}", code="layers-twice"
        )
    depths = {each.name: depth for depth, each in enumerate(network.summary.layers)}
    return tuple(sorted(layers, key=lambda name: -depths.get(name, 0)))


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    """B′, not scored yet; the fields are those of `Repair`."""

    model: keras.Model
    channel_masks: dict[str, NDArray[np.bool_]]
    sweeps: tuple[Sweep, ...]
    refit: FineTuned | None

    @property
    def pruned_count(self) -> int:
        """Channels that were pruned."""
        return sum(int((~mask).sum()) for mask in self.channel_masks.values())

    @property
    def is_cut_short(self) -> bool:
        """Whether somebody asked to stop while it was refitted."""
        return self.refit is not None and self.refit.is_cut_short


def _choose(request: RepairRequest, scale: Scale, monitor: Monitor) -> tuple[_Made, Recipe]:
    """Try the recipe's plans."""
    given = request.settings or default_settings(request.method)
    known: dict[str, Sweep] = {}

    def make(plan: Plan) -> _Made:
        usual = request.choices.put_on(default_settings(plan.method, seed=given.seed))
        settings = replace(
            usual,
            held_out_share=given.held_out_share,
            least_steps=usual.least_steps if plan.least_steps is None else plan.least_steps,
        )
        planned = replace(
            request,
            threshold=plan.threshold or request.threshold,
            settings=settings,
            unlabelled=request.unlabelled if settings.distillation_weight else None,
        )
        return _make(planned, plan.method, scale, known, monitor, is_pruning=plan.threshold is not None)

    return try_plans(
        request.network,
        request.validation,
        make=make,
        scale=scale,
        held_out_share=given.held_out_share,
        seed=given.seed,
        monitor=monitor,
    )


def _make(
    request: RepairRequest,
    method: Method,
    scale: Scale,
    known: dict[str, Sweep],
    monitor: Monitor,
    *,
    is_pruning: bool | None = None,
) -> _Made:
    """Prune, refit, or one after the other.

    Args:
        request: what is repaired, and with which settings.
        method: how, in place of the request's.
        scale: the pixel range the network wants.
        known: curves of B that were made before, by layer; grows.
        monitor: progress and cancel.
        is_pruning: in place of the method's.
    """
    masks: dict[str, NDArray[np.bool_]] = {}
    sweeps: tuple[Sweep, ...] = ()
    model = request.network.model
    if method.is_pruning if is_pruning is None else is_pruning:
        model, masks, sweeps = _prune(request, scale, known, monitor)
    refit = None
    if method.is_refitting:
        refit = fine_tune(
            request.network,
            request.validation,
            request.settings or default_settings(method),
            scale=scale,
            channel_masks=masks,
            unlabelled=request.unlabelled,
            watched=Watched(request.test, request.poisoned),
            monitor=monitor,
        )
        model = refit.model
    return _Made(model, masks, sweeps, refit)


def _prune(
    request: RepairRequest, scale: Scale, known: dict[str, Sweep], monitor: Monitor
) -> tuple[keras.Model, dict[str, NDArray[np.bool_]], tuple[Sweep, ...]]:
    """Prune layer after layer up to the last step that honours the threshold, which all share; by masks all as one."""
    grown, left = request.network, request.threshold
    masks: dict[str, NDArray[np.bool_]] = {}
    sweeps = []
    layers = check_layers(request.network, request.layers, method=request.method)
    for name in [",".join(layers)] if request.method.is_joint else layers:
        inspected = InspectionRequest(
            grown, request.validation, request.test, request.poisoned, name, None, order=request.method.order,
            scale=scale, memory_bytes=request.memory_bytes, mask_settings=request.mask_settings,
        )  # fmt: skip
        sweep = known.get(name) if grown is request.network else None
        sweep = sweep or inspect(inspected, monitor=monitor).sweep
        if grown is request.network:
            known[name] = sweep
        sweeps.append(sweep)
        last = _last_step(sweep, left)
        assert last.validation is not None and sweep.points[0].validation is not None
        mask = sweep.ranking.channel_mask(last.pruned_count)
        layer = sweep.ranking.layer
        ends = np.cumsum([part.channel_count for part in layer.parts])[:-1]
        masks.update(zip([p.name for p in layer.parts] or [name], np.split(mask, ends), strict=True))
        left -= sweep.points[0].validation.pruned.rate - last.validation.pruned.rate
        left = min(left, LARGEST_THRESHOLD)  # what pruning gained may be lost again, but a threshold is below 1
        model = build_pruned(grown, layer=name, channel_mask=mask, probe=probe_of(request, scale))
        grown = Network(model, path=request.network.summary.path)
    return grown.model, masks, tuple(sweeps)


def _last_step(sweep: Sweep, threshold: float) -> SweepPoint:
    """Where pruning stops: by the threshold, or where masks have one of their own, by that."""
    mask_threshold = sweep.mask_settings.mask_threshold if sweep.mask_settings else None
    if mask_threshold is not None:
        assert sweep.ranking.scores is not None
        return sweep.points[int((sweep.ranking.scores < mask_threshold).sum())]
    stop = next(each for each in find_stops(sweep, [threshold]) if each.side is Side.BEFORE)
    assert stop.point is not None
    return stop.point


class HasSets(Protocol):
    """Whatever has the images of a run."""

    @property
    def validation(self) -> Dataset:
        """Clean validation pictures."""

    @property
    def test(self) -> Dataset | None:
        """Clean test pictures; None when not loaded."""

    @property
    def poisoned(self) -> tuple[Dataset, ...]:
        """Poisoned sets."""


def probe_of(request: HasSets, scale: Scale) -> NDArray[np.float32]:
    """A few pictures of each set, to compare networks' answers by; (n, H, W, C) in the network's range."""
    sets = [request.validation, *([request.test] if request.test else []), *request.poisoned]
    return np.concatenate([each.batch(0, PROBE_COUNT, scale=scale) for each in sets])
