"""Findings about pixel ranges for tests that do not search for one."""

from core.findings.scale_finding import ScaleFinding, ScaleReason, ScaleScore
from core.records import Share
from core.scale import Scale


def found(
    scale: Scale,
    right: Share,
    other: Share,
    *,
    is_sampled: bool = False,
    temperatures: tuple[float, float] | None = None,
) -> ScaleFinding:
    """A finding: a scale, its clean accuracy, and that of 0–255 or 0–1 beside it; tied if it has temperatures."""
    own, others = temperatures or (None, None)
    rival = Scale.RAW if scale == Scale.UNIT else Scale.UNIT
    is_as_good = own is not None and others is not None and others < 2 * own
    scores = (ScaleScore(scale, right, 0.1, own), ScaleScore(rival, other, 2.0, others, is_as_good))
    reason = ScaleReason.FIT if temperatures else ScaleReason.ACCURACY
    return ScaleFinding(scale, scores, reason, is_sampled)
