"""Counts the networks of the comparison on the open files, and draws the comparison."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal, Slot

from core.compare.comparison import Comparison, ComparisonRow
from core.data.dataset import distinct_names
from core.errors import InspectorError
from core.network.confidence import DEFAULT_FALSE_ALARM_RATE, compared_level_text
from core.records import SweepPoint
from core.words import attack_word, joined, points, printable
from gui.compare import jobs as compare_jobs
from gui.compare.panel import ComparePanel
from gui.compare.table import WAITING, compare_table, lines_of, scatter_points_of
from gui.job_runner import NO_INPUTS, JobRunner, Question, Request
from gui.state.compared import ComparedNetwork, CompareInputs
from gui.state.session import Session

NO_ATTACK = "Without poisoned images there is no ASR (attack success rate): the table shows clean accuracy only."
NOT_COUNTED = "No network is counted on the open files."
DISCARDED = "The files have changed since counting began, so the figures are not shown: count again."


class CompareControl(QObject):
    """Counts networks on the open files, and draws the comparison."""

    drawn = Signal()  # the panel shows other networks or figures
    refused = Signal(str)
    warned = Signal(str)

    def __init__(self, *, session: Session, runner: JobRunner, panel: ComparePanel, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._runner = runner
        self._panel = panel
        self._is_by_confidence = False
        self._rate = DEFAULT_FALSE_ALARM_RATE
        self._is_counting = False
        panel.count_requested.connect(self.count)
        panel.remove_requested.connect(self._on_remove_requested)
        panel.line_chosen.connect(self._on_line_chosen)
        panel.line_picked.connect(self._on_line_picked)
        panel.rule_bar.rule_chosen.connect(self._on_rule_chosen)
        panel.rule_bar.false_alarm_rate_chosen.connect(self._on_rate_chosen)
        for changed in (session.files_changed, session.scale_changed):
            changed.connect(self.update)
        session.compared_changed.connect(self._on_compared_changed)

    @property
    def comparison(self) -> Comparison | None:
        """The networks that are counted on the open files; None if there are none."""
        inputs = self.inputs()
        if inputs is None:
            return None
        networks = self._session.compared
        current = [
            each.counted for each in networks if each.counted is not None and each.row_on(inputs.evaluation) is not None
        ]
        if not current:
            return None
        return Comparison(
            base=current[0].base,
            rows=tuple(each.row for each in current),
            validation_name=inputs.evaluation.validation.name,
            test_name=inputs.evaluation.test.name if inputs.evaluation.test is not None else None,
            poisoned_names=distinct_names(inputs.evaluation.poisoned),
            scale=inputs.evaluation.known_scale,
            interpretations=tuple(known for known in self._session.interpretations if known is not None),
        )

    @property
    def false_alarm_rate(self) -> float:
        """The largest share of clean images that G by confidence may flag, in (0, 1)."""
        return self._rate

    @property
    def is_by_confidence(self) -> bool:
        """Whether G by confidence is shown, instead of G by agreement."""
        return self._is_by_confidence

    def show_rule(self, *, is_by_confidence: bool, false_alarm_rate: float) -> None:
        """Show the comparison by a rule and for a rate of false alarms that its networks were counted for."""
        self._is_by_confidence, self._rate = is_by_confidence, false_alarm_rate
        self._panel.rule_bar.show_rule(is_by_confidence=is_by_confidence, false_alarm_rate=false_alarm_rate)
        self.update()

    def inputs(self) -> CompareInputs | None:
        """Return the files that networks are compared on; None if something is missing."""
        session = self._session
        if session.inputs is None:
            return None
        return CompareInputs(
            evaluation=replace(session.inputs, scale=session.scale),
            false_alarm_rate=self._rate,
        )

    def network_at(self, line: int) -> ComparedNetwork | None:
        """Return the network of a line; None for B and for no line."""
        return self._session.compared[line - 1] if 0 < line <= len(self._session.compared) else None

    @Slot()
    def count(self) -> None:
        """Count the networks that are not counted on the open files and for the false alarm rate."""
        self._set_counting(is_counting=True)
        self._runner.submit(
            Request(
                name="Comparing",
                make=self._make_count,
                on_succeeded=self._on_counted,
                on_failed=self._on_count_failed,
                on_cancelled=lambda: self._set_counting(is_counting=False),
                key="compare",
            )
        )

    @Slot()
    def update(self) -> None:
        """Draw the networks and their figures on the open files."""
        session, panel, inputs = self._session, self._panel, self.inputs()
        if not session.compared or inputs is None:
            panel.clear()
            self.drawn.emit()
            return
        comparison = self.comparison
        rows = [each.row_on(inputs.evaluation) for each in session.compared]
        base: SweepPoint | None = comparison.base if comparison is not None else None
        lines = lines_of(base, session.compared, rows)
        names = distinct_names(inputs.evaluation.poisoned)
        has_test = inputs.evaluation.test is not None
        scatter_points, point_lines = scatter_points_of(lines, comparison)
        role = "test" if has_test else "validation"
        horizontal = f"its {attack_word(names)}{', the highest of several triggers' if len(names) > 1 else ''}"
        axes = f"vertical: clean {role} accuracy of B′ · horizontal: {horizontal}"
        panel.show_comparison(
            *compare_table(lines, names, has_test=has_test, is_by_confidence=self._is_by_confidence),
            scatter_points=scatter_points,
            point_lines=point_lines,
            why_no_chart=NOT_COUNTED if inputs.evaluation.poisoned else NO_ATTACK,
            axis_text=f"{axes} · green: the goal, at least 95 % and at most 1 % · filled: beaten by no other",
        )
        notice = "" if self._is_counting else self._missing_figures(rows)
        panel.show_notice(notice, is_countable=bool(notice))
        self._on_line_chosen(panel.chosen)
        self.drawn.emit()

    @Slot()
    def _on_compared_changed(self) -> None:
        """Draw the networks; a new one is chosen."""
        count = len(self._session.compared)
        is_new = count + 1 > self._panel.table.rowCount()  # one row is that of B
        self.update()
        if is_new and count:
            self._panel.choose(count)

    def _missing_figures(self, rows: Sequence[ComparisonRow | None]) -> str:
        """Return which networks are not counted; empty if all are."""
        pairs = list(zip(self._session.compared, rows, strict=True))
        waiting = [each.name for each, row in pairs if row is None]
        uncounted = [each.name for each, row in pairs if row is not None and row.by_confidence is None]
        sentences = [f"{joined(waiting)} {'is' if len(waiting) == 1 else 'are'} {WAITING}."] if waiting else []
        if uncounted:
            rate = points(self._rate)
            sentences.append(f"G by confidence of {joined(uncounted)} is not counted for {rate} % of false alarms.")
        return " ".join(sentences)

    def _make_count(self) -> Question | None:
        inputs = self.inputs()
        if inputs is None:
            self._set_counting(is_counting=False)
            return None
        rows = [(each, each.row_on(inputs.evaluation)) for each in self._session.compared]
        waiting = [each for each, row in rows if row is None or row.by_confidence is None]
        if not waiting:
            self._set_counting(is_counting=False)
            return None
        job = compare_jobs.count_compared(waiting, inputs)
        return Question(job, NO_INPUTS, files=inputs.evaluation.files)

    def _on_counted(self, networks: Sequence[ComparedNetwork]) -> None:
        self._is_counting = False
        newer = {each.name: each for each in networks}
        is_current = any(each.name in newer for each in self._session.compared)
        if not is_current:
            self.warned.emit(DISCARDED)
            self.update()
            return
        self._replace(
            newer[each.name] if each.name in newer and newer[each.name].pruned is each.pruned else each
            for each in self._session.compared
        )

    def _on_count_failed(self, error: Exception) -> None:
        self._set_counting(is_counting=False)
        self._on_failed(error)

    def _set_counting(self, *, is_counting: bool) -> None:
        if is_counting != self._is_counting:
            self._is_counting = is_counting
            self.update()

    def _replace(self, networks: Iterable[ComparedNetwork]) -> None:
        """Replace the networks by newer records of the same ones, in the same order."""
        self._session.replace_compared(tuple(each.at_false_alarm_rate(self._rate) for each in networks))

    def _on_failed(self, error: Exception) -> None:
        if isinstance(error, InspectorError):
            self.refused.emit(str(error))

    @Slot(int)
    def _on_remove_requested(self, line: int) -> None:
        network = self.network_at(line)
        if network is not None:
            with self._session.step_of(f"Remove {printable(network.name)} from the comparison"):
                self._session.remove_compared(network)

    @Slot(int)
    def _on_line_chosen(self, line: int) -> None:
        network = self.network_at(line)
        if network is not None and network.kept is not None:
            self._panel.show_story(f"{network.name}: {' '.join(network.kept.sentences)}")
        elif network is not None:
            self._panel.show_story(f"{network.name}: {network.how}.{self._level_story(network)}")
        else:
            self._panel.show_story(
                "The network as it was opened." if line == 0 else "Choose a line to see how it was made."
            )

    @Slot(int)
    def _on_line_picked(self, line: int) -> None:
        """Have the classifier answer with the network of a line; the line of B changes nothing."""
        network = self.network_at(line)
        if network is not None:
            self._session.set_classified(network)

    def _level_story(self, network: ComparedNetwork) -> str:
        row = network.counted.row if network.counted is not None else None
        if not self._is_by_confidence or row is None or row.level is None:
            return ""
        return f" {compared_level_text(row.level, is_given=row.is_level_given, is_held_out=row.is_held_out)}"

    @Slot(bool)
    def _on_rule_chosen(self, is_by_confidence: bool) -> None:
        self._is_by_confidence = is_by_confidence
        self.update()

    @Slot(float)
    def _on_rate_chosen(self, rate: float) -> None:
        if rate != self._rate:
            self._rate = rate
            self._replace(self._session.compared)
            self.count()
