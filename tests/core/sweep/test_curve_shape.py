"""The shape of a curve, on hand-made curves."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.channels import PrunableLayer
from core.order.orders.ascending import ASCENDING
from core.order.ranking import Ranking
from core.records import CleanScore, PoisonedScore, PoisonedSet, Share, SweepPoint
from core.scale import Scale
from core.sweep.curve_shape import CurveShape, ShapeFinding, find_shapes
from core.sweep.records import Bypass, Sweep

MANY = 10_000
S = CurveShape


def make_sweep(
    clean: Sequence[int],
    *attacks: Sequence[int],
    clean_total: int = MANY,
    attack_total: int = MANY,
    dead_count: int = 0,
    is_bypassed: bool = False,
    class_count: int = 1283,
) -> Sweep:
    """Return a curve with these counts of correct clean images and of hits of each poisoned set, step 0 first."""
    channel_count = len(clean) - 1
    activations = np.arange(channel_count, dtype=float) + 1
    activations[:dead_count] = 0
    ranking = Ranking(
        layer=PrunableLayer("conv", "pool", channel_count, ()),
        activations=activations,
        peaks=activations.copy(),
        order=np.arange(channel_count),
        kind=ASCENDING,
        image_count=clean_total,
        image_total=clean_total,
    )

    def share(count: int, total: int) -> tuple[Share, Share, Share]:
        return Share(count, total), Share(0, total), Share(0, total)

    points = tuple(
        SweepPoint(
            pruned_count=step,
            channel_index=step - 1,
            validation=CleanScore(*share(count, clean_total)),
            test=None,
            poisoned=tuple(PoisonedScore(*share(attack[step], attack_total)) for attack in attacks),
        )
        for step, count in enumerate(clean)
    )
    return Sweep(
        ranking=ranking,
        reader="near" if is_bypassed else None,
        points=points,
        poisoned_sets=tuple(PoisonedSet(f"{index}.h5", (0,), attack_total) for index, _ in enumerate(attacks)),
        bypass=Bypass("conv", "near", ("far",)) if is_bypassed else None,
        scale=Scale.RAW,
        settled_count=0,
        class_count=class_count,
    )


def percents(*rates: float) -> list[int]:
    return [round(rate * MANY / 100) for rate in rates]


def only(sweep: Sweep) -> ShapeFinding:
    (finding,) = find_shapes(sweep)
    return finding


CURVES = {
    # Ten channels: clean accuracy and attack, in percent.
    "separable": ((98, 98, 98, 98, 97, 97, 96, 90, 70, 30, 1), (99, 99, 60, 2, 1, 1, 0, 0, 0, 0, 0), S.SEPARABLE, 3),
    "only the dead are pruned": ((98,) * 4 + (70, 50, 30, 20, 9, 5, 1), (99, 40, 8, 3) + (0,) * 7, S.SEPARABLE, 2),
    "together, in proportion": (
        (99, 89, 79, 69, 59, 49, 39, 29, 19, 9, 0), (100, 90, 80, 70, 60, 51, 40, 30, 20, 10, 0), S.ENTANGLED, 5,
    ),
    "together, the attack a little later": (
        (99, 80, 60, 40, 20, 9, 5, 1, 1, 1, 1), (100, 99, 95, 80, 50, 20, 9, 0, 0, 0, 0), S.ENTANGLED, 3,
    ),
    "halfway down together": ((99, 80, 70, 60, 55, 55, 55, 55, 55, 55, 55), (100, 90) + (70,) * 9, S.ENTANGLED, 10),
    "at once, with the first": ((99, 40, 20, 10, 5, 1, 1, 1, 1, 1, 1), (100, 20) + (0,) * 9, S.ENTANGLED, 1),
    "in part, then no further": (
        (98, 98, 98, 98, 97, 96, 92, 80, 50, 20, 1), (99, 70, 70, 71, 70, 70, 69, 60, 40, 10, 0), S.ENTANGLED, 6,
    ),
    "too late for four points": (
        (98, 98, 97, 97, 96, 95, 92, 80, 50, 20, 1), (99, 99, 99, 97, 80, 50, 5, 1, 0, 0, 0), S.ENTANGLED, 6,
    ),
    "evading": ((98, 98, 98, 98, 97, 96, 90, 70, 40, 10, 1), (99, 99, 99, 99, 99, 99, 98, 80, 20, 1, 0), S.EVADING, 6),
    "the end says the target": ((98, 98, 98, 97, 97, 96, 90, 60, 30, 5, 1), (99,) * 11, S.EVADING, 6),
    "outlasts": ((98, 70, 50, 30, 20, 10, 5, 1, 1, 1, 1), (99, 99, 99, 99, 99, 97, 90, 50, 10, 1, 0), S.EVADING, 0),
    "elsewhere": ((98, 98, 97, 97, 96, 95, 93, 91, 90, 88, 85), (99,) * 11, S.ELSEWHERE, 10),
    "no attack": ((98, 98, 98, 98, 97, 96, 90, 70, 40, 10, 1), (2, 2, 2, 2, 2, 3, 5, 10, 20, 60, 100), S.NO_ATTACK, 0),
}  # fmt: skip


@pytest.mark.parametrize("name", CURVES)
def test_each_shape(name: str) -> None:
    clean, attack, shape, step = CURVES[name]
    finding = only(make_sweep(percents(*clean), percents(*attack)))
    assert (finding.shape, finding.point.pruned_count) == (shape, step)
    assert finding.is_certain


# Published figures of the lab's network, the output of conv_3 pruned: pruned channels, and clean accuracy and attack
# success rate in percent of 12,830 images each.
PUBLISHED = {
    0: (98.62, 100),
    45: (95.90, 100),
    48: (92.29, 99.98),
    52: (84.54, 77.21),
    53: (76.31, 36.27),
    54: (54.76, 6.96),
}


def test_the_published_curve_of_the_lab() -> None:
    known = [PUBLISHED[max(step for step in PUBLISHED if step <= pruned)] for pruned in range(61)]
    clean, attack = ([round(12_830 * pair[which] / 100) for pair in known] for which in (0, 1))
    finding = only(make_sweep(clean, attack, clean_total=12_830, attack_total=12_830, dead_count=31))
    assert (finding.shape, finding.others) == (S.EVADING, ())
    assert finding.point.pruned_count == 51  # the last before the next published step, which has lost 14 points
    assert finding.broken is not None
    assert finding.broken.pruned_count == 53


@pytest.mark.parametrize(
    ("lost", "left", "shape"),
    [
        (399, 1000, S.SEPARABLE),  # less than four points, a tenth left
        (400, 1000, S.ENTANGLED),
        (399, 1001, S.ENTANGLED),
        (999, 8999, S.ENTANGLED),  # less than ten points, less than nine tenths left
        (999, 9000, S.EVADING),
        (1000, 8999, S.EVADING),
    ],
)
def test_each_threshold_to_the_image(lost: int, left: int, shape: CurveShape) -> None:
    # The second of five channels removes the attack, the third all clean accuracy; shares are exact without chance.
    clean, attack = (MANY, MANY, MANY - lost, 0, 0, 0), (MANY, MANY, left, left, left, 0)
    assert only(make_sweep(clean, attack, class_count=0)).shape is shape


def test_a_plateau_is_a_fifth_of_the_active_channels() -> None:
    # Twenty channels, ten of them dead: two active ones (or only one) cost nothing, then everything falls at once.
    for plateau, shape in ((12, S.EVADING), (11, S.ENTANGLED)):
        clean = percents(*[98] * (plateau + 1), *[20] * (20 - plateau))
        attack = percents(*[99] * (plateau + 1), *[5] * (20 - plateau))
        assert only(make_sweep(clean, attack, dead_count=10)).shape is shape


@pytest.mark.parametrize("rate", [0.0, 8.0, 10.0])
def test_a_clean_control_shows_no_attack(rate: float) -> None:
    assert only(make_sweep(percents(98, 98, 50), percents(rate, rate, rate))).shape is S.NO_ATTACK


def test_chance_is_allowed_for() -> None:
    clean, attack = percents(98, 98, 97, 50, 10), percents(19, 19, 19, 10, 10)
    assert only(make_sweep(clean, attack, class_count=10)).shape is S.NO_ATTACK
    assert only(make_sweep(clean, attack, class_count=1283)).shape is not S.NO_ATTACK
    # A file may contain images of the target class, one in ten here: they stay when the attack is gone.
    clean, attack = percents(98, 98, 97, 50, 10), percents(99, 30, 15, 10, 10)
    finding = only(make_sweep(clean, attack, class_count=10))
    assert (finding.shape, finding.point.pruned_count) == (S.SEPARABLE, 2)
    assert only(make_sweep(clean, attack)).shape is S.ENTANGLED
    # If the rate falls below chance a step later, that step is named.
    attack = percents(99, 15, 3, 1, 0)
    assert only(make_sweep(clean, attack, class_count=10)).point.pruned_count == 2


def test_bypass_is_named_unless_pruning_one_reader_is_enough() -> None:
    for clean, attack, shape, _ in CURVES.values():
        expected = shape if shape in {S.SEPARABLE, S.NO_ATTACK} else S.BYPASSED
        assert only(make_sweep(percents(*clean), percents(*attack), is_bypassed=True)).shape is expected


def test_each_set_has_its_own_shape_and_the_worst_is_first() -> None:
    clean = percents(98, 98, 98, 98, 97, 96, 90, 70, 40, 10, 1)
    gone, holding, none = (percents(*CURVES[name][1]) for name in ("separable", "evading", "no attack"))
    weaker = [each * 7 // 10 for each in holding]
    findings = find_shapes(make_sweep(clean, none, gone, weaker, holding))
    assert [(each.poisoned_set.name, each.shape) for each in findings if each.poisoned_set] == [
        ("3.h5", S.EVADING), ("2.h5", S.EVADING), ("1.h5", S.SEPARABLE), ("0.h5", S.NO_ATTACK),
    ]  # fmt: skip
    assert [each.attack(each.start).rate for each in findings] == [0.99, 0.693, 0.99, 0.02]


def test_without_triggered_images_there_is_nothing_to_see() -> None:
    finding = only(make_sweep(percents(98, 98, 95, 88.01, 88, 1)))
    assert (finding.shape, finding.poisoned_set) == (S.CANNOT_TELL, None)
    assert finding.point.pruned_count == 3  # the last before ten points are lost
    assert finding.attack(finding.point) == Share(0, 0)
    empty = only(make_sweep(percents(98, 90, 1), [0, 0, 0], attack_total=0))
    assert empty.shape is S.CANNOT_TELL
    assert empty.poisoned_set is not None


def test_without_clean_accuracy_there_is_nothing_to_hold_the_attack_against() -> None:
    clean, attack = percents(11, 11, 1), percents(99, 1, 1)
    assert only(make_sweep(clean, attack, class_count=10)).shape is S.CANNOT_TELL
    assert only(make_sweep(clean, attack)).shape is S.SEPARABLE
    sweep = make_sweep(clean, attack)
    blind = replace(sweep, points=tuple(replace(point, validation=None) for point in sweep.points))
    assert only(blind).shape is S.CANNOT_TELL
    assert only(make_sweep([0, 0], [9, 0], clean_total=0)).shape is S.CANNOT_TELL


def test_few_images_leave_it_open() -> None:
    few = only(make_sweep([8, 8, 8, 5, 0], [8, 8, 0, 0, 0], clean_total=8, attack_total=8))
    assert few.shape is S.SEPARABLE
    assert S.ENTANGLED in few.others
    assert not few.is_certain
    many = only(make_sweep([800, 800, 800, 500, 0], [800, 800, 0, 0, 0], clean_total=800, attack_total=800))
    assert (many.shape, many.others) == (S.SEPARABLE, ())
    one = only(make_sweep([1, 1, 0], [1, 0, 0], clean_total=1, attack_total=1))
    assert len(one.others) >= 2
    # 0 of 3 triggered images is not enough to exclude an attack; 0 of 400 is.
    silent = ([300, 300, 250, 100, 0], [0, 0, 0, 0, 0])
    assert S.EVADING in only(make_sweep(*silent, clean_total=300, attack_total=3)).others
    assert only(make_sweep(*silent, clean_total=300, attack_total=400)).others == ()


def test_few_of_either_leave_it_open() -> None:
    clean, attack = percents(98, 98, 98, 50, 0), percents(99, 99, 0, 0, 0)
    assert only(make_sweep(clean, attack)).is_certain
    assert not only(make_sweep([10, 10, 10, 5, 0], attack, clean_total=10)).is_certain
    assert not only(make_sweep(clean, [10, 10, 0, 0, 0], attack_total=10)).is_certain


def test_layers_of_few_channels() -> None:
    assert only(make_sweep(percents(98, 1), percents(99, 0))).shape is S.ENTANGLED
    assert only(make_sweep(percents(98, 98), percents(99, 0))).shape is S.SEPARABLE
    assert only(make_sweep(percents(98, 98), percents(99, 99))).shape is S.ELSEWHERE
    assert only(make_sweep(percents(98, 1), percents(99, 99))).shape is S.EVADING
    # All channels dead, the attack untouched.
    assert only(make_sweep(percents(98, 98, 98), percents(99, 99, 99), dead_count=2)).shape is S.ELSEWHERE


@st.composite
def curves(draw: st.DrawFn) -> Sweep:
    channel_count, clean_total, attack_total = (draw(st.integers(1, most)) for most in (12, 50, 50))

    def counts(total: int) -> list[int]:
        return draw(st.lists(st.integers(0, total), min_size=channel_count + 1, max_size=channel_count + 1))

    return make_sweep(
        counts(clean_total),
        *[counts(attack_total) for _ in range(draw(st.integers(0, 3)))],
        clean_total=clean_total,
        attack_total=attack_total,
        dead_count=draw(st.integers(0, channel_count)),
        is_bypassed=draw(st.booleans()),
        class_count=draw(st.sampled_from([0, 2, 10, 1283])),
    )


@settings(max_examples=300, deadline=None)
@given(curves())
def test_any_curve_has_shapes(sweep: Sweep) -> None:
    findings = find_shapes(sweep)
    assert len(findings) == max(1, len(sweep.poisoned_sets))
    worst = list(CurveShape)
    assert [worst.index(each.shape) for each in findings] == sorted(worst.index(each.shape) for each in findings)
    for each in findings:
        assert each.shape not in each.others
        assert each.point in sweep.points
        guess = 1 / sweep.class_count if sweep.class_count else 0
        if each.shape is S.SEPARABLE:
            assert each.lost.rate < 0.04
            assert each.attack(each.point).rate - guess <= 0.1 * (each.attack(each.start).rate - guess) + 1e-12
        if each.shape is S.EVADING and each.lost.rate < 0.1 and each.point.pruned_count:
            assert each.attack(each.point).rate - guess >= 0.9 * (each.attack(each.start).rate - guess) - 1e-12
        if each.shape is S.BYPASSED:
            assert sweep.bypass is not None
