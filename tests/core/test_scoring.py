"""B′ and G beside B, against counting by hand."""

from pathlib import Path

import numpy as np
import pytest

from core.errors import Cancelled
from core.monitor import Monitor
from core.network import Network
from core.records import Scale
from core.repair import build_pruned
from core.scoring import Scorer

MASK = np.array([True, False, True, False, True, True, False, True])


@pytest.fixture
def pruned(two_branches):
    return Network(build_pruned(two_branches, layer="conv_2", channel_mask=MASK), path=Path("p.keras"))


def counts_by_hand(base, pruned, dataset):
    pixels = dataset.batch(0, dataset.image_count, scale=Scale.UNIT)
    one, other = (network.model.predict(pixels, verbose=0).argmax(axis=1) for network in (base, pruned))
    repaired = np.where(one == other, one, base.class_count)
    return tuple(int(each.sum()) for each in (other == dataset.labels, repaired == dataset.labels, repaired == 4))


def counts_of(score):
    return score.pruned.count, score.repaired.count, score.flagged.count


@pytest.mark.parametrize("has_test", [True, False])
def test_counts_are_those_of_counting_by_hand(two_branches, pruned, random_sets, has_test):
    validation, test, poisoned = random_sets
    scorer = Scorer(
        two_branches,
        validation=validation,
        test=test if has_test else None,
        poisoned=(poisoned, validation),
        scale=Scale.UNIT,
    )
    for network in (pruned, two_branches):
        score = scorer.score(network, pruned_count=3, monitor=Monitor())
        pairs = [(score.validation, validation), (score.poisoned[0], poisoned), (score.poisoned[1], validation)]
        pairs += [(score.test, test)] if has_test else []
        for one, dataset in pairs:
            assert counts_of(one) == counts_by_hand(two_branches, network, dataset)
            assert {each.total for each in (one.pruned, one.repaired, one.flagged)} == {dataset.image_count}
        assert (score.pruned_count, score.test is None) == (3, not has_test)
    base = scorer.score_base(monitor=Monitor())
    assert base.validation == score.validation and base.poisoned == score.poisoned and base.pruned_count == 0
    assert base.poisoned[0].flagged.count == 0


def test_each_network_is_asked_once_about_each_image(two_branches, pruned, random_sets):
    asked = {"base": 0, "pruned": 0}
    for name, network in (("base", two_branches), ("pruned", pruned)):
        plain = network.answer

        def counting(pixels, plain=plain, name=name):
            asked[name] += len(pixels)
            return plain(pixels)

        network.__dict__["answer"] = counting
    validation, test, poisoned = random_sets
    scorer = Scorer(two_branches, validation=validation, test=test, poisoned=(poisoned,), scale=Scale.UNIT)
    scorer.score(pruned, monitor=Monitor())
    scorer.score_base(monitor=Monitor())
    scorer.score_base(monitor=Monitor())
    assert asked == {"base": 40 + 33 + 30, "pruned": 40 + 33 + 30}


def test_one_stage_counts_the_images_of_all_sets(two_branches, random_sets):
    validation, test, poisoned = random_sets
    seen = []
    monitor = Monitor(on_progress=seen.append, clock=iter(np.arange(0, 100, 1.0)).__next__)
    scorer = Scorer(two_branches, validation=validation, test=test, poisoned=(poisoned,), scale=Scale.UNIT)
    scorer.score_base(monitor=monitor, stage="B")
    assert {(each.stage, each.total_count) for each in seen} == {("B", 103)}
    assert [each.done_count for each in seen] == [0, 40, 40, 73, 73, 103]


def test_a_cancelled_count_leaves_nothing_half_counted(two_branches, random_sets):
    validation, test, poisoned = random_sets
    scorer = Scorer(two_branches, validation=validation, test=test, poisoned=(poisoned,), scale=Scale.UNIT)
    clock = iter(np.arange(0, 100, 1.0)).__next__
    monitor = Monitor(on_progress=lambda each: monitor.cancel() if each.done_count == 73 else None, clock=clock)
    with pytest.raises(Cancelled):
        scorer.score_base(monitor=monitor, stage="B")
    assert counts_of(scorer.score_base(monitor=Monitor()).test) == counts_by_hand(two_branches, two_branches, test)
