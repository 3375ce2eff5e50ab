"""The verdict of a repair, from open sets and from the recipe."""

import pytest

from core.metrics.network_scores import NetworkScores
from core.records import Share
from core.repair.methods.prune import PRUNE
from core.repair.recipe_records import Attempt, Plan, Recipe, RepairOutcome
from core.report.repair.verdict import NO_ATTACK, NO_SIGN, NO_TRIGGERED, NOTHING_TELLS, judge_repair


def scores(test: int | None, *attacks: int, held_out: int | None = None) -> NetworkScores:
    return NetworkScores.of_predictions(
        test=None if test is None else Share(test, 100),
        held_out=None if held_out is None else Share(held_out, 100),
        poisoned=[Share(each, 100) for each in attacks],
    )


@pytest.mark.parametrize(
    ("before", "after", "outcome", "reasons"),
    [
        (
            scores(98, 100),
            scores(96, 1),
            RepairOutcome.REPAIRED,
            ["1 of 100 triggered images reach their target (100 of 100 on B)."],
        ),
        (
            scores(98, 100),
            scores(96, 3),
            RepairOutcome.WEAKENED,
            ["3 of 100 triggered images still reach their target (100 of 100 on B)."],
        ),
        (
            scores(98, 100),
            scores(81, 100),
            RepairOutcome.NOT_REPAIRED,
            [
                "100 of 100 triggered images still reach their target (100 of 100 on B).",
                "Only 81 of 100 clean test images are right (98 of 100 on B).",
            ],
        ),
        (
            scores(98, 100),
            scores(80, 0),
            RepairOutcome.WEAKENED,
            [
                "0 of 100 triggered images reach their target (100 of 100 on B).",
                "Only 80 of 100 clean test images are right (98 of 100 on B).",
            ],
        ),
        # The worst set counts, and one that is hardly weaker.
        (
            scores(98, 100, 90),
            scores(98, 0, 60),
            RepairOutcome.NOT_REPAIRED,
            ["60 of 100 triggered images still reach their target (90 of 100 on B)."],
        ),
        (scores(98, 1), scores(98, 0), None, [NO_ATTACK]),
        (scores(98), scores(98), None, [NO_TRIGGERED]),
        (scores(98), scores(90), None, [NO_TRIGGERED, "Only 90 of 100 clean test images are right (98 of 100 on B)."]),
        (
            scores(None, 100, held_out=98),
            scores(None, 0, held_out=90),
            RepairOutcome.WEAKENED,
            [
                "0 of 100 triggered images reach their target (100 of 100 on B).",
                "Only 90 of 100 clean held-out images are right (98 of 100 on B).",
            ],
        ),
    ],
)
def test_open_images_judge_any_method(
    before: NetworkScores, after: NetworkScores, outcome: RepairOutcome | None, reasons: list[str]
) -> None:
    verdict = judge_repair(before, after, None)
    assert (verdict.outcome, list(verdict.reasons)) == (outcome, reasons)


def test_the_figures_stand_in_one_line() -> None:
    told = judge_repair(scores(98, 100), scores(96, 1), None).figures
    assert told == "Clean test accuracy 98.00 % → 96.00 % (98 → 96 of 100), ASR 100 % → 1.00 % (100 → 1 of 100)."


def recipe(fooled: int, *, left: int) -> Recipe:
    attempt = Attempt(Plan("pruning", PRUNE, 0.02), 3, Share(98, 100), Share(left, 1000))
    return Recipe(Share(98, 100), Share(fooled, 1000), 100, (attempt,), 0)


def test_the_recipe_judges_by_clean_images_and_open_ones_object() -> None:
    before = scores(98, 100)
    good = recipe(600, left=10)
    assert judge_repair(before, scores(98, 0), good).reasons == (NO_SIGN,)
    doubted = judge_repair(before, scores(98, 7), good)
    assert (doubted.heading, doubted.outcome) == ("Weakened", RepairOutcome.WEAKENED)
    assert "but 7 of 100 triggered images still reach their target" in doubted.reasons[0]


def test_of_a_network_without_signs_nothing_is_known() -> None:
    silent = recipe(0, left=0)
    verdict = judge_repair(scores(98), scores(98), silent)
    assert (verdict.heading, verdict.reasons) == ("Not known whether it is repaired", (NOTHING_TELLS,))
    attacked = judge_repair(scores(98, 100), scores(98, 100), silent)
    assert attacked.heading == "Not repaired"
