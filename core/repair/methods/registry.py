"""The registry of repair methods, one line each, simplest to use first, as they are offered; no Keras."""

from collections.abc import Callable
from dataclasses import replace

from core.registry.registry import Registry
from core.registry.setting import Setting
from core.repair.method import RepairMethod
from core.repair.methods.activation_bounds import BOUNDS
from core.repair.methods.anp import ANP
from core.repair.methods.auto import AUTO
from core.repair.methods.fine_pruning import FINE_PRUNING
from core.repair.methods.finetune import FINETUNE
from core.repair.methods.ft_sam import FT_SAM
from core.repair.methods.occlusion import OCCLUSION
from core.repair.methods.prune import PRUNE
from core.repair.methods.unlearning import UNLEARNING

METHODS: Registry[RepairMethod] = Registry(
    "repair method",
    (
        AUTO,
        UNLEARNING,
        OCCLUSION,
        ANP,
        PRUNE,
        FINETUNE,
        FINE_PRUNING,
        FT_SAM,
        BOUNDS,
    ),
)
DEFAULT_METHOD = AUTO


def all_settings() -> tuple[Setting, ...]:
    """Return all settings of all methods, each name once; if ranges differ, the widest."""
    found: dict[str, Setting] = {}
    # A method that chooses among others passes their settings on and has none of its own.
    for method in sorted(METHODS, key=lambda each: each.is_choosing):
        for each in method.settings:
            known = found.setdefault(each.name, each)
            if known is not each:
                found[each.name] = replace(
                    known,
                    lowest=_widest(known.lowest, each.lowest, pick=min),
                    highest=_widest(known.highest, each.highest, pick=max),
                )
    return tuple(found.values())


def methods_with(name: str) -> tuple[RepairMethod, ...]:
    """Return the methods that have a setting of that name."""
    return tuple(each for each in METHODS if name in each.setting_names)


def _widest(one: float | None, other: float | None, *, pick: Callable[[float, float], float]) -> float | None:
    return None if one is None or other is None else pick(one, other)
