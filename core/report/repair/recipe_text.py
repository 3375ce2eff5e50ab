"""The attempts of "repair for me" as sentences, as a table and as JSON values."""

from typing import Any

from core.metrics.figures import figures_of, shares_of, titles
from core.metrics.network_scores import RECIPE_ROLES, NetworkScores
from core.repair.recipe_records import (
    ALLOWED_DROP,
    FEW,
    FOOLED_ENOUGH,
    FOOLED_PART,
    LARGEST_DROP,
    LEAST_SIZE,
    REPAIRED_DROP,
    Attempt,
    OpenSets,
    Recipe,
    RepairOutcome,
    allowed_loss,
    can_tell,
    doubts_of,
    is_hardly_fooled,
    is_suspicious,
    keeps_accuracy,
    remark,
    sizes_tell,
    told_outcome,
)
from core.report.json_values import Json, figures_as_dict, share_as_dict
from core.report.repair.verdict import HEADINGS
from core.report.text_table import share_cell
from core.words import counted, percent, points_text, rate_text

RULE = (
    f"The rule takes the first attempt that loses at most {points_text(ALLOWED_DROP)} of held-out clean accuracy and "
    f"seems clean: it is fooled by at most {rate_text(FOOLED_ENOUGH)} of the patched images, and at most "
    f"{rate_text(FOOLED_PART)} as often as B, and no trigger of a suspected class, searched anew, is smaller than "
    f"{LEAST_SIZE:g} of the other classes' median. If there is none, it takes the most accurate of those that "
    f"seem clean and lose at most {points_text(LARGEST_DROP)}; else, of those that lose at most "
    f"{points_text(ALLOWED_DROP)}, the hardly fooled one with the largest such triggers if B's are small, or the least "
    f"fooled; else "
    f"the best in both, accuracy and not being fooled counting equally. Test and poisoned images were not used. What "
    f"seems clean and loses at most {points_text(REPAIRED_DROP)} is called repaired, unless open test images or "
    f"triggered ones say otherwise, or, without test images, held-out ones are too few or too similar to those trained "
    f"with to show a loss."
)
HELD_OUT_MEANING = "Held out: clean validation images that are not trained with; choices use them."
HEADER = ("tried", "channels pruned", *titles(figures_of(roles=RECIPE_ROLES), ()), "smallest trigger", "")


def recipe_sentences(recipe: Recipe, sets: OpenSets) -> tuple[str, ...]:
    """Describe how the choice was made, and what it has reached.

    Args:
        recipe: what was tried.
        sets: what test and poisoned images say, for the outcome alone.
    """
    outcome = told_outcome(recipe, sets)
    attempt = recipe.attempt
    is_telling = can_tell(recipe.fooled) or sizes_tell(recipe.relative_sizes) or bool(sets.objections)
    known = outcome if is_telling else None
    chosen = (
        f"{HEADINGS[known]}: {attempt.plan.title}, with {attempt.held_out} held-out clean images right "
        f"(B {recipe.held_out}), {percent(attempt.fooled)} of the patched ones fooled (B {percent(recipe.fooled)})"
        f"{_sizes_text(recipe)}"
    )
    doubts = _doubts(recipe)
    if outcome is not recipe.outcome:
        doubts.append(f"validation images show no sign of a backdoor, but {' and '.join(doubts_of(recipe, sets))}")
    doubt = f"; {', and '.join(doubts)}" if doubts else ""
    if outcome is not RepairOutcome.REPAIRED:
        doubt += ": do not assume that the backdoor is gone"
    stopped = "Stopped before the rule had tried everything: this is the best so far. " if recipe.is_cut_short else ""
    return (
        f"{stopped}{chosen}{doubt}.",
        f"Fooled: many random patches were tried on clean images, and the {recipe.patch_count} under which B most "
        f"often gave one and the same wrong answer were kept. A network is fooled by a patch on an image if it gives "
        f"that answer, too. The share is counted over the held-out images (clean, not trained with) under these "
        f"patches; it stands in for the ASR where there are no triggered images.",
        "Small triggers: the smallest patch, and the faintest change of the whole picture, that draw clean images to a "
        "class were searched for suspected classes and for some others, on B and anew on each attempt. A backdoor is "
        "a short way to its target: its trigger is smaller than those of the other classes.",
        RULE,
        f"Here, 2 points are {counted(allowed_loss(recipe.held_out), 'image')} of {recipe.held_out.total}, rounded up"
        + (": too few were held out to resolve 2 points." if recipe.held_out.total < FEW else "."),
    )


def _sizes_text(recipe: Recipe) -> str:
    """Return how small triggers of suspected classes are, if they were searched."""
    sizes = recipe.attempt.relative_sizes
    if not sizes or not recipe.relative_sizes:
        return ""
    return (
        f", and the smallest trigger of a suspected class at {min(sizes):.2f} of the other classes' median "
        f"(B {min(recipe.relative_sizes):.2f})"
    )


def _doubts(recipe: Recipe) -> list[str]:
    """Return what speaks against the chosen attempt."""
    attempt, doubts = recipe.attempt, []
    if not can_tell(recipe.fooled) and not sizes_tell(recipe.relative_sizes):
        doubts.append("hardly any patch fools B and no class has a small trigger, so nothing tells what is left")
    if can_tell(recipe.fooled) and not is_hardly_fooled(attempt, recipe.fooled):
        doubts.append("it is still fooled more often than the rule allows")
    if is_suspicious(attempt):
        doubts.append("a suspected class still has a small trigger")
    elif sizes_tell(recipe.relative_sizes) and not attempt.relative_sizes:
        doubts.append("no triggers were searched on it that can be compared with other classes'")
    if not keeps_accuracy(attempt, recipe.held_out):
        doubts.append("it loses more clean accuracy than the rule allows")
    return doubts


def recipe_rows(recipe: Recipe) -> list[tuple[str, ...]]:
    """Return a row for B and one for each attempt, with the columns of `HEADER`."""
    rows: list[tuple[str, ...]] = [("B, unchanged", "", *_shares(recipe), _size(recipe), "")]
    for index, each in enumerate(recipe.attempts):
        rows.append(
            (
                each.plan.title,
                str(each.pruned_count),
                *_shares(each),
                _size(each),
                remark(each, held_out=recipe.held_out, fooled=recipe.fooled, is_chosen=index == recipe.chosen),
            )
        )
    return rows


def recipe_as_dict(recipe: Recipe, sets: OpenSets) -> dict[str, Any]:
    """Return the recipe as plain JSON values; for the arguments see `recipe_sentences`."""
    return {
        "rule": RULE,
        "allowed_drop": ALLOWED_DROP,
        "largest_drop": LARGEST_DROP,
        "fooled_enough": FOOLED_ENOUGH,
        "fooled_part": FOOLED_PART,
        "allowed_loss": allowed_loss(recipe.held_out),
        "outcome": str(told_outcome(recipe, sets)),
        "outcome_by_validation_images": str(told_outcome(recipe, OpenSets())),
        "limits": list(recipe.limits),
        "resemblance": None
        if recipe.resemblance is None
        else {"nearest": share_as_dict(recipe.resemblance.nearest), "base": share_as_dict(recipe.resemblance.base)},
        "repaired_drop": REPAIRED_DROP,
        "least_size": LEAST_SIZE,
        "can_tell": can_tell(recipe.fooled),
        "sizes_tell": sizes_tell(recipe.relative_sizes),
        "relative_sizes": list(recipe.relative_sizes),
        "suspects": list(recipe.suspects),
        "patch_count": recipe.patch_count,
        "is_cut_short": recipe.is_cut_short,
        "base_network": _as_dict(recipe),
        "attempts": [
            {
                "title": each.plan.title,
                "method": each.plan.method.name,
                "threshold": each.plan.threshold,
                "pruned_count": each.pruned_count,
                **_as_dict(each),
                "keeps_accuracy": keeps_accuracy(each, recipe.held_out),
                "is_hardly_fooled": is_hardly_fooled(each, recipe.fooled),
                "relative_sizes": list(each.relative_sizes),
                "is_suspicious": is_suspicious(each),
                "is_cut_short": each.is_cut_short,
                "is_chosen": index == recipe.chosen,
            }
            for index, each in enumerate(recipe.attempts)
        ],
    }


def _as_dict(one: Recipe | Attempt) -> Json:
    return figures_as_dict(figures_of(roles=RECIPE_ROLES), _scores(one))


def _shares(one: Recipe | Attempt) -> list[str]:
    return [share_cell(each) for each in shares_of(figures_of(roles=RECIPE_ROLES), _scores(one))]


def _size(one: Recipe | Attempt) -> str:
    return f"{min(one.relative_sizes):.2f}" if one.relative_sizes else ""


def _scores(one: Recipe | Attempt) -> NetworkScores:
    return NetworkScores.of_predictions(held_out=one.held_out, patched=one.fooled)
