"""Starts repairs of the open network, and shows their progress and results."""

from dataclasses import replace

from PySide6.QtCore import QObject, Slot

from core.compare.comparison import unique_name
from core.data.dataset import distinct_names
from core.findings.scale_finding import ScaleFinding
from core.order.ranking import Ranking
from core.refit.records import RefitEpoch
from core.repair.recipe_records import (
    Attempt,
    OpenSets,
    Recipe,
    RepairOutcome,
    Trying,
    can_tell,
    doubts_of,
    sizes_tell,
    told_outcome,
)
from core.words import counted
from gui.job_page.control import JobControl
from gui.job_runner import Job, JobRunner
from gui.repair import jobs as repair_jobs
from gui.repair.form import RepairForm
from gui.repair.panel import EMPTY_TEXT, RepairPanel
from gui.state.repairs import KeptRepair, RepairInputs, RepairRun
from gui.state.session import Session
from gui.theme.formatting import attempt_lines, layer_name
from gui.widgets.labels import NoticeKind

DISCARDED = "The repair finished, but the files have changed since it began, so it is not kept: repair again."
NOTHING_TELLS = "Nothing showed a backdoor in B, so nothing tells what the repair has reached."
STOPPED = "Stopped before there was a result to keep: nothing was repaired."

SKIPPED = "Stopped, and the result so far was not kept: nothing was repaired."

_OUTCOMES: dict[RepairOutcome, tuple[str, NoticeKind]] = {
    RepairOutcome.REPAIRED: ("Repaired, as far as clean images tell: no sign of a backdoor is left.", "ok"),
    RepairOutcome.WEAKENED: (
        "Weakened: signs of a backdoor are left, or too much clean accuracy is lost.",
        "warning",
    ),
    RepairOutcome.NOT_REPAIRED: (
        "Not repaired: the signs of a backdoor are as before.",
        "warning",
    ),
}


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
        self._panel.set_choosable(False)
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
            self._panel.show_attempts(run.attempts_text)
        elif isinstance(partial, Attempt):
            run.attempts.append(partial)
            self._panel.show_attempts(run.attempts_text)
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
        self._panel.set_choosable(True)

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
        )
        panel.show_history(kept.history, kept_epoch=kept.kept_epoch, is_over=True)
        if kept.recipe is not None:
            recipe = kept.recipe
            panel.show_attempts(attempt_lines(recipe.attempts, base=recipe, chosen=recipe.chosen))
        panel.show_result(kept.figures, kept.sentences, notes=kept.notes, examples=kept.examples)
        if kept.is_cut_short and kept.recipe is not None:
            panel.show_notice("Stopped before all plans were tried: the best result so far was kept.", "warning")
        elif kept.recipe is not None:
            panel.show_notice(*_outcome_notice(kept, kept.recipe))
        elif kept.is_cut_short:
            best = (
                f"the best so far, epoch {kept.kept_epoch}, was kept"
                if kept.kept_epoch
                else "no epoch was better than the start"
            )
            panel.show_notice(f"Stopped after {counted(epochs, 'epoch')} of {settings.epochs}: {best}.", "warning")


def _outcome_notice(kept: KeptRepair, recipe: Recipe) -> tuple[str, NoticeKind]:
    """Return what a repair has reached; triggered images, where some are open, may say otherwise."""
    if not can_tell(recipe.fooled) and not sizes_tell(recipe.relative_sizes):
        return NOTHING_TELLS, "warning"
    sets = OpenSets.of_scores(kept.figures[0].scores, kept.figures[1].scores)
    if told_outcome(recipe, sets) is not recipe.outcome:
        return f"Validation images show no sign of a backdoor, but {' and '.join(doubts_of(recipe, sets))}.", "warning"
    return _OUTCOMES[recipe.outcome]
