"""A detection's page: one self-contained HTML file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.detect.detectors.registry import DETECTORS
from core.detect.records import ClassScores, Ending
from core.detect.verdict import Outcome
from core.export_file import write_file
from core.report.detect import null_chart
from core.report.detect.null_chart import NullChart, draw_null
from core.report.detect.record import DetectionReport, ShownTrigger, shown_classes
from core.report.detect.results import evidence_sentences, origin_sentences, steps_of, trigger_line, trigger_notes
from core.report.detect.text import (
    all_to_all_sentence,
    heading,
    limit_sentences,
    probability_sentence,
    score_text,
)
from core.report.detect.trigger_file import as_rgba
from core.report.image_uri import image_uri
from core.report.page import render
from core.words import NOTHING

BOX = {
    "width": null_chart.WIDTH,
    "height": null_chart.HEIGHT,
    "left": null_chart.LEFT,
    "right": null_chart.WIDTH - null_chart.RIGHT,
    "top": null_chart.TOP,
    "bottom": null_chart.HEIGHT - null_chart.BOTTOM,
}
FIRST_ROWS = 25
"""Number of classes that the table shows at once; the others unfold."""


@dataclass(frozen=True, slots=True)
class TriggerFigure:
    """A trigger on the page: its words, its picture, and pairs of images, as data URIs.

    Attributes:
        title: the class.
        words: which detector found it and what it does.
        alone: the trigger.
        pairs: image without and with the trigger, and the answers to both.
    """

    title: str
    words: str
    alone: str
    pairs: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A row of the table: the class, its probability in percent as a number and as text, and the detectors' scores."""

    label: int
    percent: float
    probability: str
    scores: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DetectorPart:
    """A detector on the page: its words and its chart."""

    title: str
    help: str
    source: str
    lines: tuple[str, ...]
    statistic: str
    chart: NullChart | None


def write_detection_html(path: Path, report: DetectionReport) -> None:
    """Write the page; it is self-contained, and every untrusted name is escaped.

    Raises:
        ExportError: the file could not be written.
    """
    write_file(path, detection_page_text(report))


def detection_page_text(report: DetectionReport) -> str:
    """Return the page as HTML text."""
    verdict, detection = report.verdict, report.detection
    return render(
        "detect.html.j2",
        report.origin,
        report=report,
        heading=heading(verdict),
        is_warning=verdict.outcome is not Outcome.NOTHING_FOUND,
        probability=probability_sentence(verdict),
        evidence=evidence_sentences(report),
        limits=limit_sentences(verdict, detection.scores, detection.request.names),
        next_steps=steps_of(report),
        triggers=[_figure(each) for each in report.triggers if each.examples or each.files],
        trigger_notes=trigger_notes(report),
        columns=[DETECTORS.get(each.detector).title for each in detection.scores],
        rows=_rows(report),
        first_rows=FIRST_ROWS,
        detectors=[_part(each, shown_classes(verdict)) for each in detection.scores],
        origin_sentences=origin_sentences(report),
        box=BOX,
    )


def _rows(report: DetectionReport) -> list[ClassRow]:
    rows = []
    for row in report.detection.as_rows():
        likely = row["probability"]
        scores = tuple(
            score_text(float("nan") if row[each.detector] is None else row[each.detector])
            for each in report.detection.scores
        )
        shown = NOTHING if likely is None else f"{100 * likely:.0f} %"
        rows.append(ClassRow(int(row["class"]), 0.0 if likely is None else round(100 * likely, 1), shown, scores))
    return rows


def _part(scores: ClassScores, marked: Sequence[int]) -> DetectorPart:
    detector = DETECTORS.get(scores.detector)
    lines = [f"{scores.ending.value[0].upper()}{scores.ending.value[1:]}, {scores.seconds:.1f} s."]
    if scores.ending is Ending.UNSUITABLE:
        lines = [f"Not run: {scores.sentence}."]
    elif scores.sentence:
        lines.append(scores.sentence)
    if of_all := all_to_all_sentence(scores):
        lines.append(of_all)
    return DetectorPart(
        detector.title,
        detector.help,
        detector.source,
        tuple(lines),
        detector.statistic_title,
        draw_null(scores, marked),
    )


def _figure(shown: ShownTrigger) -> TriggerFigure:
    pairs = tuple(
        (image_uri(each.before), image_uri(each.after), f"{each.answer_before} → {each.answer_after}")
        for each in shown.examples
    )
    title = "Each class to the next" if shown.trigger.label < 0 else f"Class {shown.trigger.label}"
    return TriggerFigure(title, trigger_line(shown), image_uri(as_rgba(shown.trigger)), pairs)
