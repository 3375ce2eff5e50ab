"""The task of a repair method: network, images and settings, and functions that prune and train."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import keras
import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.data.held_out import split_held_out
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.network import Network
from core.order.order import PruningOrder
from core.refit.meter import Watched
from core.refit.records import RefitSettings
from core.refit.refit import Refitted, refit_network
from core.refit.watched_images import WatchedImages
from core.repair.choices import RefitChoices
from core.repair.method import RepairMethod
from core.repair.recipe_records import Recipe
from core.repair.suspected_triggers import SuspectedTriggers
from core.repair.threshold_pruning import ThresholdPruner
from core.sweep.records import Sweep

if TYPE_CHECKING:  # a task is made from a request
    from core.repair.job import RepairRequest


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """B′ as made by a method, before scoring.

    Attributes:
        model: B′.
        channel_masks: by convolution, shape (C,), True = kept; only the convolutions considered for pruning.
        sweeps: the pruning curves, in the order they were made.
        refit: the refitted network and its history; None if it was not trained.
        recipe: what was tried and chosen; None if a single method was run.
        bounded_layers: the layers whose activations were bounded.
        held_out_indices: indices of the validation images that B′ was not made with, shape (m,), int64; None if all
            were used.
    """

    model: keras.Model
    channel_masks: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    sweeps: tuple[Sweep, ...] = ()
    refit: Refitted | None = None
    recipe: Recipe | None = None
    bounded_layers: tuple[str, ...] = ()
    held_out_indices: NDArray[np.int64] | None = None

    @property
    def pruned_count(self) -> int:
        """Number of pruned channels."""
        return sum(int((~mask).sum()) for mask in self.channel_masks.values())

    @property
    def suspects(self) -> tuple[int, ...]:
        """The classes of B that are suspected, as in `RefitEpoch`; empty if no triggers were searched."""
        if self.recipe is not None:
            return self.recipe.suspects
        return self.refit.history[0].suspects if self.refit is not None else ()

    @property
    def watched(self) -> WatchedImages | None:
        """The images whose answers are told after each epoch; None if there were none, or nothing was trained."""
        return self.refit.images if self.refit is not None else None

    @property
    def is_cut_short(self) -> bool:
        """Whether training was stopped early."""
        return self.refit is not None and self.refit.is_cut_short


@dataclass(frozen=True, slots=True, eq=False)
class RepairTask:
    """One run of one method; tasks of the same request share pruning curves.

    Attributes:
        request: the repair request.
        method: the repair method.
        inputs: the inputs of the request, with the pixel range.
        settings: how to train.
        threshold: the drop of clean validation accuracy that pruning may reach, in (0, 1); None does not prune.
        unlabelled: further clean images to train with, labelled by B's answers; None if there are none.
        suspected: the suspected classes and their triggers on B; None if these are still to be found.
        images: images of a poisoned set whose answers are told after each epoch; None if none is open.
    """

    request: "RepairRequest"
    method: RepairMethod
    inputs: EvaluationInputs
    settings: RefitSettings
    threshold: float | None
    unlabelled: Dataset | None
    suspected: SuspectedTriggers | None = None
    images: WatchedImages | None = None
    _pruners: dict[tuple[PruningOrder, bool], ThresholdPruner] = field(default_factory=dict)

    @classmethod
    def from_request(
        cls, request: "RepairRequest", inputs: EvaluationInputs, *, images: WatchedImages | None = None
    ) -> "RepairTask":
        """Create the task of the requested method.

        Args:
            request: the repair request.
            inputs: the inputs of the request, with the pixel range.
            images: as in the attributes.
        """
        return cls(
            request=request,
            method=request.method,
            inputs=inputs,
            settings=request.settings or request.method.default_settings(),
            threshold=request.threshold if request.method.is_pruning else None,
            unlabelled=request.unlabelled,
            images=images,
        )

    def for_method(
        self,
        method: RepairMethod,
        *,
        settings: RefitSettings,
        threshold: float | None,
        unlabelled: Dataset | None,
        suspected: SuspectedTriggers,
    ) -> "RepairTask":
        """Return the task of another method on the same network; for the arguments see the attributes."""
        return replace(
            self, method=method, settings=settings, threshold=threshold, unlabelled=unlabelled, suspected=suspected
        )

    @property
    def network(self) -> Network:
        """B; not changed."""
        return self.inputs.network

    @property
    def validation(self) -> Dataset:
        """Clean images with their true labels; all choices use them."""
        return self.inputs.validation

    @property
    def choices(self) -> RefitChoices:
        """The settings that the person chose instead of the defaults."""
        return self.request.choices

    @property
    def split(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Indices of the validation images to make B′ with, and of those that are held out; see `split_held_out`."""
        return split_held_out(self.validation.labels, share=self.settings.held_out_share, seed=self.settings.seed)

    def prune(self, monitor: Monitor) -> Made:
        """Prune in the method's order as far as the allowed drop permits; without a threshold, prune nothing.

        Publishes what the sweeps publish.

        Raises:
            LayerError: no such layer.
            Cancelled: the job was cancelled.
        """
        if self.threshold is None:
            return Made(self.network.model)
        pruned = self._pruner.prune(self.threshold, monitor=monitor)
        return Made(pruned.model, pruned.channel_masks, pruned.sweeps)

    def refit(self, pruned: Made, monitor: Monitor, *, is_unlearning: bool = False) -> Made:
        """Train the pruned network with the settings; pruned channels stay zero.

        Publishes `WatchedImages`, where there are some, and a `RefitEpoch` after each epoch.

        Args:
            pruned: the result of `prune`.
            monitor: receives progress, and can cancel.
            is_unlearning: whether triggers of suspected classes are searched and unlearned.

        Raises:
            DatasetError: the validation images cannot be used for training.
            Cancelled: the job was cancelled before the first epoch was finished.
        """
        images = self.images
        if images is None and self.suspected is not None:
            images = self.suspected.find(0, monitor).images
        if images is not None:
            monitor.publish(images)
        refit = refit_network(
            self.network,
            self.validation,
            self.settings,
            scale=self.inputs.known_scale,
            channel_masks=pruned.channel_masks,
            unlabelled=self.unlabelled,
            watched=Watched(self.inputs.test, self.inputs.poisoned, images),
            make_finder=self._make_finder if is_unlearning else None,
            monitor=monitor,
        )
        return replace(pruned, model=refit.model, refit=refit, held_out_indices=refit.held_out_indices)

    def _make_finder(self, model: keras.Model) -> SuspectedTriggers:
        """Return what searches triggers on a model, with the images that it is trained with."""
        if self.suspected is not None:
            return self.suspected.on(model)
        rows, _ = self.split
        return SuspectedTriggers(
            model,
            network=self.network,
            dataset=self.validation.subset(np.sort(rows)),
            scale=self.inputs.known_scale,
            seed=self.settings.seed,
            suspects=self.request.suspects,
        )

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
