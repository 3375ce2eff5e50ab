"""The verdict on a curve, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.data.cautions import TEST_IS_VALIDATION
from core.order.anp_settings import AnpSettings
from core.records import Share, Side, SweepPoint
from core.report.prune.shape_text import (
    NEED_REFIT,
    doubt_sentence,
    few_channels_sentence,
    shape_advice,
    shape_names,
    shape_sentence,
)
from core.sweep.curve_shape import CurveShape, ShapeFinding, find_shapes
from core.sweep.records import Sweep, open_readers_text
from core.sweep.stops import Stop
from core.words import joined, percent, points_text, printable

IN_VIEW_COUNT = 4
"""Number of sentences shown with the headline; the others go into a list below."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on a curve.

    Attributes:
        headline: the shape of the curve in a sentence with its figures, and advice. With several poisoned sets, it
            describes the worst and names the shapes of the others.
        sentences: the reasons, one statement each, most important first; further cautions come first.
        shapes: the shape of each poisoned set's curve, worst first; empty if a caution rules out a conclusion.
    """

    headline: str
    sentences: tuple[str, ...]
    shapes: tuple[ShapeFinding, ...] = ()


def find_verdict(sweep: Sweep, stops: Sequence[Stop], cautions: Sequence[str] = ()) -> Verdict:
    """Describe the shape of the curve, what to do, how far ASR fell at each stop, and which layers bypass the pruning.

    Args:
        sweep: a complete curve.
        stops: the rows of its results table; the steps before crossing are described, as they keep the threshold.
        cautions: warnings about the files (`core.data.cautions`). The first replaces the headline, and no conclusion is
            drawn from the figures, which are still stated; `TEST_IS_VALIDATION` only follows the headline.
    """
    mild = [each for each in cautions if each == TEST_IS_VALIDATION]
    cautions = [each for each in cautions if each != TEST_IS_VALIDATION]
    kept = [stop for stop in stops if stop.side is Side.BEFORE and stop.point is not None]
    shapes = find_shapes(sweep)
    sentences = [*_oracle(sweep), *cautions[1:], *mild]
    for place, finding in enumerate(shapes):
        if not cautions:
            sentences += [shape_sentence(sweep, finding), shape_advice(sweep, finding)] if place else []
            sentences += [doubt for doubt in [doubt_sentence(finding)] if doubt]
        sentences += _facts(kept, finding)
    sentences += _bypass_sentences(sweep)
    if not cautions and any(each.shape in NEED_REFIT for each in shapes):
        sentences += [each for each in [few_channels_sentence(sweep)] if each]
    sentences += [*_dead_channels(sweep), *_about_repaired(sweep, kept)]
    sentences += [masks_sentence(sweep.mask_settings)] if sweep.mask_settings else []
    if cautions:
        return Verdict(f"Caution: {cautions[0]}", tuple(sentences))
    return Verdict(_headline(sweep, shapes), tuple(sentences), shapes)


def bypass_sentence(sweep: Sweep) -> str:
    """Say which layers still read the pruned channels, and what to do; "" if none does."""
    if sweep.bypass is None:
        return ""
    return (
        f"Bypass: only {sweep.bypass.cut_reader} stopped reading the pruned channels of {sweep.bypass.layer}; "
        f"{open_readers_text(sweep.bypass)} them, so a trigger can bypass the pruning. "
        f"Prune the channels' output instead, for every reader."
    )


def masks_sentence(settings: AnpSettings) -> str:
    """Say how the masks that define the order were found."""
    return (
        f"The channels are pruned in the order of their masks (adversarial neuron pruning, ANP), the smallest first. "
        f"The masks were optimized in {settings.iterations} steps against adversarial noise on "
        f"{100 * (1 - settings.held_out_share):g} % of the clean validation images."
    )


def _headline(sweep: Sweep, shapes: Sequence[ShapeFinding]) -> str:
    worst, *others = shapes
    parts = [shape_sentence(sweep, worst), shape_advice(sweep, worst)]
    if others:
        named = [f"{printable(each.poisoned_set.name)} {shape_names(each)}" for each in others if each.poisoned_set]
        parts.append(f"Further sets: {', '.join(named)}.")
    return " ".join(parts)


def _facts(kept: Sequence[Stop], finding: ShapeFinding) -> list[str]:
    """Return the counts."""
    base = finding.attack(finding.start)
    if finding.poisoned_set is None or not base.total:
        return []
    facts = [
        f"Unpruned, {_count_and_rate(base)} images of {printable(finding.poisoned_set.name)} get their target label."
    ]
    parts = [
        f"{finding.attack(stop.point)} at {points_text(stop.threshold)} "
        f"({stop.channels_left} channel{'' if stop.channels_left == 1 else 's'} left)"
        for stop in kept
        if stop.point is not None and stop.threshold is not None
    ]
    if parts and finding.shape is not CurveShape.NO_ATTACK:
        facts.append(
            f"Pruned as far as the allowed drop of clean validation accuracy permits, {joined(parts)} still do."
        )
    return facts


def _oracle(sweep: Sweep) -> list[str]:
    if not sweep.ranking.kind.is_oracle:
        return []
    return [
        "The order is an oracle: it was found by looking at poisoned images, which a defender does not have. The curve "
        "shows what pruning could do at best, not what it does."
    ]


def _bypass_sentences(sweep: Sweep) -> list[str]:
    return [bypass_sentence(sweep)] if sweep.bypass is not None else []


def _dead_channels(sweep: Sweep) -> list[str]:
    ranking = sweep.ranking
    if not ranking.dead_count:
        return []
    verb = "is" if ranking.dead_count == 1 else "are"
    return [
        f"{ranking.dead_count} of {ranking.layer.channel_count} channels {verb} zero on every clean validation image; "
        f"pruning them changes no answer on these images."
    ]


def _about_repaired(sweep: Sweep, kept: Sequence[Stop]) -> list[str]:
    sentences: list[str] = []
    for stop in kept:
        if stop.point is None or stop.threshold is None:
            continue
        alarms = [f"{_count_and_rate(share)} clean {role} images" for role, share in _alarms(stop.point)]
        detections = [
            f"{_count_and_rate(score.flagged)} images of {printable(each.name)}"
            for each, score in zip(sweep.poisoned_sets, stop.point.poisoned, strict=True)
        ]
        caught = f"{joined(detections)} (detection), and " if detections else ""
        meaning = "" if sentences else " (answers “backdoored” to)"
        sentences.append(
            f"At {points_text(stop.threshold)} the repaired network G flags{meaning} {caught}{joined(alarms)} "
            f"(false alarm)."
        )
    return sentences


def _alarms(point: SweepPoint) -> list[tuple[str, Share]]:
    pairs = (("validation", point.validation), ("test", point.test))
    return [(role, score.flagged) for role, score in pairs if score is not None]


def _count_and_rate(share: Share) -> str:
    return f"{share} ({percent(share)})"
