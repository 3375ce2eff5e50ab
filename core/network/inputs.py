"""What a network is measured on: the network, the open sets, and the pixel range; no Keras."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.scale import Scale

if TYPE_CHECKING:  # Keras and pydantic come with them; the window and `--help` load the record without them.
    from core.data.dataset import Dataset
    from core.network.network import Network

PROBE_COUNT = 32


@dataclass(frozen=True, slots=True)
class EvaluationInputs:
    """A network, the sets that it is measured on, and the pixel range that it is fed.

    Two are equal if they hold the same open network and the same open sets.

    Attributes:
        network: B.
        validation: clean validation images; everything is chosen by them.
        test: clean test images, for reporting only; None if not loaded.
        poisoned: poisoned sets, for reporting only.
        scale: the pixel range the network expects; None if it is not known yet.
    """

    network: "Network"
    validation: "Dataset"
    test: "Dataset | None" = None
    poisoned: "tuple[Dataset, ...]" = ()
    scale: Scale | None = None

    @property
    def sets(self) -> "tuple[Dataset, ...]":
        """All sets: validation, test if loaded, then the poisoned ones."""
        return (self.validation, *([self.test] if self.test is not None else []), *self.poisoned)

    @property
    def files(self) -> "tuple[Network | Dataset, ...]":
        """The network and all sets."""
        return (self.network, *self.sets)

    @property
    def known_scale(self) -> Scale:
        """The pixel range, where it must be known.

        Raises:
            ValueError: it is not.
        """
        if self.scale is None:
            raise ValueError("the pixel range must be known, got None")
        return self.scale

    def probe(self) -> NDArray[np.float32]:
        """The first images of each set, by which two networks' answers are compared; (n, H, W, C), as they are fed."""
        return np.concatenate([each.batch(0, PROBE_COUNT, scale=self.known_scale) for each in self.sets])

    def __repr__(self) -> str:
        return f"EvaluationInputs({self.network.summary.path.name}, {len(self.sets)} sets, {self.scale})"
