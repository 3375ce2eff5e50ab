"""Comparing repaired networks as one job: each network, B included, classifies each set once."""

from collections.abc import Sequence

from core.compare.comparison import Candidate, Comparison, ComparisonRow
from core.data.dataset import distinct_names
from core.errors import LayerError
from core.metrics.interpretation import with_interpretations
from core.metrics.scoring import Scorer
from core.monitor import Monitor
from core.network.confidence import DEFAULT_FALSE_ALARM_RATE, check_false_alarm_rate
from core.network.inputs import EvaluationInputs
from core.network.network import Network
from core.network.rebuild import check_same_kind


def compare_networks(
    inputs: EvaluationInputs,
    candidates: Sequence[Candidate],
    *,
    false_alarm_rate: float = DEFAULT_FALSE_ALARM_RATE,
    monitor: Monitor,
) -> Comparison:
    """Measure B and its repaired networks on the same sets; no network is changed.

    Publishes each `ComparisonRow` as soon as it is measured.

    Args:
        inputs: B, the sets and the pixel range.
        candidates: the repaired networks B′, with distinct names.
        false_alarm_rate: the share of clean images that G by confidence may flag, (0, 1). If a network came without
            a level, it is found on all validation images, as it is unknown which ones the network was refitted with.
        monitor: receives progress, and can cancel.

    Raises:
        PruningError: the false alarm rate is not between 0 and 1.
        LayerError: two candidates have the same name, or one has another input shape or class count than B.
        Cancelled: the job was cancelled.
    """
    check_false_alarm_rate(false_alarm_rate)
    names = [each.name for each in candidates]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise LayerError(f"each network must have a name of its own, got '{twice}' twice", code="same-name")
    networks = [Network(each.model, path=inputs.network.summary.path) for each in candidates]
    for each in candidates:
        check_same_kind(inputs.network, each.model, name=f"'{each.name}'")
    inputs = with_interpretations(inputs, monitor=monitor)
    scorer = Scorer(inputs, false_alarm_rate=false_alarm_rate)
    count = 1 + len(candidates)
    before = scorer.score_base(monitor=monitor, stage=_stage(1, count))
    rows = []
    for number, (each, network) in enumerate(zip(candidates, networks, strict=True), start=2):
        score = scorer.score(
            network, confidence_level=each.confidence_level, monitor=monitor, stage=_stage(number, count)
        )
        is_given = each.confidence_level is not None
        rows.append(ComparisonRow(each.name, each.how, score.by_agreement, score.by_confidence, score.level, is_given))
        monitor.publish(rows[-1])
    return Comparison(
        base=before,
        rows=tuple(rows),
        validation_name=inputs.validation.name,
        test_name=inputs.test.name if inputs.test else None,
        poisoned_names=distinct_names(inputs.poisoned),
        scale=inputs.known_scale,
        interpretations=tuple(each.interpretation for each in inputs.poisoned if each.interpretation is not None),
    )


def _stage(number: int, count: int) -> str:
    return f"Comparing: network {number} of {count}"
