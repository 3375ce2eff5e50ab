"""How well STRIP's figures tell triggered pictures from clean ones: ROC, false rejections, false acceptances."""

import numpy as np
from numpy.typing import NDArray

from core.detect.strip.records import BlendedAnswers, Separation, TriggeredSet
from core.records import Share

FALSE_REJECTION_RATE = 0.05


def separate(
    clean: NDArray[np.float64], triggered: NDArray[np.float64], *, rate: float = FALSE_REJECTION_RATE
) -> Separation:
    """Compare the suspicion of clean and of triggered pictures.

    A picture is rejected if its suspicion is above the smallest value that at most `rate` of the clean pictures exceed.

    Args:
        clean: the suspicion of clean pictures, shape (m,), at least one; larger is more suspicious.
        triggered: that of triggered pictures, shape (n,), at least one.
        rate: the largest share of clean pictures that may be rejected, in [0, 1).

    Source:
        Gao et al., "STRIP: A Defence Against Trojan Attacks on Deep Neural Networks", ACSAC 2019, section 4: false
        rejection and false acceptance rate. The paper takes the level from a normal distribution fitted to the clean
        pictures' entropies; this one is an order statistic of them, because the entropies are bounded by 0 and skewed.
    """
    ordered = np.sort(clean)
    level = ordered[len(ordered) - 1 - int(rate * len(ordered))]
    above = len(ordered) - np.searchsorted(ordered, triggered, side="right")
    below = np.searchsorted(ordered, triggered, side="left")
    wins = float(below.sum() + (len(ordered) - above - below).sum() / 2)
    return Separation(
        auroc=wins / (len(clean) * len(triggered)),
        false_rejections=Share(int((clean > level).sum()), len(clean)),
        false_acceptances=Share(int((triggered <= level).sum()), len(triggered)),
    )


def compare(name: str, clean: BlendedAnswers, triggered: BlendedAnswers) -> TriggeredSet:
    """Return how well the pictures of a poisoned set are told from clean ones.

    Args:
        name: the set's name.
        clean: the answers for clean pictures, at least one.
        triggered: the answers for the set's pictures, at least one.
    """
    return TriggeredSet(
        name,
        by_entropy=separate(-clean.entropies, -triggered.entropies),
        by_kept=separate(clean.kept_counts.astype(np.float64), triggered.kept_counts.astype(np.float64)),
    )
