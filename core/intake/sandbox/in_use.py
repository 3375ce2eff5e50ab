"""The sandbox in which this process's files were read, for whatever shows it."""

from core.intake.sandbox.lock import offered
from core.intake.sandbox.state import SandboxState, weakest

_states: set[SandboxState] = set()


def note(state: SandboxState) -> None:
    """Remember what a file was read with."""
    _states.add(state)


def sandbox_state() -> SandboxState:
    """Return what all files opened by this process were read with: the weakest of them counts.

    Before the first one, it is what this system is expected to apply.
    """
    return weakest(_states) if _states else offered()
