"""Checks of a repair request before anything is computed; no Keras."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.channels import ALL_LAYERS, NO_LAYERS, LayerSet
from core.detect.records import NEXT_CLASS
from core.errors import DatasetError, LayerError, ModelFileError
from core.records import ModelSummary
from core.repair.method import RepairMethod

if TYPE_CHECKING:  # imports Keras
    from core.network.network import Network


def check_layers(network: "Network", layers: LayerSet, *, method: RepairMethod) -> LayerSet:
    """Return the convolutions to prune, deepest first.

    Args:
        network: B.
        layers: the requested convolutions; if empty, the network's default layer, or all if the method prunes them
            as one.
        method: the repair method.

    Returns:
        At least one; none if the network has no convolution and the method can work without pruning.

    Raises:
        LayerError: a name is unknown, a convolution is named twice, or "all" is combined with others.
    """
    if not layers:
        if method.is_choosing and not network.summary.layers:
            return NO_LAYERS
        last = network.default_layer()
        return ALL_LAYERS if method.is_joint else LayerSet.of(last)
    if layers.is_all:
        network.layer(layers)
        return layers
    depths = {each.name: depth for depth, each in enumerate(network.summary.layers)}
    unknown = [name for name in layers.names if name not in depths]
    if unknown and not (layers.has_all_beside_names and set(unknown) == {ALL_LAYERS.text}):
        network.layer(unknown[0])
    if unknown or len(set(layers.names)) < len(layers.names):
        raise LayerError(
            f"each convolution must be named only once, and '{ALL_LAYERS.text}' only alone, got {layers.text}",
            code="layers-twice",
        )
    return LayerSet(tuple(sorted(layers.names, key=lambda name: -depths[name])))


def check_suspects(summary: ModelSummary, suspects: Sequence[int]) -> None:
    """Check that suspected classes are classes of a network.

    Raises:
        DatasetError: one is not.
    """
    wrong = [each for each in suspects if each != NEXT_CLASS and not 0 <= each < summary.class_count]
    if wrong:
        raise DatasetError(
            f"a suspected class must be from 0 to {summary.class_count - 1}, got {wrong[0]}", code="suspects"
        )


def check_not_repaired(summary: ModelSummary) -> None:
    """Check that a network is not a repaired network G: a G made of a G would say nothing about B.

    Raises:
        ModelFileError: it is a repaired network.
    """
    if summary.is_repaired:
        raise ModelFileError(
            f"'{summary.path}' is already a repaired network G: repair the network B that it was made from",
            code="repaired-already",
        )
