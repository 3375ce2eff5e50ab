"""The repair as one job: layer after layer shares one threshold, and B, B′ and G are counted apart."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from core.channels import ALL_LAYERS, NO_LAYERS, LayerSet
from core.data.dataset import from_arrays
from core.errors import Cancelled, ModelFileError, PruningError
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.network import Network
from core.network.rebuild import build_repaired
from core.order.anp_settings import AnpSettings
from core.order.orders.anp import MASKS
from core.records import Share, Side
from core.refit.records import RefitEpoch
from core.refit.watched_images import WatchedImages
from core.repair.checks import check_layers
from core.repair.job import RepairRequest, repair_network
from core.repair.methods.anp import ANP
from core.repair.methods.auto import AUTO
from core.repair.methods.fine_pruning import FINE_PRUNING
from core.repair.methods.finetune import FINETUNE
from core.repair.methods.occlusion import OCCLUSION
from core.repair.methods.prune import PRUNE
from core.repair.methods.registry import METHODS
from core.scale import Scale
from core.sweep.stops import find_stops

pytestmark = pytest.mark.usefixtures("short_searches")


@pytest.fixture
def request_(two_branches, random_sets):
    """The network's own answers as labels, so that pruning costs accuracy."""
    validation, test, poisoned = random_sets

    def relabelled(dataset):
        answers = np.asarray(two_branches.model(dataset.batch(0, 99, scale=Scale.UNIT))).argmax(axis=1)
        return from_arrays(dataset.name, dataset.images, answers)

    return RepairRequest(
        EvaluationInputs(two_branches, relabelled(validation), relabelled(test), (poisoned,), scale=Scale.UNIT),
        PRUNE,
    )


def pruned_by_hand(network, masks, dataset):
    weights = {layer.name: layer.get_weights() for layer in network.model.layers}
    copy = Network(keras.models.clone_model(network.model), path=Path("hand.keras"))
    for layer in copy.model.layers:
        for array in weights[layer.name]:
            if layer.name in masks:
                array[..., ~masks[layer.name]] = 0
        layer.set_weights(weights[layer.name])
    return np.asarray(copy.model(dataset.batch(0, 99, scale=Scale.UNIT))).argmax(axis=1)


@pytest.mark.parametrize("layers", [LayerSet.of("conv_1", "conv_3"), ALL_LAYERS, NO_LAYERS])
def test_pruning_honours_the_threshold_and_counts_what_it_says(request_, layers):
    request = replace(request_, layers=layers, threshold=0.2)
    repair = repair_network(request, monitor=Monitor())
    checked = check_layers(request.inputs.network, layers, method=PRUNE)
    assert [each.ranking.layer.name for each in repair.sweeps] == list(checked.words)
    assert set(repair.channel_masks) == (
        {"conv_1", "conv_2", "conv_3"} if layers.is_all else set(layers.names or ["conv_2"])
    )
    assert repair.before.validation.pruned == Share(40, 40)
    assert repair.by_agreement.pruned_count == sum((~mask).sum() for mask in repair.channel_masks.values()) > 0
    for dataset, score in (
        (request.inputs.validation, repair.by_agreement.validation),
        (request.inputs.test, repair.by_agreement.test),
    ):
        labels = pruned_by_hand(request.inputs.network, repair.channel_masks, dataset)
        assert score.pruned.count == (labels == dataset.labels).sum()
        # B is right everywhere, so G flags exactly what B′ gets wrong.
        assert score.flagged.count == (labels != dataset.labels).sum()
        assert score.repaired == score.pruned
    assert 32 < repair.by_agreement.validation.pruned.count <= 40
    labels = pruned_by_hand(request.inputs.network, repair.channel_masks, request.inputs.poisoned[0])
    assert repair.by_agreement.poisoned[0].pruned.count == (labels == 2).sum()
    assert repair.refit is None


def test_fine_pruning_refits_what_was_pruned(request_):
    settings = replace(FINE_PRUNING.default_settings(), epochs=2, rollback_margin=1.0)
    pruned = repair_network(replace(request_, threshold=0.2), monitor=Monitor())
    request = replace(request_, threshold=0.2, method=FINE_PRUNING, settings=settings)
    repair = repair_network(request, monitor=Monitor())
    mask = repair.channel_masks["conv_2"]
    assert np.array_equal(mask, pruned.channel_masks["conv_2"])
    assert not repair.model.get_layer("conv_2").get_weights()[0][..., ~mask].any()
    start = repair.refit.history[0]
    assert start.test == pruned.by_agreement.test.pruned
    # B is right everywhere, what refitting began with is not: B's held-out share is its own.
    rows = repair.refit.held_out_indices
    labels = pruned_by_hand(request.inputs.network, repair.channel_masks, request.inputs.validation)
    assert start.held_out == Share(int((labels == request.inputs.validation.labels)[rows].sum()), len(rows))
    assert repair.held_out == (Share(len(rows), len(rows)), repair.refit.history[repair.refit.kept_epoch].held_out)
    assert pruned.held_out == (None, None)
    assert repair.refit.history[repair.refit.kept_epoch].test == repair.by_agreement.test.pruned


@pytest.mark.parametrize("method", [each for each in METHODS if not each.is_pruning])
def test_other_methods_prune_nothing(request_, method):
    settings = replace(method.default_settings(), epochs=1, least_steps=0)
    repair = repair_network(replace(request_, method=method, settings=settings), monitor=Monitor())
    assert (repair.sweeps, repair.channel_masks, repair.by_agreement.pruned_count) == ((), {}, 0)


def by_hand(repair, request, dataset):
    """Which images B gets right, and which G flags by the level; labels of B are the truth."""
    outputs = np.asarray(repair.model(dataset.batch(0, 99, scale=Scale.UNIT)))
    base = np.asarray(request.inputs.network.model(dataset.batch(0, 99, scale=Scale.UNIT))).argmax(axis=1)
    is_flagged = (outputs.argmax(axis=1) != base) | (outputs.max(axis=1) < np.float32(repair.level.level))
    return outputs.argmax(axis=1), is_flagged


def test_the_level_comes_from_all_validation_images_where_nothing_was_refitted(request_):
    request = replace(request_, threshold=0.05, false_alarm_rate=0.2)
    repair = repair_network(request, monitor=Monitor())
    assert repair.level.false_alarm_rate == 0.2
    assert repair.level.measured == repair.by_confidence.validation.flagged == Share(3, 40)
    assert repair.by_agreement.validation.flagged.count < 7
    assert repair.by_confidence.pruned_count == repair.by_agreement.pruned_count
    for dataset, score, plain in (
        (request.inputs.validation, repair.by_confidence.validation, repair.by_agreement.validation),
        (request.inputs.test, repair.by_confidence.test, repair.by_agreement.test),
        (request.inputs.poisoned[0], repair.by_confidence.poisoned[0], repair.by_agreement.poisoned[0]),
    ):
        labels, is_flagged = by_hand(repair, request, dataset)
        assert score.pruned == plain.pruned == Share(int((labels == dataset.labels).sum()), len(labels))
        assert score.repaired.count == ((labels == dataset.labels) & ~is_flagged).sum()
        assert score.flagged.count == is_flagged.sum()


def test_the_level_comes_from_the_held_out_images_where_it_was_refitted(request_):
    settings = replace(FINETUNE.default_settings(), epochs=1, held_out_share=0.5)
    request = replace(request_, method=FINETUNE, settings=settings, false_alarm_rate=0.3)
    repair = repair_network(request, monitor=Monitor())
    _, is_flagged = by_hand(repair, request, request.inputs.validation)
    held_out = repair.refit.held_out_indices
    assert repair.level.measured == Share(int(is_flagged[held_out].sum()), 20)
    assert repair.level.is_honoured
    assert repair.by_confidence.validation.flagged.count == is_flagged.sum()


def test_a_repaired_network_is_not_repaired_again(request_):
    network = Network(
        build_repaired(request_.inputs.network, request_.inputs.network.model), path=Path("folder/g.keras")
    )
    with pytest.raises(
        ModelFileError, match=r"g\.keras' is already a repaired network G: repair the network B"
    ) as caught:
        replace(request_, inputs=replace(request_.inputs, network=network))
    assert caught.value.code == "repaired-already"


def test_a_false_alarm_rate_is_checked_before_anything_is_done(request_):
    with pytest.raises(PruningError, match="false alarm rate"):
        replace(request_, false_alarm_rate=1.0)


@pytest.mark.parametrize(
    ("layers", "names"),
    [(NO_LAYERS, "all"), (LayerSet.of("conv_1", "conv_3"), "conv_3,conv_1"), (LayerSet.of("conv_2"), "conv_2")],
)
def test_masks_prune_several_layers_as_one(request_, layers, names):
    settings = AnpSettings(iterations=10, learning_rate=0.2)
    request = replace(request_, method=ANP, layers=layers, threshold=0.2, mask_settings=settings)
    repair = repair_network(request, monitor=Monitor())
    (sweep,) = repair.sweeps
    assert sweep.ranking.kind is MASKS
    assert set(repair.channel_masks) == ({"conv_1", "conv_2", "conv_3"} if names == "all" else set(names.split(",")))
    stop = next(each for each in find_stops(sweep, [0.2]) if each.side is Side.BEFORE)
    assert (
        repair.by_agreement.pruned_count
        == stop.point.pruned_count
        == sum((~m).sum() for m in repair.channel_masks.values())
    )
    assert repair.by_agreement.validation == stop.point.validation
    assert repair.by_agreement.poisoned == stop.point.poisoned
    labels = pruned_by_hand(request.inputs.network, repair.channel_masks, request.inputs.test)
    assert repair.by_agreement.test.pruned.count == (labels == request.inputs.test.labels).sum()
    assert repair.refit is None


@pytest.mark.parametrize("mask_threshold", [0.0, 0.9, 1.0])
def test_masks_may_have_a_threshold_of_their_own(request_, mask_threshold):
    settings = AnpSettings(iterations=10, learning_rate=0.2, mask_threshold=mask_threshold)
    repair = repair_network(replace(request_, method=ANP, mask_settings=settings), monitor=Monitor())
    ranking = repair.sweeps[0].ranking
    kept = dict(zip([part.name for part in ranking.layer.parts], [7, 8, 5], strict=True))
    masks = dict(zip(kept, np.split(ranking.scores, np.cumsum(list(kept.values()))[:-1]), strict=True))
    for name, mask in repair.channel_masks.items():
        np.testing.assert_array_equal(mask, masks[name] >= mask_threshold)
    assert (repair.by_agreement.pruned_count > 0) == (mask_threshold > 0)


def test_a_refit_that_is_stopped_is_scored_as_far_as_it_came(request_):
    def stop(partial):
        if isinstance(partial, RefitEpoch) and partial.epoch == 1:
            monitor.cancel()

    monitor = Monitor(on_partial=stop)
    settings = replace(FINETUNE.default_settings(), epochs=500)
    repair = repair_network(replace(request_, method=FINETUNE, settings=settings), monitor=monitor)
    assert repair.refit.is_cut_short
    assert len(repair.refit.history) == 2
    assert repair.by_agreement.test.pruned == repair.refit.history[repair.refit.kept_epoch].test


def test_images_of_a_poisoned_set_are_watched_from_the_first_second_to_the_end(request_):
    published = []
    settings = replace(FINETUNE.default_settings(), epochs=2)
    repair = repair_network(
        replace(request_, method=FINETUNE, settings=settings), monitor=Monitor(on_partial=published.append)
    )
    watched = next(each for each in published if isinstance(each, WatchedImages))
    assert published.index(watched) < next(
        place for place, each in enumerate(published) if isinstance(each, RefitEpoch)
    )
    assert watched.source == request_.inputs.poisoned[0].name
    history = repair.refit.history
    assert history[0].image_labels == watched.base  # B is where training begins
    kept = history[repair.refit.kept_epoch].image_labels
    assert kept == tuple(each.pruned for each in repair.examples.images)
    assert kept == tuple(np.asarray(repair.model(watched.pixels)).argmax(axis=1))


def test_a_stopped_refit_says_what_is_left_and_a_second_stop_leaves_that(request_):
    """The second stop comes while the best epoch is scored: it ends the repair without a result."""
    remainders = []

    def stop(partial):
        if isinstance(partial, RefitEpoch) and partial.epoch == 1:
            monitor.cancel()

    def watch(progress):
        if progress.remainder and progress.remainder not in remainders:
            remainders.append(progress.remainder)
            if progress.remainder.startswith("scoring"):
                monitor.cancel()

    monitor = Monitor(on_partial=stop, on_progress=watch)
    settings = replace(FINETUNE.default_settings(), epochs=500)
    with pytest.raises(Cancelled):
        repair_network(replace(request_, method=FINETUNE, settings=settings), monitor=monitor)
    set_count = len(request_.inputs.sets)
    assert remainders == ["keeping the best epoch", f"scoring the best epoch on {set_count} sets"]


def test_stopping_while_images_are_chosen_to_be_shown_loses_nothing_else(request_, monkeypatch):
    monitor = Monitor()

    def stopped(*_arguments, **_options):
        monitor.cancel()
        monitor.stop_if_asked()

    monkeypatch.setattr("core.repair.job.find_watched", stopped)
    alone = replace(request_.inputs, poisoned=())
    repair = repair_network(replace(request_, inputs=alone), monitor=monitor)
    assert repair.examples is None
    assert repair.by_agreement.pruned_count > 0 and not repair.is_cut_short
    monitor.checkpoint("afterwards")  # the request counts as handled


def test_the_recipe_refits_a_network_without_convolutions(random_sets):
    inputs = keras.Input((12, 10, 3))
    outputs = keras.layers.Dense(4, activation="softmax")(keras.layers.Flatten()(inputs))
    network = Network(keras.Model(inputs, outputs), path=Path("dense.keras"))

    def stop(partial):
        if isinstance(partial, RefitEpoch) and partial.epoch == 1:
            monitor.cancel()

    monitor = Monitor(on_partial=stop)
    request = RepairRequest(EvaluationInputs(network, random_sets[0], None, (), scale=Scale.UNIT), AUTO)
    repair = repair_network(request, monitor=monitor)
    assert repair.recipe.attempt.plan.method is OCCLUSION
    assert repair.sweeps == () and repair.channel_masks == {}
    assert repair.refit.is_cut_short and repair.recipe.is_cut_short
    assert any((a != b).any() for a, b in zip(network.model.get_weights(), repair.model.get_weights(), strict=True))
