"""A setting that a person may change: its words, unit and range, for the command, the window and the report."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from core.words import points_text

POINTS, PERCENT = "points", "%"


class Part(StrEnum):
    """Which record of a repair a setting belongs to."""

    TRAINING = "training"  # `core.refit.records.RefitSettings`
    MASKS = "masks"  # `core.order.anp_settings.AnpSettings`
    OWN = "own"  # none: the method reads it by its name


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Setting:
    """One setting, as a person reads and types it.

    Attributes:
        name: of the field that holds the value.
        option: the command's, as "--batch-size"; of a yes-or-no setting both, as "--mirroring/--no-mirroring".
        label: what stands beside its field in the window.
        help: what it does, a sentence without a full stop; the command's help and the window's tool tip.
        kind: int, float, bool for yes or no, or str for one of `choices`.
        part: which record it belongs to.
        default: the value unless chosen otherwise, of a setting that belongs to no record; None is none.
        lowest: the least value, as it is typed; of numbers.
        highest: the largest, as it is typed; None has no bound.
        ceiling: where the window's field ends if there is no bound.
        unit: `POINTS` or `PERCENT` for a share in [0, 1] that is typed as such, else what is counted, as "images".
        step: of an arrow key; 0 steps by a digit.
        decimals: digits behind the dot that the window's field takes.
        sample: the longest usual number, which the window's field has room for.
        none_text: what the window's field says while there is no value.
        choices: of a setting of kind str the words to type, with the values that they stand for.
        titles: what the window calls these words, where that is not the word.
        brief: the summary of a chosen value, with the value as `{}`: "batch {}".
        is_in_main_form: whether the window shows it always, and not among "More settings".
        stops_pruning: whether it decides alone where pruning stops, in place of the allowed drop.
    """

    name: str
    option: str
    label: str
    help: str
    kind: type
    part: Part = Part.OWN
    default: Any = None
    lowest: float | None = None
    highest: float | None = None
    ceiling: float = 1_000_000
    unit: str = ""
    step: float = 1
    decimals: int = 0
    sample: str = ""
    none_text: str = ""
    choices: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    titles: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    brief: str = ""
    is_in_main_form: bool = False
    stops_pruning: bool = False

    @property
    def is_share(self) -> bool:
        """Whether it is a share in [0, 1], typed in points or percent."""
        return self.unit in (POINTS, PERCENT)

    @property
    def is_switch(self) -> bool:
        """Whether it is a yes or no, whatever the words that are typed."""
        return self.kind is bool or set(self.choices.values()) == {True, False}

    @property
    def option_name(self) -> str:
        """The option that messages name."""
        return self.option.split("/", maxsplit=1)[0]

    def value_of(self, typed: Any) -> Any:
        """The value of what was typed: a share of points or percent, what a word stands for; None stays None.

        Args:
            typed: a number, a yes or no, or one of the words of `choices`.
        """
        if typed is None:
            return None
        if self.choices:
            return self.choices[str(typed)]
        return typed / 100 if self.is_share else typed

    def words_of(self, value: Any) -> list[str]:
        """What has to be typed for a value: `["--batch-size", "8"]`."""
        if self.choices:
            return [self.option, next(word for word, each in self.choices.items() if each == value)]
        if self.kind is bool:
            yes, _, no = self.option.partition("/")
            return [yes if value else no]
        return [self.option, f"{100 * value if self.is_share else value:.10g}"]

    def text_of(self, value: Any) -> str:
        """A value in a report: "5.5 points", "20 %", "8 images", "yes", "none"."""
        if value is None:
            return self.none_text or "none"
        if self.choices:
            return next(word for word, each in self.choices.items() if each == value)
        if self.kind is bool:
            return "yes" if value else "no"
        if self.unit == POINTS:
            return points_text(value)
        number = f"{100 * value if self.is_share else value:.10g}"
        return f"{number} {self.unit}" if self.unit else number

    def brief_of(self, value: Any) -> str:
        """The summary of a chosen value; the label with the value where there is no `brief`."""
        if not self.brief:
            return f"{self.label.lower()} {self.text_of(value)}"
        return self.brief.format(points_text(value) if self.unit == POINTS else value)

    def __repr__(self) -> str:
        return f"Setting({self.name})"
