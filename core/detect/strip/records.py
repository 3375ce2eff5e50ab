"""What STRIP finds: entropies of blended pictures, how well they tell triggered pictures apart; no Keras."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.records import Share

LEAST_COUNT = 20  # of either: a false rejection rate of 5 % is one of 20


@dataclass(frozen=True, slots=True, eq=False)
class BlendedAnswers:
    """The answers for some pictures, each blended with the same clean pictures.

    Attributes:
        labels: shape (n,), int64, read-only: the answer for each picture alone.
        entropies: shape (n,), float64, in bits, read-only: the mean entropy of the answers for its blends.
        kept_counts: shape (n,), int64, read-only: its blends that are answered as the picture alone.
        blend_count: N, the number of clean pictures that each picture is blended with.
    """

    labels: NDArray[np.int64]
    entropies: NDArray[np.float64]
    kept_counts: NDArray[np.int64]
    blend_count: int

    def __post_init__(self) -> None:
        for each in (self.labels, self.entropies, self.kept_counts):
            each.flags.writeable = False

    def __len__(self) -> int:
        return len(self.labels)

    def followed_by(self, others: "BlendedAnswers") -> "BlendedAnswers":
        """Return these answers and those for further pictures, blended with the same clean pictures."""
        return BlendedAnswers(
            np.concatenate([self.labels, others.labels]),
            np.concatenate([self.entropies, others.entropies]),
            np.concatenate([self.kept_counts, others.kept_counts]),
            self.blend_count,
        )

    def __repr__(self) -> str:
        return f"BlendedAnswers({len(self)} pictures, {self.blend_count} blends each)"


def lack_of_pictures(name: str, count: int) -> str:
    """Return why a set has too few clean pictures, as a sentence without its full stop; empty if it has enough.

    Args:
        name: the set's name.
        count: the number of its pictures.
    """
    least = 2 * LEAST_COUNT
    if count >= least:
        return ""
    return (
        f"STRIP needs at least {least} clean pictures, {LEAST_COUNT} to blend with and {LEAST_COUNT} to compare with, "
        f"got {count} in '{name}'"
    )


def no_answers(blend_count: int) -> BlendedAnswers:
    """Return the answers for no picture."""
    return BlendedAnswers(np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64), blend_count)


@dataclass(frozen=True, slots=True)
class Separation:
    """How well a figure tells triggered from clean pictures, if pictures with a small suspicion are accepted.

    Attributes:
        auroc: area under the ROC curve, in [0, 1]: how often a triggered picture is more suspicious than a clean one;
            equally suspicious ones count one half.
        false_rejections: clean pictures that are rejected, at most 5 %.
        false_acceptances: triggered pictures that are then accepted.
    """

    auroc: float
    false_rejections: Share
    false_acceptances: Share


@dataclass(frozen=True, slots=True)
class TriggeredSet:
    """How well STRIP tells the pictures of a poisoned set from clean ones, on the network examined.

    Attributes:
        name: the set's name.
        by_entropy: by the mean entropy, as published.
        by_kept: by the number of blends that keep the picture's answer.
    """

    name: str
    by_entropy: Separation
    by_kept: Separation


@dataclass(frozen=True, slots=True, eq=False)
class StripCalibration:
    """What STRIP finds for pictures of known kind, by which that of another picture is judged.

    Attributes:
        clean: the answers for clean pictures that no picture is blended with.
        triggered: for each poisoned set how well it is told apart; empty if none is known.
    """

    clean: BlendedAnswers
    triggered: tuple[TriggeredSet, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class StripEvidence:
    """What STRIP finds for one picture: evidence, no verdict.

    Attributes:
        label: the network's answer for the picture alone.
        entropy: the mean entropy of the answers for its blends, in bits, from 0 to log2 K.
        kept: its blends that are answered as `label`.
        calibration: clean pictures, and triggered ones if some are known.
    """

    label: int
    entropy: float
    kept: Share
    calibration: StripCalibration

    @property
    def higher_entropy(self) -> Share:
        """The clean pictures whose entropy is higher than the picture's: many for a triggered picture."""
        entropies = self.calibration.clean.entropies
        return Share(int((entropies > self.entropy).sum()), len(entropies))

    @property
    def fewer_kept(self) -> Share:
        """The clean pictures of which fewer blends keep the answer: many for a triggered picture."""
        counts = self.calibration.clean.kept_counts
        return Share(int((counts < self.kept.count).sum()), len(counts))

    @property
    def usual_kept_count(self) -> float:
        """The median number of blends that keep a clean picture's answer; NaN for no clean pictures."""
        counts = self.calibration.clean.kept_counts
        return float(np.median(counts)) if len(counts) else float("nan")

    def __repr__(self) -> str:
        return f"StripEvidence(class {self.label}, {self.kept} kept, lower entropy than {self.higher_entropy})"


def evidence_of(answers: BlendedAnswers, calibration: StripCalibration, *, row: int = 0) -> StripEvidence:
    """Return the evidence for one of some pictures, blended with the same clean pictures as those of the calibration.

    Args:
        answers: the answers for the pictures.
        calibration: clean pictures, and triggered ones if some are known.
        row: which picture.
    """
    return StripEvidence(
        int(answers.labels[row]),
        float(answers.entropies[row]),
        Share(int(answers.kept_counts[row]), answers.blend_count),
        calibration,
    )


def plain(evidence: StripEvidence) -> dict[str, object]:
    """Return the evidence as plain JSON values."""
    calibration = evidence.calibration
    return {
        "label": evidence.label,
        "entropy_bits": evidence.entropy,
        "kept_count": evidence.kept.count,
        "blend_count": evidence.kept.total,
        "clean_count": len(calibration.clean),
        "clean_higher_entropy_count": evidence.higher_entropy.count,
        "clean_fewer_kept_count": evidence.fewer_kept.count,
        "clean_median_kept_count": evidence.usual_kept_count,
        "triggered": [
            {"name": each.name, "by_entropy": _plain(each.by_entropy), "by_kept": _plain(each.by_kept)}
            for each in calibration.triggered
        ],
    }


def _plain(separation: Separation) -> dict[str, object]:
    return {
        "auroc": separation.auroc,
        "false_rejection_count": separation.false_rejections.count,
        "clean_count": separation.false_rejections.total,
        "false_acceptance_count": separation.false_acceptances.count,
        "triggered_count": separation.false_acceptances.total,
    }


def joined_answers(parts: Sequence[BlendedAnswers], blend_count: int) -> BlendedAnswers:
    """Return the answers of several parts as one."""
    whole = no_answers(blend_count)
    for each in parts:
        whole = whole.followed_by(each)
    return whole
