"""Records of the networks in the window's comparison: repaired here, opened from files or pruned here. No widgets."""

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from core.compare.comparison import ComparisonRow
from core.network.inputs import EvaluationInputs
from core.records import SweepPoint
from gui.state.repairs import KeptRepair

if TYPE_CHECKING:
    from core.network.network import Network


class NetworkOrigin(StrEnum):
    """The source of a network in the comparison."""

    REPAIR = "repaired here"
    FILE = "from a file"
    PRUNED = "pruned here"


@dataclass(frozen=True, slots=True, eq=False)
class CompareInputs:
    """The files that networks are compared on.

    Attributes:
        evaluation: B, the sets and the pixel range.
        false_alarm_rate: the largest share of clean images that G by confidence may flag, in (0, 1).
    """

    evaluation: EvaluationInputs
    false_alarm_rate: float


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """The figures of a network.

    Attributes:
        inputs: the files that the figures were counted on.
        base: the figures of B on the same files.
        row: the figures of B′, and of G by both rules.
    """

    inputs: EvaluationInputs
    base: SweepPoint
    row: ComparisonRow


@dataclass(frozen=True, slots=True, eq=False)
class ComparedNetwork:
    """A repaired network B′ in the comparison.

    Attributes:
        name: unique in the comparison.
        how: how the network was made.
        origin: where the network comes from.
        pruned: B′, as a network that can classify images.
        counted: its figures; None while they are not counted.
        kept: the repair that made it; None for networks from files and pruned networks.
        path: the file that it was opened from; None for networks made here.
        sha256: hash of that file; empty for networks made here.
    """

    name: str
    how: str
    origin: NetworkOrigin
    pruned: "Network"
    counted: Counted | None
    kept: KeptRepair | None = None
    path: Path | None = None
    sha256: str = ""

    @property
    def own_level(self) -> float | None:
        """The confidence level stored in its file or found by its repair on held-out images; None if there is none."""
        if self.kept is not None:
            return self.kept.repair.level.level
        row = self.counted.row if self.counted is not None else None
        return row.level.level if row is not None and row.level is not None and row.is_level_given else None

    @property
    def level(self) -> float | None:
        """The confidence level of G: its own, else the one found while counting; None if there is none."""
        if self.own_level is not None:
            return self.own_level
        row = self.counted.row if self.counted is not None else None
        return row.level.level if row is not None and row.level is not None else None

    def row_on(self, inputs: EvaluationInputs | None) -> ComparisonRow | None:
        """Return its figures on these files; None if it was counted on other files, or not at all."""
        return self.counted.row if self.counted is not None and self.counted.inputs == inputs else None

    def at_false_alarm_rate(self, false_alarm_rate: float) -> "ComparedNetwork":
        """Return the network for this false alarm rate.

        A confidence level that was found for another rate is dropped, and with it the figures of G by confidence. A
        level of the network's own is kept.
        """
        level = self.counted.row.level if self.counted is not None else None
        if self.counted is None or level is None or self.own_level is not None:
            return self
        if level.false_alarm_rate == false_alarm_rate:
            return self
        return replace(
            self, counted=replace(self.counted, row=replace(self.counted.row, by_confidence=None, level=None))
        )

    def __repr__(self) -> str:
        return f"ComparedNetwork({self.name!r}, {self.origin})"


def compared_repair(kept: KeptRepair) -> ComparedNetwork:
    """Return a repair as a network of the comparison, with the figures that the repair counted."""
    inputs, repair = kept.inputs, kept.repair
    counted_on = replace(inputs.evaluation, scale=repair.scale)
    row = ComparisonRow(kept.name, kept.how, repair.by_agreement, repair.by_confidence, repair.level)
    counted = Counted(counted_on, repair.before, row)
    return ComparedNetwork(kept.name, kept.how, NetworkOrigin.REPAIR, kept.pruned, counted, kept=kept)
