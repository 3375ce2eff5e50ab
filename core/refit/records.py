"""Settings and per-epoch records of refitting; no Keras, rates in [0, 1]."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from core.errors import DatasetError
from core.records import Share


class Optimizer(StrEnum):
    """The optimizer."""

    ADAM = "adam"
    SGD = "sgd"  # with momentum 0.9
    RELATIVE = "relative"  # Adam, with steps relative to the size of each tensor; see `core.refit.optimizers`


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Random variation of each training image; zeros and False switch a variation off.

    Attributes:
        shift: largest shift in each direction, as a share of the image's height and width, [0, 0.5].
        light: largest change of brightness, as a share of the pixel range, [0, 1].
        is_mirrored: whether half of the images are mirrored left to right.
        turn: largest rotation in each direction, as a share of a full turn, [0, 0.5].
        zoom: largest relative change of size in each direction, drawn separately for height and width, [0, 0.5].
    """

    shift: float = 0.04
    light: float = 0.1
    is_mirrored: bool = True
    turn: float = 0.0
    zoom: float = 0.0

    @property
    def is_moving(self) -> bool:
        """Whether the augmentation moves pixels."""
        return self.is_mirrored or any((self.shift, self.turn, self.zoom))

    def __post_init__(self) -> None:
        for name in ("shift", "turn", "zoom"):
            _check_range(name, getattr(self, name), 0, 0.5)
        _check_range("light", self.light, 0, 1)


class TeacherImages(StrEnum):
    """The images that the teacher answers in distillation; the student sees augmented ones."""

    AUGMENTED = "augmented images"
    AGREEING = "augmented images that it answers like the image as it is, and the others as they are"
    PLAIN = "images as they are"


@dataclass(frozen=True, slots=True)
class Mixing:
    """Shares of mixed images in a batch; only the teacher's outputs serve as their labels.

    Attributes:
        mixup: share of images blended with a second one, [0, 1].
        cutmix: share of images in which a box shows a second one, [0, 1 - mixup].
    """

    mixup: float = 0.3
    cutmix: float = 0.3

    def __post_init__(self) -> None:
        _check_range("mixup", self.mixup, 0, 1)
        _check_range("cutmix", self.cutmix, 0, 1 - self.mixup)


@dataclass(frozen=True, slots=True)
class Occlusion:
    """The patches that hide parts of the images in occlusion consistency.

    Attributes:
        share: share of a batch's images that are occluded, (0, 1].
        final_share: the share at the end of training, (0, 1]; it changes linearly from half-way on, so that plain
            images are learnt last.
        count: largest number of patches per image, at least 1; each image gets 1 to `count`.
        area: smallest and largest area of a patch, as shares of the image, in (0, 1); log-uniform between them, so that
            small corners are hidden as often as half a face.
        opacity: smallest and largest opacity of a patch, in (0, 1].
    """

    share: float = 0.75
    final_share: float = 0.375
    count: int = 3
    area: tuple[float, float] = (0.005, 0.3)
    opacity: tuple[float, float] = (0.6, 1.0)

    def share_at(self, progress: float) -> float:
        """Return the share of images that are occluded when `progress` of the training is done, [0, 1]."""
        return self.share + (self.final_share - self.share) * max(0.0, 2 * progress - 1)

    def __post_init__(self) -> None:
        _check_range("share", self.share, 1e-6, 1)
        _check_range("final_share", self.final_share, 1e-6, 1)
        if self.count < 1:
            raise DatasetError(f"count must be at least 1, got {self.count}.", code="training-setting")
        _check_interval("area", *self.area)
        _check_interval("opacity", *self.opacity)


@dataclass(frozen=True, slots=True)
class Corruption:
    """Shares of a batch that are corrupted in different ways; each image in one way at most, the rest stays plain.

    Attributes:
        patches: share of images of which random patches hide parts, [0, 1].
        blends: share of images that are blended with noise of three bands of frequencies, or with another image,
            [0, 1].
        waves: share of images that a sinusoidal wave is added to, [0, 1].
        warps: share of images that are warped smoothly, [0, 1].
        colours: share of images whose channels change in contrast and brightness, [0, 1]. All shares together are at
            most 1.
        opacity: smallest and largest opacity of a blend, in (0, 1]; log-uniform between them.
        amplitude: smallest and largest amplitude of a wave, as a share of the pixel range, in (0, 1].
        displacement: smallest and largest displacement of a warp's control points, as a share of the image's height, in
            (0, 1].
        occlusion: the patches; its shares are not used.
    """

    patches: float = 0.4
    blends: float = 0.15
    waves: float = 0.04
    warps: float = 0.08
    colours: float = 0.03
    opacity: tuple[float, float] = (0.05, 0.4)
    amplitude: tuple[float, float] = (0.02, 0.2)
    displacement: tuple[float, float] = (1 / 64, 3 / 32)
    occlusion: Occlusion = field(default_factory=lambda: Occlusion(area=(0.002, 0.3), opacity=(0.5, 1.0)))

    @property
    def shares(self) -> tuple[float, ...]:
        """The shares of patches, blends, waves, warps and colours."""
        return self.patches, self.blends, self.waves, self.warps, self.colours

    def __post_init__(self) -> None:
        for name in ("patches", "blends", "waves", "warps", "colours"):
            _check_range(name, getattr(self, name), 0, 1)
        _check_range("the sum of the shares", round(sum(self.shares), 9), 0, 1)
        for name in ("opacity", "amplitude", "displacement"):
            _check_interval(name, *getattr(self, name))


@dataclass(frozen=True, slots=True)
class RefitSettings:
    """How a network is refitted.

    Attributes:
        epochs: passes over the training images, at least 1; the network is measured after each.
        least_steps: minimum number of steps of all epochs together, at least 0: with few images, each epoch makes
            several passes over them, with different augmentation each time.
        batch_size: images per step, at least 1.
        learning_rate: learning rate at the start, above 0; it falls to zero along half a cosine. For
            `Optimizer.RELATIVE` it is a share of each tensor's root mean square.
        warm_up_steps: number of first steps over which the learning rate rises linearly, at least 0.
        optimizer: the optimizer.
        held_out_share: share of the validation images that is not trained with but used to choose an epoch, (0, 0.5].
        rollback_margin: if held-out clean accuracy after an epoch is more than this below the best so far, or the loss
            is not finite, training returns to the best weights and halves the learning rate; [0, 1].
        choice_tolerance: the latest epoch whose `choice_score` is at most this below the best is kept; 0 keeps the best
            one, the latest of equals; [0, 1].
        label_smoothing: share of each label that is spread over all classes, [0, 1).
        distillation_weight: weight in the loss of the unpruned network's soft outputs, the rest is for labels; [0, 1].
        temperature: softens both networks' outputs in distillation, at least 1.
        perturbation_radius: rho of FT-SAM; 0 switches it off.
        averaging: decay of the running average of the weights that is measured and kept, [0, 1); 0 uses the weights
            themselves. The decay is smaller at the start, so that the first steps are forgotten.
        augmentation: random variation of the images.
        teacher_images: the images that the teacher answers.
        mixing: shares of mixed images; None mixes none.
        occlusion: patches that hide parts of the images; None hides nothing.
        corruption: shares of images that are corrupted, each in one way; None corrupts nothing. It takes the place of
            `occlusion`.
        stamped_share: share of a batch that is stamped with triggers, if there are any; [0, 1].
        seed: seed of the split, the order, augmentation, occlusion, corruption and dropout.
    """

    epochs: int = 20
    least_steps: int = 0
    batch_size: int = 32
    learning_rate: float = 5e-4
    warm_up_steps: int = 0
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
    teacher_images: TeacherImages = TeacherImages.AUGMENTED
    mixing: Mixing | None = None
    occlusion: Occlusion | None = None
    corruption: Corruption | None = None
    stamped_share: float = 0.25
    seed: int = 0

    def passes(self, image_count: int) -> int:
        """Return the number of passes per epoch over `image_count` training images, at least 1."""
        return max(1, math.ceil(self.least_steps / (self.epochs * math.ceil(image_count / self.batch_size))))

    def learning_rate_at(self, index: int, total: int) -> float:
        """Return the learning rate of step `index` of `total`: half a cosine, after a linear warm-up."""
        warm = min(1.0, (index + 1) / self.warm_up_steps) if self.warm_up_steps else 1.0
        return warm * self.learning_rate * (1 + math.cos(math.pi * index / total)) / 2

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size"):
            if (value := getattr(self, name)) < 1:
                raise DatasetError(f"{name} must be at least 1, got {value}", code="training-setting")
        if not 0 < self.learning_rate < math.inf:
            raise DatasetError(
                f"learning_rate must be a number above 0, got {self.learning_rate}", code="training-setting"
            )
        _check_range("least_steps", self.least_steps, 0, 10**9)
        _check_range("warm_up_steps", self.warm_up_steps, 0, 10**9)
        _check_range("held_out_share", self.held_out_share, 1e-6, 0.5)
        for name in ("rollback_margin", "choice_tolerance", "distillation_weight", "stamped_share"):
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
    """The figures after an epoch of refitting.

    Attributes:
        epoch: number of the epoch, from 1; 0 for the initial network.
        loss: mean loss over the epoch; NaN at epoch 0, or if steps were too large.
        learning_rate: learning rate of the epoch's last step; 0 at epoch 0.
        held_out: held-out clean images predicted as their true label.
        test: clean test images predicted as their true label, for reporting only; None if not loaded.
        poisoned: for each poisoned set, images predicted as the target label (attack success), for reporting only.
        is_rolled_back: whether held-out accuracy fell so far that training returned to the best epoch.
        occluded: held-out images predicted as their true label, each under several patterns of random patches; None if
            the method hides nothing.
        relative_sizes: for each family of triggers (patches, changes of the whole picture) the size of the smallest
            trigger of a suspected class on the network after the epoch, as a share of the median of other classes':
            above 0, about 1 where a suspected class is like the others; empty if no triggers are unlearned.
        suspects: the suspected classes; `NEXT_CLASS` (-1) stands for an all-to-all attack.
        image_labels: the answers to the images of `WatchedImages`, for looking at; empty if there are none.
    """

    epoch: int
    loss: float
    learning_rate: float
    held_out: Share
    test: Share | None
    poisoned: tuple[Share, ...]
    is_rolled_back: bool = False
    occluded: Share | None = None
    relative_sizes: tuple[float, ...] = ()
    suspects: tuple[int, ...] = ()
    image_labels: tuple[int, ...] = ()

    @property
    def choice_score(self) -> float:
        """The score used to choose an epoch, [0, 1]: the mean held-out clean accuracy, plain and under patches.

        With few images, plain accuracy alone would favour the first epoch, which is closest to the given network.
        """
        return self.held_out.rate if self.occluded is None else (self.held_out.rate + self.occluded.rate) / 2


def find_kept(history: Sequence[RefitEpoch], *, tolerance: float) -> int:
    """Choose the epoch whose weights are kept, by held-out clean images only.

    It is the latest epoch that was not rolled back and whose `choice_score` is within `tolerance` of the best of these;
    0 (the initial network) if every epoch was rolled back.

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


def _check_interval(name: str, low: float, high: float) -> None:
    if not 0 < low <= high <= 1:
        raise DatasetError(
            f"{name} must go from a smaller to a larger share in (0, 1], got {low} to {high}.", code="training-setting"
        )
