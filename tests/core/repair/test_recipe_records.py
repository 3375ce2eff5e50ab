"""The recipe's rule: which attempt is taken, by two counts alone."""

import pytest

from core.records import Share
from core.repair.methods.occlusion import OCCLUSION
from core.repair.methods.prune import PRUNE
from core.repair.recipe_records import (
    Attempt,
    Plan,
    all_plans,
    allowed_loss,
    choose,
    is_hardly_fooled,
    keeps_accuracy,
    plans_for,
    remark,
)

PLAN = Plan("pruning", PRUNE, 0.02)
HELD_OUT, FOOLED = Share(98, 100), Share(800, 1000)


def attempt(held_out: int, fooled: int) -> Attempt:
    return Attempt(PLAN, 3, Share(held_out, 100), Share(fooled, 1000))


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
    assert [each.method for each in plans] == [OCCLUSION, OCCLUSION]
    assert [each.threshold for each in plans] == [None, None]
    assert [each.least_steps for each in plans] == [each.least_steps for each in all_plans()[2:]]
