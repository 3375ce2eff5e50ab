"""What the zoo is made of: one recipe for each network, and which half it belongs to.

A recipe's half depends on its architecture and its trigger alone (for clean networks: architecture, images and pixel
range), so that networks for tuning and networks for reporting never share that pair, while every architecture, every
trigger, every pixel range and every poisoning rate is in both halves.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from typing import Literal

Half = Literal["tuning", "report"]

ARCHITECTURES = ("deepid", "lenet", "vgg", "resnet", "mobilenet")
TRIGGERS = (
    "corner patch",
    "moving patch",
    "accessory",
    "one pixel",
    "blend 0.1",
    "blend 0.2",
    "sinusoid",
    "warp",
    "label-consistent",
    "several targets",
    "all-to-all",
    "source-specific",
)
NO_TRIGGER = "none"
SCALES = ("raw", "unit", "symmetric", "standardized")
KINDS = ("digits", "signs", "faces")
RATES = (0.01, 0.05, 0.1)
# An attacker who changes single images needs more of these: at 1 % they do not reach the rate of success wanted here.
FAINT_RATES = (0.05, 0.1)
FAINT = frozenset(
    {
        "blend 0.1",
        "sinusoid",
        "warp",
        "label-consistent",
        "several targets",
        "all-to-all",
        "source-specific",
        "moving patch",
    }
)
VERSIONS = {"training": 1, "none": 1, **dict.fromkeys(ARCHITECTURES, 1), **dict.fromkeys(TRIGGERS, 1)}
"""Numbers of the code that trains, builds an architecture or poisons; raised when it makes other networks."""


@dataclass(frozen=True, slots=True)
class Training:
    """How a network is trained.

    Attributes:
        epochs: passes over the training images and their varied copies.
        batch_size: images per step.
        learning_rate: initial learning rate of Adam.
        copies: how often each image is there, 1 without varied copies.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    copies: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """What makes one network, but for its images.

    Attributes:
        kind: the kind of images, one of `KINDS`.
        architecture: one of `ARCHITECTURES`.
        trigger: one of `TRIGGERS`, or `NO_TRIGGER` for a clean network.
        poisoning_rate: share of the training images that the attacker changes; 0 for a clean network.
        scale: what the network reads for a pixel, one of `SCALES`.
        seed: seed of the weights, the training, the trigger and its target.
    """

    kind: str
    architecture: str
    trigger: str
    poisoning_rate: float
    scale: str
    seed: int

    @property
    def is_backdoored(self) -> bool:
        """Whether the network is meant to have a backdoor."""
        return self.trigger != NO_TRIGGER

    @property
    def name(self) -> str:
        """A name that no other recipe has, of letters, digits and hyphens."""
        trigger = self.trigger.replace(" ", "-").replace(".", "")
        rate = f"-{round(100 * self.poisoning_rate):02}" if self.is_backdoored else ""
        return f"{self.kind}-{self.architecture}-{trigger}{rate}-{self.scale}-{self.seed}"

    @property
    def half(self) -> Half:
        """The half of the zoo that the network belongs to."""
        architecture = ARCHITECTURES.index(self.architecture)
        if self.is_backdoored:
            other = TRIGGERS.index(self.trigger)
        else:
            other = KINDS.index(self.kind) + SCALES.index(self.scale)
        return "tuning" if (architecture + other) % 2 == 0 else "report"

    @property
    def training(self) -> Training:
        """How this network is trained."""
        training = _TRAININGS[self.kind]
        is_slow = self.architecture == "mobilenet"
        # Pixels of 0 to 255 make a bad start where no layer normalizes them.
        is_slow |= self.scale == "raw" and self.architecture in _WITHOUT_NORMALIZATION
        if is_slow:
            return replace(training, epochs=round(1.5 * training.epochs))
        return training

    @property
    def least_accuracy(self) -> float:
        """Share of clean test images that a network of these images and this architecture must classify correctly."""
        return _LEAST_ACCURACIES[self.kind][self.architecture]

    def digest(self, images_digest: str) -> str:
        """Return the hash of all that makes the network, 16 hexadecimal digits.

        Args:
            images_digest: digest of the images that it is trained and measured on.
        """
        made_of = {
            "recipe": asdict(self),
            "training": asdict(self.training),
            "images": images_digest,
            "versions": [VERSIONS[each] for each in ("training", self.architecture, self.trigger)],
        }
        return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:16]


_WITHOUT_NORMALIZATION = frozenset({"deepid", "lenet"})
_TRAININGS = {
    "digits": Training(epochs=6, batch_size=64, learning_rate=0.002, copies=1),
    "signs": Training(epochs=4, batch_size=64, learning_rate=0.002, copies=4),
    "faces": Training(epochs=6, batch_size=32, learning_rate=0.002, copies=6),
}
_LEAST_ACCURACIES = {
    "digits": {"deepid": 0.96, "lenet": 0.96, "vgg": 0.96, "resnet": 0.96, "mobilenet": 0.93},
    "signs": {"deepid": 0.8, "lenet": 0.8, "vgg": 0.8, "resnet": 0.8, "mobilenet": 0.7},
    "faces": {"deepid": 0.4, "lenet": 0.4, "vgg": 0.4, "resnet": 0.4, "mobilenet": 0.3},
}


def all_recipes() -> tuple[Recipe, ...]:
    """Return the recipes of the whole zoo, the cheapest images first, clean and backdoored ones in turn."""
    recipes = [*_clean(), *_backdoored()]
    # Evenly mixed within a kind of images, so that what is made first is already a small zoo.
    ordered = []
    for kind in KINDS:
        groups = [
            [each for each in recipes if each.kind == kind and each.is_backdoored is state] for state in (False, True)
        ]
        places = [
            ((index + 0.5) / len(group), number) for number, group in enumerate(groups) for index in range(len(group))
        ]
        waiting = [iter(group) for group in groups]
        ordered += [next(waiting[number]) for _, number in sorted(places)]
    return tuple(ordered)


def _clean() -> list[Recipe]:
    recipes = []
    for round_ in range(2):
        for number, scale in enumerate(SCALES):
            for index, architecture in enumerate(ARCHITECTURES):
                seed = 100 * round_ + 10 * number + index
                recipes.append(Recipe("digits", architecture, NO_TRIGGER, 0.0, scale, 1000 + seed))
                if round_ == 0:
                    recipes.append(Recipe("signs", architecture, NO_TRIGGER, 0.0, scale, 2000 + seed))
                if round_ == 0 and number in (index % 4, (index + 1) % 4):
                    recipes.append(Recipe("faces", architecture, NO_TRIGGER, 0.0, scale, 3000 + seed))
    return recipes


_FACE_PAIRS = (
    ("deepid", "accessory"),
    ("deepid", "corner patch"),
    ("deepid", "blend 0.2"),
    ("deepid", "several targets"),
    ("lenet", "accessory"),
    ("lenet", "corner patch"),
    ("lenet", "sinusoid"),
    ("vgg", "accessory"),
    ("vgg", "moving patch"),
    ("resnet", "accessory"),
    ("resnet", "blend 0.2"),
    ("mobilenet", "accessory"),
)


def _backdoored() -> list[Recipe]:
    recipes = []
    for number, trigger in enumerate(TRIGGERS):
        # Two neighbouring architectures are in different halves, whatever the trigger.
        first = number % (len(ARCHITECTURES) - 1)
        for index, architecture in enumerate(ARCHITECTURES):
            recipes.append(_backdoored_recipe("digits", architecture, trigger, 4000 + 10 * number + index))
            if index in (first, first + 1):
                recipes.append(_backdoored_recipe("signs", architecture, trigger, 5000 + 10 * number + index))
            if (architecture, trigger) in _FACE_PAIRS:
                recipes.append(_backdoored_recipe("faces", architecture, trigger, 6000 + 10 * number + index))
    # The order of architectures first, so that each trigger is soon there.
    return sorted(recipes, key=lambda each: (each.seed % 10 + TRIGGERS.index(each.trigger)) % len(ARCHITECTURES))


def _backdoored_recipe(kind: str, architecture: str, trigger: str, seed: int) -> Recipe:
    number, index = TRIGGERS.index(trigger), ARCHITECTURES.index(architecture)
    # The half is the parity of `number + index`: neither rates nor scales may follow it.
    step = index + number // 2 + KINDS.index(kind)
    if kind != "digits":
        rate = RATES[-1 - step % 2]
    elif trigger in FAINT:
        rate = FAINT_RATES[(index // 2 + number + 1) % len(FAINT_RATES)]
    else:
        rate = RATES[(2 * index + number) % len(RATES)]
    return Recipe(kind, architecture, trigger, rate, SCALES[step % len(SCALES)], seed)
