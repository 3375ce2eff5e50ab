"""Repairing a network by one method, and what B, B′ and G are worth before and after."""

from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray

from core.anp_settings import AnpSettings
from core.channels import ALL_LAYERS
from core.dataset import Dataset
from core.errors import LayerError
from core.evaluation import find_scale, predict_labels
from core.finetuning import FineTuned, Watched, fine_tune
from core.inspection import InspectionRequest, inspect
from core.monitor import Monitor
from core.network import Network
from core.pruning import find_stops
from core.records import CleanScore, PoisonedScore, Scale, ScaleFinding, Share, Side, Sweep, SweepPoint
from core.refit_records import FineTuneSettings
from core.repair import build_pruned
from core.repair_methods import PRUNING_THRESHOLD, Method, default_settings
from core.shelf import MEMORY_BUDGET_BYTES

PROBE_COUNT = 32


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
        mask_settings: how masks are optimized, where the method prunes by them; None is the usual way.
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
    mask_settings: AnpSettings | None = None


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
        after: B′, and G made of B and B′.
        scale: the pixel range that was fed.
        scale_finding: how it was found; None when it was given.
    """

    model: keras.Model
    method: Method
    channel_masks: dict[str, NDArray[np.bool_]]
    sweeps: tuple[Sweep, ...]
    refit: FineTuned | None
    before: SweepPoint
    after: SweepPoint
    scale: Scale
    scale_finding: ScaleFinding | None

    def __repr__(self) -> str:
        return f"Repair({self.method}, {self.after.pruned_count} channels pruned, {self.refit!r})"


def repair_network(request: RepairRequest, *, monitor: Monitor) -> Repair:
    """Prune, refit, or one after the other; the network handed in stays as it is.

    Publishes the `ScaleFinding`, what the sweeps publish, and a `FineTuneEpoch` after each epoch.

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
    masks: dict[str, NDArray[np.bool_]] = {}
    sweeps: tuple[Sweep, ...] = ()
    model = request.network.model
    if request.method.is_pruning:
        model, masks, sweeps = _prune(request, scale, monitor)
    refit = None
    if request.method.is_refitting:
        refit = fine_tune(
            request.network,
            request.validation,
            request.settings or default_settings(request.method),
            scale=scale,
            channel_masks=masks,
            unlabelled=request.unlabelled,
            watched=Watched(request.test, request.poisoned),
            monitor=monitor,
        )
        model = refit.model
    pruned_count = sum(int((~mask).sum()) for mask in masks.values())
    before, after = _scores(request, model, scale, pruned_count, monitor)
    return Repair(model, request.method, masks, sweeps, refit, before, after, scale, finding)


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


def _prune(
    request: RepairRequest, scale: Scale, monitor: Monitor
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
        sweep = inspect(inspected, monitor=monitor).sweep
        sweeps.append(sweep)
        last = _last_step(sweep, left)
        assert last.validation is not None and sweep.points[0].validation is not None
        mask = sweep.ranking.channel_mask(last.pruned_count)
        layer = sweep.ranking.layer
        ends = np.cumsum([part.channel_count for part in layer.parts])[:-1]
        masks.update(zip([p.name for p in layer.parts] or [name], np.split(mask, ends), strict=True))
        left -= sweep.points[0].validation.pruned.rate - last.validation.pruned.rate
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


def probe_of(request: RepairRequest, scale: Scale) -> NDArray[np.float32]:
    """A few pictures of each set, to compare networks' answers by; (n, H, W, C) in the network's range."""
    sets = [request.validation, *([request.test] if request.test else []), *request.poisoned]
    return np.concatenate([each.batch(0, PROBE_COUNT, scale=scale) for each in sets])


def _scores(
    request: RepairRequest, model: keras.Model, scale: Scale, pruned_count: int, monitor: Monitor
) -> tuple[SweepPoint, SweepPoint]:
    repaired = Network(model, path=request.network.summary.path)

    def counted(dataset: Dataset) -> tuple[tuple[Share, Share, Share], tuple[Share, Share, Share]]:
        base = predict_labels(request.network, dataset, scale=scale, monitor=monitor)
        pruned = predict_labels(repaired, dataset, scale=scale, monitor=monitor)
        return _triple(dataset, base, base), _triple(dataset, base, pruned)

    validation = counted(request.validation)
    test = counted(request.test) if request.test else None
    poisoned = [counted(each) for each in request.poisoned]
    before, after = (
        SweepPoint(
            pruned_count=pruned_count if side else 0,
            channel_index=-1,
            validation=CleanScore(*validation[side]),
            test=CleanScore(*test[side]) if test else None,
            poisoned=tuple(PoisonedScore(*each[side]) for each in poisoned),
        )
        for side in (0, 1)
    )
    return before, after


def _triple(dataset: Dataset, base: NDArray[np.int64], pruned: NDArray[np.int64]) -> tuple[Share, Share, Share]:
    """Of B′ the pictures predicted as their label, of G the same, and those that G flags."""
    is_hit, is_agreed = pruned == dataset.labels, base == pruned
    counts = (is_hit.sum(), (is_hit & is_agreed).sum(), (~is_agreed).sum())
    one, two, three = (Share(int(count), dataset.image_count) for count in counts)
    return one, two, three
