"""Runs the sweep, shows it on the panels of the Prune page, and moves the cursor."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

from core.findings.scale_finding import ScaleFinding
from core.order.ranking import Ranking
from core.records import Side
from core.sweep.records import SweepEstimate, find_bypass
from core.sweep.stops import Stop, find_stops
from core.words import side_text
from gui.files import jobs as file_jobs
from gui.job_page.control import JobControl
from gui.job_runner import Job, JobRunner
from gui.prune import jobs
from gui.prune.curve.threshold_drag import ThresholdControl
from gui.prune.curves_panel import CurvesPanel
from gui.prune.form import PruneForm
from gui.prune.results_panel import ResultsPanel
from gui.prune.view import PruneView
from gui.state.pruning_run import Run, Settings, View
from gui.state.session import Session, stop_step
from gui.theme import formatting

if TYPE_CHECKING:
    from core.sweep.inspection import Inspection

PAUSE_MS = 200  # between estimates, so that figures can be read and the window stays responsive
DISCARDED = "The run has finished, but the files have changed since it began, so it is not shown: press Run again."


class PruneControl(JobControl):
    """Starts runs, shows their estimates, and puts the network at any step on the screen."""

    job_name = "Pruning"
    job_key = "run"

    def __init__(
        self,
        *,
        session: Session,
        runner: JobRunner,
        form: PruneForm,
        view: PruneView,
        curves: CurvesPanel,
        results: ResultsPanel,
        parent: QObject,
    ) -> None:
        super().__init__(session=session, runner=runner, form=form, parent=parent)
        self._form = form
        self._view = view
        self._running: Run | None = None
        self._previous: Run | None = None
        self._earlier: View | None = None  # what was on the screen when the run began
        self._drawn: tuple[Run | None, Settings | None] = (None, None)
        self._newest: SweepEstimate | None = None  # not shown yet
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._show_newest)
        self._is_following = True  # the cursor follows the stop rule until the user moves it
        curves.cursor_moved.connect(self._on_step_chosen)
        results.step_chosen.connect(self._on_step_chosen)
        self.thresholds = ThresholdControl(session=session, form=form, view=view, drag=curves.thresholds, parent=self)
        form.settings_chosen.connect(self.choose_settings)
        form.side_chosen.connect(self.choose_side)
        session.scale_changed.connect(self._show_scale)
        session.thresholds_changed.connect(self._on_thresholds_changed)
        self.thresholds.given_up.connect(self._on_thresholds_changed)
        session.side_changed.connect(self._on_side_changed)
        session.restored.connect(self._on_restored)

    @property
    def stops(self) -> tuple[Stop, ...]:
        """The rows of the table: estimates until the run is whole, empty before the first estimate."""
        run = self._session.run
        if run is None or run.curve is None:
            return ()
        return find_stops(run.curve, self._session.thresholds)

    @property
    def is_running(self) -> bool:
        """Whether a run is in progress."""
        return self._running is not None

    @Slot()
    def start(self) -> None:
        """Start a run once the files that are being opened are open."""
        self._form.finish_thresholds()
        super().start()

    @Slot(object)
    def choose_settings(self, settings: Settings) -> None:
        """Apply settings; an earlier run with the same settings is shown at once, at the same step."""
        with self._session.step_of("Change the settings of pruning"):
            self._session.choose_settings(settings)
        self.update()

    def choose_thresholds(self, thresholds: tuple[float, ...]) -> None:
        """Set the thresholds; form, table and chart follow."""
        self.thresholds.choose(thresholds)

    @Slot(object)
    def choose_side(self, side: Side) -> None:
        """Set the side of the crossing; the cursor goes there if there is a curve, and follows later estimates."""
        with self._session.step_of(f"Show the step {side_text(side)}"):
            self._session.set_side(side)

    @Slot()
    def update(self) -> None:
        """Show the form and the run for the current files and settings."""
        session, form = self._session, self._form
        form.show_layers(session.offered_layers, session.settings)
        form.set_missing(session.missing)
        form.set_poisoned(is_open=bool(session.poisoned))
        self._show_scale()
        self._draw_run()
        if session.run is not None:
            self._view.show_step(session)

    @Slot()
    def _on_thresholds_changed(self) -> None:
        self._form.show_thresholds(self._session.thresholds)
        self._show_curve(self.stops)
        self._view.show_step(self._session)

    @Slot(object)
    def _on_side_changed(self, side: Side) -> None:
        self._form.show_side(side)
        if self._session.is_restoring:
            return  # the cursor's step comes back as well
        self._is_following = True
        self._go_to_stop()

    @Slot()
    def _show_scale(self) -> None:
        """Show the pixel range in use and how it was found."""
        chosen, is_open = self._session.settings.scale, self._session.validation is not None
        finding, model = self._session.scale_finding, self._session.summary
        self._form.show_scale(finding, chosen=chosen, is_validation_open=is_open, model=model)

    @Slot(int)
    def go_to(self, step: int) -> None:
        """Show the network at a step, pruned in the order."""
        if self._session.run is not None and self._session.run.points:
            self._session.go_to(step)
            self._view.show_step(self._session)

    def _go_to_stop(self) -> None:
        """Move the cursor to the step of the stop rule."""
        self.go_to(stop_step(self.stops, self._session.side))

    @Slot(int)
    def _on_step_chosen(self, step: int) -> None:
        self._is_following = False
        session = self._session
        with nullcontext() if self.is_running else session.step_of(f"Move the cursor to {step} pruned", key="cursor"):
            session.set_classified(None)  # show the pruned network's answers in the classifier
            self.go_to(step)

    @Slot()
    def _on_restored(self) -> None:
        """Draw what was put back: another run, or another step of the same one."""
        self._is_following = False
        if self._drawn != (self._session.run, self._session.settings):
            self.update()
        else:
            self._view.show_step(self._session)

    def _make(self) -> Job | None:
        session = self._session
        inputs = prune_inputs(session)
        if inputs is None:
            self.refused.emit(session.missing)
            return None
        self._previous = session.run if session.run is not None and session.run.inspection else None
        self._running = _new_run(session)
        self._earlier = session.view
        self._is_following = True
        self._newest = None  # from the previous run
        self._pause.stop()
        session.begin_run(self._running)
        self._draw_run()
        self._begin()
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
                self._view.begin(run, session.thresholds)
            self._view.show_ranking(run)
        elif isinstance(partial, SweepEstimate):
            self._newest = partial
            if not self._pause.isActive():
                self._show_newest()

    @Slot()
    def _show_newest(self) -> None:
        """Show the newest estimate; older ones that were waiting are skipped."""
        session, run = self._session, self._running
        estimate, self._newest = self._newest, None
        if estimate is None or run is None or session.run is not run:
            return
        is_first = run.ranking is None
        stops = find_stops(estimate, session.thresholds)
        session.take_estimate(run, estimate, step=stop_step(stops, session.side) if self._is_following else None)
        if is_first:
            self._view.begin(run, session.thresholds)
        self._view.show_estimate(session, stops)
        self._pause.start()

    def _on_succeeded(self, inspection: "Inspection") -> None:
        run, self._running = self._running, None
        earlier, self._earlier = self._earlier, None
        self._session.set_running(False)
        self._previous = None
        if run is None or self._session.run is not run:
            self.warned.emit(DISCARDED)
            return
        is_again = earlier is not None and earlier.has_curve
        with self._session.step_of("Run", since=earlier) if is_again else nullcontext():
            self._session.finish_run(run, inspection)
            self._show_curve(self.stops)
            if self._is_following:
                self._go_to_stop()
            else:
                self.go_to(self._session.step)  # the same step, with its exact figures

    def _say_stopped(self) -> None:
        run = self._running
        assert run is not None
        was_shown = self._session.run is run
        shown = self._go_back()
        if not was_shown:
            return  # other files have been opened since
        self.warned.emit(_stopped_text(run) if shown is run else "Stopped. The earlier run is shown again.")

    def _go_back(self) -> Run | None:
        """After a run that stopped or failed, show the previous whole run, or else its last estimate; return it."""
        self._show_newest()
        run, self._running = self._running, None
        previous, self._previous = self._previous, None
        earlier, self._earlier = self._earlier, None
        session = self._session
        session.set_running(False)
        if session.run is not run:
            return session.run
        if previous is not None or (run is not None and run.estimate is None):
            if previous is not None and earlier is not None and earlier.run is previous:
                session.put_back(earlier.values)  # also what was pruned by hand
            else:
                session.show_run(previous)
                self._draw_run()
                self._go_to_stop()
        return previous or run

    def _draw_run(self) -> None:
        run, stops = self._session.run, self.stops
        self._drawn = (run, self._session.settings)
        self._view.draw(run, stops, self._session.thresholds)
        self._show_verdict(stops)
        self._view.show_empty(run, todo=self._session.todo, has_model=self._session.network is not None)

    def _show_curve(self, stops: Sequence[Stop]) -> None:
        """Show the curve, if there is one, and its verdict."""
        if self._session.run is not None:
            self._view.show_curve(self._session.run, stops)
            self._view.show_table(self._session.run, stops)
            self._show_verdict(stops)

    def _show_verdict(self, stops: Sequence[Stop]) -> None:
        if (run := self._session.run) is not None and run.inspection is not None:
            self._view.show_verdict(run, stops, file_jobs.find_cautions(self._session, has_refit=False))


def _new_run(session: Session) -> Run:
    settings = session.effective_settings
    bypass = find_bypass(session.layer, reader=settings.reader) if session.layer else None
    return Run(settings, poisoned_sets=session.poisoned_sets, bypass=bypass)


def _stopped_text(run: Run) -> str:
    return "Stopped before the first estimate." if run.estimate is None else formatting.stopped_text(run.estimate)


def prune_inputs(session: Session) -> jobs.PruneInputs | None:
    """Return the inputs of a run with the current files and settings; None while something is missing."""
    if session.missing or session.inputs is None:
        return None
    settings = session.effective_settings
    return jobs.PruneInputs(
        evaluation=replace(session.inputs, network=session.inputs.network.with_tensor(settings.tensor)),
        layer=settings.layer,
        reader=settings.reader,
        order=settings.order,
        scale_finding=session.scale_finding if session.settings.scale is None else None,
    )
