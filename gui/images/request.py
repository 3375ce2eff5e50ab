"""A request to show the images of a share, and what answers them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.images.answers import ImageAnswers
from core.images.confusions import AskedConfusion
from core.images.selection import AskedShare
from core.metrics.network_scores import SetRole
from core.network.inputs import EvaluationInputs
from core.scale import Scale
from gui.state.compared import ComparedNetwork

if TYPE_CHECKING:  # brings Keras
    from core.data.dataset import Dataset
    from core.detect.records import ReconstructedTrigger
    from core.network.network import Network
    from core.sweep.evaluator_on_demand import EvaluatorOnDemand
    from core.sweep.masked_evaluator import MaskedEvaluator


@dataclass(frozen=True, slots=True, eq=False)
class MaskSource:
    """B with channels pruned, as a complete run counts it.

    Attributes:
        network: B.
        evaluator: scores masks.
        opened: the poisoned sets as they were opened.
        channel_mask: (C,) bool, True = kept.
        text: describes B′: "12 of 60 channels pruned".
    """

    network: "Network"
    evaluator: "MaskedEvaluator | EvaluatorOnDemand"
    opened: "tuple[Dataset, ...]"
    channel_mask: NDArray[np.bool_]
    text: str

    @property
    def files(self) -> "tuple[Network | Dataset, ...]":
        """The open files that it needs."""
        inputs = self.evaluator.inputs
        return (self.network, inputs.validation, *([inputs.test] if inputs.test is not None else []), *self.opened)

    @property
    def detail(self) -> str:
        """Which network B′ is."""
        return f"B′: {self.text}"

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for sources with equal answers, while they live."""
        return (id(self.evaluator), self.channel_mask.tobytes())

    @property
    def compared(self) -> ComparedNetwork | None:
        """No network of the comparison."""
        return None


@dataclass(frozen=True, slots=True, eq=False)
class NetworkSource:
    """B and a repaired network.

    Attributes:
        inputs: B and the sets as they were opened; the pixel range is known.
        pruned: B′; None if it is B itself.
        level: the confidence level of G by confidence; None without one.
        text: the name of B′.
        held_out: indices of the held-out validation images; None if there are none.
        compared: B′ as a network of the comparison; None if it is none.
    """

    inputs: EvaluationInputs
    pruned: "Network | None"
    level: float | None
    text: str
    held_out: NDArray[np.int64] | None = None
    compared: ComparedNetwork | None = None

    @property
    def files(self) -> "tuple[Network | Dataset, ...]":
        """The open files that it needs."""
        return self.inputs.files

    @property
    def detail(self) -> str:
        """Which network B′ is."""
        return f"B′: {self.text}"

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for sources with equal answers, while they live."""
        held_out = b"" if self.held_out is None else self.held_out.tobytes()
        return (*map(id, (*self.files, self.pruned)), self.inputs.scale, self.level, held_out)


@dataclass(frozen=True, slots=True, eq=False)
class TriggerSource:
    """B, and a reconstructed trigger over the clean images that it was tried on.

    Attributes:
        network: B.
        dataset: the clean images that were examined.
        scale: the pixel range that was used.
        has_labels: whether the labels of the images are the true ones.
        trigger: the trigger; it is known which images it was tried on.
        title: names the trigger and the set.
    """

    network: "Network"
    dataset: "Dataset"
    scale: Scale
    has_labels: bool
    trigger: "ReconstructedTrigger"
    title: str

    @property
    def files(self) -> "tuple[Network | Dataset, ...]":
        """The open files that it needs."""
        return (self.network, self.dataset)

    @property
    def detail(self) -> str:
        """Whose answers are shown."""
        return "Answers of B before and after the trigger is laid over the images"

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for sources with equal answers, while they live."""
        return (id(self.trigger), *map(id, self.files), self.scale, self.has_labels)

    @property
    def compared(self) -> ComparedNetwork | None:
        """No network of the comparison."""
        return None


AnswerSource = MaskSource | NetworkSource
"""What answers as a B′ does."""


@dataclass(frozen=True, slots=True, eq=False)
class ImagesRequest:
    """A request to show the images of a share or of a confusion.

    Attributes:
        asked: the share or the confusion.
        source: what answers the images.
        answers: the answers, where they are known already, perhaps without confidences.
    """

    asked: AskedShare | AskedConfusion
    source: AnswerSource | TriggerSource
    answers: ImageAnswers | None = None

    @property
    def role(self) -> SetRole:
        """The role of the set."""
        return self.asked.role

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for requests of the same answers to the same set."""
        return (self.role, self.asked.place, *self.source.key)
