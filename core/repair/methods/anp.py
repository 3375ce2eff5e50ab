"""Adversarial pruning: prunes the channels with the smallest masks."""

from dataclasses import dataclass

from core.order.anp_settings import AnpSettings
from core.order.orders.anp import MASKS
from core.registry.setting import Part, Setting
from core.repair.choices import RefitChoices
from core.repair.method import PruningMethod

MASK_THRESHOLD = Setting(
    name="mask_threshold",
    option="--mask-threshold",
    label="Masks below",
    help="Prune every channel whose mask is below this, regardless of clean accuracy; without it, clean accuracy "
    "decides where to stop",
    kind=float,
    part=Part.MASKS,
    lowest=0,
    highest=1,
    step=0.05,
    decimals=3,
    sample="0.125",
    none_text="off",
    brief="masks below {:g}",
    stops_pruning=True,
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class AdversarialPruning(PruningMethod):
    """Prunes channels by their masks."""

    def mask_settings(self, choices: RefitChoices, *, seed: int) -> AnpSettings:
        """Return the default settings with the chosen bound."""
        return AnpSettings(mask_threshold=choices.own_value(MASK_THRESHOLD), seed=seed)


ANP = AdversarialPruning(
    name="anp",
    title="Adversarial pruning",
    help="Prunes the channels that are most sensitive to small changes of their weights.",
    settings=(MASK_THRESHOLD,),
    is_joint=True,
    is_drawing=True,
    order=MASKS,
)
