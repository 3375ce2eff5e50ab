"""The shape of a pruning curve: whether, and where, pruning removes the attack but not clean accuracy.

The thresholds are constants, the same for every curve. The user's own thresholds (`core.sweep.stops.find_stops`) decide
what is saved, not the shape of a curve.

Source: Liu, Dolan-Gavitt, Garg, "Fine-Pruning: Defending Against Backdooring Attacks on Deep Neural Networks", 2018,
describe an attack that pruning removes, and a pruning-aware attack that hides in channels used by clean images, which
they remove by pruning and fine-tuning. The names and the thresholds are this project's.
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
"""Below this drop, clean accuracy has not begun to fall. The middle one of the usual thresholds for pruning (2, 4 and
10 points); as with these, a drop of exactly this size counts as crossed."""

LARGE_DROP = 0.10
"""From this drop on, clean accuracy has fallen: the largest of the usual thresholds."""

HELD_SHARE = 0.90
"""The attack holds while at least this share of it is left: it has lost no more than clean accuracy may lose."""

GONE_SHARE = 0.10
"""The attack is gone once at most this share of it is left, symmetric to `HELD_SHARE`. Not zero: some triggered images
are mistaken for the target class, as some clean ones are."""

HALF_SHARE = 0.50
"""A rate that has lost more than half of its value has broken down. At one half, noise blurs a steep fall the least."""

PLATEAU_SHARE = 0.20
"""Clean accuracy has a plateau if this share of the active channels can be pruned before it has fallen. If it fell in a
straight line from the first channel on, it would be a tenth, since `LARGE_DROP` is a tenth: a plateau is twice that."""

CHANCE_MARGIN = 0.10
"""An attack success rate at most this far above chance is no evidence of an attack (a network mistakes some images),
and a clean accuracy at most this far above chance cannot fall by `LARGE_DROP`."""

FEW_CHANNELS = 10
"""With fewer active channels, one step prunes more than a tenth of them: too coarse for these thresholds."""


class CurveShape(StrEnum):
    """The shape of a curve for one poisoned set, worst first; the values are those of results files."""

    EVADING = "evading"  # the attack lasts until clean accuracy breaks down
    ELSEWHERE = "elsewhere"  # neither breaks down, though no channel of the layer is left
    BYPASSED = "bypassed"  # not separable, and a reader still sees the pruned channels
    ENTANGLED = "entangled"  # the attack and clean accuracy fall together
    SEPARABLE = "separable"  # the attack is gone before clean accuracy has fallen
    NO_ATTACK = "no attack"  # the unpruned network does not predict the target for the triggered images
    CANNOT_TELL = "nothing to see"  # no triggered images, or no clean accuracy to compare them with


@dataclass(frozen=True, slots=True)
class ShapeFinding:
    """The shape of one poisoned set's curve, and where it shows.

    Attributes:
        shape: the shape by the observed counts.
        others: other possible shapes, worst first: those found if every attack success rate, every drop of clean
            accuracy, or both, is at the low or the high end of its 95 % interval. Empty if there are enough images to
            be certain.
        poisoned_set: the set; None if the sweep has none.
        start: the unpruned network.
        point: the step that shows the shape. Separable: the first step at which the attack is gone in time, if possible
            without the allowance for chance. Entangled: the step that removes most of the attack before clean accuracy
            has fallen, else where clean accuracy has broken down. Evading and bypassed, and without triggered images:
            the last step before clean accuracy has fallen. Elsewhere: the last step. Otherwise the unpruned network.
        broken: the first step at which half of the attack is gone; None if there is none, or no attack.
        score_index: the set's index in `SweepPoint.poisoned`; None if `poisoned_set` is.
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
        """Whether no other shape is possible."""
        return not self.others

    @property
    def lost(self) -> Share:
        """The share of clean validation images lost at `point`; 0 of 0 without such images."""
        return _lost(self.start, self.point)

    def attack(self, point: SweepPoint) -> Share:
        """Return B′'s attack success rate on this set at a step; 0 of 0 if there is no set."""
        return Share(0, 0) if self.score_index is None else point.poisoned[self.score_index].pruned


@dataclass(frozen=True, slots=True, eq=False)
class _Curve:
    """The values that define a shape, one per step.

    Attributes:
        attack: attack success rates, shape (S,).
        drop: drops of clean validation accuracy, shape (S,), at least 0.
        start: clean validation accuracy of the unpruned network, above chance.
        chance: accuracy of guessing.
        active: share of the active channels that is pruned, shape (S,), ascending; 0 if no channel is active.
        is_bypassed: whether a reader still reads the pruned channels.
    """

    attack: Rates
    drop: Rates
    start: float
    chance: float
    active: Rates
    is_bypassed: bool

    @property
    def left(self) -> Rates:
        """The remaining share of the attack success rate, both above chance."""
        return (self.attack - self.chance) / (self.attack[0] - self.chance)

    @property
    def kept(self) -> Rates:
        """The remaining share of clean accuracy, both above chance."""
        return 1 - self.drop / self.start

    @property
    def is_attack(self) -> bool:
        return bool(self.attack[0] - self.chance > CHANCE_MARGIN)


def find_shapes(sweep: Sweep) -> tuple[ShapeFinding, ...]:
    """Classify the shape of the curve of each poisoned set.

    With S steps, one per channel: *drop* is the loss of clean validation accuracy, as a share of the images; *left* is
    the attack success rate above chance, as a share of its unpruned value. The first matching shape counts:

    - cannot tell: no triggered images, or clean accuracy is at most `CHANCE_MARGIN` above chance;
    - no attack: unpruned, the attack success rate is at most `CHANCE_MARGIN` above chance;
    - separable: at some step left is at most `GONE_SHARE` and the drop less than `SMALL_DROP`;
    - bypassed: a reader still reads the pruned channels;
    - elsewhere: with all channels pruned, left is at least `HELD_SHARE`, and at least `HALF_SHARE` of the clean
      accuracy above chance remains;
    - entangled: left is less than `HELD_SHARE` at some step with a drop of less than `LARGE_DROP`; or such steps prune
      less than `PLATEAU_SHARE` of the active channels, and left is less than `HELD_SHARE` where clean accuracy has lost
      more than half of itself (with all channels pruned, if it never does);
    - evading: any other. Clean accuracy and the attack both hold for a while, or the attack outlasts clean accuracy.

    Chance is 1 / number of classes: a poisoned file may contain images whose true class is the target.

    Args:
        sweep: a complete curve.

    Returns:
        One finding per poisoned set, the worst shape first, equal shapes by descending attack success rate; a single
        finding if there is no poisoned set. Never empty.
    """
    if not sweep.poisoned_sets:
        point = _furthest(sweep)
        return (ShapeFinding(CurveShape.CANNOT_TELL, (), None, sweep.points[0], point, None, None),)
    findings = [_find_shape(sweep, index) for index in range(len(sweep.poisoned_sets))]
    worst = list(CurveShape)
    return tuple(sorted(findings, key=lambda each: (worst.index(each.shape), -_rate(each.attack(each.point)))))


def active_count(sweep: Sweep) -> int:
    """Return the number of channels that are not dead."""
    return sweep.ranking.layer.channel_count - sweep.ranking.dead_count


def chance(sweep: Sweep) -> float:
    """Return the accuracy of guessing, in [0, 1); 0 if the number of classes is unknown."""
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
        return finding(CurveShape.CANNOT_TELL, 0)
    above = start.validation.pruned.rate - chance(sweep)
    if above <= CHANCE_MARGIN:
        return finding(CurveShape.CANNOT_TELL, 0)
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
    """Return the shape, and the step that shows it."""
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
    """Return the step that best shows the attack and clean accuracy falling together; None if they do not."""
    left = curve.left
    if len(usable) and left[usable].min() < HELD_SHARE:
        gone = usable[left[usable] <= GONE_SHARE]
        return int(gone[0] if len(gone) else usable[left[usable].argmin()])
    down = _first(curve.kept < HALF_SHARE)
    down = len(left) - 1 if down is None else down
    return None if has_plateau or left[down] >= HELD_SHARE else down


def _furthest(sweep: Sweep) -> SweepPoint:
    """Return the last step before clean accuracy has fallen."""
    return [point for point in sweep.points if _rate(_lost(sweep.points[0], point)) < LARGE_DROP][-1]


def _lost(start: SweepPoint, point: SweepPoint) -> Share:
    """Return the share of clean validation images that are no longer predicted correctly."""
    if start.validation is None or point.validation is None:
        return Share(0, 0)
    before, after = start.validation.pruned, point.validation.pruned
    return Share(max(0, before.count - after.count), before.total)


def _active(sweep: Sweep) -> Rates:
    ranking = sweep.ranking
    pruned = np.cumsum(~ranking.dead[ranking.order])
    return np.concatenate([[0.0], pruned / max(1, active_count(sweep))])


def _ends(shares: Sequence[Share]) -> dict[int, Rates]:
    """Return the rates (0), and the low (-1) and high ends (1) of their intervals; all shares have the same total."""
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
