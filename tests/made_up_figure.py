"""A figure that nobody has heard of, as it would be added to the registry: by one entry."""

from core.metrics.figures import Figure
from core.metrics.measures import Measure
from core.metrics.network_scores import SetRole, SetScore
from core.records import Share


def _missed(score: SetScore) -> Share:
    return Share(score.predicted.total - score.predicted.count, score.predicted.total)


RESISTANCE = Figure(
    key="resistance_rate",
    measure=Measure(
        "resistance", "resistance", "the share of triggered images that resist", "nobody", is_higher_better=True
    ),
    role=SetRole.POISONED,
    title="resistance",
    images="Images of {name}",
    outcome="not predicted as the target label",
    read=_missed,
)
