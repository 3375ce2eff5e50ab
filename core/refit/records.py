"""What refitting is told and what it tells: settings and one record an epoch; no Keras, rates in [0, 1]."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from core.errors import DatasetError
from core.records import Share


class Optimizer(StrEnum):
    """Which of Keras' optimizers takes the steps."""

    ADAM = "adam"
    SGD = "sgd"  # with momentum 0.9


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How much each training image varies; zeros and False leave it as it is.

    Attributes:
        shift: largest shift up, down, left and right, as a share of the image's height and width, [0, 0.5].
        light: largest change of brightness, as a share of the pixel range, [0, 1].
        is_mirrored: whether half of the images are mirrored left to right.
        turn: largest turn either way, as a share of a full turn, [0, 0.5].
        zoom: largest change of size either way, as a share of it, height and width apart, [0, 0.5].
    """

    shift: float = 0.04
    light: float = 0.1
    is_mirrored: bool = True
    turn: float = 0.0
    zoom: float = 0.0

    @property
    def is_moving(self) -> bool:
        """Whether pixels change their places."""
        return self.is_mirrored or any((self.shift, self.turn, self.zoom))

    def __post_init__(self) -> None:
        for name in ("shift", "turn", "zoom"):
            _check_range(name, getattr(self, name), 0, 0.5)
        _check_range("light", self.light, 0, 1)


@dataclass(frozen=True, slots=True)
class Mixing:
    """How many images of a batch are made of two; those count by the teacher's answers alone.

    Attributes:
        mixup: share of images that a second one shines through, [0, 1].
        cutmix: share of images of which a box shows a second one, [0, 1 - mixup].
    """

    mixup: float = 0.3
    cutmix: float = 0.3

    def __post_init__(self) -> None:
        _check_range("mixup", self.mixup, 0, 1)
        _check_range("cutmix", self.cutmix, 0, 1 - self.mixup)


@dataclass(frozen=True, slots=True)
class Occlusion:
    """What hides parts of the images in occlusion consistency.

    Attributes:
        share: share of a batch's images that are occluded, (0, 1].
        final_share: the same at the end of training; from half-way on it moves there evenly, so that what plain
            images need is learnt last; (0, 1].
        count: most patches an image, at least 1; each image gets 1 to that many.
        area: smallest and largest area of a patch, as shares of the image, in (0, 1); each size between them is as
            likely as its double, so that a corner's few pixels are hidden as often as half a face.
        opacity: smallest and largest opacity of a patch, in (0, 1].
    """

    share: float = 0.75
    final_share: float = 0.375
    count: int = 3
    area: tuple[float, float] = (0.005, 0.3)
    opacity: tuple[float, float] = (0.6, 1.0)

    def share_at(self, progress: float) -> float:
        """The share of images that are occluded when `progress` of the training is done, [0, 1]."""
        return self.share + (self.final_share - self.share) * max(0.0, 2 * progress - 1)

    def __post_init__(self) -> None:
        _check_range("share", self.share, 1e-6, 1)
        _check_range("final_share", self.final_share, 1e-6, 1)
        if self.count < 1:
            raise DatasetError(f"count must be at least 1, got {self.count}.", code="training-setting")
        for name, (low, high) in (("area", self.area), ("opacity", self.opacity)):
            if not 0 < low <= high <= 1:
                raise DatasetError(
                    f"{name} must go from a smaller to a larger share in (0, 1], got {low} to {high}.",
                    code="training-setting",
                )


@dataclass(frozen=True, slots=True)
class RefitSettings:
    """How a network is refitted.

    Attributes:
        epochs: passes over the training images, at least 1; after each the network is measured.
        least_steps: steps that all epochs together take at least, at least 0: where images are so few that the epochs
            have less, each passes over them as often as that takes, varied differently each time.
        batch_size: images a step, at least 1.
        learning_rate: at the start, above 0; it falls to zero along half a cosine.
        optimizer: who takes the steps.
        held_out_share: share of the validation images that is not trained with but chosen by, (0, 0.5].
        rollback_margin: when held-out clean accuracy after an epoch is more than this below the best so far, or the
            loss is no number any more, training goes back to the best and on with half the learning rate; [0, 1].
        choice_tolerance: the latest epoch whose `choice_score` is at most this below the best is kept; with 0 the best
            one, the latest of equal ones; [0, 1].
        label_smoothing: share of each label that is spread over all classes, [0, 1).
        distillation_weight: how much of the loss are the unpruned network's soft answers, the rest are labels; [0, 1].
        temperature: softens both networks' answers in distillation, at least 1.
        perturbation_radius: rho of FT-SAM; 0 trains without.
        averaging: decay of the running average of the weights, which is what is measured and kept, [0, 1); 0 takes
            the weights as they are. It is shorter at the start, so that the first steps are forgotten.
        augmentation: how images vary.
        mixing: how many are made of two; None makes none.
        occlusion: what hides parts of them; None hides nothing.
        seed: of the split, the order, augmentation, occlusion and dropout.
    """

    epochs: int = 20
    least_steps: int = 0
    batch_size: int = 32
    learning_rate: float = 5e-4
    optimizer: Optimizer = Optimizer.ADAM
    held_out_share: float = 0.2
    rollback_margin: float = 0.1
    choice_tolerance: float = 0.0
    label_smoothing: float = 0.0
    distillation_weight: float = 0.0
    temperature: float = 1.0
    perturbation_radius: float = 0.0
    averaging: float = 0.0
    augmentation: Augmentation = field(default_factory=Augmentation)
    mixing: Mixing | None = None
    occlusion: Occlusion | None = None
    seed: int = 0

    def passes(self, image_count: int) -> int:
        """How often an epoch passes over so many training images, at least once."""
        return max(1, math.ceil(self.least_steps / (self.epochs * math.ceil(image_count / self.batch_size))))

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch_size < 1 or not 0 < self.learning_rate < math.inf:
            raise DatasetError(
                "refitting needs epochs and a batch size of at least 1 and a learning rate above 0, "
                f"got {self.epochs}, {self.batch_size} and {self.learning_rate}.",
                code="training-setting",
            )
        _check_range("least_steps", self.least_steps, 0, 10**9)
        _check_range("held_out_share", self.held_out_share, 1e-6, 0.5)
        for name in ("rollback_margin", "choice_tolerance", "distillation_weight"):
            _check_range(name, getattr(self, name), 0, 1)
        _check_range("label_smoothing", self.label_smoothing, 0, 0.999)
        _check_range("temperature", self.temperature, 1, 1000)
        _check_range("perturbation_radius", self.perturbation_radius, 0, 1000)
        _check_range("averaging", self.averaging, 0, 0.9999)
        if self.mixing is not None and not self.distillation_weight:
            raise DatasetError(
                "images made of two, which occlusion consistency trains with, help only by the unpruned network's "
                "answers, but the distillation weight is 0.",
                code="training-setting",
            )
        _check_range("seed", self.seed, 0, 2**31 - 1)


@dataclass(frozen=True, slots=True)
class RefitEpoch:
    """How refitting stood after an epoch.

    Attributes:
        epoch: from 1; 0 for the network that it began with.
        loss: mean loss over the epoch; NaN at epoch 0, and where steps were too large.
        learning_rate: of the epoch's last step; 0 at epoch 0.
        held_out: held-out clean images predicted as their true label.
        test: the same of the clean test set, only watched; None when not loaded.
        poisoned: of each poisoned set, images predicted as the target label (attack success), only watched.
        is_rolled_back: whether held-out accuracy had fallen so far that training went back to the best epoch.
        occluded: the held-out images, each several times under other random patches, predicted as their true label;
            None where the method hides nothing.
    """

    epoch: int
    loss: float
    learning_rate: float
    held_out: Share
    test: Share | None
    poisoned: tuple[Share, ...]
    is_rolled_back: bool = False
    occluded: Share | None = None

    @property
    def choice_score(self) -> float:
        """What epochs are chosen by, [0, 1]: held-out clean accuracy, plain and under patches in equal parts.

        Plain accuracy alone would keep the first epoch wherever images are few: it is the network that one was given.
        """
        return self.held_out.rate if self.occluded is None else (self.held_out.rate + self.occluded.rate) / 2


def find_kept(history: Sequence[RefitEpoch], *, tolerance: float) -> int:
    """Which epoch's weights are kept, by held-out clean images alone.

    The latest of those that were not rolled back and whose `choice_score` lies within `tolerance` of the best of them;
    the start (0) where every epoch was rolled back.

    Args:
        history: epoch 0 first.
        tolerance: `RefitSettings.choice_tolerance`, [0, 1].
    """
    trained = [each for each in history if each.epoch and not each.is_rolled_back]
    best = max((each.choice_score for each in trained), default=0.0)
    return max((each.epoch for each in trained if each.choice_score >= best - tolerance), default=0)


def _check_range(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise DatasetError(f"{name} must lie between {low:g} and {high:g}, got {value}.", code="training-setting")
