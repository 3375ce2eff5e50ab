"""Definition of a repair method: its texts, its settings, what it needs, and how it runs; no Keras.

A method is one object in its own file in `core/repair/methods/`, plus one line in the registry there. The command, the
window, the report and the recipe take everything they show about it from the object.
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

if TYPE_CHECKING:  # these import Keras; listing the methods does not need it
    from core.monitor import Monitor
    from core.network.network import Network
    from core.repair.choices import RefitChoices
    from core.repair.task import Made, RepairTask

PRUNING_THRESHOLD = 0.04
FREE = 1e-6  # pruning stops before the first image is lost


@dataclass(frozen=True, slots=True)
class MethodPlan:
    """One way in which the recipe, "repair for me", tries a method.

    Attributes:
        place: plans are tried in ascending order of this number; faster plans come first.
        title: the plan's name.
        threshold: allowed drop of clean validation accuracy for pruning first, (0, 1); None does not prune.
        least_steps: as in `RefitSettings`; None uses the method's default.
        is_for_patches: whether it comes after all others where no patch fools B, as what makes patches harmless does
            little there.
    """

    place: int
    title: str
    threshold: float | None
    least_steps: int | None = None
    is_for_patches: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class RepairMethod(ABC):
    """One way to repair a network.

    Attributes:
        name: name in commands and files, such as "ft-sam"; never changes.
        title: name in the window and in reports, such as "Fine-tuning".
        help: what it does, in one sentence.
        settings: the settings that a person may change.
        is_pruning: whether it prunes channels, so that it needs convolutions.
        is_joint: whether several layers are pruned as one instead of one after the other.
        is_refitting: whether it trains weights; only then are images without labels useful.
        is_choosing: whether it tries other methods, each with its own settings; it then works without convolutions.
        is_drawing: whether it uses random numbers, so that the seed matters.
        is_unlearning: whether triggers of suspected classes are unlearned.
        order: the order in which channels are pruned.
        training: the default settings of training; `RefitSettings()` if it does not train.
        plans: how the recipe tries it; empty if it does not.
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
    is_unlearning: bool = False
    order: PruningOrder = ASCENDING
    training: RefitSettings = field(default_factory=RefitSettings)
    plans: tuple[MethodPlan, ...] = ()

    @abstractmethod
    def run(self, task: "RepairTask", monitor: "Monitor") -> "Made":
        """Make B′; the given network is not changed.

        Args:
            task: the network, the images, the settings, and functions that prune and train.
            monitor: receives progress, and can cancel.

        Raises:
            Cancelled: the job was cancelled.
        """

    def suits(self, network: "Network") -> bool:
        """Return whether a network has what the method works on; a method that tries others leaves it out otherwise.

        Convolutions for a method that prunes are not asked for here, see `is_pruning`.

        Args:
            network: B.
        """
        del network
        return True

    @property
    def setting_names(self) -> frozenset[str]:
        """Names of the settings that the method uses."""
        return frozenset(each.name for each in self.settings)

    def default_settings(self, *, seed: int = 0, has_unlabelled: bool = False) -> RefitSettings:
        """Return the default settings of training.

        Args:
            seed: seed of all random numbers.
            has_unlabelled: whether there are images without labels; the weight of B's answers is then
                `UNLABELLED_WEIGHT` instead of 0.
        """
        is_given_more = has_unlabelled and self.is_refitting and not self.is_choosing
        weight = self.training.distillation_weight or (UNLABELLED_WEIGHT if is_given_more else 0.0)
        return replace(self.training, seed=seed, distillation_weight=weight)

    def mask_settings(self, choices: "RefitChoices", *, seed: int) -> AnpSettings | None:
        """Return how masks are optimized, if the method prunes by masks; None uses the defaults.

        Args:
            choices: the settings that the person chose.
            seed: seed of all random numbers.
        """
        del choices, seed
        return None

    def own_values(self, choices: "RefitChoices") -> tuple[tuple[Setting, Any], ...]:
        """Return the settings that belong to no record, each with its value."""
        return tuple((each, choices.own_value(each)) for each in self.settings if each.part is Part.OWN)

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name})"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PruningMethod(RepairMethod):
    """Prunes channels up to an allowed drop of clean validation accuracy, and does not train."""

    is_pruning: bool = True

    def run(self, task: "RepairTask", monitor: "Monitor") -> "Made":
        """Prune."""
        return task.prune(monitor)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class TrainingMethod(RepairMethod):
    """Trains with its settings, after pruning if a drop is allowed; pruned channels stay zero."""

    settings: tuple[Setting, ...] = TRAINING_SETTINGS
    is_refitting: bool = True
    is_drawing: bool = True

    def run(self, task: "RepairTask", monitor: "Monitor") -> "Made":
        """Prune if a drop is allowed, then train."""
        return task.refit(task.prune(monitor), monitor)
