"""Texts are measured once, and again when they are others."""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from gui.prune.results_panel import ResultsPanel
from gui.tables.detail import Detail
from gui.theme.text_size import apply_text_size

pytest_plugins = ["tests.gui.panel_samples"]
pytestmark = [
    pytest.mark.qt_log_ignore("propagateSizeHints"),  # the offscreen platform of every window with a smallest size
]


@pytest.fixture
def usual_text(qapp: QApplication) -> Iterator[None]:
    yield
    apply_text_size(qapp, 100)


def assert_measured(panel: ResultsPanel) -> None:
    """What is known of the widths is what measuring them now gives."""
    view = panel.view
    assert view._needed_widths() == view._measure_columns()
    header: Any = view.verticalHeader()
    assert header.sizeHint() == header._measure_titles()


def test_widths_follow_the_texts(
    full_results: ResultsPanel, samples: Any, qapp: QApplication, usual_text: None
) -> None:
    panel = full_results
    many = dataclasses.replace(samples.stops[0], point=_with_many_images(samples.stops[0].point))
    changes: list[Callable[[], object]] = [
        lambda: panel.show_table([many, *samples.stops[1:]], samples.poisoned_sets, None),
        lambda: panel.show_point(samples.estimate.points[3], channels_left=123456789, by_hand=True, is_estimate=True),
        lambda: panel.set_detail(Detail.INTERVALS),
        lambda: panel.show_table(samples.stops[:3], samples.poisoned_sets[:1], None),
        lambda: apply_text_size(qapp, 150),
        panel.model.clear,
    ]
    seen = [tuple(panel.view._needed_widths())]
    for change in changes:
        change()
        assert_measured(panel)
        seen.append(tuple(panel.view._needed_widths()))
    assert len(set(seen)) >= len(changes)  # nearly all of them change some width


def test_texts_that_stay_are_measured_once(
    full_results: ResultsPanel, samples: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = full_results
    measured: list[Detail] = []
    measure = panel.view._measure_columns
    monkeypatch.setattr(panel.view, "_measure_columns", lambda: (measured.append(panel.detail), measure())[1])
    panel.view.fit()
    panel.view.has_room_for(Detail.RATES)
    measured.clear()
    panel.view.fit()
    panel.view.has_room_for(Detail.RATES)
    assert measured == []
    panel.show_point(samples.estimate.points[3], channels_left=3, by_hand=False)
    panel.view.fit()
    assert measured != []


def _with_many_images(point: Any) -> Any:
    more = dataclasses.replace(point.validation.pruned, count=4_000_000_000, total=5_000_000_000)
    return dataclasses.replace(point, validation=dataclasses.replace(point.validation, pruned=more))
