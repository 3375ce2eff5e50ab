"""The settings of training that a person may change; each is a field of `RefitSettings`, or of its augmentation."""

from types import MappingProxyType

from core.refit.records import Optimizer
from core.registry.setting import PERCENT, POINTS, Part, Setting

UNLABELLED_WEIGHT = 0.5  # of B's answers, where a method that learns from labels alone is given images without

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
    help="Steps of training at least: few images are passed over more often in an epoch",
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
    help="Images that each step looks at; fewer need less memory",
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
    help="What takes the steps; sgd has a momentum of 0.9",
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
    help="Half of the training images are mirrored; leave it out where left and right tell classes apart, as with "
    "digits and traffic signs",
    kind=bool,
    part=Part.TRAINING,
)
AUGMENTATION = Setting(
    name="is_augmented",
    option="--augmentation",
    label="Vary them otherwise, too",
    help="How training images vary: as usual with the method, or not at all",
    kind=str,
    part=Part.TRAINING,
    choices=MappingProxyType({"usual": True, "none": False}),
)
DISTILLATION = Setting(
    name="distillation_weight",
    option="--distillation",
    label="Distillation",
    help="How much of the loss are the soft answers of B, the rest are labels; 0 learns from labels alone. As usual it "
    f"is 1 for occlusion, else 0, with images without labels {UNLABELLED_WEIGHT:g}",
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
    help="Softens the answers of B and of the network that learns from them; 1 leaves them",
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
    help="When held-out clean accuracy falls by more points, training goes back to its best epoch and on at half the "
    "rate",
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
    help="Validation images that are not trained with, in percent: they choose the epoch that is kept",
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
"""All of them, as the command's help and the window list them."""
