"""The settings of training that a person may change; each is a field of `RefitSettings`, or of its augmentation."""

from types import MappingProxyType

from core.refit.records import Optimizer
from core.registry.setting import PERCENT, POINTS, Part, Setting

UNLABELLED_WEIGHT = 0.5  # of B's answers, if a method that learns from labels alone gets images without labels

EPOCHS = Setting(
    name="epochs",
    option="--epochs",
    label="Epochs",
    help="Passes over the clean images",
    kind=int,
    part=Part.TRAINING,
    lowest=1,
    ceiling=10_000,
    is_in_main_form=True,
)
LEAST_STEPS = Setting(
    name="least_steps",
    option="--steps",
    label="At least",
    help="Least number of training steps: with few images, an epoch passes over them several times",
    kind=int,
    part=Part.TRAINING,
    lowest=0,
    unit="steps",
    step=100,
    sample="100000",
    brief="at least {} steps",
)
BATCH_SIZE = Setting(
    name="batch_size",
    option="--batch-size",
    label="Batch",
    help="Images per step; fewer need less memory",
    kind=int,
    part=Part.TRAINING,
    lowest=1,
    ceiling=4096,
    unit="images",
    none_text="each its own",
    brief="batch {}",
)
LEARNING_RATE = Setting(
    name="learning_rate",
    option="--learning-rate",
    label="Rate",
    help="The learning rate at the start; it falls to zero along half a cosine",
    kind=float,
    part=Part.TRAINING,
    lowest=1e-9,
    highest=1,
    step=0,
    decimals=6,
    is_in_main_form=True,
)
OPTIMIZER = Setting(
    name="optimizer",
    option="--optimizer",
    label="Optimizer",
    help="The optimizer; sgd has a momentum of 0.9",
    kind=str,
    part=Part.TRAINING,
    choices=MappingProxyType({each.value: each for each in Optimizer}),
    titles=MappingProxyType({"adam": "Adam", "sgd": "SGD, momentum 0.9"}),
    brief="{}",
)
MIRRORING = Setting(
    name="is_mirrored",
    option="--mirroring/--no-mirroring",
    label="Mirror images",
    help="Mirror half of the training images; turn it off if left and right distinguish classes, as with digits and "
    "traffic signs",
    kind=bool,
    part=Part.TRAINING,
)
AUGMENTATION = Setting(
    name="is_augmented",
    option="--augmentation",
    label="Vary them otherwise, too",
    help="How training images are augmented: as the method does, or not at all",
    kind=str,
    part=Part.TRAINING,
    choices=MappingProxyType({"usual": True, "none": False}),
)
DISTILLATION = Setting(
    name="distillation_weight",
    option="--distillation",
    label="Distillation",
    help="Weight of B's soft answers in the loss, labels get the rest; 0 learns from labels alone. The default is 1 "
    f"for occlusion, else 0, or {UNLABELLED_WEIGHT:g} with images without labels",
    kind=float,
    part=Part.TRAINING,
    lowest=0,
    highest=1,
    unit="of the loss",
    step=0.1,
    decimals=3,
    sample="0.125",
    brief="distillation {:g}",
)
TEMPERATURE = Setting(
    name="temperature",
    option="--temperature",
    label="Temperature",
    help="Softens the answers of B and of the trained network; 1 leaves them unchanged",
    kind=float,
    part=Part.TRAINING,
    lowest=1,
    highest=1000,
    step=0.5,
    decimals=2,
    brief="temperature {:g}",
)
ROLLBACK = Setting(
    name="rollback_margin",
    option="--rollback",
    label="Roll back at",
    help="If held-out clean accuracy falls by more points, training returns to its best epoch and continues at half "
    "the rate",
    kind=float,
    part=Part.TRAINING,
    lowest=0,
    highest=100,
    unit=POINTS,
    decimals=2,
    sample="12.5",
    brief="back after a fall of {}",
)
HELD_OUT = Setting(
    name="held_out_share",
    option="--held-out",
    label="Held out",
    help="Validation images that are not trained with, in percent; they choose the epoch that is kept",
    kind=float,
    part=Part.TRAINING,
    lowest=1,
    highest=50,
    unit=PERCENT,
    step=5,
    decimals=1,
    is_in_main_form=True,
)

TRAINING_SETTINGS = (
    EPOCHS,
    LEAST_STEPS,
    BATCH_SIZE,
    LEARNING_RATE,
    OPTIMIZER,
    MIRRORING,
    AUGMENTATION,
    DISTILLATION,
    TEMPERATURE,
    ROLLBACK,
    HELD_OUT,
)
"""All of these settings, in the order of the command's help and the window."""
