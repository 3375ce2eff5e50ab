"""What a repair method works on: the network, the images and the settings, with the tools that prune and train."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import keras
import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.network import Network
from core.order.order import PruningOrder
from core.refit.meter import Watched
from core.refit.records import RefitSettings
from core.refit.refit import Refitted, refit_network
from core.repair.choices import RefitChoices
from core.repair.method import RepairMethod
from core.repair.recipe_records import Recipe
from core.repair.threshold_pruning import ThresholdPruner
from core.sweep.records import Sweep

if TYPE_CHECKING:  # a request is made into a task
    from core.repair.job import RepairRequest


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """B′ as a method made it, not scored yet.

    Attributes:
        model: B′.
        channel_masks: by convolution, shape (C,), True = kept; those that were looked at for pruning.
        sweeps: the pruning curves, in the order they were made.
        refit: how it was trained; None where it was not.
        recipe: what was tried and chosen; None where one method alone was run.
    """

    model: keras.Model
    channel_masks: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    sweeps: tuple[Sweep, ...] = ()
    refit: Refitted | None = None
    recipe: Recipe | None = None

    @property
    def pruned_count(self) -> int:
        """Channels that were pruned."""
        return sum(int((~mask).sum()) for mask in self.channel_masks.values())

    @property
    def is_cut_short(self) -> bool:
        """Whether somebody asked to stop while it was trained."""
        return self.refit is not None and self.refit.is_cut_short


@dataclass(frozen=True, slots=True, eq=False)
class RepairTask:
    """One run of one method; tasks of one request share what pruning measured.

    Attributes:
        request: what is repaired.
        method: how.
        inputs: those of the request, with the pixel range.
        settings: how to train.
        threshold: the drop of clean validation accuracy that pruning may reach, in (0, 1); None prunes nothing.
        unlabelled: further clean images to train with, by B's answers; None without.
    """

    request: "RepairRequest"
    method: RepairMethod
    inputs: EvaluationInputs
    settings: RefitSettings
    threshold: float | None
    unlabelled: Dataset | None
    _pruners: dict[tuple[PruningOrder, bool], ThresholdPruner] = field(default_factory=dict)

    @classmethod
    def from_request(cls, request: "RepairRequest", inputs: EvaluationInputs) -> "RepairTask":
        """The task of the method that was asked for.

        Args:
            request: what is repaired.
            inputs: those of the request, with the pixel range.
        """
        return cls(
            request=request,
            method=request.method,
            inputs=inputs,
            settings=request.settings or request.method.default_settings(),
            threshold=request.threshold if request.method.is_pruning else None,
            unlabelled=request.unlabelled,
        )

    def of(
        self, method: RepairMethod, *, settings: RefitSettings, threshold: float | None, unlabelled: Dataset | None
    ) -> "RepairTask":
        """The task of another method on the same network; arguments as the attributes."""
        return replace(self, method=method, settings=settings, threshold=threshold, unlabelled=unlabelled)

    @property
    def network(self) -> Network:
        """B, which stays as it is."""
        return self.inputs.network

    @property
    def validation(self) -> Dataset:
        """Clean images with their true labels; everything is chosen by them."""
        return self.inputs.validation

    @property
    def choices(self) -> RefitChoices:
        """What the person chose in place of the method's own settings."""
        return self.request.choices

    def pruned(self, monitor: Monitor) -> Made:
        """The network pruned as far as the allowed drop goes, in the method's order; as it is without a threshold.

        Publishes what the sweeps publish.

        Raises:
            LayerError: no such layer.
            Cancelled: asked to stop.
        """
        if self.threshold is None:
            return Made(self.network.model)
        pruned = self._pruner.prune(self.threshold, monitor=monitor)
        return Made(pruned.model, pruned.channel_masks, pruned.sweeps)

    def refitted(self, pruned: Made, monitor: Monitor) -> Made:
        """The network trained as the settings say; channels that were pruned stay at zero.

        Publishes a `RefitEpoch` after each epoch.

        Args:
            pruned: what `pruned` made.
            monitor: progress and cancel.

        Raises:
            DatasetError: the validation images cannot be trained with.
            Cancelled: asked to stop before the first epoch was over.
        """
        refit = refit_network(
            self.network,
            self.validation,
            self.settings,
            scale=self.inputs.known_scale,
            channel_masks=pruned.channel_masks,
            unlabelled=self.unlabelled,
            watched=Watched(self.inputs.test, self.inputs.poisoned),
            monitor=monitor,
        )
        return replace(pruned, model=refit.model, refit=refit)

    @property
    def _pruner(self) -> ThresholdPruner:
        key = (self.method.order, self.method.is_joint)
        if key not in self._pruners:
            self._pruners[key] = ThresholdPruner(
                self.inputs,
                self.request.layers,
                method=self.method,
                memory_bytes=self.request.memory_bytes,
                mask_settings=self.request.mask_settings,
            )
        return self._pruners[key]
