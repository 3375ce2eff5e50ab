"""Triggers of suspected classes, searched anew on the network while it unlearns them."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.detect.records import NEXT_CLASS, ReconstructedTrigger, Statistics
from core.detect.task import DetectionTask
from core.detect.triggers.families import AdditiveFamily, PatchFamily, TriggerFamily, WarpFamily
from core.detect.triggers.inversion import Inversion
from core.monitor import Monitor
from core.network.network import Network
from core.refit.triggers import FoundTriggers, Triggers
from core.refit.watched_images import WatchedImages
from core.repair.shown.found_images import SEARCHED, trigger_images
from core.repair.shown.watched import watched_with_trigger
from core.scale import WHITE, Scale

STEP_COUNT = 50
IMAGE_COUNT = 20
MOST_EXAMINED = 32  # with more classes, all are screened with few steps first
SCREENING_STEP_COUNT = 12
SCREENING_IMAGE_COUNT = 12
SUSPICIOUS = 0.6  # a class is suspected if its trigger is smaller than this share of the others' median
MOST_SUSPECTS = 3  # of each family, when the network is first looked at
TRIGGER_COUNT = 4  # of all suspected classes together, and at least one of each
CONTROL_COUNT = 5  # other classes, drawn anew each time, that the suspected ones are compared with
LEAST_CONTROLS = 2
FEW_NULL = 0.25  # of the picture, in place of the median of other classes where there are too few of them
ENOUGH = 1.1  # a trigger of a suspected class is unlearned while it is smaller than this share of the others' median
NEW_SHARE = 0.6  # of the stamped images that get a trigger of the last search; the others get one of any search before
MOST_TRIGGERS = 64
STAGE = "Searching triggers"
ALL_CLASSES, SHORTLIST, SUSPECTED = "all classes", "shortlist", "suspected classes and others"
_NUMBERS = 1000  # more than the groups of one search: the random numbers of two searches differ

IndexArray = NDArray[np.int64]
FloatArray = NDArray[np.float32]


class SuspectedTriggers:
    """A `TriggerFinder` that compares the triggers of suspected classes with those of others on the same network.

    The first search looks at all classes. Those with outstandingly small triggers are suspected; a class that stands
    out in a later search joins them. A new trigger is unlearned only while it is smaller than those of the other
    classes: to unlearn more would take away what images of the class have in common. Earlier ones go on being stamped.
    A family of which no trigger drew enough images to any class of B is not searched again.

    Args:
        model: the network that unlearns; each search uses the weights that it has then.
        network: the network that it was made from.
        dataset: clean images with their labels; the held-out ones are not among them.
        scale: the pixel range the network expects.
        seed: seed of all random numbers.
        suspects: classes that are suspected from the start, as by a detection; others are not looked for then.

    Source:
        Unlearning by stamping clean images with a reconstructed trigger and keeping their labels: Bolun Wang et al.:
        Neural Cleanse, IEEE S&P 2019, section VI.C. To search triggers again on the network as it changes follows Yi
        Zeng et al.: Adversarial Unlearning of Backdoors via Implicit Hypergradient, ICLR 2022, algorithm 1. The
        comparison with other classes is ours.
    """

    def __init__(
        self,
        model: keras.Model,
        *,
        network: Network,
        dataset: Dataset,
        scale: Scale,
        seed: int,
        suspects: Sequence[int] = (),
    ) -> None:
        watched = Network(model, path=network.summary.path)
        self._task = DetectionTask(watched, scale, dataset, seed=seed)
        self._make = partial(SuspectedTriggers, network=network, dataset=dataset, scale=scale, seed=seed)
        self._base, self._dataset, self._seed = network, dataset, seed
        self._rng = np.random.default_rng([seed, 0x51])
        families = (PatchFamily(), AdditiveFamily(), WarpFamily(self._task.image_shape))
        self._inversions = [self._inversion(family, STEP_COUNT, IMAGE_COUNT) for family in families]
        self._suspects = list(dict.fromkeys(suspects))
        self._bank: list[tuple[ReconstructedTrigger, float]] = []
        self._first: FoundTriggers | None = None  # of the network that all were made from

    def on(self, model: keras.Model) -> "SuspectedTriggers":
        """Return what searches triggers of the same classes and families on another model made from the same network.

        What the first search of this one found is not searched again: it is what the other one's first search returns.
        """
        other = self._make(model, suspects=self._suspects)
        able = [type(each.family) for each in self._inversions]
        other._inversions = [each for each in other._inversions if type(each.family) in able]
        other._bank, other._first = list(self._bank), self._first
        return other

    @property
    def suspects(self) -> tuple[int, ...]:
        """The suspected classes so far; `NEXT_CLASS` stands for an all-to-all attack."""
        return tuple(self._suspects)

    def find(self, epoch: int, monitor: Monitor) -> FoundTriggers:
        """Search triggers; see `TriggerFinder`. The search for epoch 0 is made once. Publishes `FoundImages`."""
        if not epoch and self._first is not None:
            return self._first
        if not epoch and not self._suspects:
            self._suspect(monitor)
        controls = self._controls()
        start_count = max(1, TRIGGER_COUNT // max(1, len(self._suspects)))
        suspects = np.repeat(np.array(self._suspects, dtype=np.int64), start_count)
        classes = np.concatenate([suspects, controls])
        found: list[tuple[ReconstructedTrigger, float]] = []
        relative_sizes = []
        joining: list[int] = []
        for inversion in self._inversions:
            sizes, _, triggers = inversion.search(
                classes, number=_NUMBERS * (1 + epoch), **self._watching(inversion.family, monitor)
            )
            null = self._null(sizes[len(suspects) :])
            shares = sizes / null
            if len(controls) >= LEAST_CONTROLS and len(suspects):
                relative_sizes.append(float(shares[: len(suspects)].min()))
            for place, trigger in enumerate(triggers):
                is_suspect = place < len(suspects)
                limit = ENOUGH if is_suspect else SUSPICIOUS
                if sizes[place] < 1 and shares[place] < limit:
                    found.append((trigger, float(max(shares[place], 1e-3))))
                    joining += [] if is_suspect else [trigger.label]
        # Enough classes must be left to compare with.
        room = max(0, len(controls) - LEAST_CONTROLS)
        self._suspects += list(dict.fromkeys(joining))[:room]
        made = self._triggers(found)
        self._bank = (self._bank + found)[-MOST_TRIGGERS:]
        smallest = [each for each, _ in sorted(found, key=lambda one: one[1])]
        pictures = trigger_images(smallest, self._dataset, scale=self._task.scale)
        if pictures is not None:
            monitor.publish(pictures)
        if epoch:
            return FoundTriggers(made, tuple(relative_sizes), self.suspects)
        images = self._watched(smallest, monitor)
        self._first = FoundTriggers(made, tuple(relative_sizes), self.suspects, images)
        return self._first

    def smallest(self, monitor: Monitor) -> ReconstructedTrigger | None:
        """Search the suspected classes, and return the trigger that is smallest in comparison with other classes'.

        Those that move pixels are left out: they cannot be laid over an image as a picture. None if no trigger draws
        enough images to a suspected class.
        """
        classes = np.concatenate([np.array(self._suspects, dtype=np.int64), self._controls()])
        found: list[tuple[float, int, ReconstructedTrigger]] = []
        for place, inversion in enumerate(self._inversions):
            if isinstance(inversion.family, WarpFamily):
                continue
            sizes, _, triggers = inversion.search(classes, number=_NUMBERS, **self._watching(inversion.family, monitor))
            count = len(self._suspects)
            shares = sizes[:count] / self._null(sizes[count:])
            smallest = int(shares.argmin())
            if sizes[smallest] < 1:
                found.append((float(shares[smallest]), place, triggers[smallest]))
        return min(found)[2] if found else None

    def _watched(self, triggers: list[ReconstructedTrigger], monitor: Monitor) -> WatchedImages | None:
        """Return images with the smallest trigger of a suspected class; those that move pixels are no pictures."""
        trigger = next((each for each in triggers if each.moves is None and each.label in self._suspects), None)
        if trigger is None:
            return None
        return watched_with_trigger(
            self._dataset,
            self._base,
            trigger,
            scale=self._task.scale,
            seed=self._seed,
            monitor=monitor.unseen(),
        )

    @staticmethod
    def _null(sizes: Statistics) -> float:
        """Return the median size of the other classes' triggers; `FEW_NULL` where there are too few of them."""
        return float(np.median(sizes)) if len(sizes) >= LEAST_CONTROLS else FEW_NULL

    def _suspect(self, monitor: Monitor) -> None:
        """Look at all classes, and suspect those with outstandingly small triggers."""
        every = np.arange(self._task.network.class_count)
        able: list[Inversion] = []
        for inversion in self._inversions:
            examined, part = every, ALL_CLASSES
            if len(every) > MOST_EXAMINED:
                screening = self._inversion(inversion.family, SCREENING_STEP_COUNT, SCREENING_IMAGE_COUNT)
                _, losses, _ = screening.search(every, number=0, **self._watching(inversion.family, monitor, part))
                order = np.argsort(losses)
                others = self._rng.choice(order[MOST_SUSPECTS:], CONTROL_COUNT, replace=False)
                examined, part = np.concatenate([order[:MOST_SUSPECTS], others]), SHORTLIST
            classes = np.append(examined, NEXT_CLASS)
            sizes, _, _ = inversion.search(classes, number=0, **self._watching(inversion.family, monitor, part))
            if (sizes < 1).any():
                able.append(inversion)
                self._suspects += self._outstanding(examined, sizes[:-1], float(sizes[-1]))
        self._suspects = list(dict.fromkeys(self._suspects))
        self._inversions = able or self._inversions

    @staticmethod
    def _outstanding(classes: IndexArray, sizes: Statistics, all_to_all: float) -> list[int]:
        """Return the classes with outstandingly small triggers, the smallest at least, and `NEXT_CLASS` if it is."""
        median = float(np.median(sizes))
        order = np.argsort(sizes)[:MOST_SUSPECTS]
        chosen = [int(classes[place]) for place in order if sizes[place] < SUSPICIOUS * median]
        chosen = chosen or [int(classes[order[0]])]
        return [*chosen, NEXT_CLASS] if all_to_all < median else chosen

    def _controls(self) -> IndexArray:
        others = np.setdiff1d(np.arange(self._task.network.class_count), self._suspects)
        return self._rng.permutation(others)[:CONTROL_COUNT]

    def _triggers(self, found: list[tuple[ReconstructedTrigger, float]]) -> Triggers | None:
        """Return new and earlier triggers; small ones are drawn more often."""
        if not found and not self._bank:
            return None
        new_share = NEW_SHARE if found and self._bank else float(bool(found))
        parts = ((found, new_share), (self._bank, 1 - new_share))
        every = [trigger for triggers, _ in parts for trigger, _ in triggers]
        weights = []
        for triggers, share in parts:
            each = np.array([1 / size**2 for _, size in triggers])
            weights.append(share * each / each.sum() if len(each) else each)
        opacity = np.stack([each.opacity for each in every])
        pixels = np.stack([self._task.as_read(each.pixels / WHITE) for each in every])
        nothing = np.zeros_like(every[0].pixels)
        changes = np.stack([nothing if each.change is None else each.change for each in every])
        if self._task.scale.is_bgr:
            changes = changes[..., ::-1]
        still = np.zeros((*nothing.shape[:2], 2), np.float32)
        moves = np.stack([still if each.moves is None else each.moves for each in every])
        read_changes = changes / np.array(self._task.scale.deviation, np.float32)
        arrays = (opacity, pixels, read_changes, moves, np.concatenate(weights))
        return Triggers(*(np.ascontiguousarray(each, dtype=np.float32) for each in arrays))

    def _watching(self, family: TriggerFamily, monitor: Monitor, part: str = SUSPECTED) -> dict[str, Any]:
        """Return the arguments of a search that tell the monitor how far it is, and show the triggers on their way."""
        stage = f"{STAGE}, {family.title}: {part}"

        def tell(done: int, total: int) -> None:
            monitor.checkpoint(stage, done_count=done, total_count=total)

        def show(triggers: Sequence[tuple[float, ReconstructedTrigger]]) -> None:
            smallest = [each for _, each in sorted(triggers, key=lambda one: one[0])]
            title = SEARCHED.format(family.title)
            images = trigger_images(smallest, self._dataset, scale=self._task.scale, title=title)
            if images is not None:
                monitor.publish(images)

        return {"on_step": tell, "on_shown": show, "while_waiting": monitor.stop_if_asked}

    def _inversion(self, family: TriggerFamily, step_count: int, image_count: int) -> Inversion:
        return Inversion(self._task, family, step_count=step_count, images_per_step=image_count)
