"""A setting that a person may change: its texts, unit and range, for the command, the window and the report."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from core.words import points_text

POINTS, PERCENT = "points", "%"


class Part(StrEnum):
    """The record of a repair that a setting belongs to."""

    TRAINING = "training"  # `core.refit.records.RefitSettings`
    MASKS = "masks"  # `core.order.anp_settings.AnpSettings`
    OWN = "own"  # no record: the method reads it by name


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Setting:
    """One setting, as a person sees and types it.

    Attributes:
        name: name of the field that holds the value.
        option: the command-line option, such as "--batch-size"; for a bool both, such as "--mirroring/--no-mirroring".
        label: label of its field in the window.
        help: what it does, a sentence without a full stop; the command's help and the window's tool tip.
        kind: int, float, bool, or str for one of `choices`.
        part: the record it belongs to.
        default: default value of a setting that belongs to no record; None means no value.
        lowest: the smallest number, as typed.
        highest: the largest number, as typed; None for no bound.
        ceiling: upper end of the window's field if there is no bound.
        unit: `POINTS` or `PERCENT` for a share in [0, 1] typed that way, else the counted noun, such as "images".
        step: step of an arrow key; 0 steps by a digit.
        decimals: decimals in the window's field.
        sample: the longest usual number; the window's field is wide enough for it.
        none_text: text of the window's field while there is no value.
        choices: for kind str, the words to type and their values.
        titles: the window's names for these words, if they differ.
        brief: summary of a chosen value, with the value as `{}`: "batch {}".
        is_in_main_form: whether the window always shows it, instead of under "More settings".
        stops_pruning: whether it alone decides where pruning stops, instead of the allowed drop.
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
        """Whether its value is a bool, whatever the words to type."""
        return self.kind is bool or set(self.choices.values()) == {True, False}

    @property
    def option_name(self) -> str:
        """The option's name in messages."""
        return self.option.split("/", maxsplit=1)[0]

    def value_of(self, typed: Any) -> Any:
        """Convert typed input to a value: points or percent to a share, a word to its value; None stays None.

        Args:
            typed: a number, a bool, or one of the words of `choices`.
        """
        if typed is None:
            return None
        if self.choices:
            return self.choices[str(typed)]
        return typed / 100 if self.is_share else typed

    def arguments_of(self, value: Any) -> list[str]:
        """Return the command-line arguments for a value: `["--batch-size", "8"]`."""
        if self.choices:
            return [self.option, next(word for word, each in self.choices.items() if each == value)]
        if self.kind is bool:
            yes, _, no = self.option.partition("/")
            return [yes if value else no]
        return [self.option, f"{100 * value if self.is_share else value:.10g}"]

    def text_of(self, value: Any) -> str:
        """Format a value for a report: "5.5 points", "20 %", "8 images", "yes", "none"."""
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
        """Format the summary of a chosen value; label and value if there is no `brief`."""
        if not self.brief:
            return f"{self.label.lower()} {self.text_of(value)}"
        return self.brief.format(points_text(value) if self.unit == POINTS else value)

    def __repr__(self) -> str:
        return f"Setting({self.name})"
