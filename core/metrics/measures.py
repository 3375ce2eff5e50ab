"""What is counted in a network's predictions: definitions, sources, and which direction is better."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measure:
    """What is counted, independent of the set.

    Attributes:
        name: full name: "attack success rate".
        short: column heading: "ASR".
        definition: definition of the share, as the end of a sentence.
        source: where the definition comes from.
        is_higher_better: for the defender.
        is_of_flags: whether it counts the prediction "backdoored", which only G makes.
    """

    name: str
    short: str
    definition: str
    source: str
    is_higher_better: bool
    is_of_flags: bool = False

    @property
    def sentence(self) -> str:
        """The definition as a sentence that names the measure."""
        name = self.name[0].upper() + self.name[1:]
        short = f" ({self.short})" if self.short.isupper() else ""
        return f"{name}{short}: {self.definition}."


CLEAN_ACCURACY = Measure(
    "clean accuracy",
    "clean",
    "the share of clean images that are predicted as their true label",
    "top-1 accuracy; Gu, Dolan-Gavitt, Garg, “BadNets”, 2017, ask for as much of it as an honest network has",
    is_higher_better=True,
)
ATTACK_SUCCESS = Measure(
    "attack success rate",
    "ASR",
    "the share of triggered images that are predicted as the target label, the attacker's; images whose true label is "
    "the target are left out where the file holds true labels",
    "Gu, Dolan-Gavitt, Garg, “BadNets: Identifying Vulnerabilities in the Machine Learning Model Supply Chain”, 2017",
    is_higher_better=False,
)
DETECTION = Measure(
    "detection rate",
    "detection",
    "the share of triggered images that G flags, which means that it answers “backdoored”",
    "the true positive rate of Fawcett, “An introduction to ROC analysis”, 2006",
    is_higher_better=True,
    is_of_flags=True,
)
FALSE_ALARM = Measure(
    "false alarm rate",
    "false alarms",
    "the share of clean images that G flags",
    "the false positive rate of Fawcett, “An introduction to ROC analysis”, 2006",
    is_higher_better=False,
    is_of_flags=True,
)
FOOLING = Measure(
    "fooling rate",
    "fooled",
    "the share of held-out clean images, each under patches that fool B, that still get the wrong class to which the "
    "patch drew B; it stands in for the attack success rate where there are no triggered images",
    "this project",
    is_higher_better=False,
)
