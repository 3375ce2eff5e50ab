import numpy as np
import pytest

from gui.charts.curve.step_axis import StepAxis
from gui.charts.curve.view_range import ViewRange


def test_unfolded_a_step_lies_at_its_number() -> None:
    axis = StepAxis(60)
    assert (axis.place(52), axis.step(52.4), axis.end, axis.fold_end) == (52, 52.4, 60, 0)


@pytest.mark.parametrize(("last", "folded"), [(60, 52), (60, 3), (6, 5), (2048, 1999)])
def test_folded_steps_share_a_strip_and_each_keeps_its_place(last: int, folded: int) -> None:
    axis = StepAxis(last, folded)
    places = [axis.place(step) for step in range(last + 1)]
    assert places == sorted(places)
    assert len(set(places)) == last + 1
    assert axis.place(folded) == axis.fold_end <= max(1.0, 0.12 * (last - folded))
    assert axis.place(folded + 1) - axis.place(folded) == 1
    assert [round(axis.step(place)) for place in places] == list(range(last + 1))
    assert axis.places(np.arange(last + 1.0)) == pytest.approx(places)


def test_at_least_one_step_is_left_unfolded() -> None:
    assert StepAxis(6, 6).folded == 5
    assert StepAxis(1, 1).folded == 0


def test_ticks_name_the_steps_also_when_folded() -> None:
    plain = StepAxis(60).ticks(0, 60, width=600, label_width=20)
    assert plain == [(n, str(n)) for n in range(0, 61, 5)]
    axis = StepAxis(60, 50)
    ticks = axis.ticks(0, axis.end, width=600, label_width=20)
    assert [text for _, text in ticks][:2] == ["0", "50"]
    assert all(axis.place(int(text)) == place for place, text in ticks)
    gaps = np.diff([place for place, _ in ticks]) * 600 / axis.end
    assert gaps.min() >= 20


def test_what_is_in_view_never_leaves_the_data() -> None:
    view = ViewRange((0.0, 60.0), (-1.0, 114.0))
    for _ in range(60):
        view.x.scale(0.8, 59)
    assert view.x.high - view.x.low == pytest.approx(2)
    assert view.x.low <= 59 <= view.x.high
    view.x.move(1000)
    assert view.x.high == 60
    view.x.move(-1000)
    assert view.x.low == 0
    for _ in range(60):
        view.x.scale(1.25, 10)
    assert view.x.is_whole
    view.y.show(200, 90)
    assert (view.y.high, view.is_whole) == (114, False)
    view.reset()
    assert view.is_whole


def test_zooming_keeps_what_lies_under_the_mouse_in_place() -> None:
    view = ViewRange((0.0, 60.0), (-1.0, 114.0))
    share = (42 - view.x.low) / (view.x.high - view.x.low)
    view.x.scale(0.5, 42)
    assert (42 - view.x.low) / (view.x.high - view.x.low) == pytest.approx(share)


def test_more_data_does_not_undo_the_zoom() -> None:
    view = ViewRange((0.0, 60.0), (-1.0, 114.0))
    view.x.show(50, 60)
    view.x.set_home(-0.5, 80)
    assert (view.x.low, view.x.high) == (50, 60)
    view.x.set_home(0, 55)
    assert (view.x.low, view.x.high) == (45, 55)
