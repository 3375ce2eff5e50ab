"""The record of a pruning report."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from core.report.origin import Origin, are_files, describe_origin, opening_words
from core.sweep.records import Sweep
from core.sweep.stops import Stop

if TYPE_CHECKING:  # these import Keras; writing a report does not need it
    from core.sweep.inspection import Inspection, InspectionRequest


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """One inspection with its origin.

    Attributes:
        origin: the input files and the command; poisoned sets in the order of `sweep.poisoned_sets`.
        sweep: the whole curve.
        stops: the rows of the results table.
        is_command_line_typed: whether a person typed the command; the window generates an equivalent one.
    """

    origin: Origin
    sweep: Sweep
    stops: tuple[Stop, ...]
    is_command_line_typed: bool

    def __post_init__(self) -> None:
        if len(self.origin.poisoned) != len(self.sweep.poisoned_sets):
            raise ValueError(
                f"poisoned must have one file per set of the sweep ({len(self.sweep.poisoned_sets)}), "
                f"got {len(self.origin.poisoned)}"
            )

    def __repr__(self) -> str:
        return f"Report({self.origin.model_path}, {self.sweep!r})"


def describe_inspection(
    request: "InspectionRequest",
    inspection: "Inspection",
    *,
    stops: Sequence[Stop],
    command_line: Sequence[str] | None = None,
    created: datetime | None = None,
    not_saved: Sequence[str] = (),
) -> Report:
    """Collect a finished inspection for a report.

    Args:
        request: the request.
        inspection: its result.
        stops: the rows of the results table.
        command_line: the arguments typed after `python main.py`; None generates an equivalent command.
        created: time of creation; None uses the current time.
        not_saved: why networks could not be saved, a sentence each.
    """
    sweep = inspection.sweep
    start = sweep.points[0].validation
    is_typed = command_line is not None
    origin = describe_origin(
        request.inputs,
        interpretations=[each.interpretation for each in sweep.poisoned_sets],
        scale_finding=inspection.scale_finding,
        clean_share=start.pruned if start else None,
        command_line=_command_line(request, sweep, stops) if command_line is None else command_line,
        created=created,
        not_saved=not_saved,
    )
    return Report(origin=origin, sweep=sweep, stops=tuple(stops), is_command_line_typed=is_typed)


def _command_line(request: "InspectionRequest", sweep: Sweep, stops: Sequence[Stop]) -> tuple[str, ...]:
    if not are_files(request.inputs):
        return ()
    words = opening_words("prune", request.inputs)
    words += ["--layer", sweep.ranking.layer.name]
    if sweep.reader is not None:
        words += ["--reader", sweep.reader]
    if sweep.ranking.layer.tensor is not None:
        words += ["--tensor", sweep.ranking.layer.tensor.value]
    thresholds = dict.fromkeys(f"{100 * stop.threshold:.6g}" for stop in stops if stop.threshold is not None)
    words += ["--order", sweep.ranking.kind.name, "--thresholds", ",".join(thresholds)]
    return (*words, *sweep.scale.option_words, "--out", "inspection")
