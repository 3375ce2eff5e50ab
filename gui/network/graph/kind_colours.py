"""The colour of each kind of layer. No Qt."""

from collections.abc import Mapping
from functools import lru_cache

from core.structure.kinds import LayerKind
from gui.theme.colours import Theme


@lru_cache(maxsize=4)
def kind_colours(theme: Theme) -> Mapping[LayerKind, str]:
    """Return the colour of each kind of layer in a theme; red is left to the readers of pruned channels."""
    return {
        LayerKind.CONVOLUTION: theme.validation,
        LayerKind.DENSE: theme.repaired,
        LayerKind.ACTIVATION: theme.false_alarm,
        LayerKind.NORMALIZATION: theme.test,
        LayerKind.POOLING: theme.detection,
        LayerKind.JOIN: theme.text,
        LayerKind.OTHER: theme.pruned,
    }
