"""All that a report tells, gathered in one record."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core.cautions import find_cautions
from core.records import ModelSummary, ScaleFinding, Stop, Sweep

if TYPE_CHECKING:  # Keras comes with them; a report is written without it.
    from core.dataset import Dataset
    from core.inspection import Inspection, InspectionRequest


@dataclass(frozen=True, slots=True)
class InputFile:
    """A data file that a report is about.

    Attributes:
        path: as the person gave it.
        sha256: of the file.
        image_count: images in it.
        target_labels: the labels of a poisoned file, ascending; empty for a clean one.
    """

    path: str
    sha256: str
    image_count: int
    target_labels: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """One inspection, with where it came from.

    Attributes:
        model: the network that was inspected.
        model_path: its file, as the person gave it.
        validation: clean validation images.
        test: clean test images; None when not loaded.
        poisoned: poisoned sets, in the order of `sweep.poisoned_sets`.
        sweep: the whole curve.
        stops: the rows of the results table.
        scale_finding: how the pixel range was found; None when it was given.
        command_line: words that, after `python main.py`, do the same again.
        is_command_line_typed: whether a person typed it; the window makes up an equivalent one.
        created: when, with time zone.
        cautions: doubts about the files, gravest first.
    """

    model: ModelSummary
    model_path: str
    validation: InputFile
    test: InputFile | None
    poisoned: tuple[InputFile, ...]
    sweep: Sweep
    stops: tuple[Stop, ...]
    scale_finding: ScaleFinding | None
    command_line: tuple[str, ...]
    is_command_line_typed: bool
    created: datetime
    cautions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.poisoned) != len(self.sweep.poisoned_sets):
            raise ValueError(
                f"poisoned must have one file a set of the sweep ({len(self.sweep.poisoned_sets)}), "
                f"got {len(self.poisoned)}"
            )

    def __repr__(self) -> str:
        return f"Report({self.model_path}, {self.sweep!r})"


def describe_inspection(
    request: "InspectionRequest",
    inspection: "Inspection",
    *,
    stops: Sequence[Stop],
    command_line: Sequence[str] | None = None,
    created: datetime | None = None,
) -> Report:
    """Gather a finished inspection for a report.

    Args:
        request: what was asked.
        inspection: what was found.
        stops: the rows of the results table.
        command_line: what the person typed after `python main.py`; None makes up the one that does the same.
        created: when; None is now.
    """
    model = request.network.summary
    poisoned = tuple(input_file(each, is_poisoned=True) for each in request.poisoned)
    sweep = inspection.sweep
    start = sweep.points[0].validation
    cautions = find_cautions(
        class_count=model.class_count,
        validation=request.validation,
        test=request.test,
        poisoned=request.poisoned,
        scale_finding=inspection.scale_finding,
        clean_share=start.pruned if start else None,
    )
    is_typed = command_line is not None
    if command_line is None:
        command_line = _command_line(request, sweep, stops)
    return Report(
        model=model,
        model_path=os.fspath(model.path),
        validation=input_file(request.validation),
        test=input_file(request.test) if request.test is not None else None,
        poisoned=poisoned,
        sweep=sweep,
        stops=tuple(stops),
        scale_finding=inspection.scale_finding,
        command_line=tuple(command_line),
        is_command_line_typed=is_typed,
        created=created or datetime.now(UTC).replace(microsecond=0),
        cautions=cautions,
    )


def input_file(dataset: "Dataset", *, is_poisoned: bool = False) -> InputFile:
    """A data file as a report names it."""
    return InputFile(
        path=os.fspath(dataset.path),
        sha256=dataset.sha256,
        image_count=dataset.image_count,
        target_labels=tuple(dataset.target_labels) if is_poisoned else (),
    )


def _command_line(request: "InspectionRequest", sweep: Sweep, stops: Sequence[Stop]) -> tuple[str, ...]:
    words = ["prune", "--model", os.fspath(request.network.summary.path)]
    words += ["--validation", os.fspath(request.validation.path)]
    if request.test is not None:
        words += ["--test", os.fspath(request.test.path)]
    for each in request.poisoned:
        words += ["--poisoned", os.fspath(each.path)]
    words += ["--layer", sweep.ranking.layer.name]
    if sweep.reader is not None:
        words += ["--reader", sweep.reader]
    thresholds = dict.fromkeys(f"{100 * stop.threshold:.6g}" for stop in stops if stop.threshold is not None)
    words += ["--order", sweep.ranking.kind.value, "--thresholds", ",".join(thresholds)]
    return (*words, "--scale", sweep.scale.value, "--out", "inspection")
