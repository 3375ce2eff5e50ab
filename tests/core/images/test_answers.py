"""The images of a figure are exactly those that it counts, for every figure, set and step."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.data.dataset import Dataset
from core.images.answers import CountedImages, ImageAnswers, Who
from core.images.computing import answers_of_networks, answers_under_mask, images_of
from core.images.pixels import as_input_image, seen_pixels
from core.images.selection import AskedShare, Flagging, Outcome, Part, Selection, SortKey
from core.metrics.figures import ATTACK, CLEAN_TEST, CLEAN_VALIDATION, figures_of
from core.metrics.interpretation import counted_images, with_interpretations
from core.metrics.network_scores import SWEEP_ROLES, NetworkKind, NetworkScores, SetRole
from core.metrics.scoring import Scorer
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.network import Network
from core.network.rebuild import build_pruned
from core.records import AttackKind, Share
from core.scale import Scale
from core.sweep.inspection import Inspection, InspectionRequest, inspect

OF_NETWORK = {NetworkKind.PRUNED: Who.PRUNED, NetworkKind.REPAIRED: Who.AGREEMENT}


def shown_count(answers: ImageAnswers, asked: AskedShare) -> int:
    return len(Selection.of(asked).rows(answers))


@pytest.fixture
def true_labels(marked_sets: tuple[Dataset, Dataset]) -> Dataset:
    """The poisoned set with true labels; the last two images show class 2 itself, which the figures leave out."""
    clean, poisoned = marked_sets
    labels = clean.labels.copy()
    labels[-2:] = 2
    return replace(poisoned, labels=labels)


@pytest.fixture
def inputs(marked_network: Network, marked_sets: tuple[Dataset, Dataset], true_labels: Dataset) -> EvaluationInputs:
    clean, poisoned = marked_sets
    wrong = replace(clean, name="test.h5", labels=np.array([0, 0, 0, 1, 1, 1, 1, 0]))
    return EvaluationInputs(marked_network, clean, wrong, (poisoned, true_labels), Scale.RAW)


@pytest.fixture
def inspection(inputs: EvaluationInputs) -> Inspection:
    return inspect(InspectionRequest(inputs, "conv"), monitor=Monitor())


@pytest.mark.parametrize("is_released", [False, True])
def test_under_every_mask_each_share_has_its_images(
    inspection: Inspection, inputs: EvaluationInputs, is_released: bool
) -> None:
    evaluator, sweep = inspection.evaluator, inspection.sweep
    if is_released:
        evaluator.release()
    checked = set()
    for point in sweep.points:
        mask = sweep.ranking.channel_mask(point.pruned_count)
        for role in SWEEP_ROLES:
            for place in range(len(inputs.poisoned) if role is SetRole.POISONED else 1):
                images = images_of(evaluator.inputs, role, place, opened=inputs.poisoned)
                answers = answers_under_mask(evaluator, images, mask, monitor=Monitor())
                for kind, who in OF_NETWORK.items():
                    for figure in figures_of(kind, roles=(role,)):
                        share = figure.share_at(point, kind, place)
                        assert share is not None
                        for part in Part:
                            asked = AskedShare(figure, who, share, place, part)
                            assert shown_count(answers, asked) == asked.shown_count, (point.pruned_count, asked)
                        checked.add((figure.key, place, share.count))
    assert len(checked) > 12  # the shares differ


def test_a_mask_by_hand_has_its_images_too(inspection: Inspection, inputs: EvaluationInputs) -> None:
    evaluator = inspection.evaluator
    mask = np.array([True, False, True, True])  # without green, class 0 comes first
    point = evaluator.score(mask, pruned_count=1, monitor=Monitor())
    images = images_of(evaluator.inputs, SetRole.VALIDATION, opened=inputs.poisoned)
    answers = answers_under_mask(evaluator, images, mask, monitor=Monitor())
    assert point.validation is not None
    assert shown_count(answers, AskedShare(CLEAN_VALIDATION, Who.PRUNED, point.validation.pruned)) == 5
    assert point.validation.pruned == Share(5, 8)
    assert point == evaluator.score(mask, pruned_count=1, monitor=Monitor())


def test_the_first_answers_come_without_confidences(inspection: Inspection, inputs: EvaluationInputs) -> None:
    published: list[Any] = []
    images = images_of(inspection.evaluator.inputs, SetRole.POISONED, opened=inputs.poisoned)
    mask = np.array([True, True, False, True])
    answers = answers_under_mask(inspection.evaluator, images, mask, monitor=Monitor(on_partial=published.append))
    assert published[0].pruned_confidences is None
    assert (published[0].pruned == answers.pruned).all()
    network = inputs.network
    pixels = images.dataset.batch(0, 8, scale=Scale.RAW)
    for found, outputs in (
        (answers.base_confidences, network.outputs(pixels)),
        (answers.pruned_confidences, network.outputs(pixels, layer="conv", channel_mask=mask)),
    ):
        assert found == pytest.approx(outputs.max(axis=1), abs=1e-6)


def test_a_repaired_network_has_the_images_of_its_figures(inputs: EvaluationInputs) -> None:
    inputs = replace(inputs, scale=Scale.UNIT)  # on which no answer is certain
    mask = np.array([True, True, False, True])
    probe = inputs.validation.batch(0, 2, scale=Scale.UNIT)
    pruned = Network(
        build_pruned(inputs.network, layer="conv", channel_mask=mask, probe=probe), path=inputs.network.summary.path
    )
    counted = with_interpretations(inputs, monitor=Monitor())
    scorer = Scorer(counted, false_alarm_rate=0.05)
    before = scorer.score_base(monitor=Monitor())
    score = scorer.score(pruned, confidence_level=0.5, monitor=Monitor())
    cases = (
        (Who.BASE, before, NetworkKind.PRUNED),
        (Who.PRUNED, score.by_agreement, NetworkKind.PRUNED),
        (Who.AGREEMENT, score.by_agreement, NetworkKind.REPAIRED),
        (Who.CONFIDENCE, score.by_confidence, NetworkKind.REPAIRED),
    )
    for role in SWEEP_ROLES:
        images = images_of(counted, role, opened=inputs.poisoned)
        answers = answers_of_networks(inputs.network, pruned, images, level=score.level.level, monitor=Monitor())
        for who, point, kind in cases:
            for figure in figures_of(kind, roles=(role,)):
                share = figure.shares(NetworkScores.of_point(point, kind))[0]
                assert share is not None
                assert shown_count(answers, AskedShare(figure, who, share)) == share.count, (who, figure.key)
    assert score.by_confidence.test != score.by_agreement.test  # the level flags some


def test_held_out_images_keep_their_place_in_the_file(inputs: EvaluationInputs) -> None:
    images = images_of(inputs, SetRole.HELD_OUT, opened=(), held_out=np.array([1, 6]))
    answers = answers_of_networks(inputs.network, None, images, monitor=Monitor())
    assert images.file_rows.tolist() == [1, 6]
    assert answers.base.tolist() == [0, 1]
    assert answers.base is answers.pruned


def test_images_of_the_target_class_are_left_out(inputs: EvaluationInputs) -> None:
    counted = with_interpretations(inputs, monitor=Monitor())
    of_targets, of_true = (images_of(counted, SetRole.POISONED, place, opened=inputs.poisoned) for place in range(2))
    assert of_targets.true_labels is None
    assert of_true.true_labels is not None
    known = counted.poisoned[1].interpretation
    assert known is not None
    assert known.kind is AttackKind.ONE
    assert of_true.file_rows.tolist() == [0, 1, 2, 3, 4, 5]
    assert of_true.true_labels.tolist() == [0, 0, 0, 0, 0, 1]
    assert (of_true.wanted == 2).all()
    rows, wanted = counted_images(inputs.poisoned[1].labels, known)
    assert (rows == of_true.file_rows).all()
    assert (wanted == counted.poisoned[1].labels).all()


def answers_by_hand() -> ImageAnswers:
    """Six poisoned images of true classes 0 and 1 with target 2."""
    labels = np.array([0, 0, 0, 1, 1, 1])
    dataset = Dataset("p.h5", None, np.zeros((6, 2, 2, 3), np.uint8), np.full(6, 2), "", 0.0)  # type: ignore[arg-type]
    images = CountedImages("p.h5", dataset, np.arange(10, 16), labels, is_poisoned=True, scale=Scale.RAW)
    base, pruned = np.array([2, 2, 0, 2, 1, 2]), np.array([0, 2, 0, 1, 2, 0])
    sure = [np.array(each, np.float32) for each in ([0.9, 0.8, 0.7, 0.6, 0.5, 0.4], [0.2, 0.9, 0.6, 0.4, 0.3, 0.9])]
    return ImageAnswers(images, base, pruned, *sure, level=0.7)


def test_outcomes_flags_and_classes_can_be_combined() -> None:
    answers = answers_by_hand()

    def rows(**words: Any) -> list[int]:
        return Selection(**{"who": Who.PRUNED, **words}).rows(answers).tolist()

    assert rows(outcome=Outcome.RIGHT) == [0, 2, 3]
    assert rows(outcome=Outcome.WRONG) == [1, 4, 5]
    assert rows(outcome=Outcome.ATTACKED) == [1, 4]
    assert rows(outcome=Outcome.WRONG, flagging=Flagging.FLAGGED) == [4, 5]
    assert rows(outcome=Outcome.ATTACKED, flagging=Flagging.PASSED) == [1]
    assert rows(is_changed=True, label=1) == [3, 4, 5]
    assert rows(who=Who.BASE, outcome=Outcome.ATTACKED) == [0, 1, 3, 5]
    assert rows(who=Who.AGREEMENT, outcome=Outcome.ATTACKED) == [1]
    assert rows(who=Who.AGREEMENT, outcome=Outcome.RIGHT) == [2]
    assert rows(who=Who.CONFIDENCE, flagging=Flagging.FLAGGED) == [0, 2, 3, 4, 5]
    assert rows(who=Who.AGREEMENT, outcome=Outcome.ATTACKED, is_inverted=True) == [0, 2, 3, 4, 5]


def test_the_other_part_of_a_share_is_the_rest() -> None:
    answers = answers_by_hand()
    for who in Who:
        count = int(answers.is_answered(answers.images.dataset.labels, who).sum())
        asked = AskedShare(ATTACK, who, Share(count, 6))
        parts = [set(Selection.of(asked.showing(part)).rows(answers).tolist()) for part in Part]
        assert parts[0] | parts[1] == parts[2] == set(range(6))
        assert not parts[0] & parts[1]
        assert [len(each) for each in parts] == [asked.showing(part).shown_count for part in Part]


def test_the_order_follows_what_is_sorted_by() -> None:
    answers = answers_by_hand()

    def order(key: SortKey, who: Who = Who.PRUNED, *, is_descending: bool = False) -> list[int]:
        return Selection(who).rows(answers, key, is_descending=is_descending).tolist()

    assert order(SortKey.INDEX) == [0, 1, 2, 3, 4, 5]
    assert order(SortKey.INDEX, is_descending=True) == [5, 4, 3, 2, 1, 0]
    assert order(SortKey.CONFIDENCE) == [0, 4, 3, 2, 1, 5]
    assert order(SortKey.CONFIDENCE, Who.BASE) == [5, 4, 3, 2, 1, 0]
    assert order(SortKey.LABEL, is_descending=True) == [3, 4, 5, 0, 1, 2]
    assert order(SortKey.ANSWER) == [0, 2, 5, 3, 1, 4]
    # Different answers come last, the surest of them at the end; before them those of which B′ is surer than B.
    assert order(SortKey.CHANGE) == [1, 2, 4, 3, 0, 5]


def test_an_image_becomes_one_for_the_classifier(marked_sets: tuple[Dataset, Dataset]) -> None:
    clean, _ = marked_sets
    image = as_input_image(clean, 6, name="clean.h5 #6", scale=Scale.UNIT)
    assert image.rgba.shape == (6, 6, 4)
    assert image.rgba[0, 0].tolist() == [0, 100, 0, 255]
    grey = replace(clean, images=np.full((8, 6, 6, 1), 7, np.uint8))
    assert as_input_image(grey, 0, name="", scale=Scale.RAW).rgba[3, 3].tolist() == [7, 7, 7, 255]
    two = replace(clean, images=np.full((8, 6, 6, 2), 9, np.uint8))
    assert seen_pixels(two, np.array([0]), scale=Scale.RAW).shape == (1, 6, 6, 1)
    assert CLEAN_TEST.role is SetRole.TEST
