"""What "repair for me" tries and tells, and by which rule it chooses; no Keras, rates in [0, 1]."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.records import Share
from core.repair.method import RepairMethod
from core.repair.methods.registry import METHODS

ALLOWED_DROP = 0.02  # of held-out clean accuracy
LARGEST_DROP = 0.05  # of it, for what is hardly fooled, before what is still fooled is taken instead
FOOLED_ENOUGH = 0.05  # the largest fooling rate that is taken at once …
FOOLED_PART = 0.1  # … and this part of B's at most
TELLING = 0.05  # where B itself is fooled less often than this, the rate tells nothing of a repair
FEW = 50  # held-out images below which two of a hundred cannot be told


@dataclass(frozen=True, slots=True)
class Plan:
    """One way to try.

    Attributes:
        title: what it is called.
        method: how.
        threshold: the drop of clean validation accuracy that pruning may reach first, (0, 1); None prunes nothing.
        least_steps: as in `RefitSettings`; None is the method's own.
    """

    title: str
    method: RepairMethod
    threshold: float | None
    least_steps: int | None = None


def all_plans() -> tuple[Plan, ...]:
    """The plans of all methods in the order in which they are tried: what takes less time comes first."""
    own = [(plan, method) for method in METHODS for plan in method.plans]
    return tuple(
        Plan(plan.title, method, plan.threshold, plan.least_steps)
        for plan, method in sorted(own, key=lambda each: each[0].place)
    )


def plans_for(*, has_convolutions: bool) -> tuple[Plan, ...]:
    """What is tried; where there is no channel to prune, what does without.

    Args:
        has_convolutions: whether the network has any.
    """
    if has_convolutions:
        return all_plans()
    return tuple(replace(each, threshold=None) for each in all_plans() if not each.method.is_pruning)


@dataclass(frozen=True, slots=True)
class Trying:
    """A plan begins.

    Attributes:
        plan: which.
        index: its place, from 0.
        plan_count: plans there are.
        held_out: of B, as in `Attempt`.
        fooled: of B, as in `Attempt`.
    """

    plan: Plan
    index: int
    plan_count: int
    held_out: Share
    fooled: Share


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of a plan, by clean validation images alone.

    Attributes:
        plan: which.
        pruned_count: channels that were pruned.
        held_out: held-out clean images predicted as their true label.
        fooled: pairs of a patch and a held-out image that are answered with the class that the patch drew B to.
        is_cut_short: whether somebody asked to stop while it was refitted.
    """

    plan: Plan
    pruned_count: int
    held_out: Share
    fooled: Share
    is_cut_short: bool = False

    @property
    def score(self) -> float:
        """What decides where nothing is clean enough: held-out accuracy and not being fooled in equal parts, [0, 1]."""
        return (self.held_out.rate + 1 - self.fooled.rate) / 2


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that was tried, and what was chosen.

    Attributes:
        held_out: of B, as in `Attempt`.
        fooled: of B, as in `Attempt`.
        patch_count: patches that fooled B most, of many random ones.
        attempts: in the order they were made, at least one.
        chosen: position in `attempts`.
        is_cut_short: whether somebody asked to stop before all was tried that the rule asks for.
    """

    held_out: Share
    fooled: Share
    patch_count: int
    attempts: tuple[Attempt, ...]
    chosen: int
    is_cut_short: bool = False

    @property
    def attempt(self) -> Attempt:
        """The one that was chosen."""
        return self.attempts[self.chosen]


def allowed_loss(held_out: Share, *, drop: float = ALLOWED_DROP) -> int:
    """How many of the held-out images that B predicts right may get lost: 2 of 100, rounded up."""
    return math.ceil(drop * held_out.total - 1e-9)


def keeps_accuracy(attempt: Attempt, held_out: Share, *, drop: float = ALLOWED_DROP) -> bool:
    """Whether held-out clean accuracy is close enough to B's, which is `held_out`."""
    return attempt.held_out.count >= held_out.count - allowed_loss(held_out, drop=drop)


def can_tell(fooled: Share) -> bool:
    """Whether B's fooling rate is so large that its fall tells something."""
    return fooled.total > 0 and fooled.rate >= TELLING


def is_hardly_fooled(attempt: Attempt, fooled: Share) -> bool:
    """Whether the fooling rate is small, and small beside B's, which is `fooled`; never where that tells nothing."""
    return can_tell(fooled) and attempt.fooled.rate <= min(FOOLED_ENOUGH, FOOLED_PART * fooled.rate)


def remark(attempt: Attempt, *, held_out: Share, fooled: Share, is_chosen: bool) -> str:
    """Why an attempt was chosen or not, in a few words.

    Args:
        attempt: which.
        held_out: of B.
        fooled: of B.
        is_chosen: whether it was.
    """
    faults = []
    if not keeps_accuracy(attempt, held_out):
        lost = held_out.count - attempt.held_out.count
        faults.append(f"loses {lost}, more than {allowed_loss(held_out)}")
    if can_tell(fooled) and not is_hardly_fooled(attempt, fooled):
        faults.append("still fooled")
    if attempt.is_cut_short:
        faults.append("stopped early")
    return ", ".join((["chosen"] if is_chosen else []) + faults)


def choose(attempts: Sequence[Attempt], *, held_out: Share, fooled: Share) -> int:
    """Which attempt is taken, by clean validation images alone.

    The first that keeps accuracy and is hardly fooled; else, of those hardly fooled that lose no more than
    `LARGEST_DROP`, the most accurate: one held-out image too many is chance, the backdoor is not. Else, of those that
    keep accuracy, the least fooled; else the one with the best `score`. Of equal ones the first. Where B is hardly
    fooled by any patch, the last that keeps accuracy, which changes most; else the most accurate.

    Args:
        attempts: at least one.
        held_out: of B.
        fooled: of B.
    """
    keeping = [index for index, each in enumerate(attempts) if keeps_accuracy(each, held_out)]
    good = [index for index in keeping if is_hardly_fooled(attempts[index], fooled)]
    if good:
        return good[0]
    if not can_tell(fooled):
        return keeping[-1] if keeping else max(range(len(attempts)), key=lambda index: attempts[index].held_out.rate)
    near = [
        index
        for index, each in enumerate(attempts)
        if is_hardly_fooled(each, fooled) and keeps_accuracy(each, held_out, drop=LARGEST_DROP)
    ]
    if near:
        return max(near, key=lambda index: attempts[index].held_out.rate)
    if keeping:
        return min(keeping, key=lambda index: attempts[index].fooled.rate)
    return max(range(len(attempts)), key=lambda index: attempts[index].score)
