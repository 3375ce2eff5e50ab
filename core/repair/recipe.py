"""The recipe, "repair for me": tries one plan after the other and chooses by clean validation images alone."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

import keras
import numpy as np

from core.data.dataset import Dataset
from core.data.held_out import split_held_out
from core.detect.fooling import count_fooled, find_fooling_patches
from core.errors import Cancelled
from core.metrics.evaluation import predict_labels
from core.monitor import Monitor
from core.network.network import Network
from core.records import Share
from core.repair.recipe_records import (
    Attempt,
    Plan,
    Recipe,
    Trying,
    choose,
    in_order,
    is_promising,
    keeps_accuracy,
    seems_clean,
)
from core.repair.resemblance import find_resemblance
from core.repair.shown.found_images import patch_images
from core.repair.suspected_triggers import SuspectedTriggers
from core.scale import Scale


class Made(Protocol):
    """A network made by a plan."""

    @property
    def model(self) -> keras.Model:
        """B′."""

    @property
    def pruned_count(self) -> int:
        """Number of pruned channels."""

    @property
    def is_cut_short(self) -> bool:
        """Whether refitting was stopped early."""


M = TypeVar("M", bound=Made)


def try_plans(
    network: Network,
    validation: Dataset,
    *,
    make: Callable[[Plan, SuspectedTriggers], M],
    scale: Scale,
    held_out_share: float,
    seed: int,
    monitor: Monitor,
    plans: tuple[Plan, ...],
    suspects: Sequence[int] = (),
) -> tuple[M, Recipe]:
    """Make a network with each plan until one keeps held-out accuracy and seems clean, then choose.

    Poisoned and test images are not used. Patches that fool B and triggers of suspected classes are searched on the
    images that refitting trains with, triggers anew on each B′ that is promising otherwise; accuracy and fooling are
    measured on the held-out images. Publishes
    `Trying` before and `Attempt` after each plan, and `FoundImages` of patches and triggers.

    Args:
        network: B.
        validation: clean images with their true labels.
        make: makes a network with a plan, and with the triggers found on B; its refit holds out the same images.
        scale: the pixel range the network expects.
        held_out_share: as in `RefitSettings`.
        seed: seed of the split and of the patches.
        monitor: receives progress, and can cancel; after the first attempt, a cancel returns the best so far.
        plans: at least one, in their usual order; see `in_order`.
        suspects: classes that are suspected from the start, as by a detection; empty to look for some.

    Returns:
        The chosen network, and the record of what was tried.

    Raises:
        DatasetError: fewer than two validation images.
        Cancelled: the job was cancelled before there was anything to keep.
    """
    training, held_out = split_held_out(validation.labels, share=held_out_share, seed=seed)
    patches = find_fooling_patches(network, validation, training, scale=scale, seed=seed, monitor=monitor)
    pictures = patch_images(patches, validation, row=int(training[0]), scale=scale)
    if pictures is not None:
        monitor.publish(pictures)

    def measured(some: Network) -> tuple[Share, Share]:
        labels = predict_labels(some, validation, scale=scale, monitor=monitor, rows=held_out)
        hits = Share(int((labels == validation.labels[held_out]).sum()), len(held_out))
        return hits, count_fooled(some, patches, validation, held_out, scale=scale, monitor=monitor)

    base_held_out, base_fooled = measured(network)
    rows = validation.subset(np.sort(training))
    suspected = SuspectedTriggers(
        network.model, network=network, dataset=rows, scale=scale, seed=seed, suspects=suspects
    )
    base_sizes = suspected.find(0, monitor).relative_sizes

    resemblance = find_resemblance(network, validation, scale=scale, seed=seed, monitor=monitor)
    plans = in_order(plans, base_fooled)
    is_cut_short = False
    made: list[M] = []
    attempts: list[Attempt] = []
    try:
        for index, plan in enumerate(plans):
            monitor.publish(Trying(plan, index, len(plans), base_held_out, base_fooled, base_sizes))
            one = make(plan, suspected)
            some, is_stopped = Network(one.model, path=network.summary.path), one.is_cut_short
            sizes: tuple[float, ...] = ()
            try:
                shares = measured(some)
                attempt = Attempt(plan, one.pruned_count, *shares, is_cut_short=one.is_cut_short)
                if not is_stopped and is_promising(attempt, held_out=base_held_out, fooled=base_fooled):
                    sizes = suspected.on(some.model).find(1, monitor).relative_sizes
            except Cancelled:  # measure what was made so far
                if not monitor.resume("measuring the network that was made last"):
                    raise
                shares, is_stopped = measured(some), True
            attempt = Attempt(plan, one.pruned_count, *shares, is_cut_short=one.is_cut_short, relative_sizes=sizes)
            made.append(one)
            attempts.append(attempt)
            monitor.publish(attempt)
            is_done = keeps_accuracy(attempt, base_held_out) and seems_clean(attempt, base_fooled, base_sizes)
            is_cut_short = is_stopped and not is_done
            if is_done or is_stopped:
                break
    except Cancelled:
        if not attempts or not monitor.resume("choosing among the networks that were made"):
            raise
        is_cut_short = True
    chosen = choose(attempts, held_out=base_held_out, fooled=base_fooled, relative_sizes=base_sizes)
    return made[chosen], Recipe(
        base_held_out,
        base_fooled,
        len(patches.labels),
        tuple(attempts),
        chosen,
        is_cut_short=is_cut_short,
        relative_sizes=base_sizes,
        suspects=suspected.suspects,
        resemblance=resemblance,
    )
