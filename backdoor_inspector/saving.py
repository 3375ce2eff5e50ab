"""Building B′ and G from a result and saving them; imports Keras."""

from pathlib import Path

import keras

from core.errors import PruningError
from core.monitor import Monitor
from core.network.model_saving import SavedModel, save_model
from core.network.network import FloatArray, Network
from core.network.rebuild import build_pruned, build_repaired, noise_for
from core.records import Side
from core.repair.job import Repair
from core.scale import Scale
from core.sweep.inspection import Inspection
from core.sweep.stops import find_stops


def build_and_save(
    result: Network | Inspection | Repair,
    path: Path,
    which: str,
    *,
    network: Network | None,
    threshold: float | None,
    pruned_count: int | None,
    overwrite: bool,
    monitor: Monitor,
) -> SavedModel:
    """Build and save the requested network; see `save`."""
    if which not in ("pruned", "repaired", "repaired_by_confidence"):
        raise PruningError(
            f"which must be 'pruned', 'repaired' or 'repaired_by_confidence', got '{which}'", code="unknown-network"
        )
    if which == "repaired_by_confidence" and not isinstance(result, Repair):
        raise PruningError("only a repair has a confidence level: save which='repaired'", code="unknown-network")
    monitor.checkpoint("Building the network")
    if isinstance(result, Inspection):
        base: Network | None = result.evaluator.inputs.network
        pruned = pruned_model(result, threshold=threshold, pruned_count=pruned_count)
    else:
        if threshold is not None or pruned_count is not None:
            raise PruningError("threshold and pruned_count choose a step of a curve", code="no-step")
        base, pruned = network, result.model
    opened = [each.summary.path for each in (base, result) if isinstance(each, Network)]
    if which == "pruned":
        shown = base or (result if isinstance(result, Network) else Network(pruned, path=path))
        probe = probe_for(shown, result)
    else:
        if base is None:
            raise PruningError(f"G is made from B and B′: pass B as network= to save which='{which}'", code="no-base")
        probe = probe_for(base, result)
        level = result.level.level if isinstance(result, Repair) and which == "repaired_by_confidence" else None
        pruned = build_repaired(base, pruned, confidence_level=level, probe=probe)
    scale = _scale_of(result, base)
    return save_model(pruned, path, probe=probe, scale=scale, forbidden=opened, overwrite=overwrite, monitor=monitor)


def _scale_of(result: Network | Inspection | Repair, base: Network | None) -> Scale | None:
    """Return what the network reads for a pixel; None if neither a job nor a file tells it."""
    if isinstance(result, Inspection):
        return result.sweep.scale
    if isinstance(result, Repair):
        return result.scale
    return result.summary.scale or (base.summary.scale if base is not None else None)


def pruned_model(inspection: Inspection, *, threshold: float | None, pruned_count: int | None) -> keras.Model:
    """Build B′ at one step of a curve.

    Raises:
        PruningError: not exactly one of the two is given, or there is no such step.
    """
    if (threshold is None) == (pruned_count is None):
        raise PruningError("give the step of the curve: either threshold= or pruned_count=", code="no-step")
    sweep, evaluator = inspection.sweep, inspection.evaluator
    if threshold is not None:
        stop = next(each for each in find_stops(sweep, (threshold,)) if each.side is Side.BEFORE)
        assert stop.point is not None, "there is always a step before crossing"
        pruned_count = stop.point.pruned_count
    assert pruned_count is not None
    if not 0 <= pruned_count < len(sweep.points):
        raise PruningError(
            f"pruned_count must be in 0 to {len(sweep.points) - 1} for '{sweep.ranking.layer.name}', "
            f"got {pruned_count}",
            code="no-step",
        )
    return build_pruned(
        evaluator.inputs.network,
        layer=evaluator.layer.layer_set,
        channel_mask=sweep.ranking.channel_mask(pruned_count),
        reader=sweep.reader,
        probe=probe_for(evaluator.inputs.network, inspection),
    )


def probe_for(network: Network, result: object) -> FloatArray:
    """Return images for comparing outputs, (n, H, W, C): some of each set of a curve, else noise."""
    if isinstance(result, Inspection):
        return result.evaluator.inputs.probe()
    return noise_for(network)
