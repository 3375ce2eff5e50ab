"""Starts repairs of the open network, and shows their progress and results."""

from dataclasses import replace

from PySide6.QtCore import QObject, Slot

from core.compare.comparison import unique_name
from core.data.dataset import distinct_names
from core.findings.scale_finding import ScaleFinding
from core.order.ranking import Ranking
from core.refit.records import RefitEpoch
from core.refit.watched_images import FoundImages, WatchedImages
from core.repair.recipe_records import Attempt, Trying
from core.words import counted
from gui.job_page.control import JobControl
from gui.job_runner import Job, JobRunner
from gui.repair import jobs as repair_jobs
from gui.repair.form import RepairForm
from gui.repair.panel import EMPTY_TEXT, RepairPanel
from gui.repair.result.attempts_view import AttemptRow, attempt_rows
from gui.state.repairs import KeptRepair, RepairInputs, RepairRun
from gui.state.session import Session
from gui.theme.formatting import layer_name

DISCARDED = "The repair finished, but the files have changed since it began, so it is not kept: repair again."
STOPPED = "Stopped before there was a result to keep: nothing was repaired."
SKIPPED = "Stopped, and the result so far was not kept: nothing was repaired."


class RepairControl(JobControl):
    """Starts repairs, shows their progress, and keeps their results."""

    job_name = "Repairing"
    job_key = "repair"

    def __init__(
        self, *, session: Session, runner: JobRunner, form: RepairForm, panel: RepairPanel, parent: QObject
    ) -> None:
        super().__init__(session=session, runner=runner, form=form, parent=parent)
        self._form = form
        self._panel = panel
        self._running: RepairRun | None = None
        self._shown: KeptRepair | None = None
        panel.repair_chosen.connect(self._on_chosen)
        session.repairs_changed.connect(self._on_repairs_changed)
        session.suspects_changed.connect(self._offer_suspects)

    @property
    def is_running(self) -> bool:
        """Whether a repair is in progress."""
        return self._running is not None

    @property
    def running_name(self) -> str:
        """The name of the repair in progress; empty for none."""
        return self._running.name if self._running is not None else ""

    @property
    def shown(self) -> KeptRepair | None:
        """The repair that is shown; None if there is none, or while one is in progress."""
        return self._shown if self._running is None else None

    @Slot()
    def update(self) -> None:
        """Show what can be repaired and which repairs there are, after a change of the files."""
        session = self._session
        usual = session.layer.name if session.layer is not None else ""
        if usual and session.layer not in session.layers:  # several as one: tick the deepest of them
            usual = session.several[-1]
        self._form.show_layers(session.opened_layers, usual)
        self._form.set_missing(session.missing_to_repair)
        self._offer_suspects()
        self._form.set_unlabelled(is_open=session.unlabelled is not None)
        self._on_repairs_changed()

    def show_repair(self, kept: KeptRepair | None) -> None:
        """Show a repair."""
        self._shown = kept
        if not self.is_running:
            self._show()

    @Slot()
    def _offer_suspects(self) -> None:
        """Fill in the classes that a detection names."""
        summary = self._session.summary
        class_count = summary.class_count if summary is not None else 0
        self._form.offer_suspects(self._session.suspects, class_count=class_count)

    @Slot()
    def _on_repairs_changed(self) -> None:
        """Show the newest repair if the shown one was removed."""
        repairs = self._session.repairs
        if self._shown not in repairs:
            self._shown = repairs[-1] if repairs else None
        if not self.is_running:
            self._show()

    def _make(self) -> Job | None:
        inputs = self._inputs()
        if inputs is None:
            self.refused.emit(self._session.missing_to_repair or self._form.reason)
            return None
        settings = inputs.settings
        title = settings.method.title
        taken = [each.name for each in self._session.repairs]
        name = unique_name(title, [*taken, *(each.name for each in self._session.compared)])
        self._running = RepairRun(name, inputs)
        self._panel.show_names([*taken, name], len(taken))
        self._panel.begin(
            name,
            settings.text,
            epochs=settings.epochs if settings.method.is_refitting and not settings.method.is_choosing else 0,
            poisoned_names=distinct_names(inputs.evaluation.poisoned),
            has_test=inputs.evaluation.test is not None,
        )
        self._panel.repair_combo.setEnabled(False)
        self._begin()
        return repair_jobs.repair(inputs, name)

    def _inputs(self) -> RepairInputs | None:
        """Return the inputs of a repair with the current files and settings; None if something is missing."""
        session = self._session
        if self._form.reason or session.inputs is None:
            return None
        return RepairInputs(
            evaluation=session.inputs,
            unlabelled=session.unlabelled,
            settings=self._form.settings,
        )

    def _on_published(self, partial: object) -> None:
        run = self._running
        if run is None or not self._is_current(run.inputs):
            return
        if isinstance(partial, ScaleFinding):
            self._session.set_scale_finding(partial)
        elif isinstance(partial, Ranking):
            self._panel.show_summary(f"pruning {layer_name(partial.layer)} …")
        elif isinstance(partial, Trying):
            run.trying = partial
            run.history.clear()
            settings = partial.plan.method.default_settings()
            self._panel.begin_refit(
                settings.epochs if partial.plan.method.is_refitting else 0,
                poisoned_names=distinct_names(run.inputs.evaluation.poisoned),
                has_test=run.inputs.evaluation.test is not None,
            )
            self._panel.show_summary(run.summary)
            self._panel.attempts.show_rows(_rows_of(run))
        elif isinstance(partial, Attempt):
            run.attempts.append(partial)
            self._panel.attempts.show_rows(_rows_of(run))
        elif isinstance(partial, FoundImages):
            self._panel.live.show_found(partial)
        elif isinstance(partial, WatchedImages):
            self._panel.live.show_watched(partial)
        elif isinstance(partial, RefitEpoch):
            run.history.append(partial)
            self._panel.show_summary(run.summary)
            self._panel.show_history(run.history, kept_epoch=run.kept_epoch)

    def _on_succeeded(self, kept: KeptRepair) -> None:
        self._end()
        if not self._is_current(kept.inputs):
            self._show()
            self.warned.emit(DISCARDED)
            return
        self._shown = kept
        self._session.add_repair(kept)

    def _say_stopped(self) -> None:
        assert self._running is not None
        is_current = self._is_current(self._running.inputs)
        had_result = len(self._running.history) > 1 or bool(self._running.attempts)
        self._go_back()
        if is_current:
            earlier = f" {self._shown.name} is shown again." if self._shown is not None else ""
            self.warned.emit((SKIPPED if had_result else STOPPED) + earlier)

    def _go_back(self) -> None:
        """Show the earlier repair again, after one without a result."""
        self._end()
        self._show()

    def _end(self) -> None:
        self._running = None
        self._session.set_running(False)
        self._panel.repair_combo.setEnabled(True)

    def _is_current(self, inputs: RepairInputs) -> bool:
        """Whether the inputs of a repair are the files that are open now."""
        now = self._session.inputs
        return now is not None and replace(inputs.evaluation, scale=None) == replace(now, scale=None)

    @Slot(int)
    def _on_chosen(self, place: int) -> None:
        if 0 <= place < len(self._session.repairs):
            self.show_repair(self._session.repairs[place])

    def _show(self) -> None:
        """Draw the shown repair; without one, show what to do."""
        repairs, kept, panel = self._session.repairs, self._shown, self._panel
        panel.show_names([each.name for each in repairs], repairs.index(kept) if kept in repairs else -1)
        if kept is None:
            panel.set_empty_text(self._session.missing_to_repair or EMPTY_TEXT)
            panel.clear()
            return
        inputs, settings = kept.inputs, kept.inputs.settings
        epochs = len(kept.history) - 1
        panel.begin(
            kept.name,
            settings.text,
            epochs=max(epochs, 0),
            poisoned_names=distinct_names(inputs.evaluation.poisoned),
            has_test=inputs.evaluation.test is not None,
            is_over=True,
        )
        panel.show_history(kept.history, kept_epoch=kept.kept_epoch, is_over=True)
        if kept.recipe is not None:
            recipe = kept.recipe
            known = kept.repair.held_out
            panel.attempts.show_rows(attempt_rows(recipe.attempts, base=recipe, chosen=recipe.chosen, known=known))
        panel.show_result(kept.figures, kept.sentences, notes=kept.notes, examples=kept.examples)
        panel.show_verdict(kept.report.verdict)
        if kept.is_cut_short and kept.recipe is None:
            best = (
                f"the best so far, epoch {kept.kept_epoch}, was kept"
                if kept.kept_epoch
                else "no epoch was better than the start"
            )
            panel.notice.show_text(
                f"Stopped after {counted(epochs, 'epoch')} of {settings.epochs}: {best}.", kind="warning"
            )


def _rows_of(run: RepairRun) -> tuple[AttemptRow, ...]:
    """Return the plans tried so far, and the one that runs; empty if the method tries no plans."""
    if run.trying is None:
        return ()
    is_open = len(run.attempts) <= run.trying.index
    return attempt_rows(run.attempts, base=run.trying, now=run.trying.plan.title if is_open else "")
