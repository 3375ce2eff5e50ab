"""What an operator reads, as its conversion needs it."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.intake.conversion.tensor import Tensor
from core.intake.refusal import Refusal


class Inputs(ABC):
    """Access to the inputs of an operator; a format's operator adds what is its own.

    Attributes:
        inputs: what it reads, a tensor or a constant; None where it is left out.
    """

    __slots__ = ()

    inputs: list[Any]

    def has(self, index: int) -> bool:
        """Tell whether an input is given."""
        return index < len(self.inputs) and self.inputs[index] is not None

    def is_constant(self, index: int) -> bool:
        """Tell whether an input is given and a constant."""
        return self.has(index) and isinstance(self.inputs[index], np.ndarray)

    def tensor(self, index: int = 0) -> Tensor:
        """Return an input that depends on the images.

        Raises:
            Refusal: `unsupported-network`, if it is a constant or missing.
        """
        found = self.inputs[index] if self.has(index) else None
        if not isinstance(found, Tensor):
            raise self.refusal("expected an input that depends on the images")
        return found

    def constant(self, index: int) -> NDArray[Any]:
        """Return a constant input.

        Raises:
            Refusal: `unsupported-network`, if it depends on the images or is missing.
        """
        found = self.inputs[index] if self.has(index) else None
        if not isinstance(found, np.ndarray):
            raise self.refusal(f"expected a constant as input {index}")
        return found

    def floats(self, index: int) -> NDArray[np.float32]:
        """Return a constant input as floats of 32 bits."""
        found = self.constant(index)
        if found.dtype.kind != "f":
            raise self.refusal(f"expected floating-point numbers as input {index}")
        return found.astype(np.float32)

    @abstractmethod
    def refusal(self, reason: str) -> Refusal:
        """Return the refusal of this operator."""
