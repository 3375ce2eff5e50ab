"""What a repair method is: its words, its settings, what it needs, and how it is run; no Keras.

A method is one object in a file of its own in `core/repair/methods/`, and one line in the registry there. The command,
the window, the report and the recipe read all that they say of it from the object.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from core.order.anp_settings import AnpSettings
from core.order.order import PruningOrder
from core.order.orders.ascending import ASCENDING
from core.refit.records import RefitSettings
from core.registry.setting import Part, Setting
from core.repair.training_settings import TRAINING_SETTINGS, UNLABELLED_WEIGHT

if TYPE_CHECKING:  # Keras comes with it; a method is listed without.
    from core.monitor import Monitor
    from core.repair.choices import RefitChoices
    from core.repair.task import Made, RepairTask

PRUNING_THRESHOLD = 0.04
FREE = 1e-6  # a drop that no channel may reach: pruning goes as far as it costs not one image


@dataclass(frozen=True, slots=True)
class OwnPlan:
    """One way in which the recipe, "repair for me", tries a method.

    Attributes:
        place: plans are tried by this number, ascending: what takes less time comes first.
        title: what the plan is called.
        threshold: the drop of clean validation accuracy that pruning may reach first, (0, 1); None prunes nothing.
        least_steps: as in `RefitSettings`; None is the method's own.
    """

    place: int
    title: str
    threshold: float | None
    least_steps: int | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class RepairMethod(ABC):
    """One way to repair a network.

    Attributes:
        name: what it is called in commands and files, as "ft-sam"; never changes.
        title: what it is called in the window and in reports, as "Fine-tuning".
        help: what it does, in a sentence.
        settings: what a person may change of it.
        is_pruning: whether channels are pruned, so that it needs convolutions.
        is_joint: whether several layers are pruned as one, and not one after the other.
        is_refitting: whether weights are trained; images without labels are of use only then.
        is_choosing: whether other methods are tried, each with its own settings; it does without convolutions then.
        is_drawing: whether anything is drawn, so that the seed counts.
        order: in which order channels are pruned.
        training: how it trains unless told otherwise; the plain settings where it trains nothing.
        plans: how the recipe tries it; none where it does not.
    """

    name: str
    title: str
    help: str
    settings: tuple[Setting, ...] = ()
    is_pruning: bool = False
    is_joint: bool = False
    is_refitting: bool = False
    is_choosing: bool = False
    is_drawing: bool = False
    order: PruningOrder = ASCENDING
    training: RefitSettings = field(default_factory=RefitSettings)
    plans: tuple[OwnPlan, ...] = ()

    @abstractmethod
    def run(self, task: "RepairTask", monitor: "Monitor") -> "Made":
        """Make B′; the network handed in stays as it is.

        Args:
            task: the network, the images and the settings, with the tools that prune and train.
            monitor: progress and cancel.

        Raises:
            Cancelled: asked to stop.
        """

    @property
    def setting_names(self) -> frozenset[str]:
        """Names of the settings that it has a use for."""
        return frozenset(each.name for each in self.settings)

    def default_settings(self, *, seed: int = 0, has_unlabelled: bool = False) -> RefitSettings:
        """How it trains unless told otherwise.

        Args:
            seed: of everything that is drawn.
            has_unlabelled: whether there are images without labels: B's answers then count `UNLABELLED_WEIGHT` where
                they would not count at all.
        """
        is_given_more = has_unlabelled and self.is_refitting and not self.is_choosing
        weight = self.training.distillation_weight or (UNLABELLED_WEIGHT if is_given_more else 0.0)
        return replace(self.training, seed=seed, distillation_weight=weight)

    def mask_settings(self, choices: "RefitChoices", *, seed: int) -> AnpSettings | None:
        """How masks are optimized, where it prunes by them; None is the usual way.

        Args:
            choices: what the person chose.
            seed: of everything that is drawn.
        """
        del choices, seed
        return None

    def own_values(self, choices: "RefitChoices") -> tuple[tuple[Setting, Any], ...]:
        """The settings that belong to no record, each with its value in use."""
        return tuple((each, choices.own_value(each)) for each in self.settings if each.part is Part.OWN)

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name})"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PruningMethod(RepairMethod):
    """Prunes channels up to an allowed drop of clean validation accuracy, and trains nothing."""

    is_pruning: bool = True

    def run(self, task: "RepairTask", monitor: "Monitor") -> "Made":
        """Prune."""
        return task.pruned(monitor)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class TrainingMethod(RepairMethod):
    """Trains as its settings say, after pruning where a drop is allowed; pruned channels stay at zero."""

    settings: tuple[Setting, ...] = TRAINING_SETTINGS
    is_refitting: bool = True
    is_drawing: bool = True

    def run(self, task: "RepairTask", monitor: "Monitor") -> "Made":
        """Prune where a drop is allowed, then train."""
        return task.refitted(task.pruned(monitor), monitor)
