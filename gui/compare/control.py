"""Keeps repaired networks side by side: those made here, those opened from files, and the pruned one."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from core.compare.comparison import Comparison, ComparisonRow, unique_name
from core.data.dataset import distinct_names
from core.errors import InspectorError
from core.network.confidence import DEFAULT_FALSE_ALARM_RATE, compared_level_text
from core.records import SweepPoint
from core.words import joined, layer_title, points
from gui.compare import jobs as compare_jobs
from gui.compare.panel import ComparePanel
from gui.compare.table import WAITING, compare_table, lines_of, spots_of
from gui.job_runner import Job, JobRunner, Request
from gui.state.compared import ComparedNetwork, CompareInputs
from gui.state.masked_network import MaskedNetwork
from gui.state.session import Session
from gui.theme.formatting import layer_name

NO_ATTACK = "Without poisoned images there is no ASR: the table has clean accuracy alone."
NOT_COUNTED = "Nothing is counted on the files that are open."
DISCARDED = "The files have changed since it began, so what was counted is not shown: count again."


@dataclass(frozen=True, slots=True)
class _FileRequest:
    """A repaired network's file that waits to be opened."""

    control: "CompareControl"
    path: Path

    def make(self) -> Job | None:
        inputs = self.control.inputs()
        if inputs is None:
            return None
        return compare_jobs.open_compared(self.path, self.control.free_name_of(self.path), inputs)


class CompareControl(QObject):
    """Adds networks to the comparison, has them counted on the files that are open, and draws it."""

    drawn = Signal()  # other networks or figures are on the panel
    opened = Signal(object)  # Path of a repaired network
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
        panel.rule_chosen.connect(self._on_rule_chosen)
        panel.false_alarm_rate_chosen.connect(self._on_rate_chosen)
        for changed in (session.files_changed, session.scale_changed):
            changed.connect(self.update)
        for changed in (session.run_changed, session.mask_changed):
            changed.connect(self.update_additions)
        session.compared_changed.connect(self._on_compared_changed)

    @property
    def comparison(self) -> Comparison | None:
        """What is counted on the files that are open; None while nothing is."""
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
        )

    def inputs(self) -> CompareInputs | None:
        """What networks are compared on now; None while something is missing."""
        session = self._session
        if session.inputs is None:
            return None
        return CompareInputs(
            evaluation=replace(session.inputs, scale=session.scale),
            false_alarm_rate=self._rate,
        )

    def free_name(self, wanted: str) -> str:
        """A name that no network of the comparison has yet."""
        return unique_name(wanted, [each.name for each in self._session.compared])

    def free_name_of(self, path: Path) -> str:
        """What a file is called: with its folder in front where another is called so, as most are "pruned.keras"."""
        is_taken = any(each.name == path.name for each in self._session.compared)
        return self.free_name(f"{path.parent.name}/{path.name}" if is_taken else path.name)

    def network_at(self, line: int) -> ComparedNetwork | None:
        """The network of a line; None for B and for none."""
        return self._session.compared[line - 1] if 0 < line <= len(self._session.compared) else None

    @Slot(object)
    def add_files(self, paths: Sequence[Path]) -> None:
        """Open repaired networks and count them, one after the other."""
        if self.inputs() is None:
            self.refused.emit(self._session.missing_to_repair)
            return
        for path in paths:
            wanted = _FileRequest(self, path)
            self._submit(f"Opening {path.name}", wanted.make)

    def add_pruned(self) -> None:
        """Take the network in that is pruned on the screen."""
        self._submit("Building the pruned network", self._make_pruned)

    @Slot()
    def count(self) -> None:
        """Count what was counted on other files, for other false alarms, or not at all."""
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
    def update_additions(self) -> None:
        """Follow what can be taken in."""
        missing = self._session.missing_to_repair
        self._panel.set_addable(files=missing, pruned=missing or self._missing_pruned)

    @Slot()
    def update(self) -> None:
        """Follow the files and the networks: draw what there is."""
        session, panel, inputs = self._session, self._panel, self.inputs()
        self.update_additions()
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
        spots, spot_lines = spots_of(lines, comparison)
        role = "test" if has_test else "validation"
        axes = f"up: clean {role} accuracy of B′ · right: its ASR"
        panel.show_comparison(
            *compare_table(lines, names, has_test=has_test, is_by_confidence=self._is_by_confidence),
            spots=spots,
            spot_lines=spot_lines,
            why_no_chart=NOT_COUNTED if inputs.evaluation.poisoned else NO_ATTACK,
            axis_text=f"{axes} · green: ≥ 95 %, ≤ 1 % · filled: beaten by no other",
        )
        notice = "" if self._is_counting else self._missing_figures(rows)
        panel.show_notice(notice, is_countable=bool(notice))
        self._on_line_chosen(panel.chosen)
        self.drawn.emit()

    @Slot()
    def _on_compared_changed(self) -> None:
        """Draw the networks; one that is new is chosen."""
        count = len(self._session.compared)
        is_new = count + 1 > self._panel.table.rowCount()  # B has a row, too
        self.update()
        if is_new and count:
            self._panel.choose(count)

    def _missing_figures(self, rows: Sequence[ComparisonRow | None]) -> str:
        """Which networks are not counted; empty where all are."""
        pairs = list(zip(self._session.compared, rows, strict=True))
        waiting = [each.name for each, row in pairs if row is None]
        uncounted = [each.name for each, row in pairs if row is not None and row.by_confidence is None]
        sentences = [f"{joined(waiting)} {'is' if len(waiting) == 1 else 'are'} {WAITING}."] if waiting else []
        if uncounted:
            rate = points(self._rate)
            sentences.append(f"G by confidence of {joined(uncounted)} is not counted for {rate} % of false alarms.")
        return " ".join(sentences)

    @property
    def _missing_pruned(self) -> str:
        """Why the pruned network cannot be taken in; empty when it can."""
        channel_mask = self._session.channel_mask
        if channel_mask is None or not self._session.is_whole:
            return "Run first: there is no pruned network yet."
        return "" if not channel_mask.all() else "Nothing is pruned at the cursor."

    def _make_pruned(self) -> Job | None:
        session, inputs = self._session, self.inputs()
        if inputs is None or self._missing_pruned or session.run is None:
            self.refused.emit(self._missing_pruned or session.missing_to_repair)
            return None
        settings = session.run.settings
        masked = MaskedNetwork(
            network=inputs.evaluation.network,
            scale=inputs.evaluation.known_scale,
            layer=settings.layer,
            channel_mask=session.channel_mask,
            reader=settings.reader,
        )
        channel_mask = session.channel_mask
        pruned_count = 0 if channel_mask is None else int((~channel_mask).sum())
        ranking = session.run.ranking
        assert ranking is not None  # the run is whole
        name = self.free_name(f"{layer_name(ranking.layer)}, {pruned_count} pruned")
        how = f"{layer_title(ranking.layer)}: {session.step_text}"
        return compare_jobs.build_compared(masked, name, how, inputs)

    def _make_count(self) -> Job | None:
        inputs = self.inputs()
        if inputs is None:
            self._set_counting(is_counting=False)
            return None
        rows = [(each, each.row_on(inputs.evaluation)) for each in self._session.compared]
        waiting = [each for each, row in rows if row is None or row.by_confidence is None]
        if not waiting:
            self._set_counting(is_counting=False)
            return None
        return compare_jobs.count_compared(waiting, inputs)

    def _submit(self, name: str, make: Callable[[], Job | None]) -> None:
        self._runner.submit(Request(name=name, make=make, on_succeeded=self._on_opened, on_failed=self._on_failed))

    def _on_opened(self, network: ComparedNetwork) -> None:
        inputs = self.inputs()
        made_of = network.counted.inputs.network if network.counted is not None else None
        if inputs is None or made_of is not inputs.evaluation.network:
            self.warned.emit(DISCARDED)
            return
        line = self._line_of_file(network)
        if line:
            self._panel.choose(line)
            name = self._session.compared[line - 1].name
            self.warned.emit(f"{name} is in the comparison already, and its file is as it was.")
            return
        self._add(network)
        if network.path is not None:
            self.opened.emit(network.path)

    def _line_of_file(self, network: ComparedNetwork) -> int:
        """Where the same file stands already; 0 where it does not."""
        files = [(each.path, each.sha256) for each in self._session.compared]
        wanted = (network.path, network.sha256)
        return files.index(wanted) + 1 if network.path is not None and wanted in files else 0

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
        """Take what is known of the same networks now, in the same order."""
        self._session.replace_compared(tuple(each.at_false_alarm_rate(self._rate) for each in networks))

    def _on_failed(self, error: Exception) -> None:
        if isinstance(error, InspectorError):
            self.refused.emit(str(error))

    def _add(self, network: ComparedNetwork) -> None:
        self._session.add_compared(network.at_false_alarm_rate(self._rate))

    @Slot(int)
    def _on_remove_requested(self, line: int) -> None:
        network = self.network_at(line)
        if network is not None:
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
