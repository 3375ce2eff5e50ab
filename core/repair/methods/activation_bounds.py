"""Activation bounds: limits every channel to what clean images need; see `core.repair.bounds.search`."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from core.registry.setting import POINTS, Setting
from core.repair.method import MethodPlan, RepairMethod

if TYPE_CHECKING:  # these import Keras; listing the methods does not need it
    from core.monitor import Monitor
    from core.network.network import Network
    from core.repair.task import Made, RepairTask

BOUND_DROP = Setting(
    name="bound_drop",
    option="--bound-drop",
    label="Allowed loss",
    help="Drop of accuracy on the clean images that bounds are found on; a larger one permits lower bounds",
    kind=float,
    default=0.02,
    lowest=0.1,
    highest=50,
    unit=POINTS,
    decimals=2,
    sample="12.5",
    brief="bounds up to {}",
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ActivationBounds(RepairMethod):
    """Bounds the activations of rectified layers."""

    def suits(self, network: "Network") -> bool:
        """Return whether any layer is rectified."""
        from core.repair.bounds.bounded_network import rectified_layers  # noqa: PLC0415  # imports Keras

        return bool(rectified_layers(network.graph))

    def run(self, task: "RepairTask", monitor: "Monitor") -> "Made":
        """Find the bounds, and build B′ with them."""
        from core.repair.bounds.bounded_network import build_bounded  # noqa: PLC0415  # these bring Keras
        from core.repair.bounds.search import find_bounds  # noqa: PLC0415
        from core.repair.task import Made  # noqa: PLC0415
        from core.thread_pool import run_aside  # noqa: PLC0415

        training, held_out = task.split
        bounds = find_bounds(
            task.network,
            task.validation,
            training,
            drop=task.choices.own_value(BOUND_DROP),
            seed=task.settings.seed,
            scale=task.inputs.known_scale,
            monitor=monitor,
        )
        build = partial(build_bounded, task.network, bounds)
        model = run_aside(build, while_waiting=monitor.stop_if_asked)
        return Made(model, bounded_layers=tuple(bounds), held_out_indices=held_out)


BOUNDS = ActivationBounds(
    name="bounds",
    title="Activation bounds",
    help="Limits every channel to what clean images need. Trains no weight; works against small patches only.",
    settings=(BOUND_DROP,),
    is_drawing=True,
    plans=(MethodPlan(6, "activation bounds", threshold=None, is_for_patches=True),),
)
