"""The sweep compared with models pruned in Keras, its stops, and cancelling at any point."""

import threading
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.cut.suffix import find_suffix
from core.cut.tensor_store import TensorStore
from core.data.dataset import from_arrays
from core.errors import Cancelled, ExportError, LayerError, PruningError
from core.findings.scale_finding import ScaleFinding
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.network import Network
from core.network.rebuild import build_pruned
from core.order.ranking import Ranking
from core.records import Side
from core.scale import Scale
from core.sweep.image_block import ImageBlock, settle
from core.sweep.inspection import InspectionRequest, inspect
from core.sweep.records import SweepEstimate
from core.sweep.stops import find_stops
from core.thread_pool import ThreadPool
from tests.patience import PATIENCE_S


def plain_labels(model, layer, pruned, images, reader=None, channel_count=None):
    """Return the labels by the published method: copy the model, zero its weights, and run it."""
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    target = copy.get_layer(reader or layer)
    weights = target.get_weights()
    if reader is None:
        for array in weights:
            array[..., pruned] = 0
    elif isinstance(target, keras.layers.Dense):
        weights[0].reshape(-1, channel_count, weights[0].shape[-1])[:, pruned] = 0
    else:
        weights[0][:, :, pruned] = 0
    target.set_weights(weights)
    return np.asarray(copy(images, training=False)).argmax(axis=1)


def never():
    """A `check` that never cancels."""


def walk(block, order):
    """Walk a block and settle its close calls."""
    counts, calls = block.walk(np.array(order), TensorStore(1 << 30), never)
    return counts + settled(calls)


def answer(block, mask, store):
    """Predict under a mask and settle close calls."""
    counts, calls = block.answer(mask, store, never)
    return counts + settled(calls)


def settled(calls):
    """Return the counts of the close calls."""
    with ThreadPool() as threads:
        return settle([calls], threads, while_waiting=never)[0]


def make_block(cut, dataset, *, scale=Scale.RAW, store=None):
    """Return all images of a set as one block with a computed prefix."""
    block = ImageBlock(cut, find_suffix(cut), dataset, np.arange(dataset.image_count), scale=scale)
    block.cache(store or TensorStore(1 << 30), never)
    return block


def test_the_channel_that_is_the_backdoor_is_found(marked_network, marked_sets):
    clean, poisoned = marked_sets
    request = InspectionRequest(EvaluationInputs(marked_network, clean, clean, (poisoned,), scale=Scale.RAW), "conv")
    sweep = inspect(request, monitor=Monitor()).sweep
    assert sweep.ranking.order.tolist() == [2, 3, 1, 0]
    assert sweep.ranking.dead_count == 2
    unpruned, first = sweep.points[:2]
    assert (unpruned.pruned_count, unpruned.channel_index) == (0, -1)
    assert unpruned.poisoned[0].pruned.rate == 1
    assert first.channel_index == 2
    assert first.poisoned[0].pruned.count == 0
    assert first.validation.pruned.count == 8
    assert first.test.pruned.count == 8
    # G: no clean image is flagged, every triggered one is.
    assert first.validation.flagged.count == 0
    assert first.poisoned[0].flagged.count == 8
    assert sweep.bypass is None
    assert sweep.poisoned_sets[0].target_labels == (2,)


@pytest.mark.parametrize("reader", [None, "conv_3", "fc_1"])
def test_every_step_equals_the_plainly_pruned_model(two_branches, random_sets, reader):
    valid, test, poisoned = random_sets
    request = InspectionRequest(
        EvaluationInputs(two_branches, valid, test, (poisoned,), scale=Scale.UNIT), "conv_2", reader
    )
    sweep = inspect(request, monitor=Monitor()).sweep
    base = {each.name: None for each in random_sets}
    for pruned_count, point in enumerate(sweep.points):
        pruned = sweep.ranking.order[:pruned_count]
        scores = (point.validation, point.test, point.poisoned[0])
        for each, score in zip(random_sets, scores, strict=True):
            pixels = each.batch(0, each.image_count, scale=Scale.UNIT)
            labels = plain_labels(two_branches.model, "conv_2", pruned, pixels, reader, 8)
            if pruned_count == 0:
                base[each.name] = labels
            agreed = labels == base[each.name]
            assert score.pruned.count == (labels == each.labels).sum()
            assert score.repaired.count == (agreed & (labels == each.labels)).sum()
            assert score.flagged.count == (~agreed).sum()


def random_network(draw):
    """Return a random small network: some with normalization, additions, several readers, global or flat heads."""
    layers = keras.layers
    pixels = keras.Input((8, 8, 3))
    x = layers.Conv2D(draw(st.integers(1, 5)), 3, activation="relu", name="conv_a")(pixels)
    width = draw(st.integers(1, 5))
    x = layers.Conv2D(width, 3, padding="same", name="conv_b")(x)
    if draw(st.booleans()):
        x = layers.BatchNormalization(name="norm")(x)
    x = layers.ReLU(name="relu")(x)
    if draw(st.booleans()):
        x = layers.MaxPooling2D(2, name="pool")(x)
    if draw(st.booleans()):
        x = layers.Add(name="sum")([x, layers.Conv2D(width, 1, name="conv_c")(x)])
    if draw(st.booleans()):
        x = layers.DepthwiseConv2D(2, name="deep")(x)
    head = layers.Flatten if draw(st.booleans()) else layers.GlobalAveragePooling2D
    out = layers.Dense(3, activation=draw(st.sampled_from(["softmax", None])))(head()(x))
    model = keras.Model(pixels, out)
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    for layer in model.layers:
        layer.set_weights([rng.normal(0, 0.5, a.shape).astype(np.float32) ** 2 + 0.1 * (a.ndim > 1)
                           if layer.name == "norm" else rng.normal(0, 0.5, a.shape).astype(np.float32)
                           for a in layer.get_weights()])  # fmt: skip
    return model


@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_random_networks_and_masks_equal_the_plain_path(data):
    keras.utils.set_random_seed(0)
    network = Network(random_network(data.draw), path=Path("random.keras"))
    images = np.random.default_rng(3).integers(0, 256, (19, 8, 8, 3)).astype(np.uint8)
    dataset = from_arrays("random.h5", images, np.zeros(19, np.int64))
    layer = data.draw(st.sampled_from(network.summary.layers))
    reader = data.draw(st.sampled_from([None, *(r.layer for r in layer.readers if r.is_cuttable)]))
    block = make_block(network.cut(layer.name, reader=reader), dataset, scale=Scale.UNIT)
    walk(block, np.arange(layer.channel_count))
    pixels = dataset.batch(0, 19, scale=Scale.UNIT)
    np.testing.assert_array_equal(block.labels, np.asarray(network.model(pixels)).argmax(axis=1))
    for _ in range(3):
        drawn = data.draw(st.lists(st.booleans(), min_size=layer.channel_count, max_size=layer.channel_count))
        mask = np.array(drawn)
        plain = build_pruned(network, layer=layer.name, channel_mask=mask, reader=reader)
        expected = np.asarray(plain(pixels)).argmax(axis=1)
        answer(block, mask, TensorStore(0))
        np.testing.assert_array_equal(block.labels, expected)


def test_only_images_a_change_touches_are_computed(marked_network, marked_sets):
    block = make_block(marked_network.cut("conv"), marked_sets[0])
    # Blue and the always-zero channel are zero on all clean images; green is active on 3, red on 5, and then no active
    # channel is left on any image, so that one prediction is enough for all of them.
    counts = walk(block, [2, 3, 1, 0])
    assert counts.hits.tolist() == [8, 8, 8, 5, 5]
    assert counts.update_count == 2
    # The same holds with red pruned before green.
    assert walk(block, [0, 1, 2, 3]).update_count == 2


def test_exact_ties_are_settled_by_the_plain_network(marked_network):
    images = np.zeros((2, 6, 6, 3), np.float32)
    images[0] += np.array([80, 80, 0], np.float32)  # red is as strong as green
    images[1, ..., 0] = 80
    block = make_block(marked_network.cut("conv"), from_arrays("ties.h5", images, np.array([0, 0])))
    # The tie in the unpruned network, and the tie with all channels pruned.
    assert walk(block, [2, 3, 1, 0]).settled_count == 2
    assert block.labels.tolist() == [0, 0]


def test_what_is_left_after_subtracting_much_is_settled_too(marked_network, marked_sets):
    # All outputs are zero when all channels are pruned; rounding errors of the sums must not decide.
    for each in marked_sets:
        block = make_block(marked_network.cut("conv"), each)
        assert walk(block, [2, 3, 1, 0]).hits[-1] == (each.labels == 0).sum()


def test_sums_over_the_budget_go_to_disk_and_answers_stay(two_branches, random_sets):
    cut = two_branches.cut("conv_2", reader="conv_3")
    masks = np.random.default_rng(5).random((6, 8)) < 0.5
    found = []
    for store in (TensorStore(1 << 30), TensorStore(0)):
        block = make_block(cut, random_sets[0], scale=Scale.UNIT, store=store)
        walk(block, range(8))
        labels = []
        for mask in masks:
            answer(block, mask, store)
            labels.append(block.labels)
        found.append(labels)
    assert store.spilled_bytes > 0
    np.testing.assert_array_equal(*found)


def test_many_changes_do_not_wear_the_sums_out(two_branches, random_sets, monkeypatch):
    monkeypatch.setattr("core.sweep.image_block.MOST_TOGGLES", 5)
    block = make_block(two_branches.cut("conv_2"), random_sets[0], scale=Scale.UNIT)
    walk(block, range(8))
    store = TensorStore(1 << 30)
    pixels = random_sets[0].batch(0, 40, scale=Scale.UNIT)
    for seed in range(12):
        mask = np.random.default_rng(seed).random(8) < 0.5
        answer(block, mask, store)
        expected = two_branches.outputs(pixels, layer="conv_2", channel_mask=mask).argmax(axis=1)
        np.testing.assert_array_equal(block.labels, expected)


def test_progress_counts_images(marked_network, marked_sets):
    seen = []
    monitor = Monitor(on_progress=seen.append, clock=iter(range(100_000)).__next__)
    request = InspectionRequest(EvaluationInputs(marked_network, marked_sets[0], None, (), scale=Scale.RAW), "conv")
    inspect(request, monitor=monitor)
    pruning = [(each.done_count, each.fraction) for each in seen if each.stage == "Pruning"]
    assert pruning[0] == (0, 0)
    assert pruning[-1] == (8, 1)


def test_a_full_disk_is_a_sentence_and_not_the_end(two_branches, random_sets, monkeypatch):
    def full(descriptor, start, size):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", full)
    with pytest.raises(ExportError, match=r"temporary space.*No space left") as refused:
        make_block(two_branches.cut("conv_2"), random_sets[0], store=TensorStore(0))
    assert refused.value.code == "no-space"


def test_poisoned_sets_of_the_same_name_are_told_apart(two_branches, random_sets):
    poisoned = [replace(random_sets[2], path=Path(folder) / "poisoned.h5") for folder in ("a", "b", "b")]
    request = InspectionRequest(
        EvaluationInputs(two_branches, random_sets[0], None, tuple(poisoned), scale=Scale.UNIT), "conv_1"
    )
    names = [each.name for each in inspect(request, monitor=Monitor()).sweep.poisoned_sets]
    assert names == ["a/poisoned.h5", "b/poisoned.h5 (1)", "b/poisoned.h5 (2)"]


def test_records_are_published_as_they_come(two_branches, random_sets):
    valid, _, poisoned = random_sets
    seen = []
    monitor = Monitor(on_partial=seen.append)
    inspection = inspect(
        InspectionRequest(EvaluationInputs(two_branches, valid, None, (poisoned,)), "conv_2", "conv_3"), monitor=monitor
    )
    kinds = [type(each) for each in seen]
    # The sets are so small that the first sample contains all images.
    assert kinds == [ScaleFinding, Ranking, SweepEstimate, SweepEstimate]
    for estimate in seen[2:]:
        assert estimate.points == inspection.sweep.points
        assert (estimate.image_count, estimate.image_total) == (70, 70)
        assert estimate.is_order_final
    assert inspection.sweep.bypass.open_readers == ("fc_1",)
    assert inspection.sweep.bypass.cut_reader == "conv_3"
    assert all(point.test is None for point in inspection.sweep.points)


def test_inputs_are_unchanged(two_branches, random_sets):
    before = [array.copy() for array in two_branches.model.get_weights()]
    images = [each.images.copy() for each in random_sets]
    inspect(
        InspectionRequest(EvaluationInputs(two_branches, *random_sets[:2], random_sets[2:]), "conv_2"),
        monitor=Monitor(),
    )
    for one, other in zip(before, two_branches.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    for one, each in zip(images, random_sets, strict=True):
        np.testing.assert_array_equal(one, each.images)


@pytest.mark.parametrize("moment", [("Measuring", 0), ("Measuring", 40), ("Pruning", 0), ("Pruning", 70)])
def test_cancel_at_the_first_a_middle_and_the_last_checkpoint(two_branches, random_sets, moment):
    class Cancelling(Monitor):
        def checkpoint(self, stage, *, done_count=0, **how):
            if stage.startswith(moment[0]) and done_count == moment[1]:
                self.cancel()
            super().checkpoint(stage, done_count=done_count, **how)

    request = InspectionRequest(
        EvaluationInputs(two_branches, random_sets[0], None, (random_sets[2],), scale=Scale.UNIT), "conv_2"
    )
    with pytest.raises(Cancelled):
        inspect(request, monitor=Cancelling())
    for thread in threading.enumerate():
        if thread.name.startswith("worker"):
            thread.join(PATIENCE_S)
            assert not thread.is_alive()  # no worker keeps running


def test_stops_before_and_after_crossing(marked_network, marked_sets):
    clean, poisoned = marked_sets
    request = InspectionRequest(EvaluationInputs(marked_network, clean, None, (poisoned,), scale=Scale.RAW), "conv")
    sweep = inspect(request, monitor=Monitor()).sweep
    assert [point.validation.pruned.count for point in sweep.points] == [8, 8, 8, 5, 5]
    unpruned, before, after, exact, exact_after, never, never_after = find_stops(sweep, [0.1, 0.375, 0.38])
    assert (unpruned.threshold, unpruned.side, unpruned.channels_left) == (None, None, 4)
    assert (before.side, before.point.pruned_count, before.channels_left) == (Side.BEFORE, 2, 2)
    assert (after.side, after.point.pruned_count, after.channels_left) == (Side.AFTER, 3, 1)
    # A drop of exactly the threshold crosses it: 3 of 8 is 37.5 points.
    assert (exact.point.pruned_count, exact_after.point.pruned_count) == (2, 3)
    assert (never.point.pruned_count, never_after.point, never_after.channels_left) == (4, None, None)
    with pytest.raises(PruningError, match=r"got 2$"):
        find_stops(sweep, [2.0])


def test_unknown_layers_are_refused(two_branches, random_sets):
    with pytest.raises(LayerError):
        inspect(
            InspectionRequest(EvaluationInputs(two_branches, random_sets[0], None, (), scale=Scale.RAW), "pool_2"),
            monitor=Monitor(),
        )


def test_a_mask_by_hand_is_estimated_by_a_sample_first(two_branches):
    images = np.random.default_rng(4).integers(0, 256, (1500, *two_branches.input_shape)).astype(np.uint8)
    data = from_arrays("many.h5", images, np.arange(1500) % 4)
    request = InspectionRequest(EvaluationInputs(two_branches, data, None, (), scale=Scale.UNIT), "conv_3")
    bench = inspect(request, monitor=Monitor()).evaluator
    mask = np.ones(bench.layer.channel_count, dtype=bool)
    mask[[0, 2]] = False
    published = []
    exact = bench.score(mask, pruned_count=2, monitor=Monitor(on_partial=published.append))
    (estimate,) = published
    assert 0 < estimate.validation.pruned.total < exact.validation.pruned.total == 1500
    assert estimate.pruned_count == exact.pruned_count == 2
    pixels = data.batch(0, 1500, scale=Scale.UNIT)
    labels = two_branches.outputs(pixels, layer="conv_3", channel_mask=mask).argmax(axis=1)
    assert exact.validation.pruned.count == (labels == data.labels).sum()
    low, high = estimate.validation.pruned.interval
    assert low - 0.05 < exact.validation.pruned.rate < high + 0.05
    assert bench.score(mask, pruned_count=2, monitor=Monitor(on_partial=published.append)) == exact
    assert len(published) == 1, "what is known is not estimated"


def test_scores_that_are_cancelled_take_no_more_room_each_time(two_branches, random_sets, monkeypatch):
    request = InspectionRequest(
        EvaluationInputs(two_branches, random_sets[0], None, random_sets[2:], scale=Scale.UNIT),
        "conv_3",
        memory_bytes=0,
    )
    bench = inspect(request, monitor=Monitor()).evaluator
    mask = np.ones(bench.layer.channel_count, dtype=bool)
    spilled = []
    for channel in range(4):
        mask[channel] = False
        with monkeypatch.context() as patch, pytest.raises(Cancelled):
            patch.setattr("core.sweep.masked_evaluator.settle", raise_cancelled)
            bench.score(mask, pruned_count=channel + 1, monitor=Monitor())
        spilled.append(bench.store.spilled_bytes)
    assert len(set(spilled)) == 1


def raise_cancelled(*_args, **_settings):
    raise Cancelled


@pytest.mark.parametrize("layer", ["conv_3", "conv_1"])
def test_a_evaluator_that_gave_its_memory_back_still_scores(two_branches, random_sets, layer):
    request = InspectionRequest(
        EvaluationInputs(two_branches, random_sets[0], None, random_sets[2:], scale=Scale.UNIT), layer
    )
    bench = inspect(request, monitor=Monitor()).evaluator
    masks = np.random.default_rng(8).random((3, bench.layer.channel_count)) < 0.6
    before = [bench.score(mask, pruned_count=1, monitor=Monitor()) for mask in masks[:2]]
    bench.release()
    bench.remember((), inspect(request, monitor=Monitor()).sweep.ranking)
    assert [bench.score(mask, pruned_count=1, monitor=Monitor()) for mask in masks[:2]] == before
    assert not bench.is_quick
