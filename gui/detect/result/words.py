"""What the Detect page says of a detection."""

import math

import numpy as np
from numpy.typing import NDArray

from core.detect.detectors.registry import DETECTORS
from core.detect.records import NEXT_CLASS, ClassScores, Ending
from core.detect.verdict import Evidence, Outcome
from core.report.detect import text
from core.report.detect.text import all_to_all_sentence, evidence_sentence, score_text
from core.words import counted, duration_text
from gui.detect.class_images import image_counts
from gui.detect.result.class_list import ClassBar
from gui.state.detections import KeptDetection
from gui.theme import class_names
from gui.theme.formatting import probability_text

PROBABILITIES = "How likely each class is the target of a backdoor"
SCORES = "Largest score so far: distance from the other classes (logarithmic bars)"
ALL_TO_ALL_TIP = "A trigger that leads each class to the next one: an all-to-all attack"
INVERSIONS = ("patch-inversion", "whole-picture-inversion")  # detectors that reconstruct triggers
LARGEST_SCORE = 1e3  # a bar of full length


def caption(kept: KeptDetection) -> str:
    """Return what the bars show, and of how many classes."""
    total = kept.inputs.network.summary.class_count
    count = int(np.isfinite(kept.suspicion).sum())
    what = PROBABILITIES if kept.verdict is not None else SCORES
    of = f"{total:,} classes" if count == total else f"{count:,} of {total:,} classes"
    return f"{what}; {of}, the most suspicious first"


def class_bars(kept: KeptDetection) -> tuple[ClassBar, ...]:
    """Return the bars of all examined classes, the most suspicious first."""
    suspicion, verdict = kept.suspicion, kept.verdict
    named = {} if verdict is None else dict.fromkeys(verdict.classes, _colour(verdict.outcome))
    counts = image_counts(kept)
    bars = []
    for label in kept.ranked:
        if label == NEXT_CLASS and verdict is not None:
            text = probability_text(verdict.probability)
            colour = _colour(verdict.outcome)
            bars.append(ClassBar(label, "all to all", verdict.probability, text, colour, ALL_TO_ALL_TIP))
            continue
        value = float(suspicion[label])
        if verdict is not None:
            share, text = value, probability_text(value)
        else:
            share = math.log1p(max(value, 0.0)) / math.log1p(LARGEST_SCORE)
            text = score_text(value)
        bars.append(
            ClassBar(
                label,
                class_names.class_text(label, 16),
                share,
                text,
                named.get(label, "kept"),
                _tip(kept, label, counts),
            )
        )
    return tuple(bars)


def empty_trigger_text(kept: KeptDetection, label: int) -> str:
    """Return why no trigger of a class is shown."""
    if label < 0 and kept.is_over:
        return "No class was examined."
    makers = [each for each in kept.scores if each.triggers]
    if any(each.ending is not Ending.UNSUITABLE for each in makers):
        return f"No trigger of {class_names.class_text(label)} was reconstructed: the class is not on the shortlist."
    if not kept.is_over and kept.scores and kept.scores[-1].detector in INVERSIONS:
        return (
            "All classes are screened first: triggers appear here for the shortlist, and sharpen step by step on your "
            "own images."
        )
    if not kept.is_over:
        return "Triggers appear here when trigger inversion runs, and sharpen step by step on your own images."
    if kept.images is None:
        return "No trigger was reconstructed: trigger inversion needs clean images. Open some in “Clean validation”."
    return "No trigger was reconstructed: no detector that makes one was run."


def short_title(detector: str) -> str:
    """Return the name of a detector's triggers: "Patch"."""
    title = DETECTORS.get(detector).title
    short = title.rpartition(", ")[2]
    return short[:1].upper() + short[1:]


def evidence_sentences(kept: KeptDetection, label: int) -> tuple[str, ...]:
    """Return what each detector says of a class, and what its triggers mean if nothing was found."""
    found = _detector_sentences(kept, label)
    is_found = kept.verdict is None or kept.verdict.outcome is not Outcome.NOTHING_FOUND
    return found if is_found or not kept.triggers(label) else (*found, text.ANY_NETWORK)


def _detector_sentences(kept: KeptDetection, label: int) -> tuple[str, ...]:
    """Return what each detector says of a class; for the most likely one the strongest first."""
    verdict = kept.verdict
    pairs = tuple(sentence for each in kept.scores if (sentence := all_to_all_sentence(each)))
    if label == NEXT_CLASS:
        return pairs
    if verdict is not None and verdict.most_likely == label:
        return text.evidence_sentences(verdict.evidence)
    return tuple(
        evidence_sentence(evidence_of(each, label))
        for each in kept.scores
        if each.ending is not Ending.UNSUITABLE and len(each.examined)
    )


def class_name(label: int) -> str:
    """Return the name of a class as a title; empty for none."""
    if label == NEXT_CLASS:
        return "Each class to the next"
    return f"C{class_names.class_text(label)[1:]}" if label >= 0 else ""


def evidence_of(scores: ClassScores, label: int) -> Evidence:
    """Return what one detector found of a class, without its weight in the verdict."""
    places = np.flatnonzero(scores.ranked == label)
    return Evidence(
        detector=scores.detector,
        label=label,
        statistic=float(scores.statistic[label]),
        score=float(scores.scores[label]),
        place=int(places[0]) + 1 if len(places) else 0,
        examined=len(scores.examined),
        contribution=0.0,
    )


def figures_text(scores: ClassScores, label: int) -> str:
    """Return a detector's own figures of a class in a few words."""
    if scores.ending is Ending.UNSUITABLE:
        title = DETECTORS.get(scores.detector).title
        sentence = scores.sentence.removeprefix(title).lstrip(": ")
        return f"not run: {sentence}"
    if label == NEXT_CLASS:
        found_pairs = scores.all_to_all
        return "" if found_pairs is None else f"all to all: {score_text(found_pairs.score)}"
    found = evidence_of(scores, label)
    if not found.place:
        return f"{class_names.class_text(label)} not examined"
    return f"{class_names.class_text(label)}: {score_text(found.score)}\nplace {found.place:,} of {found.examined:,}"


def state_text(scores: ClassScores | None, *, is_over: bool) -> str:
    """Return how a detector's run ended and how long it took."""
    if scores is None:
        return "not reached" if is_over else "waiting"
    if scores.ending is Ending.UNSUITABLE:
        return ""
    if scores.ending is Ending.STOPPED:
        return "stopped early" if is_over else "running"
    return duration_text(scores.seconds) if scores.seconds >= 1 else "less than 1 s"


def _colour(outcome: Outcome) -> str:
    return "error" if outcome is Outcome.BACKDOORED else "warning"


def _tip(kept: KeptDetection, label: int, counts: NDArray[np.int64]) -> str:
    lines = [class_names.class_text(label, 80)]
    for each in kept.scores:
        if each.ending is not Ending.UNSUITABLE and np.isfinite(each.scores[label]):
            lines.append(f"{DETECTORS.get(each.detector).title}: {score_text(float(each.scores[label]))}")
    if label < len(counts) and counts[label]:
        lines.append(f"Double-click, or press Enter, to see the {counted(int(counts[label]), 'clean image')} of it")
    return "\n".join(lines)
