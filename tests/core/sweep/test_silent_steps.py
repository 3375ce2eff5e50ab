"""Silent steps end at the first figure that changes, whichever set it belongs to."""

from dataclasses import replace
from typing import Any

from core.records import PoisonedScore, Share
from core.sweep.silent_steps import find_silent_steps

pytest_plugins = ["tests.gui.panel_samples"]


def _flat(sweep: Any, count: int) -> Any:
    """The sweep with the figures of step 0 at its first steps."""
    start = sweep.points[0]
    points = [
        replace(start, pruned_count=each.pruned_count, channel_index=each.channel_index)
        if each.pruned_count <= count
        else each
        for each in sweep.points
    ]
    return replace(sweep, points=tuple(points))


def test_steps_are_counted_up_to_the_first_change(samples: Any) -> None:
    assert find_silent_steps(samples.sweep).count == 0
    silent = find_silent_steps(_flat(samples.sweep, 3))
    assert silent.count == 3
    dead = samples.ranking.dead[samples.ranking.order[:3]]
    assert silent.dead_count == int(dead.sum()) > 0


def test_a_change_of_the_poisoned_set_alone_ends_them(samples: Any) -> None:
    flat = _flat(samples.sweep, 4)
    points = list(flat.points)
    points[2] = replace(points[2], poisoned=(PoisonedScore(Share(59, 60), Share(0, 60), Share(0, 60)),))
    assert find_silent_steps(replace(flat, points=tuple(points))).count == 1


def test_a_curve_on_which_nothing_ever_changes_is_all_silent(samples: Any) -> None:
    assert find_silent_steps(_flat(samples.sweep, 6)).count == 6
