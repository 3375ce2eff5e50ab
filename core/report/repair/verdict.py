"""What a repair has reached, as one verdict: outcome, reasons and figures; no Keras.

"Repair for me" judges by clean images, and open test and triggered images may object. Any other method is judged by the
open images alone: without triggered ones nothing tells whether the backdoor is gone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.metrics.network_scores import NetworkScores, SetRole
from core.records import Share
from core.repair.recipe_records import (
    LARGEST_SUCCESS,
    REPAIRED_DROP,
    OpenSets,
    Recipe,
    RepairOutcome,
    allowed_loss,
    can_tell,
    doubts_of,
    sizes_tell,
    told_outcome,
)
from core.words import percent, set_endings, short_mark

NO_TRIGGERED = "No images with the trigger are open, so nothing tells whether the backdoor is gone."
NOTHING_TELLS = "Nothing showed a backdoor in B, so nothing tells what the repair has reached."
NO_SIGN = "As far as clean images tell, no sign of a backdoor is left."
SIGNS_LEFT = "Signs of a backdoor are left, or too much clean accuracy is lost."
AS_BEFORE = "The signs of a backdoor are as before."
NO_ATTACK = "Hardly any open image with the trigger reaches its target on B, so these tell nothing of a repair."

HEADINGS = {
    RepairOutcome.REPAIRED: "Repaired",
    RepairOutcome.WEAKENED: "Weakened",
    RepairOutcome.NOT_REPAIRED: "Not repaired",
    None: "Not known whether it is repaired",
}
_CLEAN_NAMES = {
    SetRole.TEST: "test",
    SetRole.HELD_OUT: "held-out",
    SetRole.VALIDATION: "validation",
}


@dataclass(frozen=True, slots=True)
class RepairVerdict:
    """What a repair has reached.

    Attributes:
        outcome: None if nothing tells.
        reasons: why, a sentence each, at least one.
        figures: clean accuracy and attack success of B and B′ in one line.
    """

    outcome: RepairOutcome | None
    reasons: tuple[str, ...]
    figures: str

    @property
    def heading(self) -> str:
        """The outcome in a few words."""
        return HEADINGS[self.outcome]


def judge_repair(
    before: NetworkScores, after: NetworkScores, recipe: Recipe | None, *, poisoned_names: Sequence[str] = ()
) -> RepairVerdict:
    """Return the verdict of a repair.

    A method other than "repair for me" has repaired B if at most 2 % of each open set of triggered images still reach
    their target, at a loss of at most 3 points of clean accuracy; it has weakened the attack if at most half as many
    reach it as on B.

    Args:
        before: the scores of B.
        after: the scores of B′.
        recipe: what "repair for me" tried; None for another method.
        poisoned_names: names of the poisoned sets, which say whether figures are estimates; empty for none.
    """
    figures = _figures_text(before, after, poisoned_names)
    if recipe is not None:
        return _of_recipe(recipe, OpenSets.of_scores(before, after), figures)
    attacks = list(zip(_attacks(before), _attacks(after), strict=True))
    lost = _accuracy_lost(before, after)
    if not attacks:
        return RepairVerdict(None, (NO_TRIGGERED, *lost), figures)
    works = [pair for pair in attacks if pair[0].rate > LARGEST_SUCCESS]
    place = max(range(len(attacks)), key=lambda each: attacks[each][1].rate)
    worst, mark = attacks[place], short_mark(poisoned_names[place])[1] if poisoned_names else ""
    left = worst[1].rate > LARGEST_SUCCESS
    reached = f"{worst[1]} triggered images{mark} {'still reach' if left else 'reach'} their target ({worst[0]} on B)."
    if not works and not left:
        return RepairVerdict(None, (NO_ATTACK, *lost), figures)
    if not left and not lost:
        return RepairVerdict(RepairOutcome.REPAIRED, (_capital(reached),), figures)
    is_weaker = all(after.rate <= before.rate / 2 for before, after in works)
    outcome = RepairOutcome.WEAKENED if is_weaker else RepairOutcome.NOT_REPAIRED
    return RepairVerdict(outcome, (_capital(reached), *lost), figures)


def _of_recipe(recipe: Recipe, sets: OpenSets, figures: str) -> RepairVerdict:
    if not can_tell(recipe.fooled) and not sizes_tell(recipe.relative_sizes):
        reasons = (NOTHING_TELLS, *(_capital(f"{each}.") for each in sets.objections))
        return RepairVerdict(RepairOutcome.NOT_REPAIRED if sets.objections else None, reasons, figures)
    outcome = told_outcome(recipe, sets)
    if outcome is not recipe.outcome:
        reason = f"Validation images show no sign of a backdoor, but {' and '.join(doubts_of(recipe, sets))}."
    else:
        reason = {
            RepairOutcome.REPAIRED: NO_SIGN,
            RepairOutcome.WEAKENED: SIGNS_LEFT,
            RepairOutcome.NOT_REPAIRED: AS_BEFORE,
        }[outcome]
    stopped = ("Stopped before all plans were tried: this is the best so far.",) if recipe.is_cut_short else ()
    return RepairVerdict(outcome, (*stopped, reason), figures)


def _attacks(scores: NetworkScores) -> tuple[Share, ...]:
    return tuple(each.predicted for each in scores.of(SetRole.POISONED))


def _clean(before: NetworkScores, after: NetworkScores) -> tuple[SetRole, Share, Share] | None:
    """Return the clean images that accuracy is judged by: test, else held-out, else validation images."""
    for role in _CLEAN_NAMES:
        pairs = list(zip(before.of(role), after.of(role), strict=False))
        if pairs:
            return role, pairs[0][0].predicted, pairs[0][1].predicted
    return None


def _accuracy_lost(before: NetworkScores, after: NetworkScores) -> tuple[str, ...]:
    """Return the sentence that says that too much clean accuracy was lost, if it was."""
    clean = _clean(before, after)
    if clean is None:
        return ()
    role, base, pruned = clean
    if base.count - pruned.count <= allowed_loss(base, drop=REPAIRED_DROP):
        return ()
    return (f"Only {pruned} clean {_CLEAN_NAMES[role]} images are right ({base} on B).",)


def _figures_text(before: NetworkScores, after: NetworkScores, names: Sequence[str]) -> str:
    """Return clean accuracy and attack success of B and B′: "Clean test accuracy 99.32 → 98.86 %, ASR 100 → 0 %"."""
    words = []
    clean = _clean(before, after)
    if clean is not None:
        role, base, pruned = clean
        words.append(f"clean {_CLEAN_NAMES[role]} accuracy {_change(base, pruned)}")
    pairs = list(zip(_attacks(before), _attacks(after), strict=True))
    endings = set_endings(names) if names else ("",) * len(pairs)
    words += [f"ASR{ending} {_change(*pair)}" for ending, pair in zip(endings, pairs, strict=True)]
    return f"{_capital(', '.join(words))}." if words else ""


def _change(before: Share, after: Share) -> str:
    return f"{percent(before)} → {percent(after)} ({before.count} → {after})"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
