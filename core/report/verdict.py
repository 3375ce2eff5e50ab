"""What a curve says, in plain words."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.channels import Order
from core.records import Bypass, Share, Side, Stop, Sweep, SweepPoint
from core.words import joined, percent, points_text, printable

FIRES_RATE = 0.5
"""From this attack success rate on, the trigger is said to work."""

IN_VIEW_COUNT = 4
"""So many sentences stand with the headline; the others are a list for whoever wants to know more."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found.

    Attributes:
        headline: the finding in one sentence.
        sentences: what it rests on, one thought each, the weightiest first; further cautions stand before all others.
    """

    headline: str
    sentences: tuple[str, ...]


def find_verdict(sweep: Sweep, stops: Sequence[Stop], cautions: Sequence[str] = ()) -> Verdict:
    """Say how far the attack success rate fell at each stop, why, and who goes round the pruning.

    Args:
        sweep: a whole curve.
        stops: the rows of its results table; the steps before crossing are judged, as they honour the threshold.
        cautions: doubts about the files (`core.cautions`). The first takes the place of the headline, and nothing is
            concluded from the figures, which are told all the same.
    """
    kept = [stop for stop in stops if stop.side is Side.BEFORE and stop.point is not None]
    sentences = list(cautions[1:])
    headlines = []
    for index, each in enumerate(sweep.poisoned_sets):
        headline, facts, conclusions = _about_set(sweep, kept, index=index, name=printable(each.name))
        headlines.append(headline)
        sentences += facts if cautions else [*facts, *conclusions]
    sentences += [*_bypass_sentences(sweep), *_dead_channels(sweep), *_about_repaired(sweep, kept)]
    if cautions:
        return Verdict(f"Caution: {cautions[0]}", tuple(sentences))
    if sweep.bypass is not None and headlines:
        headlines.append(f"{_open_readers(sweep.bypass)} the pruned channels.")
    if not headlines:
        headlines = [
            "No poisoned set was given, so the curve shows what pruning costs but not what it does to a trigger."
        ]
    return Verdict(" ".join(headlines), tuple(sentences))


def bypass_sentence(sweep: Sweep) -> str:
    """Who still reads the pruned channels, and what to do; "" where nobody does."""
    if sweep.bypass is None:
        return ""
    return (
        f"Bypass: only {sweep.bypass.cut_reader} stopped reading the pruned channels of {sweep.bypass.layer}; "
        f"{_open_readers(sweep.bypass)} them, so a trigger can go round the pruning. "
        f"Prune the channels' output instead, for every reader."
    )


def _bypass_sentences(sweep: Sweep) -> list[str]:
    return [bypass_sentence(sweep)] if sweep.bypass is not None else []


def _open_readers(bypass: Bypass) -> str:
    return f"{joined(bypass.open_readers)} still {'reads' if len(bypass.open_readers) == 1 else 'read'}"


def _dead_channels(sweep: Sweep) -> list[str]:
    ranking = sweep.ranking
    if not ranking.dead_count:
        return []
    verb = "is" if ranking.dead_count == 1 else "are"
    return [
        f"{ranking.dead_count} of {ranking.layer.channel_count} channels {verb} zero on every clean validation image; "
        f"pruning them changes no answer to these."
    ]


def _about_set(sweep: Sweep, kept: Sequence[Stop], *, index: int, name: str) -> tuple[str, list[str], list[str]]:
    """The headline, what was counted, and what follows from it."""
    base = sweep.points[0].poisoned[index].pruned
    if not base.total:
        return (f"{name} holds no images.", [], [])
    if base.rate < FIRES_RATE:
        return (
            f"The images of {name} hardly fire this network: {_told(base)} get their target label.",
            [f"Unpruned, {_told(base)} images of {name} get their target label."],
            [f"So {name} shows no backdoor in this network, and its curve says little."],
        )
    facts = [f"Unpruned, {_told(base)} images of {name} get their target label."]
    if kept:
        facts.append(_at_the_stops(kept, index=index))
    reasons = _where_it_falls(sweep, kept, index=index, name=name)
    if not kept:
        return (f"The trigger of {name} works on the unpruned network; no threshold was asked for.", facts, reasons)
    last = kept[-1]
    left = last.point.poisoned[index].pruned if last.point else base
    drop = points_text(last.threshold or 0.0)
    if left.rate >= FIRES_RATE:
        headline = (
            f"Pruning does not remove the backdoor of {name}: at {drop} of accuracy, ASR is still {percent(left)}."
        )
    elif left.rate > 0.1 * base.rate:
        headline = f"Pruning weakens the backdoor of {name}: at {drop} of accuracy, ASR falls to {percent(left)}."
    else:
        headline = f"Pruning removes the backdoor of {name}: at {drop} of accuracy, ASR falls to {percent(left)}."
    return (headline, facts, reasons)


def _at_the_stops(kept: Sequence[Stop], *, index: int) -> str:
    parts = [
        f"{stop.point.poisoned[index].pruned} at {points_text(stop.threshold)} ({stop.channels_left} channels left)"
        for stop in kept
        if stop.point is not None and stop.threshold is not None
    ]
    return f"Pruned as far as the allowed drop of clean validation accuracy goes, {joined(parts)} still do."


def _where_it_falls(sweep: Sweep, kept: Sequence[Stop], *, index: int, name: str) -> list[str]:
    start = sweep.points[0].validation
    fallen = next((point for point in sweep.points if point.poisoned[index].pruned.rate < FIRES_RATE), None)
    if fallen is None:
        return [f"ASR of {name} never falls below one half, however many channels are pruned."]
    if fallen.validation is None or start is None:
        return []
    if fallen.pruned_count == sweep.ranking.layer.channel_count:
        return [f"ASR of {name} falls below one half only when no channel is left."]
    furthest = max((stop.point.pruned_count for stop in kept if stop.point), default=0)
    sentence = (
        f"ASR of {name} falls below one half at {fallen.pruned_count} pruned channels, where clean validation accuracy "
        f"is {percent(fallen.validation.pruned)} against {percent(start.pruned)} unpruned"
    )
    is_by_activation = sweep.ranking.kind is Order.ASCENDING
    if fallen.pruned_count > furthest and is_by_activation and sweep.bypass is None:
        return [
            f"{sentence}: on clean images the channels that carry the trigger are no less active than those that carry "
            f"the classes, so this order comes to them too late."
        ]
    return [f"{sentence}."]


def _about_repaired(sweep: Sweep, kept: Sequence[Stop]) -> list[str]:
    sentences = []
    for stop in kept:
        if stop.point is None or stop.threshold is None:
            continue
        alarms = [f"{_told(share)} clean {role} images" for role, share in _alarms(stop.point)]
        detections = [
            f"{_told(score.flagged)} images of {printable(each.name)}"
            for each, score in zip(sweep.poisoned_sets, stop.point.poisoned, strict=True)
        ]
        caught = f"{joined(detections)} (detection), and " if detections else ""
        sentences.append(
            f"At {points_text(stop.threshold)} the repaired network flags {caught}{joined(alarms)} (false alarm)."
        )
    return sentences


def _alarms(point: SweepPoint) -> list[tuple[str, Share]]:
    pairs = (("validation", point.validation), ("test", point.test))
    return [(role, score.flagged) for role, score in pairs if score is not None]


def _told(share: Share) -> str:
    return f"{share} ({percent(share)})"
