"""Runs the sweep and moves along it: what the panels of the middle column show."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from core.errors import InspectorError
from core.order.ranking import Ranking
from core.records import ScaleFinding, Side
from core.report.prune.verdict import find_verdict
from core.sweep.records import SweepEstimate, find_bypass
from core.sweep.stops import Stop, find_stops
from gui.files import jobs as file_jobs
from gui.job_runner import Job, JobRunner, Request
from gui.prune import jobs
from gui.prune.channels_panel import ChannelsPanel
from gui.prune.curves_panel import CurvesPanel
from gui.prune.form import PruneForm
from gui.prune.results_panel import ResultsPanel
from gui.prune.view import PruneView
from gui.state.pruning_run import Run, Settings
from gui.state.session import Session, stop_step
from gui.theme import formatting

if TYPE_CHECKING:
    from core.sweep.inspection import Inspection

PAUSE_MS = 200  # between estimates that are shown: figures can be read, and the window has time for other things
DISCARDED = "The run came to its end, but the files have changed since it began, so it is not shown: press Run again."


class PruneControl(QObject):
    """Starts runs, shows what is estimated while they go on, and puts the network at any step on the screen."""

    refused = Signal(str)
    warned = Signal(str)
    began = Signal()

    def __init__(
        self,
        *,
        session: Session,
        runner: JobRunner,
        form: PruneForm,
        view: PruneView,
        channels: ChannelsPanel,
        curves: CurvesPanel,
        results: ResultsPanel,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._runner = runner
        self._form = form
        self._view = view
        self._channels = channels
        self._curves = curves
        self._results = results
        self._running: Run | None = None
        self._previous: Run | None = None
        self._newest: SweepEstimate | None = None  # not shown yet
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._show_newest)
        self._is_following = True  # the cursor goes where the stop rule says, until the person puts it elsewhere
        curves.cursor_moved.connect(self._on_step_chosen)
        results.step_chosen.connect(self._on_step_chosen)
        form.settings_chosen.connect(self.choose_settings)
        form.thresholds_chosen.connect(self.choose_thresholds)
        form.side_chosen.connect(self.choose_side)
        form.run_requested.connect(self.start)
        session.files_changed.connect(self.update)
        session.scale_changed.connect(self._show_scale)
        session.running_changed.connect(form.set_running)
        session.thresholds_changed.connect(self._on_thresholds_changed)
        session.side_changed.connect(self._on_side_changed)

    @property
    def stops(self) -> tuple[Stop, ...]:
        """The rows of the table; estimates until the run is whole, none before the first one."""
        run = self._session.run
        if run is None or run.curve is None:
            return ()
        return find_stops(run.curve, self._session.thresholds)

    @property
    def is_running(self) -> bool:
        """Whether a run goes on."""
        return self._running is not None

    @Slot()
    def start(self) -> None:
        """Run as soon as what is being opened is open."""
        self._form.finish_thresholds()
        self._runner.submit(
            Request(
                name="Pruning",
                make=self._make_run,
                on_published=self._on_published,
                on_succeeded=self._on_succeeded,
                on_failed=self._on_failed,
                on_cancelled=self._on_cancelled,
                key="run",
            )
        )

    @Slot(object)
    def choose_settings(self, settings: Settings) -> None:
        """Take other settings; a run that was made with them comes back at once, at the same step."""
        self._session.choose_settings(settings)
        self.update()

    @Slot(object)
    def choose_thresholds(self, thresholds: tuple[float, ...]) -> None:
        """Set the thresholds; form, table and chart follow."""
        self._session.set_thresholds(thresholds)

    @Slot(object)
    def choose_side(self, side: Side) -> None:
        """Set the side of the crossing; the cursor goes there when there is a curve, and follows later estimates."""
        self._session.set_side(side)

    @Slot()
    def update(self) -> None:
        """Follow the files and the settings: what can be chosen, and the run that is on the screen, if there is one."""
        session, form = self._session, self._form
        form.show_layers(session.offered_layers, session.settings)
        form.set_missing(session.missing)
        form.set_poisoned(is_open=bool(session.poisoned))
        self._show_scale()
        self._draw_run()
        if session.run is not None:
            self._view.show_step(session)

    @Slot(object)
    def _on_thresholds_changed(self, thresholds: tuple[float, ...]) -> None:
        self._form.show_thresholds(thresholds)
        self._show_curve(self.stops)
        self._view.show_step(self._session)

    @Slot(object)
    def _on_side_changed(self, side: Side) -> None:
        self._form.show_side(side)
        self._is_following = True
        self._go_to_stop()

    @Slot()
    def _show_scale(self) -> None:
        """Show which pixel range is used and why."""
        session = self._session
        self._form.show_scale(
            session.scale_finding,
            chosen=session.settings.scale,
            is_validation_open=session.validation is not None,
        )

    @Slot(int)
    def go_to(self, step: int) -> None:
        """Put the network at a step on the screen, pruned by the order."""
        session = self._session
        if session.run is None or not session.run.points:
            return
        session.go_to(step)
        self._view.show_step(session)

    def _go_to_stop(self) -> None:
        """Put the cursor where the stop rule says."""
        self.go_to(stop_step(self.stops, self._session.side))

    @Slot(int)
    def _on_step_chosen(self, step: int) -> None:
        self._is_following = False
        self._session.set_classified(None)  # who prunes wants to see what the pruned network answers
        self.go_to(step)

    def _make_run(self) -> Job | None:
        session = self._session
        inputs = prune_inputs(session)
        if inputs is None:
            self.refused.emit(session.missing)
            return None
        settings = session.effective_settings
        self._previous = session.run if session.run is not None and session.run.inspection else None
        self._running = Run(
            settings,
            poisoned_sets=session.poisoned_sets,
            bypass=find_bypass(session.layer, reader=settings.reader) if session.layer else None,
        )
        self._is_following = True
        self._newest = None  # of the run before
        self._pause.stop()
        session.begin_run(self._running)
        self._draw_run()
        session.set_running(True)
        self.began.emit()
        session.release_runs()
        return jobs.inspect(inputs)

    def _on_published(self, partial: object) -> None:
        run, session = self._running, self._session
        if run is None or session.run is not run:
            return
        if isinstance(partial, ScaleFinding):
            run.settings = replace(run.settings, scale=partial.scale)
            session.set_scale_finding(partial)
        elif isinstance(partial, Ranking):
            is_first = run.ranking is None
            run.take_ranking(partial)
            if is_first:
                self._view.begin(run)
            self._view.show_ranking(run)
        elif isinstance(partial, SweepEstimate):
            self._newest = partial
            if not self._pause.isActive():
                self._show_newest()

    @Slot()
    def _show_newest(self) -> None:
        """Show the newest estimate; those that came before it meanwhile are never seen."""
        session, run = self._session, self._running
        estimate, self._newest = self._newest, None
        if estimate is None or run is None or session.run is not run:
            return
        is_first = run.ranking is None
        stops = find_stops(estimate, session.thresholds)
        session.take_estimate(run, estimate, step=stop_step(stops, session.side) if self._is_following else None)
        if is_first:
            self._view.begin(run)
        self._show_curve(stops)
        self._view.show_step(session)
        self._pause.start()

    def _on_succeeded(self, inspection: "Inspection") -> None:
        run, self._running = self._running, None
        self._session.set_running(False)
        self._previous = None
        if run is None or self._session.run is not run:
            self.warned.emit(DISCARDED)
            return
        self._session.finish_run(run, inspection)
        self._show_curve(self.stops)
        if self._is_following:
            self._go_to_stop()
        else:
            self.go_to(self._session.step)  # the same step, with its exact figures

    def _on_failed(self, error: Exception) -> None:
        self._go_back()
        if isinstance(error, InspectorError):
            self.refused.emit(str(error))

    def _on_cancelled(self) -> None:
        run = self._running
        if run is None:
            return  # it never began
        was_shown = self._session.run is run
        shown = self._go_back()
        if not was_shown:
            return  # something else was opened in the meantime
        if shown is not run:
            self.warned.emit("Stopped. The earlier run is shown again.")
        elif run.estimate is not None:
            self.warned.emit(formatting.stopped_text(run.estimate))
        else:
            self.warned.emit("Stopped before the first estimate.")

    def _go_back(self) -> Run | None:
        """After a run that did not come to its end: the earlier whole one, else its last estimate, else nothing."""
        self._show_newest()
        run, self._running = self._running, None
        previous, self._previous = self._previous, None
        session = self._session
        session.set_running(False)
        if session.run is not run:
            return session.run
        if previous is not None or (run is not None and run.estimate is None):
            session.show_run(previous)
            self._draw_run()
            self._go_to_stop()
        return previous or run

    def _draw_run(self) -> None:
        run, stops = self._session.run, self.stops
        self._view.draw(run, stops)
        self._show_verdict(stops)
        text = self._session.todo if run is None else "Measuring the channels …"
        for panel in (self._channels, self._curves):
            panel.set_empty_text(text)
        self._curves.demo_button.setVisible(self._session.network is None)
        self._results.set_empty_text(text if run is None else "The table fills with the first estimate.")

    def _show_curve(self, stops: Sequence[Stop]) -> None:
        """Show the curve there is, and what it says."""
        if self._session.run is not None:
            self._view.show_curve(self._session.run, stops)
            self._show_verdict(stops)

    def _show_verdict(self, stops: Sequence[Stop]) -> None:
        """Say what a whole curve says; nothing is concluded from an estimate."""
        run = self._session.run
        if run is not None and run.inspection is not None:
            cautions = file_jobs.find_cautions(self._session, has_refit=False)
            verdict = find_verdict(run.inspection.sweep, stops, cautions)
            self._results.show_verdict(verdict.headline, verdict.sentences)


def prune_inputs(session: Session) -> jobs.PruneInputs | None:
    """What a run with the current files and settings is made of; None while something is missing."""
    if session.missing or session.inputs is None:
        return None
    settings = session.effective_settings
    return jobs.PruneInputs(
        evaluation=session.inputs,
        layer=settings.layer,
        reader=settings.reader,
        order=settings.order,
        scale_finding=session.scale_finding if session.settings.scale is None else None,
    )
