"""The shape of a pruning curve: whether, and where, the attack can be cut away from what the network is for.

Every threshold is a constant here, the same for every curve. A person's own thresholds (`core.sweep.stops.find_stops`)
decide what is saved, not what shape a curve has.

Source: Liu, Dolan-Gavitt, Garg, "Fine-Pruning: Defending Against Backdooring Attacks on Deep Neural Networks", 2018: an
attack that pruning removes, and one that expects pruning and hides in channels that clean images use, for which they
prune and fine-tune. The names and the thresholds are this project's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from core.records import PoisonedSet, Share, SweepPoint
from core.sweep.records import Sweep

Rates = NDArray[np.float64]
Steps = NDArray[np.int64]

SMALL_DROP = 0.04
"""With a smaller drop than this, clean accuracy has not begun to fall. The middle one of the thresholds that are in use
for pruning (2, 4 and 10 points); as with these, a drop of just as much counts as crossed."""

LARGE_DROP = 0.10
"""From this drop on, clean accuracy has fallen: the largest of the thresholds that are in use."""

HELD_SHARE = 0.90
"""The attack holds while at least this share of it is left: it has lost no more than clean accuracy may lose."""

GONE_SHARE = 0.10
"""The attack is gone once at most this share of it is left, as far from nothing as `HELD_SHARE` is from all. Not zero:
some triggered images are taken for the target by mistake, as clean ones are."""

HALF_SHARE = 0.50
"""What has lost more than half of itself has broken down. Halfway is where a steep fall is least blurred by noise."""

PLATEAU_SHARE = 0.20
"""Clean accuracy holds for a while if so many of the active channels can be pruned before it has fallen. On a straight
line down from the first channel a tenth can, as `LARGE_DROP` is a tenth: a plateau is twice that."""

CHANCE_MARGIN = 0.10
"""No more than this above chance, the triggered images say nothing of an attack (a network mistakes some of them), and
clean accuracy cannot fall by `LARGE_DROP`."""

FEW_CHANNELS = 10
"""With fewer active channels one step takes more than a tenth of them: coarser than the tenths that shapes go by."""


class CurveShape(StrEnum):
    """What a curve looks like for one poisoned set, worst first."""

    EVADING = "evading"  # clean accuracy holds and so does the attack, until clean accuracy breaks down
    ELSEWHERE = "elsewhere"  # neither breaks down, though no channel of the layer is left
    BYPASSED = "bypassed"  # not separable, and a reader still sees the pruned channels
    ENTANGLED = "entangled"  # the attack and clean accuracy fall together
    SEPARABLE = "separable"  # the attack is gone before clean accuracy has fallen
    NO_ATTACK = "no attack"  # the unpruned network does not do what the triggered images ask for
    NOTHING_TO_SEE = "nothing to see"  # no triggered images, or no clean accuracy to hold against them


@dataclass(frozen=True, slots=True)
class ShapeFinding:
    """The shape of one poisoned set's curve, and where it shows.

    Attributes:
        shape: by the counts as they are.
        others: the shapes it may have as well, worst first: those that come out with every attack success rate, every
            drop of clean accuracy, or both, at the low or the high end of its 95 % interval. Empty where the images are
            enough to tell.
        poisoned_set: which set; None where the sweep has none.
        start: the unpruned network.
        point: the step that shows it. Separable: the first at which the attack is gone in time, if there is one even
            without the allowance for chance. Entangled: the one that takes most of the attack before clean accuracy has
            fallen, else where clean accuracy has broken down. Evading and bypassed, and without triggered images: the
            furthest before clean accuracy has fallen. Elsewhere: the last. Otherwise the unpruned network.
        broken: the first step at which half of the attack is gone; None where there is none, or no attack.
        score_index: the set's place in `SweepPoint.poisoned`; None with `poisoned_set`.
    """

    shape: CurveShape
    others: tuple[CurveShape, ...]
    poisoned_set: PoisonedSet | None
    start: SweepPoint
    point: SweepPoint
    broken: SweepPoint | None
    score_index: int | None

    @property
    def is_certain(self) -> bool:
        """Whether no other shape fits the counts as well."""
        return not self.others

    @property
    def lost(self) -> Share:
        """Of the clean validation images, how many fewer are right at `point`; of no images where there are none."""
        return _lost(self.start, self.point)

    def attack(self, point: SweepPoint) -> Share:
        """B′'s attack success rate on this set at a step; of no images where there is no set."""
        return Share(0, 0) if self.score_index is None else point.poisoned[self.score_index].pruned


@dataclass(frozen=True, slots=True, eq=False)
class _Curve:
    """What a shape goes by, one value a step.

    Attributes:
        attack: attack success rates, shape (S,).
        drop: drops of clean validation accuracy, shape (S,), at least 0.
        start: clean validation accuracy of the unpruned network, above chance.
        chance: what guessing gets right.
        active: share of the active channels that is pruned, shape (S,), ascending; 0 where none is active.
        is_bypassed: whether a reader goes on reading.
    """

    attack: Rates
    drop: Rates
    start: float
    chance: float
    active: Rates
    is_bypassed: bool

    @property
    def left(self) -> Rates:
        """What is left of the attack, as a share of what there was, both above chance."""
        return (self.attack - self.chance) / (self.attack[0] - self.chance)

    @property
    def kept(self) -> Rates:
        """What is left of clean accuracy above chance, as a share of what there was."""
        return 1 - self.drop / self.start

    @property
    def is_attack(self) -> bool:
        return bool(self.attack[0] - self.chance > CHANCE_MARGIN)


def find_shapes(sweep: Sweep) -> tuple[ShapeFinding, ...]:
    """Say what shape the curve of each poisoned set has.

    With S steps, channel by channel: *drop* is what clean validation accuracy has lost, in shares of the images; *left*
    is what the attack success rate is above chance, as a share of what it was unpruned. The first that fits:

    - nothing to see: no triggered images, or clean accuracy is at most `CHANCE_MARGIN` above chance;
    - no attack: unpruned, the attack success rate is at most `CHANCE_MARGIN` above chance;
    - separable: at some step left is at most `GONE_SHARE` and the drop less than `SMALL_DROP`;
    - bypassed: a reader goes on reading the pruned channels;
    - elsewhere: with all channels pruned left is at least `HELD_SHARE`, and of what clean accuracy was above chance at
      least `HALF_SHARE` is there;
    - entangled: left is less than `HELD_SHARE` at some step with a drop of less than `LARGE_DROP`; or such steps prune
      less than `PLATEAU_SHARE` of the active channels, and left is less than `HELD_SHARE` where clean accuracy has lost
      more than half of itself (with all channels pruned, if it never does);
    - evading: any other. Clean accuracy holds for a while and the attack with it, or it outlasts clean accuracy.

    Chance is one in the number of classes: a poisoned file may hold images that truly are of the target class.

    Args:
        sweep: a whole curve.

    Returns:
        One finding a poisoned set, the worst shape first and among equals the highest attack success rate; a single one
        where there is no poisoned set. Never empty.
    """
    if not sweep.poisoned_sets:
        point = _furthest(sweep)
        return (ShapeFinding(CurveShape.NOTHING_TO_SEE, (), None, sweep.points[0], point, None, None),)
    findings = [_find_shape(sweep, index) for index in range(len(sweep.poisoned_sets))]
    worst = list(CurveShape)
    return tuple(sorted(findings, key=lambda each: (worst.index(each.shape), -_rate(each.attack(each.point)))))


def active_count(sweep: Sweep) -> int:
    """How many channels are not dead."""
    return sweep.ranking.layer.channel_count - sweep.ranking.dead_count


def chance(sweep: Sweep) -> float:
    """The share that guessing gets right, in [0, 1); 0 where the number of classes is not known."""
    return 1 / sweep.class_count if sweep.class_count > 1 else 0.0


def _find_shape(sweep: Sweep, index: int) -> ShapeFinding:
    start = sweep.points[0]
    attack = [point.poisoned[index].pruned for point in sweep.points]
    lost = [_lost(start, point) for point in sweep.points]

    def finding(
        shape: CurveShape, step: int, others: tuple[CurveShape, ...] = (), broken: int | None = None
    ) -> ShapeFinding:
        point = sweep.points[step]
        fallen = None if broken is None else sweep.points[broken]
        return ShapeFinding(shape, others, sweep.poisoned_sets[index], start, point, fallen, index)

    if start.validation is None or not start.validation.pruned.total or not attack[0].total:
        return finding(CurveShape.NOTHING_TO_SEE, 0)
    above = start.validation.pruned.rate - chance(sweep)
    if above <= CHANCE_MARGIN:
        return finding(CurveShape.NOTHING_TO_SEE, 0)
    active = _active(sweep)
    rates, drops = _ends(attack), _ends(lost)

    def curve(attack_end: int, drop_end: int) -> _Curve:
        return _Curve(rates[attack_end], drops[drop_end], above, chance(sweep), active, sweep.bypass is not None)

    as_counted = curve(0, 0)
    shape, step = _judge(as_counted)
    shapes = {_judge(curve(one, other))[0] for one in rates for other in drops}
    others = tuple(each for each in CurveShape if each in shapes - {shape})
    broken = _first(as_counted.left < HALF_SHARE) if as_counted.is_attack else None
    return finding(shape, step, others, broken)


def _judge(curve: _Curve) -> tuple[CurveShape, int]:
    """The shape, and the step that shows it."""
    if not curve.is_attack:
        return CurveShape.NO_ATTACK, 0
    gone_in_time = (curve.left <= GONE_SHARE) & (curve.drop < SMALL_DROP)
    if gone_in_time.any():
        below_chance = gone_in_time & (curve.attack <= GONE_SHARE * curve.attack[0])
        return CurveShape.SEPARABLE, int((below_chance if below_chance.any() else gone_in_time).argmax())
    usable = np.flatnonzero(curve.drop < LARGE_DROP)
    furthest = int(usable[-1]) if len(usable) else 0
    if curve.is_bypassed:
        return CurveShape.BYPASSED, furthest
    if curve.left[-1] >= HELD_SHARE and curve.kept[-1] >= HALF_SHARE:
        return CurveShape.ELSEWHERE, len(curve.left) - 1
    together = _fall_together(curve, usable, has_plateau=bool(curve.active[furthest] >= PLATEAU_SHARE))
    return (CurveShape.EVADING, furthest) if together is None else (CurveShape.ENTANGLED, together)


def _fall_together(curve: _Curve, usable: Steps, *, has_plateau: bool) -> int | None:
    """The step that shows best that the attack and clean accuracy fall together; None where they do not."""
    left = curve.left
    if len(usable) and left[usable].min() < HELD_SHARE:
        gone = usable[left[usable] <= GONE_SHARE]
        return int(gone[0] if len(gone) else usable[left[usable].argmin()])
    down = _first(curve.kept < HALF_SHARE)
    down = len(left) - 1 if down is None else down
    return None if has_plateau or left[down] >= HELD_SHARE else down


def _furthest(sweep: Sweep) -> SweepPoint:
    """The last step before clean accuracy has fallen."""
    return [point for point in sweep.points if _rate(_lost(sweep.points[0], point)) < LARGE_DROP][-1]


def _lost(start: SweepPoint, point: SweepPoint) -> Share:
    """Of the clean validation images, how many fewer are right."""
    if start.validation is None or point.validation is None:
        return Share(0, 0)
    before, after = start.validation.pruned, point.validation.pruned
    return Share(max(0, before.count - after.count), before.total)


def _active(sweep: Sweep) -> Rates:
    ranking = sweep.ranking
    pruned = np.cumsum(~ranking.dead[ranking.order])
    return np.concatenate([[0.0], pruned / max(1, active_count(sweep))])


def _ends(shares: Sequence[Share]) -> dict[int, Rates]:
    """The rates (0), and the low (-1) and the high ends (1) of their intervals; shares of one and the same total."""
    counts, places = np.unique([each.count for each in shares], return_inverse=True)
    known = [Share(int(count), shares[0].total) for count in counts]
    intervals = np.array([each.interval for each in known])
    return {
        0: np.array([each.rate for each in known])[places],
        -1: intervals[places, 0],
        1: intervals[places, 1],
    }


def _first(steps: NDArray[np.bool_]) -> int | None:
    return int(steps.argmax()) if steps.any() else None


def _rate(share: Share) -> float:
    return share.rate if share.total else 0.0
