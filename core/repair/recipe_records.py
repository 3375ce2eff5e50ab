"""Records of "repair for me" and the rule by which it chooses; no Keras, rates in [0, 1]."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from core.metrics.network_scores import NetworkScores, SetRole
from core.records import Share
from core.repair.method import RepairMethod
from core.repair.methods.registry import METHODS

ALLOWED_DROP = 0.02  # of held-out clean accuracy
LARGEST_DROP = 0.05  # the same for an attempt that is hardly fooled, before one that is still fooled is chosen
REPAIRED_DROP = 0.03  # the same for a network that may be called repaired
FOOLED_ENOUGH = 0.05  # largest fooling rate that is accepted at once …
FOOLED_PART = 0.1  # … which must also be at most this fraction of B's
LEAST_TELLING_RATE = 0.05  # if B's own rate is lower, it says nothing about a repair
LEAST_SIZE = 0.6  # a class whose trigger is smaller than this share of the other classes' median is suspicious
LARGEST_SUCCESS = 0.02  # attack success, where triggered images are known, that "repaired" may leave
FEW = 50  # with fewer held-out images, 2 % cannot be resolved
ALIKE_PART = 1.2  # of B's errors: where the label of the most similar image errs no more often, images are too alike


@dataclass(frozen=True, slots=True)
class Plan:
    """One attempt that the recipe may make.

    Attributes:
        title: the plan's name.
        method: the repair method.
        threshold: allowed drop of clean validation accuracy for pruning first, (0, 1); None does not prune.
        least_steps: as in `RefitSettings`; None uses the method's default.
        is_for_patches: as in `MethodPlan`.
    """

    title: str
    method: RepairMethod
    threshold: float | None
    least_steps: int | None = None
    is_for_patches: bool = False


def all_plans() -> tuple[Plan, ...]:
    """Return the plans of all methods in the order in which they are tried; faster plans come first."""
    own = [(plan, method) for method in METHODS for plan in method.plans]
    return tuple(
        Plan(plan.title, method, plan.threshold, plan.least_steps, plan.is_for_patches)
        for plan, method in sorted(own, key=lambda each: each[0].place)
    )


def plans_for(*, has_convolutions: bool) -> tuple[Plan, ...]:
    """Return the plans to try; without convolutions, only those that need no pruning.

    Args:
        has_convolutions: whether the network has convolutions.
    """
    if has_convolutions:
        return all_plans()
    return tuple(replace(each, threshold=None) for each in all_plans() if not each.method.is_pruning)


class RepairOutcome(StrEnum):
    """What a repair has reached, as far as clean images tell."""

    REPAIRED = "repaired"  # no evidence of a backdoor is left, and clean accuracy is kept
    WEAKENED = "weakened"  # the evidence of a backdoor is weaker, but some is left, or too much clean accuracy is lost
    NOT_REPAIRED = "not repaired"  # the evidence is hardly weaker, or nothing can tell


@dataclass(frozen=True, slots=True)
class Trying:
    """Published when a plan starts.

    Attributes:
        plan: the plan.
        index: its position, from 0.
        plan_count: number of plans.
        held_out: as in `Attempt`, for B.
        fooled: as in `Attempt`, for B.
        relative_sizes: as in `Attempt`, for B.
    """

    plan: Plan
    index: int
    plan_count: int
    held_out: Share
    fooled: Share
    relative_sizes: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Attempt:
    """The result of a plan, measured on clean validation images alone.

    Attributes:
        plan: the plan.
        pruned_count: number of pruned channels.
        held_out: held-out clean images predicted as their true label.
        fooled: (patch, held-out image) pairs predicted as the class to which the patch drew B.
        is_cut_short: whether refitting was stopped early.
        relative_sizes: as in `RefitEpoch`, for triggers searched anew on B′; empty if none were searched.
    """

    plan: Plan
    pruned_count: int
    held_out: Share
    fooled: Share
    is_cut_short: bool = False
    relative_sizes: tuple[float, ...] = ()

    @property
    def score(self) -> float:
        """The score used if no attempt is good enough: the mean of held-out accuracy and 1 − fooling rate, [0, 1]."""
        return (self.held_out.rate + 1 - self.fooled.rate) / 2


@dataclass(frozen=True, slots=True)
class Resemblance:
    """How well the most similar other image tells the label of a validation image.

    Attributes:
        nearest: validation images that have the same label as the most similar one of others.
        base: those of the same images that B predicts as their label.
    """

    nearest: Share
    base: Share

    @property
    def is_too_close(self) -> bool:
        """Whether similar images tell the label nearly as well as B, or better."""
        errors = self.nearest.total - self.nearest.count
        return errors <= ALIKE_PART * (self.base.total - self.base.count)


@dataclass(frozen=True, slots=True)
class Recipe:
    """All attempts, and the chosen one.

    Attributes:
        held_out: as in `Attempt`, for B.
        fooled: as in `Attempt`, for B.
        patch_count: number of patches that fooled B most, of many random ones.
        attempts: in the order they were made, at least one.
        chosen: position in `attempts`.
        is_cut_short: whether the job was stopped before the rule had tried everything.
        relative_sizes: as in `Attempt`, for B.
        suspects: as in `RefitEpoch`, for B.
        resemblance: how much validation images resemble each other; None if they were not compared.
    """

    held_out: Share
    fooled: Share
    patch_count: int
    attempts: tuple[Attempt, ...]
    chosen: int
    is_cut_short: bool = False
    relative_sizes: tuple[float, ...] = ()
    suspects: tuple[int, ...] = ()
    resemblance: Resemblance | None = None

    @property
    def limits(self) -> tuple[str, ...]:
        """Why held-out images cannot show what accuracy is lost, as clauses; empty if they can."""
        found = []
        if self.held_out.total < FEW:
            found.append(f"only {self.held_out.total} images were held out, too few to tell what accuracy is lost")
        if self.resemblance is not None and self.resemblance.is_too_close:
            found.append(
                f"held-out images resemble those trained with too much to tell what accuracy is lost (the label of the "
                f"most similar image is right for {self.resemblance.nearest}, B's answer for {self.resemblance.base})"
            )
        return tuple(found)

    @property
    def outcome(self) -> "RepairOutcome":
        """What the evidence says of the chosen attempt; clean images alone."""
        return outcome_of(self.attempt, held_out=self.held_out, fooled=self.fooled, relative_sizes=self.relative_sizes)

    @property
    def attempt(self) -> Attempt:
        """The chosen attempt."""
        return self.attempts[self.chosen]


def allowed_loss(held_out: Share, *, drop: float = ALLOWED_DROP) -> int:
    """Return how many held-out images that B predicts correctly may be lost: 2 of 100, rounded up."""
    return math.ceil(drop * held_out.total - 1e-9)


def keeps_accuracy(attempt: Attempt, held_out: Share, *, drop: float = ALLOWED_DROP) -> bool:
    """Return whether held-out clean accuracy is close enough to B's, which is `held_out`."""
    return attempt.held_out.count >= held_out.count - allowed_loss(held_out, drop=drop)


def can_tell(fooled: Share) -> bool:
    """Return whether B's fooling rate is large enough for a drop to be meaningful."""
    return fooled.total > 0 and fooled.rate >= LEAST_TELLING_RATE


def in_order(plans: Sequence[Plan], fooled: Share) -> tuple[Plan, ...]:
    """Return plans in the order in which they are tried; where no patch fools B, those for patches come last.

    Args:
        plans: in their usual order.
        fooled: B's fooling rate.
    """
    if can_tell(fooled):
        return tuple(plans)
    return tuple(sorted(plans, key=lambda each: each.is_for_patches))


def is_hardly_fooled(attempt: Attempt, fooled: Share) -> bool:
    """Return whether the fooling rate is small, also relative to B's (`fooled`); False if `can_tell` is."""
    return can_tell(fooled) and attempt.fooled.rate <= min(FOOLED_ENOUGH, FOOLED_PART * fooled.rate)


def sizes_tell(relative_sizes: Sequence[float]) -> bool:
    """Return whether a class of B has an outstandingly small trigger, so that a larger one says something."""
    return bool(relative_sizes) and min(relative_sizes) < LEAST_SIZE


def is_suspicious(attempt: Attempt) -> bool:
    """Return whether a suspected class still has an outstandingly small trigger on B′."""
    return sizes_tell(attempt.relative_sizes)


def seems_clean(attempt: Attempt, fooled: Share, relative_sizes: Sequence[float]) -> bool:
    """Return whether no evidence of a backdoor is left: neither patches that fool nor small triggers.

    Args:
        attempt: the attempt.
        fooled: B's fooling rate.
        relative_sizes: those of B.

    Returns:
        False if nothing tells: B is hardly fooled, and none of its classes has a small trigger.
    """
    if can_tell(fooled) and not is_hardly_fooled(attempt, fooled):
        return False
    if sizes_tell(relative_sizes):  # then B′ must be known to be better: where no trigger was searched, it is not
        return bool(attempt.relative_sizes) and not is_suspicious(attempt)
    return can_tell(fooled) and not is_suspicious(attempt)


def is_promising(attempt: Attempt, *, held_out: Share, fooled: Share) -> bool:
    """Return whether an attempt may be chosen if it has no small triggers: only then it is worth a search for them.

    Args:
        attempt: the attempt.
        held_out: B's held-out accuracy.
        fooled: B's fooling rate.
    """
    is_kept = keeps_accuracy(attempt, held_out, drop=LARGEST_DROP)
    return is_kept and (not can_tell(fooled) or is_hardly_fooled(attempt, fooled))


def outcome_of(attempt: Attempt, *, held_out: Share, fooled: Share, relative_sizes: Sequence[float]) -> RepairOutcome:
    """Return what the evidence says of an attempt.

    Args:
        attempt: the attempt.
        held_out: B's held-out accuracy.
        fooled: B's fooling rate.
        relative_sizes: those of B.
    """
    if not can_tell(fooled) and not sizes_tell(relative_sizes):
        return RepairOutcome.NOT_REPAIRED
    if seems_clean(attempt, fooled, relative_sizes):
        is_kept = keeps_accuracy(attempt, held_out, drop=REPAIRED_DROP)
        return RepairOutcome.REPAIRED if is_kept else RepairOutcome.WEAKENED
    is_less_fooled = can_tell(fooled) and attempt.fooled.rate <= fooled.rate / 2
    sizes = attempt.relative_sizes
    is_larger = sizes_tell(relative_sizes) and bool(sizes) and min(sizes) >= 2 * min(relative_sizes)
    return RepairOutcome.WEAKENED if is_less_fooled or is_larger else RepairOutcome.NOT_REPAIRED


@dataclass(frozen=True, slots=True)
class OpenSets:
    """What images that the recipe did not use say of B′.

    Attributes:
        attacks: its attack success on each poisoned set; empty if none is open.
        test: clean test images that B and B′ predict as their true label; None if no test set is open.
    """

    attacks: tuple[Share, ...] = ()
    test: tuple[Share, Share] | None = None

    @classmethod
    def of_scores(cls, base: NetworkScores, pruned: NetworkScores) -> "OpenSets":
        """Return what the scores of B and of B′ hold of test and poisoned sets."""
        pairs = zip(base.of(SetRole.TEST), pruned.of(SetRole.TEST), strict=True)
        test = next(((before.predicted, after.predicted) for before, after in pairs), None)
        return cls(tuple(each.predicted for each in pruned.of(SetRole.POISONED)), test)

    @property
    def objections(self) -> tuple[str, ...]:
        """What speaks against calling B′ repaired, as clauses; empty if nothing does."""
        found = []
        worst = max(self.attacks, key=lambda each: each.rate, default=None)
        if worst is not None and worst.rate > LARGEST_SUCCESS:
            found.append(f"{worst} triggered images still reach their target")
        if self.test is not None:
            before, after = self.test
            if before.count - after.count > allowed_loss(before, drop=REPAIRED_DROP):
                found.append(f"only {after} test images are right ({before} before)")
        return tuple(found)


def told_outcome(recipe: Recipe, sets: OpenSets) -> RepairOutcome:
    """Return the outcome of a recipe with what other images say.

    A network to which they object is not called repaired, nor is one whose loss of accuracy nothing shows: neither
    held-out nor test images.

    Args:
        recipe: what was tried.
        sets: what other images say.
    """
    is_doubted = bool(sets.objections) or (bool(recipe.limits) and sets.test is None)
    return RepairOutcome.WEAKENED if recipe.outcome is RepairOutcome.REPAIRED and is_doubted else recipe.outcome


def doubts_of(recipe: Recipe, sets: OpenSets) -> tuple[str, ...]:
    """Return why a network without signs of a backdoor is not called repaired, as clauses; for the rest see above."""
    return (*sets.objections, *(recipe.limits if sets.test is None else ()))


def remark(attempt: Attempt, *, held_out: Share, fooled: Share, is_chosen: bool) -> str:
    """Say in a few words why an attempt was chosen or not.

    Args:
        attempt: the attempt.
        held_out: B's held-out accuracy.
        fooled: B's fooling rate.
        is_chosen: whether it was chosen.
    """
    faults = []
    if not keeps_accuracy(attempt, held_out):
        lost = held_out.count - attempt.held_out.count
        faults.append(f"loses {lost}, more than {allowed_loss(held_out)}")
    if can_tell(fooled) and not is_hardly_fooled(attempt, fooled):
        faults.append("still fooled")
    if is_suspicious(attempt):
        faults.append("small triggers left")
    if attempt.is_cut_short:
        faults.append("stopped early")
    return ", ".join((["chosen"] if is_chosen else []) + faults)


def choose(attempts: Sequence[Attempt], *, held_out: Share, fooled: Share, relative_sizes: Sequence[float] = ()) -> int:
    """Choose an attempt, by clean validation images alone; return its position.

    It is the first one that keeps accuracy and seems clean; else the most accurate of those that seem clean and lose no
    more than `LARGEST_DROP` (one lost image too many may be chance, a remaining backdoor is not); else, of those that
    keep accuracy and are hardly fooled, the one with the largest of the smallest triggers where these tell; else, of
    those that keep accuracy, the least fooled; else the one with the best `score`. Ties go to the first. If nothing
    tells, it is the last one that keeps accuracy, as it changes most; else the most accurate.

    Args:
        attempts: at least one.
        held_out: B's held-out accuracy.
        fooled: B's fooling rate.
        relative_sizes: those of B.
    """
    keeping = [index for index, each in enumerate(attempts) if keeps_accuracy(each, held_out)]
    clean = [index for index, each in enumerate(attempts) if seems_clean(each, fooled, relative_sizes)]
    good = [index for index in keeping if index in clean]
    if good:
        return good[0]
    if not can_tell(fooled) and not sizes_tell(relative_sizes):
        return keeping[-1] if keeping else max(range(len(attempts)), key=lambda index: attempts[index].held_out.rate)
    near = [index for index in clean if keeps_accuracy(attempts[index], held_out, drop=LARGEST_DROP)]
    if near:
        return max(near, key=lambda index: attempts[index].held_out.rate)
    hardly = [index for index in keeping if is_hardly_fooled(attempts[index], fooled)]
    if sizes_tell(relative_sizes) and (hardly or (keeping and not can_tell(fooled))):
        return max(hardly or keeping, key=lambda index: min(attempts[index].relative_sizes, default=0.0))
    if keeping:
        return min(keeping, key=lambda index: attempts[index].fooled.rate)
    return max(range(len(attempts)), key=lambda index: attempts[index].score)
