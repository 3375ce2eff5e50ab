"""Pruning layer by layer, each as far as clean validation accuracy allows."""

from dataclasses import dataclass, replace
from functools import partial

import keras
import numpy as np
from numpy.typing import NDArray

from core.channels import LayerSet
from core.cut.tensor_store import MEMORY_BUDGET_BYTES
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.network import Network
from core.network.rebuild import build_pruned
from core.order.anp_settings import AnpSettings
from core.records import Side, SweepPoint
from core.repair.checks import check_layers
from core.repair.method import RepairMethod
from core.sweep.inspection import InspectionRequest, inspect
from core.sweep.records import Sweep
from core.sweep.stops import find_stops
from core.thread_pool import run_aside

LARGEST_THRESHOLD = 0.999999


@dataclass(frozen=True, slots=True, eq=False)
class PrunedNetwork:
    """A network without the channels that a threshold allowed to prune.

    Attributes:
        model: B′, not refitted.
        channel_masks: by convolution, shape (C,), True = kept; only the convolutions considered for pruning.
        sweeps: the pruning curves, in the order they were made.
    """

    model: keras.Model
    channel_masks: dict[str, NDArray[np.bool_]]
    sweeps: tuple[Sweep, ...]


class ThresholdPruner:
    """Prunes one network with different thresholds; curves of the network itself are computed once.

    Args:
        inputs: B, the sets that the curves cover, and the pixel range; only validation images decide.
        layers: the convolutions to prune: one after the other from the deepest, or as one by masks.
        method: defines the order, and whether layers are pruned as one.
        memory_bytes: how many bytes of the layers' outputs are kept in memory.
        mask_settings: how masks are optimized, if the method prunes by masks; None uses the defaults.

    Raises:
        LayerError: as `check_layers`.
    """

    def __init__(
        self,
        inputs: EvaluationInputs,
        layers: LayerSet,
        *,
        method: RepairMethod,
        memory_bytes: int = MEMORY_BUDGET_BYTES,
        mask_settings: AnpSettings | None = None,
    ) -> None:
        self._inputs = inputs
        self._method, self._memory_bytes, self._mask_settings = method, memory_bytes, mask_settings
        checked = check_layers(inputs.network, layers, method=method)
        is_one = method.is_joint or checked.is_all
        self._layers = (checked,) if is_one else tuple(LayerSet.of(name) for name in checked.names)
        self._known: dict[LayerSet, Sweep] = {}

    def prune(self, threshold: float, *, monitor: Monitor) -> PrunedNetwork:
        """Prune layer by layer up to the last step within the threshold, which all layers share; by masks, all as one.

        Publishes what `inspect` publishes.

        Args:
            threshold: the drop of clean validation accuracy that all layers together may reach, in (0, 1).
            monitor: receives progress, and can cancel.

        Raises:
            Cancelled: the job was cancelled.
        """
        grown, left = self._inputs.network, threshold
        masks: dict[str, NDArray[np.bool_]] = {}
        sweeps = []
        for layers in self._layers:
            sweep = self._sweep(grown, layers, monitor)
            sweeps.append(sweep)
            last = _last_step(sweep, left)
            assert last.validation is not None and sweep.points[0].validation is not None
            mask = sweep.ranking.channel_mask(last.pruned_count)
            layer = sweep.ranking.layer
            parts = layer.parts or (layer,)
            ends = np.cumsum([part.channel_count for part in parts])[:-1]
            masks.update(zip([part.name for part in parts], np.split(mask, ends), strict=True))
            left -= sweep.points[0].validation.pruned.rate - last.validation.pruned.rate
            left = min(
                left, LARGEST_THRESHOLD
            )  # accuracy gained by pruning may be lost again, but a threshold must stay below 1
            build = partial(build_pruned, grown, layer=layers, channel_mask=mask, probe=self._inputs.probe())
            model = run_aside(build, while_waiting=monitor.stop_if_asked)
            grown = Network(model, path=self._inputs.network.summary.path, tensor=self._inputs.network.tensor)
        return PrunedNetwork(grown.model, masks, tuple(sweeps))

    def _sweep(self, network: Network, layers: LayerSet, monitor: Monitor) -> Sweep:
        """Return the curve of a layer in a network in which other layers may already be pruned."""
        if network is self._inputs.network and layers in self._known:
            return self._known[layers]
        request = InspectionRequest(
            replace(self._inputs, network=network),
            layers,
            order=self._method.order,
            memory_bytes=self._memory_bytes,
            mask_settings=self._mask_settings,
        )
        sweep = inspect(request, monitor=monitor).sweep
        if network is self._inputs.network:
            self._known[layers] = sweep
        return sweep


def _last_step(sweep: Sweep, threshold: float) -> SweepPoint:
    """Return where pruning stops: at the mask threshold if there is one, else at the accuracy threshold."""
    mask_threshold = sweep.mask_settings.mask_threshold if sweep.mask_settings else None
    if mask_threshold is not None:
        assert sweep.ranking.scores is not None
        return sweep.points[int((sweep.ranking.scores < mask_threshold).sum())]
    stop = next(each for each in find_stops(sweep, [threshold]) if each.side is Side.BEFORE)
    assert stop.point is not None
    return stop.point
