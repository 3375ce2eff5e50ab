"""Keeps the list of finished runs up to date, and does what is chosen in it."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal, Slot

from core.sweep.records import Sweep
from core.words import scale_name
from gui.prune.curve.overlay import OverlaidRun
from gui.prune.curve.run_list import RunRow
from gui.prune.curves_panel import CurvesPanel
from gui.state.pruning_run import Run, Settings
from gui.state.session import Session
from gui.theme.formatting import layer_name
from gui.widgets.combo import ALL_READERS, only_reader

RUNNING = "A run or a repair is in progress: runs can be shown and removed when it ends."


class RunsControl(QObject):
    """Lists the finished runs of the session, and draws those that are visible beside the shown one.

    Args:
        session: has the runs.
        curves: draws them.
        choose_settings: shows the run with these settings.
        parent: owns the control.
    """

    refused = Signal(str)

    def __init__(
        self, *, session: Session, curves: CurvesPanel, choose_settings: Callable[[Settings], object], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._curves = curves
        self._choose_settings = choose_settings
        self._was_several = False
        runs = curves.body.runs
        runs.shown.connect(self._on_shown)
        runs.removed.connect(self._on_removed)
        runs.renamed.connect(self._on_renamed)
        runs.recoloured.connect(self._on_recoloured)
        runs.visibility_changed.connect(self._on_visibility_changed)
        session.run_changed.connect(self.update)
        session.mask_changed.connect(self._draw)  # the panel is drawn anew after another run is shown
        self.update()

    @property
    def runs(self) -> tuple[Run, ...]:
        """The finished runs, the oldest first."""
        return tuple(sorted(self._session.finished.values(), key=lambda run: run.number))

    @Slot()
    def update(self) -> None:
        """Show the runs of the session; the list comes by itself with the second run."""
        runs, shown = self.runs, self._session.run
        button = self._curves.body.runs_button
        is_several = len(runs) > 1
        if is_several != self._was_several:
            self._was_several = is_several
            button.setChecked(is_several)
        button.setEnabled(bool(runs))
        names = run_titles(runs)
        self._curves.body.runs.show_rows(
            [
                RunRow(name, run_words(run), run.colour, run is shown, run.is_visible)
                for name, run in zip(names, runs, strict=True)
            ]
        )
        self._draw()

    @Slot()
    def _draw(self) -> None:
        """Draw the visible runs beside the shown one, once that has a curve."""
        runs, shown = self.runs, self._session.run
        has_curve = shown is not None and shown.curve is not None
        others = [
            OverlaidRun(name, place, run.colour, run.curve, tuple(each.name for each in run.poisoned_sets))
            for place, (run, name) in enumerate(zip(runs, run_titles(runs), strict=True))
            if has_curve and run is not shown and run.is_visible and isinstance(run.curve, Sweep)
        ]
        if [_key(each) for each in others] != [_key(each) for each in self._curves.others]:
            self._curves.show_others(others)

    @Slot(int)
    def _on_shown(self, place: int) -> None:
        run = self._run_at(place)
        if run is None or run is self._session.run:
            return
        settings = run.settings
        if settings.scale == self._session.scale:  # found, not chosen: it stays so
            settings = Settings(
                settings.layer, settings.reader, settings.order, self._session.settings.scale, settings.tensor
            )
        self._choose_settings(settings)

    @Slot(int)
    def _on_removed(self, place: int) -> None:
        run = self._run_at(place)
        if run is not None:
            self._session.remove_run(run)
            if self._session.run is None:
                self._choose_settings(self._session.settings)

    @Slot(int, str)
    def _on_renamed(self, place: int, name: str) -> None:
        self.runs[place].name = name
        self.update()

    @Slot(int, int)
    def _on_recoloured(self, place: int, colour: int) -> None:
        self.runs[place].colour = colour
        self.update()

    @Slot(int, bool)
    def _on_visibility_changed(self, place: int, is_visible: bool) -> None:
        self.runs[place].is_visible = is_visible
        self.update()

    def _run_at(self, place: int) -> Run | None:
        """Return a run to show or to remove; None while that cannot be done."""
        if self._session.is_running:
            self.refused.emit(RUNNING)
            return None
        return self.runs[place]


def run_titles(runs: Sequence[Run]) -> list[str]:
    """Return a short name for each run: what the person called it, or the settings in which the runs differ.

    The settings are in the form's words. A single run is named by layer and order.
    """
    parts = [_parts(run) for run in runs]
    differing = [place for place in range(5) if len({each[place] for each in parts}) > 1] or [0, 2]
    return [
        run.name or ", ".join(each[place] for place in differing if each[place])
        for run, each in zip(runs, parts, strict=True)
    ]


def run_words(run: Run) -> str:
    """Return a run's settings in words: "conv_3 pruned for fc_1 alone, least active first"."""
    settings = run.settings
    how = f"for {settings.reader} alone" if settings.reader else "for every reader"
    where = f" {run.ranking.layer.tensor.text}" if run.ranking is not None and run.ranking.layer.tensor else ""
    return f"{_layer_words(run)} pruned {how}{where}, {settings.order.title}"


def _parts(run: Run) -> tuple[str, str, str, str, str]:
    """Return layer, reader, order, tensor and pixel range of a run, as the form calls them."""
    settings = run.settings
    reader = only_reader(settings.reader) if settings.reader else ALL_READERS
    tensor = run.ranking.layer.tensor if run.ranking is not None else None
    scale = scale_name(settings.scale) if settings.scale is not None else ""
    return (_layer_words(run), reader, settings.order.title, tensor.text if tensor is not None else "", scale)


def _layer_words(run: Run) -> str:
    if run.ranking is not None:
        return layer_name(run.ranking.layer)
    return "All convolutions" if run.settings.layer.is_all else " + ".join(run.settings.layer.names)


def _key(run: OverlaidRun) -> tuple[object, ...]:
    return (run.name, run.place, run.colour, id(run.curve))
