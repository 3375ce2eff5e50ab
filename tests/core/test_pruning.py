"""The sweep against plainly pruned Keras models, its stops, and that it can be cancelled anywhere."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.dataset import from_arrays
from core.errors import Cancelled, ExportError, LayerError, PruningError
from core.inspection import InspectionRequest, inspect
from core.monitor import Monitor
from core.network import Network
from core.pruning import find_stops
from core.records import Order, Ranking, Scale, ScaleFinding, Side, SweepPoint
from core.repair import build_pruned
from core.workbench import CutSet, Workbench


def plain_labels(model, layer, pruned, images, reader=None, channel_count=None):
    """The published way: a copy, its weights set to zero, predict."""
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
    return copy.predict(images, verbose=0).argmax(axis=1)


def test_the_channel_that_is_the_backdoor_is_found(marked_network, marked_sets):
    clean, poisoned = marked_sets
    request = InspectionRequest(marked_network, clean, clean, (poisoned,), "conv", scale=Scale.RAW)
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
    # G: clean images pass, every triggered one is flagged.
    assert first.validation.flagged.count == 0
    assert first.poisoned[0].flagged.count == 8
    assert sweep.bypass is None
    assert sweep.poisoned_sets[0].target_labels == (2,)


@pytest.mark.parametrize("reader", [None, "conv_3", "fc_1"])
def test_every_step_equals_the_plainly_pruned_model(two_branches, random_sets, reader):
    valid, test, poisoned = random_sets
    bench = Workbench(
        two_branches,
        layer="conv_2",
        reader=reader,
        scale=Scale.UNIT,
        validation=valid,
        test=test,
        poisoned=[poisoned],
    )
    ranking = bench.prepare(order=Order.ASCENDING, monitor=Monitor())
    base = {each.name: None for each in random_sets}
    for pruned_count in range(9):
        pruned = ranking.order[:pruned_count]
        point = bench.score(ranking.channel_mask(pruned_count), pruned_count=pruned_count, monitor=Monitor())
        scores = (point.validation, point.test, point.poisoned[0])
        for each, score in zip(random_sets, scores, strict=True):
            pixels = each.batch(0, each.image_count, scale="unit")
            labels = plain_labels(two_branches.model, "conv_2", pruned, pixels, reader, 8)
            if pruned_count == 0:
                base[each.name] = labels
            agreed = labels == base[each.name]
            assert score.pruned.count == (labels == each.labels).sum()
            assert score.repaired.count == (agreed & (labels == each.labels)).sum()
            assert score.flagged.count == (~agreed).sum()


def random_network(draw):
    """A random small network: some with normalization, additions, several readers, global or flat heads."""
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
    cut = network.cut(layer.name, reader=reader)
    bench = CutSet(cut, dataset, scale=Scale.UNIT, memory_bytes=1 << 30)
    bench.fill(Monitor())
    pixels = dataset.batch(0, 19, scale="unit")
    np.testing.assert_array_equal(bench.base_labels, np.asarray(network.model(pixels)).argmax(axis=1))
    for _ in range(3):
        drawn = data.draw(st.lists(st.booleans(), min_size=layer.channel_count, max_size=layer.channel_count))
        mask = np.array(drawn)
        plain = build_pruned(network, layer=layer.name, channel_mask=mask, reader=reader)
        expected = np.asarray(plain(pixels)).argmax(axis=1)
        np.testing.assert_array_equal(bench.answer(mask, monitor=Monitor()), expected)


def test_only_images_a_change_touches_are_computed(marked_network, marked_sets, monkeypatch):
    clean, _ = marked_sets
    cut = marked_network.cut("conv")
    bench = CutSet(cut, clean, scale=Scale.RAW, memory_bytes=1 << 30)
    bench.fill(Monitor())
    asked = []
    answer = cut.answer
    monkeypatch.setattr(cut, "answer", lambda mask, tensors: asked.append(len(tensors[0])) or answer(mask, tensors))
    bench.answer(np.array([True, True, False, False]), monitor=Monitor())
    assert asked == []  # blue and the always-zero channel touch no clean image
    bench.answer(np.array([True, False, False, False]), monitor=Monitor())
    assert asked == [3]  # the green ones


def test_exact_ties_are_settled_by_the_plain_network(marked_network):
    images = np.zeros((2, 6, 6, 3), np.float32)
    images[0] += np.array([80, 80, 0], np.float32)  # red says as much as green
    images[1, ..., 0] = 80
    dataset = from_arrays("ties.h5", images, np.array([0, 0]))
    bench = CutSet(marked_network.cut("conv"), dataset, scale=Scale.RAW, memory_bytes=1 << 30)
    bench.fill(Monitor())
    assert bench.settled_count == 1
    assert bench.base_labels.tolist() == [0, 0]


def test_tensors_over_the_budget_go_to_disk_and_answers_stay(two_branches, random_sets):
    cut = two_branches.cut("conv_2", reader="conv_3")
    benches = [CutSet(cut, random_sets[0], scale=Scale.UNIT, memory_bytes=size) for size in (1 << 30, 0)]
    assert [isinstance(bench._tensors[0], np.memmap) for bench in benches] == [False, True]
    mask = np.array([True, False] * 4)
    for bench in benches:
        bench.fill(Monitor())
    np.testing.assert_array_equal(*(bench.answer(mask, monitor=Monitor()) for bench in benches))


def test_progress_follows_the_work_and_not_the_steps(marked_network, marked_sets):
    seen = []
    monitor = Monitor(on_progress=seen.append, clock=iter(range(10_000)).__next__)
    request = InspectionRequest(marked_network, marked_sets[0], None, (), "conv", scale=Scale.RAW)
    inspect(request, monitor=monitor)
    pruning = [(each.done_count, each.fraction) for each in seen if each.stage == "Pruning"]
    # Blue and the always-zero channel touch no clean image; green touches 3, red 5; each step counts for one more.
    assert pruning == [(0, 0), (0, 0), (1, 1 / 12), (2, 2 / 12), (3, 6 / 12), (4, 1)]


def test_a_full_disk_is_a_sentence_and_not_the_end(two_branches, random_sets, monkeypatch):
    def full(descriptor, start, size):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", full)
    with pytest.raises(ExportError, match=r"temporary space .*No space left") as refused:
        CutSet(two_branches.cut("conv_2"), random_sets[0], scale=Scale.UNIT, memory_bytes=0)
    assert refused.value.code == "no-space"


def test_poisoned_sets_of_the_same_name_are_told_apart(two_branches, random_sets):
    poisoned = [replace(random_sets[2], path=Path(folder) / "poisoned.h5") for folder in ("a", "b", "b")]
    request = InspectionRequest(two_branches, random_sets[0], None, tuple(poisoned), "conv_1", scale=Scale.UNIT)
    names = [each.name for each in inspect(request, monitor=Monitor()).sweep.poisoned_sets]
    assert names == ["a/poisoned.h5", "b/poisoned.h5 (1)", "b/poisoned.h5 (2)"]


def test_records_are_published_as_they_come(two_branches, random_sets):
    valid, _, poisoned = random_sets
    seen = []
    monitor = Monitor(on_partial=seen.append)
    inspection = inspect(InspectionRequest(two_branches, valid, None, (poisoned,), "conv_2", "conv_3"), monitor=monitor)
    kinds = [type(each) for each in seen]
    assert kinds == [ScaleFinding, Ranking, *[SweepPoint] * 9]
    assert tuple(seen[2:]) == inspection.sweep.points
    assert inspection.sweep.bypass.open_readers == ("fc_1",)
    assert inspection.sweep.bypass.cut_reader == "conv_3"
    assert all(point.test is None for point in inspection.sweep.points)


def test_inputs_are_unchanged(two_branches, random_sets):
    before = [array.copy() for array in two_branches.model.get_weights()]
    images = [each.images.copy() for each in random_sets]
    inspect(InspectionRequest(two_branches, *random_sets[:2], random_sets[2:], "conv_2"), monitor=Monitor())
    for one, other in zip(before, two_branches.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    for one, each in zip(images, random_sets, strict=True):
        np.testing.assert_array_equal(one, each.images)


def test_cancel_at_the_first_a_middle_and_the_last_checkpoint(two_branches, random_sets):
    request = InspectionRequest(two_branches, random_sets[0], None, (), "conv_2")

    class Counting(Monitor):
        def __init__(self, limit):
            super().__init__()
            self.count, self.limit = 0, limit

        def checkpoint(self, stage, **how):
            self.count += 1
            if self.count == self.limit:
                self.cancel()
            super().checkpoint(stage, **how)

    whole = Counting(limit=0)
    inspect(request, monitor=whole)
    assert whole.count > 10
    for limit in (1, whole.count // 2, whole.count):
        with pytest.raises(Cancelled):
            inspect(request, monitor=Counting(limit))


def test_stops_before_and_after_crossing(marked_network, marked_sets):
    clean, poisoned = marked_sets
    request = InspectionRequest(marked_network, clean, None, (poisoned,), "conv", scale=Scale.RAW)
    sweep = inspect(request, monitor=Monitor()).sweep
    assert [point.validation.pruned.count for point in sweep.points] == [8, 8, 8, 5, 5]
    unpruned, before, after, exact, exact_after, never, never_after = find_stops(sweep, [0.1, 0.375, 0.38])
    assert (unpruned.threshold, unpruned.side, unpruned.channels_left) == (None, None, 4)
    assert (before.side, before.point.pruned_count, before.channels_left) == (Side.BEFORE, 2, 2)
    assert (after.side, after.point.pruned_count, after.channels_left) == (Side.AFTER, 3, 1)
    # A drop of exactly the threshold crosses it: 3 of 8 is 37.5 points.
    assert (exact.point.pruned_count, exact_after.point.pruned_count) == (2, 3)
    assert (never.point.pruned_count, never_after.point, never_after.channels_left) == (4, None, None)
    with pytest.raises(PruningError, match="got 200"):
        find_stops(sweep, [2.0])


def test_unknown_layers_are_refused(two_branches, random_sets):
    with pytest.raises(LayerError):
        inspect(InspectionRequest(two_branches, random_sets[0], None, (), "pool_2", scale=Scale.RAW), monitor=Monitor())
