"""Repair for me: tries other methods and chooses by clean images alone; see `core.repair.recipe`."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.repair.method import RepairMethod
from core.repair.training_settings import AUGMENTATION, BATCH_SIZE, HELD_OUT, MIRRORING

if TYPE_CHECKING:  # these import Keras; listing the methods does not need it
    from core.monitor import Monitor
    from core.repair.recipe_records import Plan
    from core.repair.suspected_triggers import SuspectedTriggers
    from core.repair.task import Made, RepairTask


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class RepairForMe(RepairMethod):
    """Tries the plans of all methods that have some; each method trains with its own duration, rate and loss."""

    def run(self, task: "RepairTask", monitor: "Monitor") -> "Made":
        """Try one plan after the other, and choose; publishes what `try_plans` publishes."""
        from core.repair import recipe, recipe_records  # noqa: PLC0415  # imports Keras and all other methods

        def make(plan: "Plan", suspected: "SuspectedTriggers") -> "Made":
            usual = task.choices.applied_to(plan.method.default_settings(seed=task.settings.seed))
            settings = replace(
                usual,
                held_out_share=task.settings.held_out_share,
                least_steps=usual.least_steps if plan.least_steps is None else plan.least_steps,
            )
            part = task.for_method(
                plan.method,
                settings=settings,
                threshold=plan.threshold,
                unlabelled=task.unlabelled if settings.distillation_weight else None,
                suspected=suspected,
            )
            return plan.method.run(part, monitor)

        plans = recipe_records.plans_for(has_convolutions=bool(task.network.summary.layers))
        made, attempted = recipe.try_plans(
            task.network,
            task.validation,
            make=make,
            scale=task.inputs.known_scale,
            suspects=task.request.suspects,
            held_out_share=task.settings.held_out_share,
            seed=task.settings.seed,
            monitor=monitor,
            plans=tuple(each for each in plans if each.method.suits(task.network)),
        )
        return replace(made, recipe=attempted)


AUTO = RepairForMe(
    name="auto",
    title="Repair for me",
    help="Tries pruning, fine-pruning, occlusion, unlearning and activation bounds until one keeps clean accuracy and "
    "neither patches nor small triggers draw images to a class; clean images alone decide.",
    settings=(BATCH_SIZE, MIRRORING, AUGMENTATION, HELD_OUT),
    is_pruning=True,
    is_refitting=True,
    is_choosing=True,
    is_drawing=True,
    is_unlearning=True,
)
