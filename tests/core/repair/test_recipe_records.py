"""The recipe's rule: which attempt is taken, by two counts alone."""

from dataclasses import replace

import pytest

from core.records import Share
from core.repair.methods.activation_bounds import BOUNDS
from core.repair.methods.occlusion import OCCLUSION
from core.repair.methods.prune import PRUNE
from core.repair.methods.unlearning import UNLEARNING
from core.repair.recipe_records import (
    Attempt,
    OpenSets,
    Plan,
    Recipe,
    RepairOutcome,
    Resemblance,
    all_plans,
    allowed_loss,
    choose,
    doubts_of,
    in_order,
    is_hardly_fooled,
    is_promising,
    keeps_accuracy,
    outcome_of,
    plans_for,
    remark,
    seems_clean,
    told_outcome,
)

PLAN = Plan("pruning", PRUNE, 0.02)
HELD_OUT, FOOLED = Share(98, 100), Share(800, 1000)


SMALL, LIKE_OTHERS = (0.2, 0.5), (1.1, 0.8)  # relative sizes of triggers


def attempt(held_out: int, fooled: int, sizes: tuple[float, ...] = ()) -> Attempt:
    return Attempt(PLAN, 3, Share(held_out, 100), Share(fooled, 1000), relative_sizes=sizes)


@pytest.mark.parametrize(("total", "loss"), [(100, 2), (101, 3), (88, 2), (50, 1), (40, 1), (3, 1), (1000, 20)])
def test_two_of_a_hundred_may_get_lost_rounded_up(total: int, loss: int) -> None:
    assert allowed_loss(Share(total, total)) == loss


def test_both_sides_of_each_bound() -> None:
    assert keeps_accuracy(attempt(96, 0), HELD_OUT)
    assert not keeps_accuracy(attempt(95, 0), HELD_OUT)
    assert is_hardly_fooled(attempt(0, 50), FOOLED)
    assert not is_hardly_fooled(attempt(0, 51), FOOLED)
    # Where B is seldom fooled, a twentieth is no proof: a tenth of B's share is asked for.
    assert not is_hardly_fooled(attempt(0, 50), Share(100, 1000))
    assert is_hardly_fooled(attempt(0, 10), Share(100, 1000))
    # Where B is hardly fooled at all, that nothing is left of it proves nothing.
    assert is_hardly_fooled(attempt(0, 5), Share(50, 1000))
    assert not is_hardly_fooled(attempt(0, 0), Share(49, 1000))
    assert not is_hardly_fooled(attempt(0, 0), Share(0, 0))


@pytest.mark.parametrize(
    ("attempts", "chosen"),
    [
        ([(98, 700), (97, 40), (98, 5)], 1),  # the first that is good enough
        ([(98, 700), (90, 0), (97, 300), (96, 300)], 2),  # none is: the least fooled that keeps accuracy, the first
        ([(98, 700), (93, 10), (97, 300)], 1),  # three more lost weigh less than the backdoor
        ([(98, 700), (93, 5), (95, 40), (95, 10)], 2),  # the most accurate of such, the first
        ([(98, 700), (92, 0), (97, 300)], 2),  # but not six
        ([(90, 700), (80, 10), (94, 200)], 1),  # none keeps accuracy: the best of both
        ([(90, 700)], 0),
    ],
)
def test_which_is_taken(attempts: list[tuple[int, int]], chosen: int) -> None:
    assert choose([attempt(*each) for each in attempts], held_out=HELD_OUT, fooled=FOOLED) == chosen


@pytest.mark.parametrize("fooled", [Share(0, 1000), Share(49, 1000), Share(0, 0)])
def test_where_patches_tell_nothing_the_last_that_keeps_accuracy_is_taken(fooled: Share) -> None:
    some = [attempt(98, 0), attempt(97, 0), attempt(90, 0)]
    assert choose(some, held_out=HELD_OUT, fooled=fooled) == 1
    assert choose([*some[2:], attempt(93, 0)], held_out=HELD_OUT, fooled=fooled) == 1
    assert remark(some[0], held_out=HELD_OUT, fooled=fooled, is_chosen=False) == ""


def test_remarks_name_what_is_wrong() -> None:
    def said(held_out: int, fooled: int, *, is_chosen: bool) -> str:
        return remark(attempt(held_out, fooled), held_out=HELD_OUT, fooled=FOOLED, is_chosen=is_chosen)

    assert said(98, 0, is_chosen=True) == "chosen"
    assert said(95, 60, is_chosen=False) == "loses 3, more than 2, still fooled"
    assert said(96, 51, is_chosen=True) == "chosen, still fooled"


def test_where_nothing_can_be_pruned_only_refitting_is_tried() -> None:
    assert plans_for(has_convolutions=True) == all_plans()
    plans = plans_for(has_convolutions=False)
    assert [each.method for each in plans] == [OCCLUSION, UNLEARNING, OCCLUSION, BOUNDS]
    assert [each.threshold for each in plans] == [None] * 4
    assert [each.least_steps for each in plans] == [each.least_steps for each in all_plans()[2:]]


@pytest.mark.parametrize(
    ("attempts", "chosen"),
    [
        # The first is hardly fooled by patches, but a small trigger is left: the next that has none is taken.
        ([(98, 5, SMALL), (97, 5, LIKE_OTHERS)], 1),
        ([(98, 5, SMALL), (94, 5, LIKE_OTHERS)], 1),  # four lost weigh less than the backdoor
        # None seems clean: of the hardly fooled the one with the largest small trigger, …
        ([(98, 5, (0.1, 0.9)), (97, 5, (0.5, 0.5)), (97, 5, (0.3, 2.0))], 1),
        ([(98, 800, (0.9, 0.9)), (97, 10, (0.55, 0.7))], 1),  # … before one that patches still fool
    ],
)
def test_small_triggers_decide_as_well(attempts: list[tuple[int, int, tuple[float, ...]]], chosen: int) -> None:
    made = [attempt(*each) for each in attempts]
    assert choose(made, held_out=HELD_OUT, fooled=FOOLED, relative_sizes=SMALL) == chosen


def test_where_patches_tell_nothing_small_triggers_may() -> None:
    unfooled = Share(0, 1000)
    made = [attempt(98, 0, SMALL), attempt(97, 0, LIKE_OTHERS), attempt(97, 0, LIKE_OTHERS)]
    assert choose(made, held_out=HELD_OUT, fooled=unfooled, relative_sizes=SMALL) == 1
    # Where B has no small trigger either, nothing tells: the last that keeps accuracy.
    assert choose(made, held_out=HELD_OUT, fooled=unfooled, relative_sizes=LIKE_OTHERS) == 2
    assert not seems_clean(made[1], unfooled, LIKE_OTHERS)


@pytest.mark.parametrize(
    ("one", "fooled", "sizes", "outcome"),
    [
        (attempt(97, 5, LIKE_OTHERS), FOOLED, SMALL, RepairOutcome.REPAIRED),
        (attempt(95, 5, LIKE_OTHERS), FOOLED, SMALL, RepairOutcome.REPAIRED),  # three points lost
        (attempt(94, 5, LIKE_OTHERS), FOOLED, SMALL, RepairOutcome.WEAKENED),  # too much accuracy is lost
        (attempt(97, 5, SMALL), FOOLED, SMALL, RepairOutcome.WEAKENED),  # fooled less, but a small trigger is left
        (attempt(97, 390, LIKE_OTHERS), FOOLED, SMALL, RepairOutcome.WEAKENED),  # still fooled, half as often
        (attempt(97, 700, SMALL), FOOLED, SMALL, RepairOutcome.NOT_REPAIRED),
        (attempt(97, 0, SMALL), Share(0, 1000), (0.05, 0.5), RepairOutcome.WEAKENED),  # a trigger four times as large
        (attempt(97, 0, LIKE_OTHERS), Share(0, 1000), SMALL, RepairOutcome.REPAIRED),
        (attempt(97, 0, LIKE_OTHERS), Share(0, 1000), LIKE_OTHERS, RepairOutcome.NOT_REPAIRED),  # nothing tells
        (attempt(97, 5), FOOLED, (), RepairOutcome.REPAIRED),  # no triggers were searched at all
        # B has a small trigger, and none could be compared on B′: that is no sign of a repair.
        (attempt(97, 5), FOOLED, SMALL, RepairOutcome.WEAKENED),
        (attempt(97, 0), Share(0, 1000), SMALL, RepairOutcome.NOT_REPAIRED),
    ],
)
def test_outcomes(one: Attempt, fooled: Share, sizes: tuple[float, ...], outcome: RepairOutcome) -> None:
    assert outcome_of(one, held_out=HELD_OUT, fooled=fooled, relative_sizes=sizes) is outcome


def recipe_with(*, resemblance: Resemblance | None = None, held_out: int = 100) -> Recipe:
    """A recipe whose only attempt seems clean."""
    base = Share(held_out - 2, held_out)
    made = Attempt(PLAN, 0, base, Share(5, 1000), relative_sizes=LIKE_OTHERS)
    return Recipe(base, FOOLED, 100, (made,), 0, relative_sizes=SMALL, resemblance=resemblance)


def test_no_network_to_which_test_or_triggered_images_object_is_called_repaired() -> None:
    recipe, small, large = recipe_with(), Share(2, 100), Share(3, 100)
    assert told_outcome(recipe, OpenSets()) is RepairOutcome.REPAIRED
    kept = OpenSets((small,), (Share(90, 100), Share(87, 100)))
    assert told_outcome(recipe, kept) is RepairOutcome.REPAIRED
    assert told_outcome(recipe, OpenSets((small, large))) is RepairOutcome.WEAKENED
    failed = replace(recipe, attempts=(attempt(98, 790, SMALL),))
    assert told_outcome(failed, OpenSets((large,))) is RepairOutcome.NOT_REPAIRED
    lossy = OpenSets((), (Share(90, 100), Share(86, 100)))
    assert told_outcome(recipe, lossy) is RepairOutcome.WEAKENED
    assert lossy.objections == ("only 86 of 100 test images are right (90 of 100 before)",)


@pytest.mark.parametrize(
    ("recipe", "reason"),
    [
        (recipe_with(held_out=49), "only 49 images were held out"),
        (recipe_with(resemblance=Resemblance(Share(940, 1000), Share(950, 1000))), "right for 940 of 1000"),
        (recipe_with(resemblance=Resemblance(Share(939, 1000), Share(950, 1000))), ""),
    ],
)
def test_where_held_out_images_cannot_show_a_loss_test_images_must(recipe: Recipe, reason: str) -> None:
    outcome = RepairOutcome.WEAKENED if reason else RepairOutcome.REPAIRED
    assert told_outcome(recipe, OpenSets()) is outcome
    assert reason in " ".join(doubts_of(recipe, OpenSets()))
    assert bool(recipe.limits) == bool(reason)
    kept = OpenSets((), (Share(90, 100), Share(87, 100)))
    assert told_outcome(recipe, kept) is RepairOutcome.REPAIRED
    assert doubts_of(recipe, kept) == ()


@pytest.mark.parametrize(
    ("one", "fooled", "is_worth_it"),
    [
        (attempt(98, 5), FOOLED, True),
        (attempt(93, 5), FOOLED, True),  # five points lost
        (attempt(92, 5), FOOLED, False),
        (attempt(98, 390), FOOLED, False),  # still fooled, so that it is not taken whatever triggers say
        (attempt(98, 390), Share(0, 1000), True),  # patches tell nothing
    ],
)
def test_triggers_are_searched_only_where_they_can_decide(one: Attempt, fooled: Share, is_worth_it: bool) -> None:
    assert is_promising(one, held_out=HELD_OUT, fooled=fooled) is is_worth_it


LAST = "activation bounds"


def test_where_no_patch_fools_b_plans_for_patches_come_last() -> None:
    usual = [each.title for each in in_order(all_plans(), FOOLED)]
    assert usual == ["pruning", "fine-pruning", "occlusion", "unlearning", "occlusion, twice as long", LAST]
    others = [each.title for each in in_order(all_plans(), Share(0, 1000))]
    assert others == ["pruning", "fine-pruning", "unlearning", "occlusion", "occlusion, twice as long", LAST]
