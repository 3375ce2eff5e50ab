"""Refitting: held channels stay zero, the best epoch is kept, a seed is reproducible, and stopping is immediate."""

import threading
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from core.data.dataset import from_arrays
from core.errors import Cancelled, DatasetError, PruningError
from core.metrics.evaluation import share_predicted
from core.monitor import Monitor
from core.network.network import Network
from core.records import Share
from core.refit.meter import Watched
from core.refit.records import Augmentation, Mixing, Occlusion, Optimizer, RefitEpoch, RefitSettings, find_kept
from core.refit.refit import _Pool, refit_network
from core.refit.step import make_step
from core.scale import Scale
from tests.patience import PATIENCE_S

STILL = Augmentation(shift=0, light=0, is_mirrored=False)
QUICK = RefitSettings(epochs=2, batch_size=16, learning_rate=0.01)
MASK = np.array([True, False, True, False, True, True, False, True])


def tune(network, sets, settings=QUICK, **arguments):
    return refit_network(network, sets[0], settings, scale=Scale.UNIT, **arguments)


def equal(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("optimizer", list(Optimizer))
@pytest.mark.parametrize("radius", [0.0, 0.5])
def test_pruned_channels_stay_exactly_zero(make_two_branches, random_sets, batch_norm, optimizer, radius):
    network = Network(make_two_branches(3, batch_norm=batch_norm), path=Path("two.keras"))
    before = network.model.get_weights()
    settings = replace(QUICK, optimizer=optimizer, perturbation_radius=radius)
    first = np.array([True, True, False, True, True])
    tuned = tune(network, random_sets, settings, channel_masks={"conv_2": MASK, "conv_1": first})
    assert tuned.kept_epoch > 0
    for name, mask in (("conv_1", first), ("conv_2", MASK)):
        for array in tuned.model.get_layer(name).get_weights():
            assert not array[..., ~mask].any()
            assert not np.array_equal(array[..., mask], network.model.get_layer(name).get_weights()[0][..., mask])
    pixels = random_sets[0].batch(0, 40, scale=Scale.UNIT)
    seen = keras.Model(tuned.model.inputs[0], tuned.model.get_layer("pool_2").output)(pixels)
    assert not np.asarray(seen)[..., ~MASK].any()
    assert np.asarray(seen)[..., MASK].any(axis=(0, 1, 2)).any()
    assert equal(network.model.get_weights(), before)
    assert [layer.name for layer in tuned.model.layers] == [layer.name for layer in network.model.layers]
    # The weights of the branch without pruned channels have changed.
    assert not equal(tuned.model.get_layer("fc_2").get_weights(), network.model.get_layer("fc_2").get_weights())


def test_a_mask_layer_stays_what_it_is(make_two_branches, random_sets):
    network = Network(make_two_branches(1, activation="sigmoid"), path=Path("two.keras"))
    tuned = tune(network, random_sets, channel_masks={"conv_2": MASK})
    kernel = tuned.model.get_layer("conv_2_channel_mask").get_weights()[0]
    assert np.array_equal(kernel.ravel(), MASK.astype(np.float32))
    assert all(layer.trainable for layer in tuned.model.layers)


def test_layers_that_the_file_froze_are_trained_too(two_branches, random_sets):
    before = two_branches.model.get_layer("fc_1").get_weights()
    two_branches.model.get_layer("fc_1").trainable = False
    tuned = tune(two_branches, random_sets)
    assert not equal(tuned.model.get_layer("fc_1").get_weights(), before)
    assert not two_branches.model.get_layer("fc_1").trainable


def test_it_learns_and_reports_what_it_did(marked_network, marked_sets):
    clean, poisoned = marked_sets
    labels = np.array([1] * 5 + [0] * 3)  # swapped, so that there is something to learn
    swapped = from_arrays("clean.h5", clean.images, labels)
    published = []
    settings = RefitSettings(
        epochs=30, batch_size=4, learning_rate=0.05, held_out_share=0.25, rollback_margin=1, augmentation=STILL
    )
    tuned = refit_network(
        marked_network,
        swapped,
        settings,
        scale=Scale.UNIT,
        watched=Watched(swapped, (poisoned,)),
        monitor=Monitor(on_partial=published.append),
    )
    assert published == list(tuned.history)
    assert [each.epoch for each in tuned.history] == list(range(31))
    start, kept = tuned.history[0], tuned.history[tuned.kept_epoch]
    assert np.isnan(start.loss) and start.held_out == Share(0, 2) and start.test == Share(0, 8)
    assert start.poisoned == (Share(8, 8),)
    assert kept.held_out == Share(2, 2) and kept.test == Share(8, 8)
    assert tuned.kept_epoch == find_kept(tuned.history, tolerance=0)
    assert tuned.history[-1].loss < tuned.history[1].loss
    # The figures of the kept epoch equal those of the returned network.
    result = Network(tuned.model, path=Path("tuned.keras"))
    assert share_predicted(result, swapped, scale=Scale.UNIT, monitor=Monitor()) == kept.test
    assert (share_predicted(result, poisoned, scale=Scale.UNIT, monitor=Monitor()),) == kept.poisoned
    assert sorted([*tuned.training_indices, *tuned.held_out_indices]) == list(range(8))


@pytest.mark.parametrize(
    "settings",
    [
        QUICK,
        replace(QUICK, perturbation_radius=1.0, optimizer=Optimizer.SGD),
        replace(QUICK, distillation_weight=0.5, occlusion=Occlusion()),
    ],
)
def test_the_same_seed_gives_the_same_network(two_branches, random_sets, settings):
    # The global generators are used for something else in between.
    runs = []
    for seed in (3, 3, 4):
        runs.append(tune(two_branches, random_sets, replace(settings, seed=seed)))
        keras.utils.set_random_seed(len(runs))
    weights = [each.model.get_weights() for each in runs]
    assert equal(weights[0], weights[1])
    assert runs[0].history[1:] == runs[1].history[1:]
    assert not equal(weights[0], weights[2])


def test_dropout_follows_the_seed(random_sets):
    pixels = keras.Input((12, 10, 3))
    x = keras.layers.Dropout(0.5)(keras.layers.Flatten()(pixels))
    start = keras.initializers.GlorotUniform(seed=0)
    model = keras.Model(pixels, keras.layers.Dense(4, activation="softmax", kernel_initializer=start)(x))
    network = Network(model, path=Path("dropout.keras"))
    weights = [tune(network, random_sets, replace(QUICK, augmentation=STILL)).model.get_weights() for _ in range(2)]
    assert equal(*weights)


def test_unlabelled_images_count_by_the_teachers_answers(two_branches, random_sets):
    _, test, _ = random_sets
    settings = replace(QUICK, distillation_weight=0.5)
    alone = tune(two_branches, random_sets, settings)
    helped = tune(two_branches, random_sets, settings, unlabelled=test)
    other_labels = from_arrays("other.h5", test.images, (test.labels + 1) % 4)
    same = tune(two_branches, random_sets, settings, unlabelled=other_labels)
    assert equal(helped.model.get_weights(), same.model.get_weights())
    assert not equal(helped.model.get_weights(), alone.model.get_weights())
    with pytest.raises(DatasetError, match="distillation weight is 0"):
        tune(two_branches, random_sets, unlabelled=test)


def test_distillation_alone_from_itself_leaves_the_network_as_it_is(two_branches, random_sets):
    settings = replace(QUICK, distillation_weight=1.0, optimizer=Optimizer.SGD)
    tuned = tune(two_branches, random_sets, settings)
    for one, other in zip(tuned.model.get_weights(), two_branches.model.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)
    assert tuned.history[-1].loss == pytest.approx(0, abs=1e-4)


def test_a_fall_goes_back_to_the_best_and_slows_down(marked_network, marked_sets):
    # Steps far too large, on labels that are already predicted correctly: accuracy falls at once.
    clean, _ = marked_sets
    settings = RefitSettings(
        epochs=6, batch_size=2, learning_rate=50.0, held_out_share=0.5, rollback_margin=0.1, seed=1
    )
    tuned = refit_network(marked_network, clean, settings, scale=Scale.RAW)
    fallen = [each for each in tuned.history if each.is_rolled_back]
    assert fallen
    following = tuned.history[fallen[0].epoch + 1]
    assert following.learning_rate < 0.6 * fallen[0].learning_rate


def test_steps_far_too_large_give_back_the_start(two_branches, random_sets):
    settings = replace(QUICK, learning_rate=1e30, optimizer=Optimizer.SGD, rollback_margin=1.0)
    tuned = tune(two_branches, random_sets, settings)
    assert [each.is_rolled_back for each in tuned.history] == [False, True, True]
    assert tuned.kept_epoch == 0
    assert equal(tuned.model.get_weights(), two_branches.model.get_weights())


def test_one_step_without_numbers_does_not_spoil_those_that_follow(two_branches, random_sets):
    """The first batch contains a NaN image, which would stay in Adam's state forever."""
    broken = [True]

    def pixels(self, indices):
        images, labels = batch(self, indices)
        if broken.pop() if broken else False:
            images = np.full_like(images, np.nan)
        return images, labels

    batch = _Pool.batch
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(_Pool, "batch", pixels)
        tuned = tune(two_branches, random_sets, replace(QUICK, epochs=3, rollback_margin=1.0))
    assert [each.is_rolled_back for each in tuned.history] == [False, True, False, False]
    assert np.isfinite(tuned.history[-1].loss)
    assert tuned.kept_epoch > 1


def epochs(*counts, fallen=()):
    return [
        RefitEpoch(number, 0.0, 0.0, Share(count, 100), None, (), number in fallen)
        for number, count in enumerate(counts)
    ]


@pytest.mark.parametrize(
    ("history", "tolerance", "kept"),
    [
        (epochs(90, 80, 85, 84), 0.0, 2),  # epoch 0 is not a candidate
        (epochs(90, 85, 85, 84), 0.0, 2),  # of equal ones the latest
        (epochs(90, 85, 85, 84), 0.01, 3),
        (epochs(90, 85, 70, 84, fallen={2}), 0.2, 3),
        (epochs(90, 85, 85, fallen={2}), 0.0, 1),
        (epochs(90, 79, 79, 70, fallen={1, 2, 3}), 0.0, 0),
    ],
)
def test_which_epoch_is_kept(history, tolerance, kept):
    assert find_kept(history, tolerance=tolerance) == kept


def test_under_patches_counts_as_much_as_plain():
    history = [
        RefitEpoch(number, 0.0, 0.0, Share(plain, 100), None, (), occluded=Share(covered, 400))
        for number, (plain, covered) in enumerate([(98, 100), (98, 200), (96, 320), (90, 324), (97, 316)])
    ]
    assert [each.choice_score for each in history] == pytest.approx([0.615, 0.74, 0.88, 0.855, 0.88])
    assert find_kept(history, tolerance=0.0) == 4  # of equal ones the latest
    assert find_kept(history[:4], tolerance=0.0) == 2


def test_occlusion_measures_held_out_images_under_the_same_patches_each_time(marked_network, marked_sets):
    clean, _ = marked_sets
    # Steps so small that no weight changes: the counts must not change either.
    settings = RefitSettings(epochs=3, learning_rate=1e-30, distillation_weight=1.0, occlusion=Occlusion())
    history = refit_network(marked_network, clean, settings, scale=Scale.RAW).history
    assert {each.occluded for each in history} == {history[0].occluded}
    assert history[0].occluded.total == 4 * history[0].held_out.total
    assert history[0].occluded.rate < history[0].held_out.rate
    plain = refit_network(marked_network, clean, replace(settings, occlusion=None, epochs=1), scale=Scale.RAW)
    assert all(each.occluded is None for each in plain.history)


def test_there_are_as_many_steps_as_were_asked_for(two_branches, random_sets):
    stages = []
    monitor = Monitor(on_progress=stages.append)
    settings = replace(QUICK, epochs=2, batch_size=16, least_steps=11)
    tuned = tune(two_branches, random_sets, settings, monitor=monitor)
    assert len(tuned.history) == 3
    assert len(tuned.training_indices) == 32
    assert stages[-1].total_count == 2 * 3 * 2  # two epochs of three passes of two steps: the least above 11


@pytest.mark.parametrize(("image_count", "passes"), [(1, 50), (64, 50), (65, 25), (640, 5), (100_000, 1)])
def test_few_images_are_passed_over_often(image_count, passes):
    assert RefitSettings(epochs=20, batch_size=64, least_steps=1000).passes(image_count) == passes


def test_averaged_weights_are_what_is_kept(two_branches, random_sets):
    # Late in training the average hardly changes: one late step of a short run changes it by a tenth at most.
    plain = tune(two_branches, random_sets, replace(QUICK, epochs=1))
    averaged = tune(two_branches, random_sets, replace(QUICK, epochs=1, averaging=0.5))
    start = two_branches.model.get_weights()
    moved, moved_less = (
        sum(np.abs(a - b).sum() for a, b in zip(each.model.get_weights(), start, strict=True))
        for each in (plain, averaged)
    )
    assert 0 < moved_less < moved


def test_an_average_follows_its_equation(two_branches, random_sets):
    seen = []

    def look(epoch):
        seen.append(epoch.epoch)

    # One step per epoch: after step i the average is a + (1 - min(d, (1 + i) / (10 + i))) (w - a).
    settings = replace(QUICK, epochs=3, batch_size=1000, learning_rate=0.01, optimizer=Optimizer.SGD)
    weights = [
        tune(two_branches, random_sets, replace(settings, epochs=3, averaging=decay), monitor=Monitor(on_partial=look))
        for decay in (0.0, 0.15)
    ]
    assert seen == [0, 1, 2, 3] * 2
    path = _path(two_branches, random_sets, settings)
    average = [each.copy() for each in path[0]]
    kept = weights[1].kept_epoch
    for index, step in enumerate(path[1 : kept + 1]):
        share = 1 - min(0.15, (1 + index) / (10 + index))
        average = [a + np.float32(share) * (w - a) for a, w in zip(average, step, strict=True)]
    for one, other in zip(weights[1].model.get_weights(), average, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def _path(network, sets, settings):
    """Return the initial weights and those after each epoch of one step, without averaging."""
    from core.refit.refit import _Loop  # noqa: PLC0415  # the only place that sees each epoch's weights

    path = [network.model.get_weights()]
    train = _Loop._train

    def keep(loop, epoch, rng):
        result = train(loop, epoch, rng)
        path.append(loop._model.get_weights())
        return result

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(_Loop, "_train", keep)
        tune(network, sets, settings)
    return path


def test_mixed_images_need_a_teacher():
    with pytest.raises(DatasetError, match="distillation weight is 0"):
        RefitSettings(mixing=Mixing())


@pytest.mark.parametrize("stop_at", [0, 1])
def test_stopping_before_an_epoch_is_through_gives_nothing(two_branches, random_sets, stop_at):
    def stop(progress):
        if progress.done_count >= stop_at:
            monitor.cancel()

    monitor = Monitor(on_progress=stop, clock=iter(range(1000)).__next__)
    with pytest.raises(Cancelled):
        tune(two_branches, random_sets, monitor=monitor)


def test_stopping_later_keeps_the_best_so_far(two_branches, random_sets):
    def stop(epoch):
        if epoch.epoch == 2:
            monitor.cancel()

    monitor = Monitor(on_partial=stop)
    tuned = tune(two_branches, random_sets, replace(QUICK, epochs=6), monitor=monitor)
    assert tuned.is_cut_short
    assert len(tuned.history) == 3
    whole = tune(two_branches, random_sets, replace(QUICK, epochs=6))
    assert not whole.is_cut_short
    assert whole.history[1:3] == tuned.history[1:]
    assert tuned.kept_epoch == find_kept(tuned.history, tolerance=0)
    assert not monitor.is_cancelled  # it is resumed, so that the kept network can be scored


def test_stopping_for_good_keeps_nothing(two_branches, random_sets):
    monitor = Monitor(on_partial=lambda epoch: monitor.cancel(is_final=True) if epoch.epoch == 2 else None)
    with pytest.raises(Cancelled):
        tune(two_branches, random_sets, replace(QUICK, epochs=50), monitor=monitor)


@pytest.mark.parametrize("wanted", [0, 1])
def test_stopping_waits_for_no_step(two_branches, random_sets, monkeypatch, wanted):
    """Compiling the first step takes seconds; a later step is short, but no further one may begin."""
    monitor, ended, begun = Monitor(), threading.Event(), []

    def make_noted(*arguments, **words):
        step = make_step(*arguments, **words)

        def take(pixels, labels, index, *rest):
            begun.append(index)
            if index != wanted:
                return step.take(pixels, labels, index, *rest)
            monitor.cancel()
            try:
                return step.take(pixels, labels, index, *rest)
            finally:
                ended.set()

        return replace(step, take=take)

    monkeypatch.setattr("core.refit.refit.make_step", make_noted)
    with pytest.raises(Cancelled):
        tune(two_branches, random_sets, replace(QUICK, epochs=10_000, perturbation_radius=1.0), monitor=monitor)
    # Whether the stopped step has ended shows who waited for it, independent of the machine's speed.
    assert not ended.is_set() or wanted
    assert begun == list(range(wanted + 1))
    assert ended.wait(PATIENCE_S)  # otherwise it would run on into the next test


def test_progress_tells_the_time_left(two_branches, random_sets):
    seen = []
    clock = iter(range(10_000)).__next__
    tune(two_branches, random_sets, monitor=Monitor(on_progress=seen.append, clock=clock))
    steps = [each for each in seen if each.total_count]
    assert [each.done_count for each in steps] == [0, 1, 2, 3, 4]  # 32 of 40 images, 2 batches an epoch
    assert all(each.remaining_s is not None for each in steps[1:])
    assert steps[-1].remaining_s == 0


def test_masks_that_do_not_fit_are_refused(two_branches, random_sets):
    with pytest.raises(PruningError, match=r"shape \(8,\)"):
        tune(two_branches, random_sets, channel_masks={"conv_2": MASK[:5]})
    for wrong in ({"epochs": 0}, {"held_out_share": 0.6}, {"temperature": 0.5}, {"seed": -1}, {"label_smoothing": 1}):
        with pytest.raises(DatasetError):
            replace(QUICK, **wrong)
