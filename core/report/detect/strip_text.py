"""What STRIP says of one picture, in sentences."""

import math

from core.detect.strip.records import Separation, StripEvidence, TriggeredSet
from core.words import counted

QUESTION = "Does the answer survive blending with clean pictures?"
NOT_A_VERDICT = "This is evidence, not a verdict: some clean pictures keep their answer, and some triggers lose it."
NO_TRIGGERED = (
    "How well this tells triggered from clean pictures on this network is not known: no triggered pictures are open."
)


def kept_sentence(evidence: StripEvidence) -> str:
    """Return how many blends keep the answer, and how many that is for clean pictures."""
    kept = evidence.kept
    text = f"Blended with {kept.total} clean pictures, it stays class {evidence.label} in {kept.count}"
    usual = evidence.usual_kept_count
    return f"{text}." if math.isnan(usual) else f"{text} (clean pictures: median {usual:g})."


def short_kept(evidence: StripEvidence) -> str:
    """Return the same in a line, such as "63 of 64 blends keep class 0 (clean: 12)"; 12 is the median."""
    kept, usual = evidence.kept, evidence.usual_kept_count
    text = f"{kept.count} of {kept.total} blends keep class {evidence.label}"
    return text if math.isnan(usual) else f"{text} (clean: {usual:g})"


def place_sentence(evidence: StripEvidence, *, is_whole: bool = True) -> str:
    """Return the picture's place among clean pictures.

    Args:
        evidence: the evidence.
        is_whole: whether all clean pictures are measured that will be.
    """
    if not len(evidence.calibration.clean):
        return ""
    so_far = "" if is_whole else " measured so far"
    return (
        f"The entropy of its blends' answers, {evidence.entropy:.2f} bits, is lower than for {evidence.higher_entropy} "
        f"clean pictures{so_far}; {evidence.fewer_kept} keep their answer in fewer blends."
    )


def short_place(evidence: StripEvidence) -> str:
    """Return the picture's place by entropy in a line."""
    return f"entropy lower than {evidence.higher_entropy} clean pictures" if len(evidence.calibration.clean) else ""


def triggered_sentence(known: TriggeredSet) -> str:
    """Return how well STRIP tells the pictures of a poisoned set from clean ones on this network."""
    total = known.by_entropy.false_acceptances.total
    return (
        f"On this network {counted(total, 'picture')} of {known.name} are told from clean ones with AUROC "
        f"{_figures(known.by_entropy)} by entropy, {_figures(known.by_kept)} by kept answers."
    )


def evidence_sentences(evidence: StripEvidence, *, is_whole: bool = True) -> tuple[str, ...]:
    """Return all that is known, and what it does not mean.

    Args:
        evidence: the evidence.
        is_whole: whether all clean pictures are measured that will be.
    """
    known = [triggered_sentence(each) for each in evidence.calibration.triggered] or [NO_TRIGGERED]
    place = place_sentence(evidence, is_whole=is_whole)
    return (kept_sentence(evidence), *([place] if place else []), *known, NOT_A_VERDICT)


def _figures(separation: Separation) -> str:
    return (
        f"{separation.auroc:.2f} ({separation.false_acceptances} accepted while {separation.false_rejections} clean "
        f"ones are rejected)"
    )
