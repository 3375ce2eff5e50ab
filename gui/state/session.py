"""What is open and what was found: the window's state, without a widget in it."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.channels import ALL_LAYERS, NO_LAYERS, LayerSet, PrunableLayer, takes_several
from core.errors import PruningError
from core.records import ModelSummary, PoisonedSet, Scale, ScaleFinding, Side, SweepPoint
from core.sweep.stops import Stop
from gui.state.compared import ComparedNetwork
from gui.state.pruning_run import Run, Settings
from gui.state.repairs import KeptRepair

if TYPE_CHECKING:
    from core.data.dataset import Dataset
    from core.data.image import InputImage
    from core.data.trigger import Trigger
    from core.network.network import Network

KEPT_RUNS = 4  # finished runs that stay in memory, so that flipping a setting back shows its curve at once
DEFAULT_THRESHOLDS = (0.02, 0.04, 0.10)
MOST_TARGETS = 10  # a poisoned set with more labels than these names no target


class Role(StrEnum):
    """What a file is opened as."""

    MODEL = "model"
    VALIDATION = "validation"
    TEST = "test"
    POISONED = "poisoned"
    UNLABELLED = "unlabelled"
    IMAGE = "picture"


class View(StrEnum):
    """What the middle of the window is used for."""

    PRUNE = "prune"
    REPAIR = "repair"
    COMPARE = "compare"


@dataclass(frozen=True, slots=True)
class StartFiles:
    """What the window opens by itself when it starts.

    Attributes:
        model: the network to inspect.
        validation: clean validation data.
        test: clean test data.
        poisoned: poisoned data.
        image: an image for the classifier.
    """

    model: Path | None = None
    validation: Path | None = None
    test: Path | None = None
    poisoned: tuple[Path, ...] = ()
    image: Path | None = None

    @property
    def by_role(self) -> tuple[tuple[Role, Path], ...]:
        """Role and path of each, in the order of opening."""
        single = (
            (Role.MODEL, self.model),
            (Role.VALIDATION, self.validation),
            (Role.TEST, self.test),
            (Role.IMAGE, self.image),
        )
        poisoned = tuple((Role.POISONED, path) for path in self.poisoned)
        return tuple((role, path) for role, path in single if path is not None) + poisoned


@dataclass(slots=True, eq=False)
class Session:
    """All that is open. Controllers change it on the GUI thread, and only after a load has wholly succeeded.

    Attributes:
        network: the engine's network, opaque here.
        validation: the clean validation set.
        test: the clean test set.
        poisoned: the poisoned sets, in the order of opening.
        unlabelled: further clean images to refit with, whose labels are not looked at.
        scale_finding: which pixel range was found to be right for this model and validation set.
        settings: the layer and how it is pruned.
        several: the convolutions that were chosen to be pruned as one, input side first; none until some are.
        thresholds: allowed drops of clean accuracy, in (0, 1).
        side: which step of a stop the cursor goes to by itself.
        run: the curve on the screen.
        step: where the cursor stands.
        hand_mask: channels kept by hand, (C,) bool; None follows the cursor.
        hand_point: what `hand_mask` is worth, once it is scored.
        hand_estimate: the same of a random sample, while it is being scored.
        repairs: those that came to their end, of the open model.
        compared: repaired networks of the open model side by side, those of `repairs` among them.
        asked: whom of them the classifier asks as B′; None asks the one that is pruned on the screen.
        image: the image in the classifier.
        image_name: its file's name.
        trigger: the loaded trigger; None is the built-in one.
        is_trigger_on: whether the trigger is laid over the image.
    """

    network: "Network | None" = None
    validation: "Dataset | None" = None
    test: "Dataset | None" = None
    poisoned: tuple["Dataset", ...] = ()
    unlabelled: "Dataset | None" = None
    scale_finding: ScaleFinding | None = None
    settings: Settings = field(default_factory=Settings)
    several: tuple[str, ...] = ()
    thresholds: tuple[float, ...] = DEFAULT_THRESHOLDS
    side: Side = Side.BEFORE
    run: Run | None = None
    finished: dict[Settings, Run] = field(default_factory=dict)
    step: int = 0
    hand_mask: NDArray[np.bool_] | None = None
    hand_point: SweepPoint | None = None
    hand_estimate: SweepPoint | None = None
    repairs: tuple[KeptRepair, ...] = ()
    compared: tuple[ComparedNetwork, ...] = ()
    asked: ComparedNetwork | None = None
    image: "InputImage | None" = None
    image_name: str = ""
    trigger: "Trigger | None" = None
    is_trigger_on: bool = False

    @property
    def summary(self) -> ModelSummary | None:
        """What is known of the open model."""
        return self.network.summary if self.network is not None else None

    @property
    def layers(self) -> tuple[PrunableLayer, ...]:
        """What can be pruned: each convolution, input side first, and where there are several all of them together."""
        if self.network is None:
            return ()
        layers = self.network.summary.layers
        return layers if len(layers) < 2 else (*layers, self.network.layer(ALL_LAYERS))

    @property
    def offered_layers(self) -> tuple[PrunableLayer, ...]:
        """`layers`, and behind them the set that was chosen."""
        if self.network is None or not self.several:
            return self.layers
        return (*self.layers, self.network.layer(LayerSet(self.several)))

    @property
    def layer(self) -> PrunableLayer | None:
        """What is chosen: one layer, several as one, or all of them together."""
        return next((layer for layer in self.offered_layers if layer.layer_set == self.settings.layer), None)

    @property
    def scale(self) -> Scale:
        """The range that pixels are fed in: chosen, else found, else 0–255."""
        if self.settings.scale is not None:
            return self.settings.scale
        return self.scale_finding.scale if self.scale_finding else Scale.RAW

    @property
    def effective_settings(self) -> Settings:
        """The settings with the pixel range that is really fed; the range is None while it is not known."""
        is_known = self.settings.scale is not None or self.scale_finding is not None
        return replace(self.settings, scale=self.scale if is_known else None)

    @property
    def sets(self) -> tuple["Dataset", ...]:
        """All open sets."""
        return tuple(data for data in (self.validation, self.test) if data is not None) + self.poisoned

    @property
    def poisoned_sets(self) -> tuple[PoisonedSet, ...]:
        """What a run says of the poisoned sets."""
        return tuple(PoisonedSet(each.name, each.target_labels, each.image_count) for each in self.poisoned)

    @property
    def input_paths(self) -> tuple[Path, ...]:
        """Files that are open and must never be written over."""
        model = (self.summary.path,) if self.summary else ()
        unlabelled = (self.unlabelled.path,) if self.unlabelled is not None else ()
        return model + tuple(data.path for data in self.sets) + unlabelled

    @property
    def missing(self) -> str:
        """Why nothing can be run, in words; empty when it can."""
        if self.network is None:
            return "Open a model first."
        if self.layer is None:
            return "This model has no convolution whose channels can be pruned."
        if self.validation is None:
            return "Open a clean validation set first: the channels are measured on it."
        return ""

    @property
    def missing_to_repair(self) -> str:
        """Why nothing can be repaired, in words; empty when it can."""
        if self.network is None:
            return "Open a model first."
        if self.network.summary.is_repaired:
            return "This model is a repaired network G already: open the network B that it was made of."
        if self.validation is None:
            return "Open a clean validation set first: everything is chosen by it."
        return ""

    @property
    def todo(self) -> str:
        """What the person does next to see a curve."""
        if self.network is None and self.validation is None:
            return "Open a model and clean validation images, then press Run."
        if self.missing:
            return self.missing
        return "Settings changed: press Run." if self.finished else "Press Run to measure and prune the channels."

    @property
    def is_whole(self) -> bool:
        """Whether the curve on the screen has come to its end, so that it can be saved and changed by hand."""
        return self.run is not None and self.run.inspection is not None

    @property
    def target_labels(self) -> frozenset[int]:
        """What the attacker wants, of all poisoned sets; none where a set holds so many that they say nothing."""
        labels = [data.target_labels for data in self.poisoned]
        return frozenset(label for each in labels if len(each) <= MOST_TARGETS for label in each)

    @property
    def is_by_hand(self) -> bool:
        """Whether channels are pruned by hand instead of by the order."""
        return self.hand_mask is not None

    @property
    def channel_mask(self) -> NDArray[np.bool_] | None:
        """The channels that B′ keeps, (C,) bool; None while there is no ranking."""
        if self.hand_mask is not None:
            return self.hand_mask
        if self.run is None or self.run.ranking is None:
            return None
        return self.run.ranking.channel_mask(self.step)

    @property
    def next_channel(self) -> int | None:
        """The channel that the next step would prune; None at the end and by hand."""
        if self.run is None or self.run.ranking is None or self.is_by_hand:
            return None
        order = self.run.ranking.order
        return int(order[self.step]) if self.step < len(order) else None

    @property
    def point(self) -> SweepPoint | None:
        """What the network on the screen is worth; None while it is not known."""
        if self.is_by_hand:
            return self.hand_point
        if self.run is None or self.step >= len(self.run.points):
            return None
        return self.run.points[self.step]

    @property
    def step_text(self) -> str:
        """Which B′ is meant, in words."""
        channel_mask = self.channel_mask
        if channel_mask is None:
            return "nothing pruned yet"
        pruned_count = int((~channel_mask).sum())
        reader = self.run.settings.reader if self.run is not None else self.settings.reader
        what = "channels pruned" if reader is None else f"pruned for {reader} alone"
        return f"{pruned_count} of {channel_mask.size} {what}{', by hand' if self.is_by_hand else ''}"

    def choose_settings(self, settings: Settings) -> None:
        """Take other settings; several layers as one are offered from then on.

        Raises:
            LayerError: the open model has no such layer.
        """
        offered = (NO_LAYERS, *(each.layer_set for each in self.layers))
        if self.network is not None and settings.layer not in offered:
            parts = self.network.layer(settings.layer).parts
            self.several = tuple(part.name for part in reversed(parts))
        self.settings = settings

    def set_network(self, network: "Network") -> None:
        """Swap the model; what was found with the old one is forgotten, the chosen layers are kept if it has them."""
        self.network = network
        if not takes_several(self.layers) or not set(self.several) < {each.name for each in self.layers}:
            self.several = ()
        if self.layer is None:
            self.settings = replace(self.settings, layer=_usual_layer(network.summary.layers), reader=None)
        readers = [reader.layer for reader in self.layer.readers if reader.is_cuttable] if self.layer else []
        if self.settings.reader not in readers:
            self.settings = replace(self.settings, reader=None)
        self.settings = replace(self.settings, scale=None)
        self.scale_finding = None
        self.forget_repairs()
        self.forget_runs()

    def drop_network(self) -> None:
        """Close the model; data and images stay."""
        self.network = None
        self.settings = Settings()
        self.several = ()
        self.scale_finding = None
        self.forget_repairs()
        self.forget_runs()

    def close_sets(self) -> None:
        """Close all data."""
        self.validation = None
        self.test = None
        self.poisoned = ()
        self.unlabelled = None
        self.scale_finding = None
        self.forget_runs()

    def forget_repairs(self) -> None:
        """Forget all repairs: they were made of another model."""
        self.repairs = ()
        self.compared = ()
        self.asked = None

    def forget_runs(self) -> None:
        """Forget all curves: the files they were made from have changed."""
        self.finished.clear()
        self.show_run(None)

    def show_run(self, run: Run | None) -> None:
        """Put another curve on the screen, at step 0."""
        self.run = run
        self.step = 0
        self.set_hand(None, None)

    def set_hand(self, hand_mask: NDArray[np.bool_] | None, hand_point: SweepPoint | None) -> None:
        """Put channels kept by hand on the screen, and what they are worth where that is known; None: the order."""
        self.hand_mask, self.hand_point, self.hand_estimate = hand_mask, hand_point, None

    def release_runs(self) -> None:
        """Give the memory that the runs so far take to the next one; a mask by hand then takes a forward pass there."""
        for run in self.finished.values():
            if run.inspection is not None:
                run.inspection.evaluator.release()

    def keep_run(self, run: Run) -> None:
        """Remember a whole run, and forget the oldest beyond `KEPT_RUNS`."""
        self.finished.pop(run.settings, None)
        self.finished[run.settings] = run
        while len(self.finished) > KEPT_RUNS:
            del self.finished[next(iter(self.finished))]


def parse_thresholds(text: str) -> tuple[float, ...]:
    """Read "2, 4, 10" as allowed drops in points.

    Returns:
        The drops in (0, 1), ascending, each once.

    Raises:
        PruningError: something is no number, or not between 0 and 100.
    """
    words = text.replace(";", ",").replace("%", "").split(",")
    drops: set[float] = set()
    for word in words:
        if not word.strip():
            continue
        try:
            points = float(word)
        except ValueError:
            points = -1.0
        if not 0 < points < 100:
            raise PruningError(
                f"thresholds must be points between 0 and 100 separated by commas, got '{word.strip()}'.",
                code="bad-threshold",
            )
        drops.add(round(points / 100, 6))
    if not drops:
        raise PruningError("thresholds must hold at least one number of points, got none.", code="bad-threshold")
    return tuple(sorted(drops))


def stop_step(stops: tuple[Stop, ...], side: Side) -> int:
    """The step that the cursor goes to by itself: the largest threshold's, else the last one there is."""
    steps = [stop.point.pruned_count for stop in stops if stop.side == side and stop.point is not None]
    if not steps:
        steps = [stop.point.pruned_count for stop in stops if stop.side == Side.BEFORE and stop.point is not None]
    return max(steps, default=0)


def _usual_layer(layers: tuple[PrunableLayer, ...]) -> LayerSet:
    """The layer that fine-pruning takes: the last convolution that several layers read, else the last of all.

    In the lab's network that is conv_3, whose output feeds both branches.
    """
    shared = [layer for layer in layers if len(layer.readers) > 1] or list(layers)
    return shared[-1].layer_set if shared else NO_LAYERS
