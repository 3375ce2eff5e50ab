"""The record of a comparison's report; no Keras."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core.compare.comparison import (
    ATTACK_BAR,
    BASE_NAME,
    CLEAN_BAR,
    Comparison,
    ComparisonRow,
    clean_share,
    is_over_the_bar,
    pareto_names,
)
from core.data.interpretation_text import set_notes
from core.findings.scale_finding import ScaleFinding
from core.metrics.figures import Figure, by_set, figures_of, shares_of, titles
from core.metrics.network_scores import SWEEP_ROLES, NetworkKind, NetworkScores, SetRole
from core.network.confidence import compared_level_text
from core.records import Interpretation, Share, SweepPoint
from core.report.origin import Origin, describe_origin
from core.words import attack_word, joined, printable

if TYPE_CHECKING:
    from core.network.inputs import EvaluationInputs

NO_ATTACK = (
    "No poisoned set was given: clean accuracy alone does not show which repair is better, so there is no scatter."
)
VALIDATION_NOTE = (
    "A network that was refitted on validation images is more accurate and confident on them than on others, so its "
    "validation figures are too good. Use the test set."
)


@dataclass(frozen=True, slots=True)
class NetworkFile:
    """The file of a repaired network.

    Attributes:
        path: as given by the person.
        sha256: hash of the file.
    """

    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class TableLine:
    """The figures of one network: B, B′ or one of the Gs.

    Attributes:
        label: the network.
        shares: one per column of the table; None if there is none.
    """

    label: str
    shares: tuple[Share | None, ...]


@dataclass(frozen=True, slots=True)
class TableGroup:
    """B, or one repaired network with its Gs.

    Attributes:
        number: its number in drawings, from 1; 0 for B.
        name: its unique name.
        how: how it was made; "" for B.
        is_best: whether no other repaired network beats it.
        lines: its figures.
    """

    number: int
    name: str
    how: str
    is_best: bool
    lines: tuple[TableLine, ...]

    @property
    def mark(self) -> str:
        """Its mark in drawings: "B", "1"."""
        return str(self.number) if self.number else BASE_NAME


@dataclass(frozen=True, slots=True, eq=False)
class ComparisonReport:
    """One comparison with its origin.

    Attributes:
        origin: the input files and how to repeat the comparison.
        files: the opened file of each row; None if the network did not come from a file.
        comparison: the figures.
    """

    origin: Origin
    files: tuple[NetworkFile | None, ...]
    comparison: Comparison

    def __repr__(self) -> str:
        return f"ComparisonReport({self.origin.model_path}, {len(self.comparison.rows)} repaired networks)"


def describe_comparison(
    inputs: "EvaluationInputs",
    comparison: Comparison,
    *,
    files: Sequence[NetworkFile | None] | None = None,
    scale_finding: ScaleFinding | None = None,
    command_line: Sequence[str] = (),
    created: datetime | None = None,
) -> ComparisonReport:
    """Collect a finished comparison for a report.

    Args:
        inputs: B, and the sets it was measured on.
        comparison: the figures.
        files: the opened file of each row; None if no network came from a file.
        scale_finding: how the pixel range was found; None if it was given.
        command_line: the arguments typed after `python main.py`.
        created: time of creation; None uses the current time.
    """
    origin = describe_origin(
        inputs,
        interpretations=_interpretations(comparison),
        scale_finding=scale_finding,
        clean_share=clean_share(comparison.base),
        command_line=command_line,
        created=created,
    )
    return ComparisonReport(
        origin=origin,
        files=tuple(files) if files is not None else (None,) * len(comparison.rows),
        comparison=comparison,
    )


def columns_of(comparison: Comparison) -> tuple[str, ...]:
    """Return the table's headings: clean accuracies and ASR, then what G flags."""
    return titles(_figures(comparison), [printable(each) for each in comparison.poisoned_names])


def prediction_column_count(comparison: Comparison) -> int:
    """Return the number of columns before those of what G flags."""
    predictions = [each for each in _figures(comparison) if not each.is_of_flags]
    return len(titles(predictions, comparison.poisoned_names))


def groups_of(comparison: Comparison) -> tuple[TableGroup, ...]:
    """Return the table's rows: B first, then for each repaired network B′ and each measured G."""
    best = pareto_names(comparison)
    base = TableGroup(0, BASE_NAME, "", False, (_line(BASE_NAME, comparison.base, NetworkKind.PRUNED, comparison),))
    rows = enumerate(comparison.rows, start=1)
    return (base, *(_group(number, row, row.name in best, comparison) for number, row in rows))


def sentences_of(comparison: Comparison) -> tuple[str, ...]:
    """Return the conclusions from the figures."""
    if not comparison.poisoned_names:
        return (NO_ATTACK,)
    marks = {row.name: str(number) for number, row in enumerate(comparison.rows, start=1)}
    best = [marks[name] for name in pareto_names(comparison)]
    role = "validation" if comparison.test_name is None else "test"
    asr = attack_word(comparison.poisoned_names)
    sentences = [
        f"{joined(best)} {'is' if len(best) == 1 else 'are'} beaten by no other: none is at least as good in both "
        f"clean {role} accuracy and {asr} of B′, and better in one."
    ]
    over = [marks[row.name] for row in comparison.rows if is_over_the_bar(row.by_agreement)]
    bar = f"at least {100 * CLEAN_BAR:g} % clean {role} accuracy at no more than {100 * ATTACK_BAR:g} % {asr}"
    if over:
        sentences.append(f"{joined(over)} {'keeps' if len(over) == 1 else 'keep'} {bar}.")
    else:
        sentences.append(f"None keeps {bar}.")
    return tuple(sentences)


def levels_of(comparison: Comparison) -> tuple[str, ...]:
    """Return the confidence level of each repaired network that has one, with the network's number."""
    return tuple(
        f"{number}: {compared_level_text(row.level, is_given=row.is_level_given, is_held_out=row.is_held_out)}"
        for number, row in enumerate(comparison.rows, start=1)
        if row.level is not None
    )


def notes_of(comparison: Comparison) -> tuple[str, ...]:
    """Return notes on the figures."""
    return (VALIDATION_NOTE, *set_notes(comparison.poisoned_names, _interpretations(comparison)))


def _interpretations(comparison: Comparison) -> tuple[Interpretation | None, ...]:
    """Return how each poisoned set was understood; None for all if that is unknown for one."""
    known, count = comparison.interpretations, len(comparison.poisoned_names)
    return known if len(known) == count else (None,) * count


def network_files(paths: Sequence[Path], hashes: Sequence[str]) -> tuple[NetworkFile, ...]:
    """Return the file records of repaired networks."""
    return tuple(NetworkFile(os.fspath(path), sha256) for path, sha256 in zip(paths, hashes, strict=True))


def _group(number: int, row: ComparisonRow, is_best: bool, comparison: Comparison) -> TableGroup:
    lines = [
        _line("B′", row.by_agreement, NetworkKind.PRUNED, comparison),
        _line("G (agreement)", row.by_agreement, NetworkKind.REPAIRED, comparison),
    ]
    if row.by_confidence is not None:
        lines.append(_line("G (confidence)", row.by_confidence, NetworkKind.REPAIRED, comparison))
    return TableGroup(number, row.name, row.how, is_best, tuple(lines))


def _line(label: str, point: SweepPoint, network: NetworkKind, comparison: Comparison) -> TableLine:
    return TableLine(label, shares_of(_figures(comparison), NetworkScores.of_point(point, network)))


def _figures(comparison: Comparison) -> tuple[Figure, ...]:
    """Return the figures on the loaded sets."""
    return by_set(
        figures_of(roles=[role for role in SWEEP_ROLES if comparison.test_name is not None or role is not SetRole.TEST])
    )
