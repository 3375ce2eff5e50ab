"""Find what a network reads for a pixel: the scale in which it answers clean images best."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from core.cut.batches import multiplications_per_image
from core.cut.cut import compiled
from core.data.dataset import Dataset
from core.data.label_map import POOR_RATE, find_label_order
from core.findings.label_order import LabelMap, LabelOrder
from core.findings.scale_finding import OtherReading, ScaleFinding, ScaleReason, ScaleScore
from core.metrics.readings import (
    SAMPLE_COUNT,
    SAMPLE_SEED,
    Preparation,
    candidate_scales,
    preparations,
    rare,
    sample_of,
)
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.losses import make_logits
from core.network.network import Network
from core.records import Share
from core.scale import NAMED, Scale
from core.thread_pool import run_aside

FIRST_COUNT = 64  # images that every scale is tried on; those that are far behind are not tried on more
FAR_BEHIND = 3.0  # standard errors of the difference of two accuracies on the same images
ALIKE = 2.0
# A doubt needs more: several ways are tried, and some raise the contrast, which helps some networks that are trained
# without.
CLEARLY_BETTER, FEWER_ERRORS = 4.0, 0.75
# A scale is tried on fewer images where an image takes long, and then only usual scales are: 1,000 images of a small
# network, 32 of a VGG-16 for 224 × 224 pixels.
MULTIPLICATIONS_PER_SCALE = 4e11
LEAST_SAMPLE, LEAST_FIRST = 32, 16
LEAST_COUNT = 30  # images from which confidences tell something
MIXED_IN = 0.45  # share of another image in the harder images
TEMPERATURES = np.geomspace(1e-4, 1e4, 81)
ALIKE_FIT = math.log(2)  # two temperatures whose logarithms are that near fit alike

_USUAL_COUNT = 5  # of the named scales, those in red, green, blue and Caffe's

FloatArray = NDArray[np.float32]
BoolArray = NDArray[np.bool_]


def find_scale(network: Network, dataset: Dataset, *, monitor: Monitor) -> ScaleFinding:
    """Find what the network reads for a pixel, on clean images.

    Scales that people train with are tried, see `candidate_scales`. The best clean accuracy decides. Accuracies within
    two standard errors of each other are a tie, as 0–1 and 0–255 often are for a network without biases. A rare scale
    does not count in a tie with a usual one. Then the scale is chosen whose confidences fit: the temperature that
    minimizes the cross-entropy (nearest to 1) on images into which other images are mixed, so that some answers are
    wrong. If they still are alike, their cross-entropy on these images decides where it is clearly lower, else the
    file's own range, then the more usual scale; with fewer than 30 images only these two. At most 1,000 images are
    scored, drawn with a fixed seed; fewer, and usual scales alone, where an image takes a network long
    (`MULTIPLICATIONS_PER_SCALE`).

    A scale stored in the model file is chosen unless another one is clearly better. A file that holds what the network
    reads (`Dataset.is_converted`) is fed as it is.

    Where the network is clearly better if the images are prepared in a way that no scale stands for, such as each image
    by its own mean and deviation, the finding says so (`ScaleFinding.other`); they are not prepared so.

    Args:
        network: the network.
        dataset: clean images with their true labels.
        monitor: receives progress, and can cancel.

    Raises:
        Cancelled: the job was cancelled.

    Source:
        The temperature: Chuan Guo et al.: On Calibration of Modern Neural Networks, 2017, section 4.2.
    """
    search = _Search(network, dataset, monitor)
    if dataset.is_converted:
        (scale,) = candidate_scales(dataset)
        finding = ScaleFinding(scale, (search.score(scale),), ScaleReason.AS_IS, search.is_sampled)
        order = search.label_order([scale]) if finding.right.rate < POOR_RATE else None
        other = search.better_reading(scale) if order is None else None
        return replace(finding, label_order=order, other=other)
    stored = network.summary.scale
    candidates = candidate_scales(dataset)
    if search.is_costly:
        few = set(rare(dataset))
        candidates = [each for each in candidates if each not in few]
    if stored is not None:
        candidates = [stored, *(each for each in candidates if each != stored)]
    finding = search.best(candidates, stored=stored)
    if finding.right.rate < POOR_RATE:
        finding = _in_another_order(search, candidates, finding)
    if finding.label_order is None and finding.reason is not ScaleReason.STORED and not search.is_costly:
        finding = replace(finding, other=search.better_reading(finding.scale))
    return replace(finding, stored=stored)


def with_scale(inputs: EvaluationInputs, *, monitor: Monitor) -> tuple[EvaluationInputs, ScaleFinding | None]:
    """Find the scale on clean images if it is not known yet; publishes the `ScaleFinding`.

    The validation images are used; the test images if only these are pixels.

    Returns:
        The inputs with the scale, and how it was found; None if it was known.

    Raises:
        Cancelled: the job was cancelled.
    """
    if inputs.scale is not None:
        return inputs, None
    finding = find_scale(inputs.network, clean_images(inputs.validation, inputs.test), monitor=monitor)
    monitor.publish(finding)
    return replace(inputs, scale=finding.scale), finding


def _in_another_order(search: "_Search", candidates: Sequence[Scale], finding: ScaleFinding) -> ScaleFinding:
    """Return the finding for labels in another order if the network is right in one; its scores are as they are."""
    order = search.label_order(candidates)
    if order is None or not set(np.unique(search.dataset.labels).tolist()) <= order.label_map.classes.keys():
        return finding
    best = search.with_labels(order.label_map).best(candidates, stored=search.network.summary.scale)
    others = [each for each in finding.scores if each.scale != best.scale]
    scores = (search.score(best.scale), *others)
    return replace(best, scores=scores, label_order=LabelOrder(order.label_map, best.right))


def clean_images(validation: Dataset, test: Dataset | None) -> Dataset:
    """Return the clean set that tells the scale: the first one that holds pixels, else the validation set."""
    return test if validation.is_converted and test is not None and not test.is_converted else validation


@dataclass(frozen=True, slots=True, eq=False)
class _Answers:
    """What the network answers in one scale: logits (n, K), and which predictions are right (n,)."""

    scale: Scale
    logits: FloatArray
    is_right: BoolArray

    def is_behind(self, other: "_Answers", errors: float) -> bool:
        """Whether this accuracy is lower than the other's on the same images, by more than some standard errors.

        Only images count on which one is right and the other is wrong (McNemar's test).
        """
        count = min(len(self.is_right), len(other.is_right))
        mine, others = self.is_right[:count], other.is_right[:count]
        lost, gained = int((others & ~mine).sum()), int((mine & ~others).sum())
        return lost - gained > errors * math.sqrt(lost + gained)


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """How a network's outputs fit the labels of harder images in one scale: temperature, and cross-entropies (n,)."""

    scale: Scale
    temperature: float
    losses: NDArray[np.float64]

    @property
    def misfit(self) -> float:
        """How far the temperature is from 1, as a logarithm."""
        return abs(math.log(self.temperature))

    def is_worse(self, other: "_Fit") -> bool:
        """Whether its mean cross-entropy is higher than the other's by more than some standard errors."""
        more = self.losses - other.losses
        return float(more.mean()) > ALIKE * float(more.std()) / math.sqrt(len(more))


def _as_good(fits: Sequence[_Fit]) -> list[_Fit]:
    """Return those that fit best, in order: by temperature, and with losses that are not clearly higher."""
    least = min(each.misfit for each in fits)
    near = [each for each in fits if each.misfit <= least + ALIKE_FIT]
    lowest = min(near, key=lambda each: float(each.losses.mean()))
    return [each for each in near if not each.is_worse(lowest)]


class _Search:
    """Tries scales on a sample of a set."""

    def __init__(self, network: Network, dataset: Dataset, monitor: Monitor) -> None:
        self.network, self.dataset = network, dataset
        self._monitor = monitor
        self._batch_size = network.batch_size
        count = sample_count(network)
        self.is_costly = count < SAMPLE_COUNT
        # In random order, so that the first ones are a sample, too.
        self._rows = np.random.default_rng(SAMPLE_SEED).permutation(sample_of(dataset))[:count]
        self.is_sampled = dataset.image_count > len(self._rows)
        self._first_count = min(FIRST_COUNT, max(LEAST_FIRST, count // 2))
        self._known: dict[Scale, FloatArray] = {}
        self._labels = dataset.labels[self._rows]
        self._logits: Callable[[Any], Any] = compiled(
            partial(_in_inference, make_logits(network.model)), tf.TensorSpec((None, *network.input_shape), tf.float32)
        )
        self._done_count = 0

    def best(self, candidates: Sequence[Scale], *, stored: Scale | None) -> ScaleFinding:
        """Try all scales on a few images, and those that are not far behind on the sample; return the best one."""
        tried = [self._answers(each, self._first_count) for each in candidates]
        leader = max(tried, key=_right_count)
        if len(self._rows) > self._first_count:
            near = [each for each in tried if not each.is_behind(leader, FAR_BEHIND)]
            full = {each.scale: self._answers(each.scale, SAMPLE_COUNT) for each in near}
            tried = [full.get(each.scale, each) for each in tried]
            leader = max(full.values(), key=_right_count)
        whole = [each for each in tried if len(each.is_right) == len(self._rows)]
        tied = [each for each in whole if not each.is_behind(leader, ALIKE)]
        rare_ones = set(rare(self.dataset)) - {stored}
        tied = [each for each in tied if each.scale not in rare_ones] or tied
        scores = {each.scale: self._scored(each) for each in tried}
        if stored is not None and tied[0].scale == stored:
            return self._finding(stored, scores, ScaleReason.STORED)
        if len(tied) == 1:
            return self._finding(tied[0].scale, scores, ScaleReason.ACCURACY)
        if len(self._rows) < LEAST_COUNT:
            for answers in tied:
                scores[answers.scale] = replace(scores[answers.scale], is_as_good=True)
            return self._finding(tied[0].scale, scores, ScaleReason.TIE)
        fits = [self._fit(each.scale) for each in tied]
        as_good = _as_good(fits)
        for each in fits:
            is_as_good = each in as_good
            scores[each.scale] = replace(scores[each.scale], temperature=each.temperature, is_as_good=is_as_good)
        return self._finding(as_good[0].scale, scores, ScaleReason.FIT)

    def score(self, scale: Scale) -> ScaleScore:
        """Score one scale on the sample."""
        return self._scored(self._answers(scale, SAMPLE_COUNT))

    def better_reading(self, scale: Scale) -> OtherReading | None:
        """Return the best other way to prepare the images, if it is clearly better than the scale."""
        chosen = self._answers(scale, SAMPLE_COUNT)
        most_wrong = FEWER_ERRORS * _wrong_count(chosen)
        if most_wrong == 0:
            return None
        best: tuple[Preparation, _Answers] | None = None
        for each in preparations(self.dataset, self._rows, tuple(NAMED.values())[:_USUAL_COUNT]):
            answers = self._prepared(each, scale, FIRST_COUNT)
            if answers.is_behind(chosen, ALIKE):
                continue
            answers = self._prepared(each, scale, SAMPLE_COUNT)
            is_better = chosen.is_behind(answers, CLEARLY_BETTER) and _wrong_count(answers) <= most_wrong
            if is_better and (best is None or _right_count(answers) > _right_count(best[1])):
                best = each, answers
        if best is None:
            return None
        return OtherReading(best[0].words, Share(_right_count(best[1]), len(best[1].is_right)))

    def with_labels(self, label_map: LabelMap) -> "_Search":
        """Return the same search with the labels in another order; answers that are known are kept."""
        made = _Search(self.network, self.dataset.with_labels(label_map), self._monitor)
        if np.array_equal(made._rows, self._rows):
            made._known = self._known
        return made

    def label_order(self, candidates: Sequence[Scale]) -> LabelOrder | None:
        """Return the order of labels in which the network is right in one of the scales; None if there is none."""
        best: LabelOrder | None = None
        for scale in candidates:
            logits = self._answers(scale, SAMPLE_COUNT).logits
            predicted = logits.argmax(axis=1).astype(np.int64)
            order = find_label_order(self._labels, predicted, class_count=logits.shape[1])
            if order is not None and (best is None or order.mapped.count > best.mapped.count):
                best = order
        return best

    def _finding(self, scale: Scale, scores: dict[Scale, ScaleScore], reason: ScaleReason) -> ScaleFinding:
        others = [each for each in scores.values() if each.scale != scale]
        others.sort(key=lambda each: (-each.right.rate, abs(math.log(each.temperature or 1.0))))
        return ScaleFinding(scale, (scores[scale], *others), reason, self.is_sampled)

    def _scored(self, answers: _Answers) -> ScaleScore:
        labels = self._labels[: len(answers.is_right)]
        loss = float(self._losses(answers.logits, labels).mean())
        return ScaleScore(answers.scale, Share(_right_count(answers), len(labels)), loss)

    def _answers(self, scale: Scale, count: int) -> _Answers:
        """Return the answers to the first images of the sample; those that are known are not computed again."""
        known = self._known.get(scale)
        rows = self._rows[0 if known is None else len(known) : count]
        if len(rows):
            more = self._computed(rows, lambda chosen: self.dataset.rows(chosen, scale=scale))
            known = more if known is None else np.concatenate([known, more])
            self._known[scale] = known
        assert known is not None
        return self._as_answers(scale, known[:count])

    def _prepared(self, preparation: Preparation, scale: Scale, count: int) -> _Answers:
        raw = partial(self.dataset.rows, scale=Scale.RAW)
        return self._as_answers(
            scale, self._computed(self._rows[:count], lambda chosen: preparation.prepare(raw(chosen)))
        )

    def _as_answers(self, scale: Scale, logits: FloatArray) -> _Answers:
        return _Answers(scale, logits, logits.argmax(axis=1) == self._labels[: len(logits)])

    def _fit(self, scale: Scale) -> "_Fit":
        """Return how the outputs fit the labels of images into which other ones are mixed."""
        others = dict(zip(self._rows.tolist(), np.roll(self._rows, 1).tolist(), strict=True))

        def mixed(chosen: NDArray[np.int64]) -> FloatArray:
            # A mixture of pixels is read as the same mixture of what is read for them.
            other = self.dataset.rows([others[int(row)] for row in chosen], scale=scale)
            both = (1 - MIXED_IN) * self.dataset.rows(chosen, scale=scale) + MIXED_IN * other
            return both.astype(np.float32)

        logits = self._computed(self._rows, mixed)
        means = [float(self._losses(logits / each, self._labels).mean()) for each in TEMPERATURES]
        return _Fit(scale, float(TEMPERATURES[int(np.argmin(means))]), self._losses(logits, self._labels))

    def _computed(self, rows: NDArray[np.int64], read: Callable[[NDArray[np.int64]], FloatArray]) -> FloatArray:
        parts = []
        for start in range(0, len(rows), self._batch_size):
            self._monitor.checkpoint(f"Finding what the network reads, on {self.dataset.name}")
            task = partial(self._logits, read(rows[start : start + self._batch_size]))
            parts.append(np.asarray(run_aside(task, while_waiting=self._monitor.stop_if_asked)))
        return np.nan_to_num(np.concatenate(parts), nan=0.0)

    @staticmethod
    def _losses(logits: NDArray[Any], labels: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the cross-entropy of each image, (n,), in nats."""
        centred = logits.astype(np.float64)
        centred -= centred.max(axis=1, keepdims=True)
        losses: NDArray[np.float64] = np.log(np.exp(centred).sum(axis=1)) - centred[np.arange(len(labels)), labels]
        return losses


def sample_count(network: Network) -> int:
    """Return the number of images that a scale is tried on: 32 to 1,000, by what an image takes in the network."""
    cost = max(multiplications_per_image(network.graph.layers.values()), 1)
    return int(np.clip(MULTIPLICATIONS_PER_SCALE // cost, LEAST_SAMPLE, SAMPLE_COUNT))


def _in_inference(logits: Callable[[Any, bool], Any], pixels: Any) -> Any:
    return logits(pixels, False)


def _right_count(answers: _Answers) -> int:
    return int(answers.is_right.sum())


def _wrong_count(answers: _Answers) -> int:
    return len(answers.is_right) - _right_count(answers)
