"""The record of what the sandbox denies, part by part, and its sentence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from core.intake.refusal import shortened

ON = "on"
# What the parts of all systems are called; a message of the child with another name is not believed.
FILES, CALLS, RIGHTS, LIMITS = "files", "system calls", "rights", "limits"
_PART_NAMES = (FILES, CALLS, RIGHTS, LIMITS)
_LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class SandboxState:
    """Which parts of the sandbox are on.

    Attributes:
        parts: each part's name with "on", or with the reason why it is not on; empty where there is no sandbox.
    """

    parts: tuple[tuple[str, str], ...] = ()

    @property
    def is_on(self) -> bool:
        """Whether every part is on."""
        return bool(self.parts) and all(value == ON for _, value in self.parts)

    @property
    def sentence(self) -> str:
        """The state in words: "on", or what is missing and why."""
        if self.is_on:
            return ON
        missing = "; ".join(f"{name}: {value}" for name, value in self.parts if value != ON)
        applied = [name for name, value in self.parts if value == ON]
        if applied:
            return f"only partly on ({' and '.join(applied)}), {missing}"
        return f"off, {missing}" if missing else "off, its state is unknown"

    def as_json(self) -> dict[str, str]:
        """Return the record as plain JSON values."""
        return dict(self.parts)

    @classmethod
    def from_json(cls, values: object) -> Self:
        """Return the record of plain JSON values, which may come from the child.

        Raises:
            ValueError: they are no such record.
        """
        if not isinstance(values, Mapping) or not values.keys() <= set(_PART_NAMES):
            raise ValueError("not the state of a sandbox")
        if not all(isinstance(value, str) and value for value in values.values()):
            raise ValueError("a part of the sandbox has no state")
        return cls(tuple((name, shortened(values[name], _LONGEST_REASON)) for name in _PART_NAMES if name in values))


def weakest(states: Iterable[SandboxState]) -> SandboxState:
    """Return the state in which the fewest parts are on; of several files, this one is reported."""
    return min(states, key=lambda state: (state.is_on, sum(value == ON for _, value in state.parts)))
