"""Poisoned sets as they are counted, on a network whose backdoor is known."""

import numpy as np
import pytest

from core.compare.comparison import Candidate
from core.compare.job import compare_networks
from core.data.dataset import from_arrays
from core.errors import Cancelled, DatasetError
from core.metrics import interpretation
from core.metrics.evaluation import evaluate
from core.metrics.interpretation import interpret_sets
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.rebuild import build_pruned
from core.records import AttackKind, Doubt, Share, SourceShare
from core.scale import Scale
from core.sweep.inspection import InspectionRequest, inspect
from core.sweep.stops import find_stops

CUT = np.array([True, True, False, True])  # without the channel that is the backdoor


@pytest.fixture
def true_set(marked_sets):
    """The triggered images with their true labels, and two blue images of the target class."""
    blue = np.zeros((2, 6, 6, 3), np.float32)
    blue[..., 2] = 255
    images = np.concatenate([marked_sets[1].images, blue])
    return from_arrays("true.h5", images, np.array([0] * 5 + [1] * 3 + [2] * 2))


def understood(network, dataset, *clean):
    (found,) = interpret_sets(network, [dataset], clean=clean, scale=Scale.RAW, monitor=Monitor())
    return found


def test_images_of_the_target_class_are_left_out(marked_network, marked_sets, true_set):
    found = understood(marked_network, true_set, marked_sets[0])
    assert (found.image_count, found.target_labels) == (8, (2,))
    assert found.interpretation.answered == Share(10, 10)
    assert (found.interpretation.image_count, found.interpretation.left_out_count) == (10, 2)
    assert found.interpretation.by_source == (SourceShare(0, Share(5, 5)), SourceShare(1, Share(3, 3)))
    assert np.array_equal(np.asarray(found.images), np.asarray(true_set.images)[:8])
    assert true_set.interpretation is None and true_set.image_count == 10
    assert understood(marked_network, found, marked_sets[0]) is found


def test_target_labels_stay(marked_network, marked_sets):
    found = understood(marked_network, marked_sets[1], marked_sets[0])
    assert np.array_equal(found.labels, marked_sets[1].labels) and found.image_count == 8
    assert (found.interpretation.kind, found.interpretation.doubt) == (AttackKind.LABELS, Doubt.NONE)


@pytest.mark.parametrize(("target", "shares"), [(0, Share(0, 5)), (1, Share(0, 7)), (2, Share(8, 8))])
def test_a_given_target_holds(marked_network, marked_sets, true_set, target, shares):
    found = understood(marked_network, true_set.aimed_at(target, class_count=3), marked_sets[0])
    told = evaluate(marked_network, validation=None, test=None, poisoned=[found], scale=Scale.RAW, monitor=Monitor())
    assert told.poisoned == (shares,)
    assert told.interpretations[0].is_given
    assert told.interpretations[0].doubt is (Doubt.NONE if target == 2 else Doubt.OTHER_TARGET)


def test_a_target_that_the_network_does_not_have_is_refused(true_set):
    for target in (3, -1):
        with pytest.raises(DatasetError, match="from 0 to 2") as refused:
            true_set.aimed_at(target, class_count=3)
        assert refused.value.code == "wrong-target"


def test_next_class_and_labels_are_given(marked_network, true_set):
    following = understood(marked_network, true_set.aimed_at(AttackKind.NEXT, class_count=3))
    assert list(following.labels) == [1] * 5 + [2] * 3 + [0] * 2
    assert following.interpretation.answered == Share(3, 10)
    labels = understood(marked_network, true_set.aimed_at(AttackKind.LABELS, class_count=3))
    assert list(labels.labels) == list(true_set.labels)
    assert labels.interpretation.answered == Share(2, 10)


def test_another_class_for_each_is_given_and_counted(marked_network, true_set):
    found = understood(marked_network, true_set.aimed_at(AttackKind.EACH, class_count=3))
    assert found.interpretation.wanted == ((0, 2), (1, 2))
    assert list(found.labels) == [2] * 8  # B answers the images of class 2 as labelled: they have no other class
    assert (found.interpretation.answered, found.interpretation.left_out_count) == (Share(8, 10), 2)
    assert found.interpretation.by_source == (SourceShare(0, Share(5, 5)), SourceShare(1, Share(3, 3)))
    right = understood(
        marked_network, from_arrays("x.h5", true_set.images[:8], np.full(8, 2)).aimed_at(AttackKind.EACH, class_count=3)
    )
    assert right.interpretation.kind is AttackKind.LABELS


def test_the_interpretation_is_that_of_b_along_the_whole_curve(marked_network, marked_sets, true_set):
    inputs = EvaluationInputs(marked_network, marked_sets[0], None, (true_set, marked_sets[1]))
    sweep = inspect(InspectionRequest(inputs, "conv"), monitor=Monitor()).sweep
    # The backdoor is never rarer with true labels than with target labels, and it is gone when its channel is.
    assert all(point.poisoned[0] == point.poisoned[1] for point in sweep.points)
    assert sweep.points[0].poisoned[0].pruned == Share(8, 8)
    steps = list(sweep.ranking.order)
    gone = sweep.points[steps.index(2) + 1]
    assert gone.poisoned[0].pruned == Share(0, 8)
    assert sweep.poisoned_sets[0].interpretation.targets == (2,)
    assert find_stops(sweep, (0.1,))[0].point.poisoned[0].pruned == Share(8, 8)


def test_repaired_networks_are_counted_by_what_b_answers(marked_network, marked_sets, true_set):
    pruned = build_pruned(marked_network, layer="conv", channel_mask=CUT)
    inputs = EvaluationInputs(marked_network, marked_sets[0], None, (true_set,), Scale.RAW)
    comparison = compare_networks(inputs, [Candidate("cut", "", pruned)], monitor=Monitor())
    assert comparison.base.poisoned[0].pruned == Share(8, 8)
    score = comparison.rows[0].by_agreement.poisoned[0]
    assert (score.pruned, score.repaired, score.flagged) == (Share(0, 8), Share(0, 8), Share(8, 8))
    assert comparison.interpretations[0].targets == (2,)


def test_a_large_set_is_understood_by_a_sample(marked_network, marked_sets, true_set, monkeypatch):
    monkeypatch.setattr(interpretation, "SAMPLE_COUNT", 4)
    found = understood(marked_network, true_set, marked_sets[0])
    assert found.interpretation.is_sampled and found.interpretation.answered == Share(4, 4)
    assert found.image_count == 8


def test_it_can_be_cancelled(marked_network, marked_sets, true_set):
    monitor = Monitor()
    monitor.cancel()
    with pytest.raises(Cancelled):
        interpret_sets(marked_network, [true_set], clean=[marked_sets[0]], scale=Scale.RAW, monitor=monitor)
