"""B′ and G compared with B, checked against counting by hand."""

from pathlib import Path

import numpy as np
import pytest

from core.data.dataset import from_arrays
from core.errors import Cancelled
from core.metrics.scoring import Scorer
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.network import Network
from core.network.rebuild import build_pruned
from core.records import Share
from core.scale import Scale

MASK = np.array([True, False, True, False, True, True, False, True])


@pytest.fixture
def pruned(two_branches):
    return Network(build_pruned(two_branches, layer="conv_2", channel_mask=MASK), path=Path("p.keras"))


def scorer_of(base, validation, test, *poisoned, false_alarm_rate=0.6):
    inputs = EvaluationInputs(base, validation, test, poisoned, Scale.UNIT)
    return Scorer(inputs, false_alarm_rate=false_alarm_rate)


def counts_by_hand(base, pruned, dataset, *, level=0.0):
    pixels = dataset.batch(0, dataset.image_count, scale=Scale.UNIT)
    one, outputs = base.model.predict(pixels, verbose=0).argmax(axis=1), pruned.model.predict(pixels, verbose=0)
    other = outputs.argmax(axis=1)
    repaired = np.where((one == other) & (outputs.max(axis=1) >= np.float32(level)), one, base.class_count)
    return tuple(int(each.sum()) for each in (other == dataset.labels, repaired == dataset.labels, repaired == 4))


def counts_of(score):
    return score.pruned.count, score.repaired.count, score.flagged.count


@pytest.mark.parametrize("has_test", [True, False])
def test_counts_are_those_of_counting_by_hand(two_branches, pruned, random_sets, has_test):
    validation, test, poisoned = random_sets
    scorer = scorer_of(two_branches, validation, test if has_test else None, poisoned, validation)
    for network in (pruned, two_branches):
        score = scorer.score(network, pruned_count=3, monitor=Monitor())
        assert score.level.level > 0 and score.level.measured == score.by_confidence.validation.flagged
        for point, level in ((score.by_agreement, 0.0), (score.by_confidence, score.level.level)):
            pairs = [(point.validation, validation), (point.poisoned[0], poisoned), (point.poisoned[1], validation)]
            pairs += [(point.test, test)] if has_test else []
            for one, dataset in pairs:
                assert counts_of(one) == counts_by_hand(two_branches, network, dataset, level=level)
                assert {each.total for each in (one.pruned, one.repaired, one.flagged)} == {dataset.image_count}
            assert (point.pruned_count, point.test is None) == (3, not has_test)
    base = scorer.score_base(monitor=Monitor())
    assert base.validation == score.by_agreement.validation and base.poisoned == score.by_agreement.poisoned
    assert (base.pruned_count, base.poisoned[0].flagged.count) == (0, 0)


def test_the_level_is_found_on_the_rows_that_are_named(two_branches, pruned, random_sets):
    validation, test, _ = random_sets
    rows = np.arange(5, 25)
    score = scorer_of(two_branches, validation, test).score(pruned, calibration_rows=rows, monitor=Monitor())
    held_out = from_arrays("held.h5", validation.images[rows], validation.labels[rows])
    assert score.level.measured.count == counts_by_hand(two_branches, pruned, held_out, level=score.level.level)[2]
    assert score.level.measured.total == 20


def test_the_share_of_b_counts_the_rows_that_are_named(two_branches, random_sets):
    validation, test, poisoned = random_sets
    scorer = scorer_of(two_branches, validation, test, poisoned)
    pixels = validation.batch(0, validation.image_count, scale=Scale.UNIT)
    is_hit = two_branches.model.predict(pixels, verbose=0).argmax(axis=1) == validation.labels
    for rows in (np.flatnonzero(is_hit)[:2], np.flatnonzero(~is_hit)[:3], np.arange(0, 40, 3)):
        assert scorer.share_of_base(rows, monitor=Monitor()) == Share(int(is_hit[rows].sum()), len(rows))


def test_each_network_is_asked_once_about_each_image(two_branches, pruned, random_sets):
    asked = {"base": 0, "pruned": 0}
    for name, network in (("base", two_branches), ("pruned", pruned)):
        for way in ("answer", "answer_with_confidence"):
            plain = getattr(network, way)

            def counting(pixels, plain=plain, name=name):
                asked[name] += len(pixels)
                return plain(pixels)

            network.__dict__[way] = counting
    validation, test, poisoned = random_sets
    scorer = scorer_of(two_branches, validation, test, poisoned)
    scorer.score(pruned, monitor=Monitor())
    scorer.score_base(monitor=Monitor())
    scorer.score_base(monitor=Monitor())
    assert asked == {"base": 40 + 33 + 30, "pruned": 40 + 33 + 30}


def test_one_stage_counts_the_images_of_all_sets(two_branches, random_sets):
    validation, test, poisoned = random_sets
    seen = []
    monitor = Monitor(on_progress=seen.append, clock=iter(np.arange(0, 100, 1.0)).__next__)
    scorer = scorer_of(two_branches, validation, test, poisoned)
    scorer.score_base(monitor=monitor, stage="B")
    assert {(each.stage, each.total_count) for each in seen} == {("B", 103)}
    assert [each.done_count for each in seen] == [0, 40, 40, 73, 73, 103]


def test_a_cancelled_count_leaves_nothing_half_counted(two_branches, random_sets):
    validation, test, poisoned = random_sets
    scorer = scorer_of(two_branches, validation, test, poisoned)
    clock = iter(np.arange(0, 100, 1.0)).__next__
    monitor = Monitor(on_progress=lambda each: monitor.cancel() if each.done_count == 73 else None, clock=clock)
    with pytest.raises(Cancelled):
        scorer.score_base(monitor=monitor, stage="B")
    assert counts_of(scorer.score_base(monitor=Monitor()).test) == counts_by_hand(two_branches, two_branches, test)
