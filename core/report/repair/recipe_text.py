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
    Attempt,
    Recipe,
    allowed_loss,
    can_tell,
    is_hardly_fooled,
    keeps_accuracy,
    remark,
)
from core.report.json_values import Json, figures_as_dict
from core.report.text_table import share_cell
from core.words import counted, percent, points_text, rate_text

RULE = (
    f"The rule takes the first attempt that loses at most {points_text(ALLOWED_DROP)} of held-out clean accuracy and "
    f"is fooled by at most {rate_text(FOOLED_ENOUGH)} of the patched images, and at most {rate_text(FOOLED_PART)} as "
    f"often as B. If there is none, it takes the most accurate of those that are fooled no more than that and lose at "
    f"most {points_text(LARGEST_DROP)}; else the least fooled of those that lose at most {points_text(ALLOWED_DROP)}; "
    f"else the best in both, accuracy and not being fooled counting equally. Test and poisoned images were not used."
)
HELD_OUT_MEANING = "Held out: clean validation images that are not trained with; choices use them."
HEADER = ("tried", "channels pruned", *titles(figures_of(roles=RECIPE_ROLES), ()), "")


def recipe_sentences(recipe: Recipe) -> tuple[str, ...]:
    """Describe how the choice was made."""
    attempt = recipe.attempt
    chosen = (
        f"Chosen: {attempt.plan.title}, with {attempt.held_out} held-out clean images right (B {recipe.held_out}) and "
        f"{percent(attempt.fooled)} of the patched ones fooled (B {percent(recipe.fooled)})"
    )
    doubt = ""
    if not can_tell(recipe.fooled):
        doubt = "; hardly any patch fools B, so it is unknown how much of a backdoor is left: do not assume it is gone"
    elif not is_hardly_fooled(attempt, recipe.fooled):
        doubt = "; it is still fooled more often than the rule allows: do not assume that the backdoor is gone"
    elif not keeps_accuracy(attempt, recipe.held_out):
        doubt = "; it loses more clean accuracy than the rule allows"
    stopped = "Stopped before the rule had tried everything: this is the best so far. " if recipe.is_cut_short else ""
    return (
        f"{stopped}{chosen}{doubt}.",
        f"Fooled: many random patches were tried on clean images, and the {recipe.patch_count} under which B most "
        f"often gave one and the same wrong answer were kept. A network is fooled by a patch on an image if it gives "
        f"that answer, too. The share is counted over the held-out images (clean, not trained with) under these "
        f"patches; it stands in for the ASR where there are no triggered images.",
        RULE,
        f"Here, 2 points are {counted(allowed_loss(recipe.held_out), 'image')} of {recipe.held_out.total}, rounded up"
        + (": too few were held out to resolve 2 points." if recipe.held_out.total < FEW else "."),
    )


def recipe_rows(recipe: Recipe) -> list[tuple[str, ...]]:
    """Return a row for B and one for each attempt, with the columns of `HEADER`."""
    rows: list[tuple[str, ...]] = [("B, unchanged", "", *_shares(recipe), "")]
    for index, each in enumerate(recipe.attempts):
        rows.append(
            (
                each.plan.title,
                str(each.pruned_count),
                *_shares(each),
                remark(each, held_out=recipe.held_out, fooled=recipe.fooled, is_chosen=index == recipe.chosen),
            )
        )
    return rows


def recipe_as_dict(recipe: Recipe) -> dict[str, Any]:
    """Return the recipe as plain JSON values."""
    return {
        "rule": RULE,
        "allowed_drop": ALLOWED_DROP,
        "largest_drop": LARGEST_DROP,
        "fooled_enough": FOOLED_ENOUGH,
        "fooled_part": FOOLED_PART,
        "allowed_loss": allowed_loss(recipe.held_out),
        "can_tell": can_tell(recipe.fooled),
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


def _scores(one: Recipe | Attempt) -> NetworkScores:
    return NetworkScores.of_predictions(held_out=one.held_out, patched=one.fooled)
