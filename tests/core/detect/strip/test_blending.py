"""STRIP's figures, against plain numpy, and what it refuses."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from core.data.dataset import Dataset
from core.detect.strip.blending import Blender, entropy
from core.detect.strip.job import calibrate
from core.detect.strip.records import evidence_of
from core.errors import Cancelled, DetectorError
from core.monitor import Monitor
from core.network.network import Network
from core.scale import Scale
from tests.core.detect.planted import CLASS_COUNT, PATCH, SIZE, TARGET, planted_network, quarter_images


def patched(dataset: Dataset) -> Dataset:
    images = np.array(dataset.images)
    images[:, PATCH, PATCH] = 255
    return replace(dataset, name="patched.h5", images=images, labels=np.full(len(images), TARGET))


def numpy_figures(network: Network, picture: np.ndarray, blends: np.ndarray, scale: Scale) -> tuple[float, int]:
    """The mean entropy and the number of kept answers of a picture (H, W, C) in 0-255, blended one by one."""

    def answer(pixels: np.ndarray) -> np.ndarray:
        return np.asarray(network.model(scale.read(pixels[np.newaxis].astype(np.float32))))[0].astype(np.float64)

    label, entropies, kept = answer(picture).argmax(), [], 0
    for other in blends:
        p = answer(np.clip(picture + other - blends.mean(axis=0), 0, 255))
        entropies.append(-sum(each * np.log2(each) for each in p if each > 0))
        kept += p.argmax() == label
    return float(np.mean(entropies)), int(kept)


@pytest.mark.parametrize("scale", [Scale.UNIT, Scale.SYMMETRIC])
def test_the_figures_are_those_of_the_paper(scale: Scale) -> None:
    network, clean = planted_network(), quarter_images(60)
    blender = Blender(network, scale, clean, most_blends=20, most_clean=25)
    answers = blender.answers(blender.clean(), Monitor())
    blends, pictures = scale.pixels(blender.blends), scale.pixels(blender.clean())
    assert len(answers) == len(pictures) == 25
    for row in (0, 7, 24):
        mean, kept = numpy_figures(network, pictures[row], blends, scale)
        assert answers.entropies[row] == pytest.approx(mean, abs=1e-5)
        assert answers.kept_counts[row] == kept


def test_the_clean_pictures_are_drawn_by_seed_and_never_twice() -> None:
    clean = quarter_images(60)
    one, same, other = (Blender(planted_network(), Scale.UNIT, clean, seed=seed) for seed in (0, 0, 1))
    assert (one.blend_count, one.clean_count) == (30, 30)
    whole = np.concatenate([one.blends, one.clean()])
    assert len(np.unique(whole.reshape(60, -1), axis=0)) == 60
    assert (one.clean(3, 5) == one.clean()[3:5]).all()
    assert (one.blends == same.blends).all()
    assert (one.blends != other.blends).any()
    many = Blender(planted_network(), Scale.UNIT, quarter_images(400))
    assert (many.blend_count, many.clean_count) == (64, 100)


def test_a_trigger_survives_the_blending_and_is_told_apart() -> None:
    clean = quarter_images(120)
    blender = Blender(planted_network(), Scale.UNIT, clean)
    calibration = calibrate(blender, Monitor(), poisoned=[patched(quarter_images(40, seed=1))])
    (triggered,) = calibration.triggered
    assert triggered.name == "patched.h5"
    assert triggered.by_kept.auroc > 0.9
    assert triggered.by_kept.false_rejections.rate <= 0.05
    assert triggered.by_kept.false_acceptances.total == 40
    picture = blender.triggered(patched(quarter_images(40, seed=1)), 0, 1)
    evidence = evidence_of(blender.answers(picture, Monitor()), calibration)
    assert evidence.label == TARGET
    assert evidence.fewer_kept.rate > 0.9
    assert evidence.kept.total == blender.blend_count


def test_without_a_backdoor_the_same_patch_is_nothing_special() -> None:
    blender = Blender(planted_network(target=None), Scale.UNIT, quarter_images(120))
    calibration = calibrate(blender, Monitor(), poisoned=[patched(quarter_images(40, seed=1))])
    assert calibration.triggered[0].by_kept.auroc < 0.7


def test_batches_do_not_change_the_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    network = planted_network()
    blender = Blender(network, Scale.UNIT, quarter_images(60))
    whole = blender.answers(blender.clean(), Monitor())
    monkeypatch.setattr(Network, "batch_size", 7)
    parts = blender.answers(blender.clean(), Monitor())
    assert (whole.kept_counts == parts.kept_counts).all()
    assert np.allclose(whole.entropies, parts.entropies, atol=1e-6)


def test_pictures_and_weights_are_unchanged() -> None:
    network, clean = planted_network(), quarter_images(60)
    before, pictures = [each.copy() for each in network.model.get_weights()], np.array(clean.images)
    blender = Blender(network, Scale.UNIT, clean)
    asked = blender.clean()
    copied = asked.copy()
    blender.answers(asked, Monitor())
    assert (asked == copied).all()
    assert (np.asarray(clean.images) == pictures).all()
    assert all((one == two).all() for one, two in zip(before, network.model.get_weights(), strict=True))


@pytest.mark.parametrize("at", [0, 2, 4])
def test_it_stops_at_a_checkpoint(at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Network, "batch_size", 60)
    blender = Blender(planted_network(), Scale.UNIT, quarter_images(60))
    seen: list[object] = []
    monitor = Monitor(on_progress=seen.append, clock=lambda: float(len(seen)))

    def stop(progress: object) -> None:
        seen.append(progress)
        if len(seen) > at:
            monitor.cancel()

    monitor._on_progress = stop
    with pytest.raises(Cancelled):
        blender.answers(blender.clean(), monitor)
    assert len(seen) == at + 1


def test_entropy_of_probabilities_and_of_logits() -> None:
    probabilities = np.array([[1, 0, 0, 0], [0.25] * 4, [0.5, 0.5, 0, 0]], np.float32)
    assert np.allclose(entropy(probabilities, is_probability=True), [0, 2, 1], atol=1e-6)
    logits = np.log(np.array([[0.5, 0.25, 0.25]], np.float32)) + 3
    assert np.allclose(entropy(logits, is_probability=False), [1.5], atol=1e-6)


def test_sigmoids_are_read_as_shares() -> None:
    outputs = np.array([[0.9, 0.9], [0.0, 0.0]], np.float32)
    assert np.allclose(entropy(outputs, is_probability=True), [1, 0], atol=1e-6)


def small_network(class_count: int, activation: str | None, weight: float = 0.0) -> Network:
    inputs = keras.Input((SIZE, SIZE, 1))
    outputs = layers.Dense(class_count, activation=activation)(layers.Flatten()(inputs))
    model = keras.Model(inputs, outputs)
    model.set_weights([np.full_like(each, weight) for each in model.get_weights()])
    return Network(model, path=Path("small.keras"))


def test_a_network_of_two_classes_is_answered() -> None:
    blender = Blender(small_network(2, "softmax"), Scale.UNIT, quarter_images(60))
    answers = blender.answers(blender.clean(0, 3), Monitor())
    assert answers.entropies == pytest.approx([1, 1, 1])
    assert answers.kept_counts.tolist() == [30, 30, 30]


def test_too_few_clean_pictures() -> None:
    Blender(planted_network(), Scale.UNIT, quarter_images(40))
    with pytest.raises(
        DetectorError, match=r"needs at least 40 clean pictures, .* got 39 in 'quarters\.h5'"
    ) as refusal:
        Blender(planted_network(), Scale.UNIT, quarter_images(39))
    assert refusal.value.code == "few-images"


def test_outputs_that_are_no_numbers() -> None:
    network = small_network(CLASS_COUNT, None, weight=np.nan)
    blender = Blender(network, Scale.UNIT, quarter_images(60))
    with pytest.raises(
        DetectorError, match=r"'small\.keras' answers blended pictures with outputs that are no numbers"
    ):
        blender.answers(blender.clean(0, 1), Monitor())


def test_a_repaired_network_is_refused() -> None:
    network = planted_network()
    network.summary = replace(network.summary, is_repaired=True)
    with pytest.raises(DetectorError, match="a repaired network G gives no probabilities") as refusal:
        Blender(network, Scale.UNIT, quarter_images(60))
    assert refusal.value.code == "repaired-already"


def test_a_file_that_holds_what_the_network_reads_is_not_clipped_to_pixels() -> None:
    images = np.array(quarter_images(60).images)
    images[0, 0, 0], images[0, 0, 1] = 0, 255
    clean = replace(quarter_images(60), images=images, pixel_maximum=255.0)
    standardized = (images.astype(np.float32) - 80) / 50
    converted = replace(
        clean,
        images=standardized,
        pixel_minimum=float(standardized.min()),
        pixel_maximum=float(standardized.max()),
    )
    network = planted_network()
    of_bytes = Blender(network, Scale("as tutorials give it", (80.0,), (50.0,)), clean)
    of_floats = Blender(network, Scale.UNIT, converted)
    one, two = (each.answers(of_bytes.clean(0, 8), Monitor()) for each in (of_bytes, of_floats))
    assert (one.kept_counts == two.kept_counts).all()
    assert two.entropies == pytest.approx(one.entropies, abs=1e-4)
