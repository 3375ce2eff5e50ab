"""Confusions are what a few lines of numpy count, for every network, set and step."""

from dataclasses import replace

import numpy as np
import pytest

from core.data.dataset import Dataset
from core.images.answers import FLAGGED, Who
from core.images.computing import answers_under_mask, images_of, labels_under_mask
from core.images.confusions import AskedConfusion, confusions_of
from core.images.selection import Selection
from core.metrics.network_scores import SetRole
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.network import Network
from core.scale import Scale
from core.sweep.inspection import InspectionRequest, inspect


def test_confusions_are_what_numpy_counts(marked_network: Network, marked_sets: tuple[Dataset, Dataset]) -> None:
    clean, poisoned = marked_sets
    truth = clean.labels.copy()
    truth[-2:] = 2
    inputs = EvaluationInputs(
        marked_network,
        replace(clean, labels=np.array([0, 0, 0, 1, 1, 1, 1, 0])),
        None,
        (replace(poisoned, labels=truth), poisoned),
        Scale.RAW,
    )
    inspection = inspect(InspectionRequest(inputs, "conv"), monitor=Monitor())
    evaluator, sweep = inspection.evaluator, inspection.sweep
    seen = set()
    for point in sweep.points:
        mask = sweep.ranking.channel_mask(point.pruned_count)
        for role, place in ((SetRole.VALIDATION, 0), (SetRole.POISONED, 0), (SetRole.POISONED, 1)):
            images = images_of(evaluator.inputs, role, place, opened=inputs.poisoned)
            answers = labels_under_mask(evaluator, images, mask, monitor=Monitor())
            full = answers_under_mask(evaluator, images, mask, monitor=Monitor())
            np.testing.assert_array_equal(answers.base, full.base)
            np.testing.assert_array_equal(answers.pruned, full.pruned)
            for who in (Who.BASE, Who.PRUNED, Who.AGREEMENT):
                found = confusions_of(answers, who)
                given = answers.base if who is Who.BASE else answers.pruned
                if who is Who.AGREEMENT:
                    given = np.where(answers.base != answers.pruned, FLAGGED, given)
                expected = {
                    (label, answer): int(((images.labels == label) & (given == answer)).sum())
                    for label in set(images.labels.tolist())
                    for answer in set(given.tolist())
                }
                pairs = list(zip(found.labels.tolist(), found.answered.tolist(), strict=True))
                counts = dict(zip(pairs, found.counts.tolist(), strict=True))
                assert counts == {pair: count for pair, count in expected.items() if count}
                assert found.totals.tolist() == [int((images.labels == label).sum()) for label, _ in pairs]
                assert found.confused_count == int((given != images.labels).sum())
                largest = [counts[pairs[place]] for place in found.order]
                assert largest == sorted((count for (a, b), count in counts.items() if a != b), reverse=True)
                classes = found.classes
                matrix = found.matrix(classes)
                assert matrix.sum() == images.image_count
                assert np.trace(matrix) == images.image_count - found.confused_count
                for (label, answer), count in counts.items():
                    asked = AskedConfusion(role, who, label, answer, count, images.image_count, place)
                    rows = asked.selection.rows(answers)
                    np.testing.assert_array_equal(rows, np.flatnonzero((images.labels == label) & (given == answer)))
                    assert len(rows) == asked.shown_count
                    seen.add((who, label, answer))
    assert len(seen) > 12
    assert any(answer == FLAGGED for _, _, answer in seen)


@pytest.mark.parametrize("who", [Who.BASE, Who.PRUNED])
def test_only_g_answers_backdoored(who: Who, marked_network: Network, marked_sets: tuple[Dataset, Dataset]) -> None:
    inputs = EvaluationInputs(marked_network, marked_sets[0], None, marked_sets[1:], Scale.RAW)
    inspection = inspect(InspectionRequest(inputs, "conv"), monitor=Monitor())
    images = images_of(inspection.evaluator.inputs, SetRole.POISONED, opened=inputs.poisoned)
    mask = inspection.sweep.ranking.channel_mask(inspection.sweep.points[-1].pruned_count)
    answers = labels_under_mask(inspection.evaluator, images, mask, monitor=Monitor())
    assert FLAGGED in answers.labels_with_flags(Who.AGREEMENT)
    assert FLAGGED not in answers.labels_with_flags(who)
    assert not Selection(who, answered=FLAGGED).holds(answers).any()
