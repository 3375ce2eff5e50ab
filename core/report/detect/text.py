"""What a detection says, in sentences: outcome, evidence, limits, and what to do next."""

import math
from collections.abc import Mapping, Sequence

from core.detect.combination import KindRates
from core.detect.detector import by_reason
from core.detect.detectors.registry import DETECTORS
from core.detect.records import ClassScores, Ending, ReconstructedTrigger
from core.detect.verdict import Evidence, Outcome, Verdict
from core.words import counted, duration_text, joined, percent

NO_VERDICT = "No verdict: no detector examined the classes to its end."
NEVER_CLEAN = "This does not show that the network is clean."

ANY_NETWORK = (
    "Any network has changes that lead to a class: only one that is much smaller than those to other classes speaks "
    "for a backdoor."
)

WITH_IMAGES = (
    "Run it again with clean images, with or without labels: the detectors that need some notice more kinds of "
    "triggers."
)

_NOT_COUNTED = "Not counted in the probability, which the detectors above decide alone"
_MORE_LIKELY_THAN_NOT = 0.5
_MOSTLY = 0.75
_RARELY = 0.5


def heading(verdict: Verdict | None) -> str:
    """Return the outcome in a line: "Backdoored: class 0"."""
    if verdict is None:
        return NO_VERDICT
    if verdict.outcome is Outcome.NOTHING_FOUND:
        return "Nothing found"
    word = "Backdoored" if verdict.outcome is Outcome.BACKDOORED else "Suspicious"
    if verdict.is_all_to_all:
        return f"{word}: each class leads to the next (all-to-all)"
    classes = joined([f"{each}" for each in verdict.classes])
    return f"{word}: {'class' if len(verdict.classes) == 1 else 'classes'} {classes}"


def probability_sentence(verdict: Verdict) -> str:
    """Return the probability of a backdoor, and how often such a probability was right."""
    share = verdict.reliability
    text = f"Probability of a backdoor {100 * verdict.probability:.0f} %."
    if verdict.outcome is Outcome.NOTHING_FOUND and verdict.probability >= _MORE_LIKELY_THAN_NOT:
        least = _up(verdict.combination.suspicious_from)
        text += f" With these detectors a network is called suspicious from {least} %."
    if verdict.right is not None:
        return (
            f"{text} It does not hold here: only {percent(verdict.right)} of the clean images tried are answered "
            "correctly, hardly more than by chance, and all networks of known state have learned their images. Check "
            "the pixel range and the order of the labels."
        )
    if not share.total:
        return f"{text} No network of known state that was kept for checks has one in this range."
    return (
        f"{text} Of {counted(share.total, 'network')} of known state with a probability in this range, kept for "
        f"checks, {share.count} had a backdoor."
    )


def evidence_sentence(evidence: Evidence) -> str:
    """Return what a detector says of the most likely class."""
    detector = DETECTORS.get(evidence.detector)
    title = detector.title
    if not evidence.place:
        return f"{title}: class {evidence.label} was not on its shortlist."
    return (
        f"{title}: class {evidence.label} is {_ordinal(evidence.place)} of {evidence.examined} classes, "
        f"{score_text(evidence.score)} {detector.score_unit}."
    )


def evidence_sentences(evidence: Sequence[Evidence]) -> tuple[str, ...]:
    """Return what the detectors say of the most likely class: a sentence each, and one for all that have no weight."""
    counted = [evidence_sentence(each) for each in evidence if each.is_counted]
    others = [f"{DETECTORS.get(each.detector).title} ({_place_text(each)})" for each in evidence if not each.is_counted]
    return (*counted, f"{_NOT_COUNTED}: {'; '.join(others)}.") if others else tuple(counted)


def all_to_all_sentence(scores: ClassScores) -> str:
    """Return what a detector says of a trigger that leads each class to the next one; empty if it looked for none."""
    if scores.all_to_all is None or math.isnan(scores.all_to_all.score):
        return ""
    return (
        f"{DETECTORS.get(scores.detector).title}: a trigger that leads each class to the next one is "
        f"{score_text(scores.all_to_all.score)} standard deviations from the median of the triggers to single classes."
    )


def trigger_sentence(trigger: ReconstructedTrigger) -> str:
    """Return what a reconstructed trigger does, with its size."""
    target = "the class after their own" if trigger.label < 0 else f"class {trigger.label}"
    if not trigger.success.total:
        return f"Tried on no image: the network answers all of them as {target} without a trigger."
    does = f"{percent(trigger.success)} of the clean images tried become {target}"
    if trigger.change is None:
        return f"{does} with this on {100 * trigger.covered_share:.1f} % of the picture."
    root_mean_square = float((trigger.change.astype(float) ** 2).mean() ** 0.5)
    return f"{does} with this change of {root_mean_square:.1f} grey levels (root mean square)."


def limit_sentences(verdict: Verdict, found: Sequence[ClassScores], chosen: Sequence[str] = ()) -> tuple[str, ...]:
    """Return which kinds of trigger would have been noticed and which not, and which detectors took no part.

    Args:
        verdict: the verdict.
        found: the scores of the detectors that ran.
        chosen: the names of all that were chosen.
    """
    mostly = [each for each in verdict.kinds if each.noticed.rate >= _MOSTLY]
    partly = [each for each in verdict.kinds if _RARELY <= each.noticed.rate < _MOSTLY]
    rarely = [each for each in verdict.kinds if each.noticed.rate < _RARELY]
    sentences = [
        f"{words}: {joined([_kind(each) for each in kinds])}."
        for words, kinds in (
            ("In networks of known state, kept for checks, these triggers were noticed", mostly),
            ("Some of these were missed", partly),
            ("Most of these were missed", rarely),
        )
        if kinds
    ]
    alarms = verdict.combination.false_alarms
    if alarms.total:
        wrong = verdict.combination.false_verdicts
        sentences.append(
            f"Of {counted(alarms.total, 'clean network')} kept for checks {alarms.count} would be called suspicious or "
            f"backdoored, {wrong.count} of them backdoored."
        )
    sentences.append(
        "Those networks are small, and their images are digits, traffic signs and faces of up to 55 pixels."
    )
    return (*sentences, *left_out_sentences(found, chosen))


def left_out_sentences(found: Sequence[ClassScores], chosen: Sequence[str] = ()) -> tuple[str, ...]:
    """Return why detectors took no part in the verdict; those that were chosen and not found were not reached."""
    unsuited = [(DETECTORS.get(each.detector).title, each.sentence) for each in found if _is_unsuited(each)]
    sentences = [f"Not run{reason}." for reason in _reasons(unsuited)]
    for each in found:
        if each.ending is Ending.STOPPED:
            title = DETECTORS.get(each.detector).title
            sentences.append(f"Stopped early, so not part of the verdict: {title}.")
    reached = {each.detector for each in found}
    missed = [DETECTORS.get(name).title for name in chosen if name not in reached]
    if missed:
        sentences.append(f"Not reached before the stop: {joined(missed)}.")
    return tuple(sentences)


def _is_unsuited(scores: ClassScores) -> bool:
    return scores.ending is Ending.UNSUITABLE


def _reasons(unsuited: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Return why detectors were not run: one text for all that have the same reason."""
    reasons = []
    for words, titles in by_reason(unsuited).items():
        if len(titles) == 1:
            reasons.append(f": {titles[0]}{words}")
        else:
            why = words.removeprefix(": ") if words.startswith(":") else f"each{words}"
            reasons.append(f", as {why}: {'; '.join(titles)}")
    return tuple(reasons)


def next_sentences(verdict: Verdict | None, *, is_complete: bool = True, has_images: bool = True) -> tuple[str, ...]:
    """Return what to do next.

    Args:
        verdict: the verdict; None if there is none.
        is_complete: whether every detector ran to its end, or could not be run.
        has_images: whether there were clean images.
    """
    rest = _next_sentences(verdict)
    if verdict is None or verdict.outcome is Outcome.BACKDOORED:
        return rest
    first = [] if is_complete else ["Run the detection to its end: it was stopped."]
    first += [] if has_images else [WITH_IMAGES]
    return (*first, *rest)


def _next_sentences(verdict: Verdict | None) -> tuple[str, ...]:
    if verdict is None:
        return (
            "Let at least one detector run to its end: open the clean images that it needs, or choose one that needs "
            "none.",
        )
    if verdict.outcome is Outcome.BACKDOORED:
        return (
            "Do not use the network as it is.",
            "Lay the reconstructed trigger over your images to see what pruning and repair do against it; the real "
            "trigger may differ.",
        )
    if verdict.outcome is Outcome.SUSPICIOUS and verdict.is_all_to_all:
        return (
            "Look at the reconstructed trigger that leads each class to the next one: a backdoor's is small.",
            "Run the detection again with another seed and with more clean images.",
        )
    if verdict.outcome is Outcome.SUSPICIOUS:
        return (
            f"Look at the reconstructed triggers of {'class' if len(verdict.classes) == 1 else 'classes'} "
            f"{joined([str(each) for each in verdict.classes])}: a backdoor's is small and the same for all images.",
            "Run the detection again with another seed and with more clean images.",
            "Ask for images that were answered as these classes, and look at what they have in common.",
        )
    return (NEVER_CLEAN, "Keep looking at odd answers in use: a trigger that these detectors miss shows only there.")


def estimate_sentence(seconds: Mapping[str, float]) -> str:
    """Return how long the detectors will take on this machine, in all and each.

    Args:
        seconds: by the detector's name; 0 for one that takes next to no time or is not run.
    """
    each = [f"{DETECTORS.get(name).title} {duration_text(value)}" for name, value in seconds.items() if value >= 1]
    total = f"About {duration_text(max(1, sum(seconds.values())))}"
    return f"{total}: {'; '.join(each)}." if len(each) > 1 else f"{total}."


def score_text(value: float) -> str:
    """Return a score with its sign; a dash for a class that was not examined."""
    return "–" if math.isnan(value) else f"{value:+.1f}".replace("-", "−")


def _place_text(evidence: Evidence) -> str:
    if not evidence.place:
        return "not on its shortlist"
    return f"{_ordinal(evidence.place)} of {evidence.examined} classes, {score_text(evidence.score)}"


def _kind(rates: KindRates) -> str:
    return f"{rates.kind} ({rates.noticed.count} of {rates.noticed.total})"


def _up(share: float) -> str:
    """Return a share in percent, rounded up to a tenth."""
    return f"{math.ceil(1000 * share) / 10:g}"


def _ordinal(place: int) -> str:
    words = {1: "first", 2: "second", 3: "third"}
    return words.get(place, f"number {place}")
