"""Repaired networks in the window's comparison: made here, opened from files, or pruned by hand; without a widget."""

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
    """Where a network in the comparison comes from."""

    REPAIR = "repaired here"
    FILE = "from a file"
    PRUNED = "pruned here"


@dataclass(frozen=True, slots=True, eq=False)
class CompareInputs:
    """What networks are compared on.

    Attributes:
        evaluation: B, the sets and the pixel range that is fed.
        false_alarm_rate: the share of clean images that G may flag by the rule of confidence, (0, 1).
    """

    evaluation: EvaluationInputs
    false_alarm_rate: float


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """What a network is worth.

    Attributes:
        inputs: what it was counted on.
        base: what B is worth there.
        row: B′, and G by both rules.
    """

    inputs: EvaluationInputs
    base: SweepPoint
    row: ComparisonRow


@dataclass(frozen=True, slots=True, eq=False)
class ComparedNetwork:
    """A repaired network B′ that stands in the comparison.

    Attributes:
        name: what tells it apart.
        how: how it came about.
        origin: where it comes from.
        pruned: B′, as a network that can be asked.
        counted: its figures; None where it was not counted yet.
        kept: the repair that it is of; None of others.
        path: the file that it was opened from; None of others.
        sha256: of that file; empty of others.
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
        """The level of confidence that came with it, or that its repair found on held-out images; None of others."""
        if self.kept is not None:
            return self.kept.repair.level.level
        row = self.counted.row if self.counted is not None else None
        return row.level.level if row is not None and row.level is not None and row.is_level_given else None

    @property
    def level(self) -> float | None:
        """The level of confidence that its G asks for: its own, else the one found when it was counted; None if not."""
        if self.own_level is not None:
            return self.own_level
        row = self.counted.row if self.counted is not None else None
        return row.level.level if row is not None and row.level is not None else None

    def row_on(self, inputs: EvaluationInputs | None) -> ComparisonRow | None:
        """Its figures on these files; None where it was counted on others, or not at all."""
        return self.counted.row if self.counted is not None and self.counted.inputs == inputs else None

    def asked_for(self, false_alarm_rate: float) -> "ComparedNetwork":
        """Itself, without a level, and what G by confidence is worth at it, that was found for other false alarms."""
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
    """A repair as a network of the comparison; it was counted when it was made."""
    inputs, repair = kept.inputs, kept.repair
    counted_on = replace(inputs.evaluation, scale=repair.scale)
    row = ComparisonRow(kept.name, kept.how, repair.by_agreement, repair.by_confidence, repair.level)
    counted = Counted(counted_on, repair.before, row)
    return ComparedNetwork(kept.name, kept.how, NetworkOrigin.REPAIR, kept.pruned, counted, kept=kept)
