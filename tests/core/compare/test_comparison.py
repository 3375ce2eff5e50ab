"""The records of a comparison, and which networks no other beats."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from core.compare.comparison import (
    Comparison,
    ComparisonRow,
    attack_share,
    clean_share,
    how_repaired,
    is_over_the_bar,
    pareto_names,
    unique_name,
)
from core.records import CleanScore, PoisonedScore, Share, SweepPoint
from core.repair.methods.activation_bounds import BOUNDS
from core.repair.methods.fine_pruning import FINE_PRUNING
from core.repair.methods.occlusion import OCCLUSION
from core.scale import Scale
from tests.made_up import SHRINKING


def point(clean: int, *attacks: int, has_test: bool = True) -> SweepPoint:
    shares = Share(clean, 100), Share(clean, 100), Share(0, 100)
    validation = CleanScore(Share(50, 100), *shares[1:])
    poisoned = tuple(PoisonedScore(Share(each, 100), Share(each, 100), Share(0, 100)) for each in attacks)
    return SweepPoint(0, -1, validation, CleanScore(*shares) if has_test else None, poisoned)


def compared(*marks: tuple[int, ...], has_test: bool = True) -> Comparison:
    rows = tuple(
        ComparisonRow(f"n{index}", "", point(*each, has_test=has_test)) for index, each in enumerate(marks, start=1)
    )
    sets = len(marks[0]) - 1
    base = point(99, *[100] * sets, has_test=has_test)
    names = tuple(f"p{index}.h5" for index in range(sets))
    return Comparison(base, rows, "valid.h5", "test.h5" if has_test else None, names, Scale.RAW)


@pytest.mark.parametrize(
    ("marks", "best"),
    [
        ([(95, 1), (96, 2), (94, 1), (95, 2)], ("n1", "n2")),
        ([(95, 1), (95, 1)], ("n1", "n2")),
        ([(95, 1), (95, 0)], ("n2",)),
        ([(96, 0), (95, 1), (80, 50)], ("n1",)),
        ([(95, 1, 9), (95, 9, 1), (95, 10, 0)], ("n1", "n2")),
        ([(95,), (96,)], ()),
    ],
)
def test_the_best_are_those_that_no_other_beats(marks, best):
    assert pareto_names(compared(*marks)) == best


def test_what_networks_are_compared_by():
    assert clean_share(point(95, 1)) == Share(95, 100)
    assert clean_share(point(95, 1, has_test=False)) == Share(50, 100)
    assert attack_share(point(95, 1, 2)) == Share(2, 100)  # one trigger that is left is a backdoor
    large = PoisonedScore(Share(0, 1232), Share(0, 1232), Share(0, 1232))
    small = PoisonedScore(Share(8, 8), Share(8, 8), Share(0, 8))
    assert attack_share(replace(point(95, 1), poisoned=(large, small))) == Share(8, 8)
    assert attack_share(point(95)) is None


@pytest.mark.parametrize(
    ("marks", "is_over"), [((95, 1), True), ((94, 1), False), ((95, 2), False), ((100, 0), True), ((100,), False)]
)
def test_the_bar(marks, is_over):
    assert is_over_the_bar(point(*marks)) is is_over


def test_names_are_told_apart():
    assert unique_name("occlusion", {"prune"}) == "occlusion"
    assert unique_name("occlusion", {"occlusion", "occlusion (2)"}) == "occlusion (3)"
    assert unique_name("B", ()) == "B (2)"


@pytest.mark.parametrize("name", ["B", "n2"])
def test_two_of_one_name_are_no_comparison(name):
    comparison = compared((95, 1), (96, 1))
    rows = (replace(comparison.rows[0], name=name), comparison.rows[1])
    with pytest.raises(ValueError, match="name of its own"):
        replace(comparison, rows=rows)


@pytest.mark.parametrize("other", [point(95, 1, 1), point(95, 1, has_test=False), point(95)])
def test_a_row_of_other_sets_is_no_part(other):
    comparison = compared((95, 1))
    with pytest.raises(ValueError, match="sets of B"):
        replace(comparison, rows=(ComparisonRow("n1", "", other),))


def test_how_a_repair_came_about():
    masks = {"conv_3": np.array([True, False, False]), "conv_2": np.array([True, True])}
    refit = SimpleNamespace(history=[None] * 11, kept_epoch=7)
    nothing = {"channel_masks": {}, "sweeps": (), "refit": None, "recipe": None, "bounded_layers": ()}
    both = SimpleNamespace(**{**nothing, "method": FINE_PRUNING, "channel_masks": masks, "refit": refit})
    assert how_repaired(both) == (
        "fine-pruning: 2 of 3 channels of conv_3 pruned, 0 of 2 channels of conv_2 pruned, epoch 7 of 10 kept"
    )
    refit.kept_epoch = 0
    alone = SimpleNamespace(**{**nothing, "method": OCCLUSION, "refit": refit})
    assert how_repaired(alone) == "occlusion: none of 10 epochs kept"
    bounded = SimpleNamespace(**{**nothing, "method": BOUNDS, "bounded_layers": ("conv", "fc")})
    assert how_repaired(bounded) == "bounds: 2 layers bounded"
    # A method need do neither.
    assert how_repaired(SimpleNamespace(**{**nothing, "method": SHRINKING})) == "shrinking"
