"""The Compare page: repaired networks side by side."""

from pathlib import Path

from PySide6.QtCore import Slot

from core.images.selection import AskedShare
from core.report.tables.plain_table import PlainTable
from gui.compare.additions import AdditionControl
from gui.compare.control import NOT_COUNTED, CompareControl
from gui.compare.panel import ComparePanel
from gui.compare.point_images import PointImages
from gui.compare.save import CompareSaveControl
from gui.export.source import Drawing, LegendEntry, Source
from gui.files import dialogs
from gui.images.request import AnswerSource, ImagesRequest
from gui.images.sources import source_of_compared
from gui.page import Page, PageContext
from gui.state.preferences import Preferences
from gui.tables.plain import networks_table
from gui.theme import theme

REPAIRED = "repaired"  # key of the folder of repaired networks in the preferences


class ComparePage(Page):
    """Shows repaired networks side by side: repaired here, from files, and pruned at the cursor.

    Attributes:
        compare_panel: the panel.
        control: counts the networks and draws the comparison.
        additions: adds networks.
        save: saves networks and exports the comparison.
    """

    key = "compare"
    title = "Compare"
    menu_text = "&Compare"
    tip = "Repaired networks side by side"
    shortcut = "Ctrl+3"

    def __init__(self) -> None:
        self.compare_panel = ComparePanel()
        super().__init__(panel=self.compare_panel)

    def furnish(self, context: PageContext) -> None:
        """Create the controls."""
        self._context = context
        panel = self.compare_panel
        self.control = CompareControl(session=context.session, runner=context.runner, panel=panel, parent=self)
        self.additions = AdditionControl(
            session=context.session, runner=context.runner, compare=self.control, panel=panel, parent=self
        )
        self.save = CompareSaveControl(
            session=context.session, saver=context.saver, compare=self.control, panel=panel, parent=self
        )
        self.saves, self.exports = self.save.saves, self.save.exports
        self.sources = compare_sources(panel)
        for refusing in (self.control, self.additions, self.save):
            refusing.refused.connect(self.refused)
        for warning in (self.control, self.additions):
            warning.warned.connect(self.warned)
        self.additions.opened.connect(self._on_opened)
        self.control.drawn.connect(self.offers_changed)
        panel.line_chosen.connect(self.offers_changed)
        panel.add_requested.connect(self._on_add_requested)
        panel.files_dropped.connect(self._on_files_dropped)
        panel.view.asked.connect(self._on_share_asked)
        self.point_images = PointImages(panel, self)
        self.point_images.asked.connect(self._on_share_asked)

    def restore(self, preferences: Preferences) -> None:
        """Show what can be compared."""
        del preferences
        self.additions.update()
        self.control.update()

    @Slot(str)
    def _on_add_requested(self, kind: str) -> None:
        self.asked.emit()
        if kind == "pruned":
            self.additions.add_pruned()
            return
        paths = dialogs.ask_repaired(self._context.window, folder=self._context.preferences.folder(REPAIRED))
        if paths:
            self.additions.add_files(paths)

    def answering(self) -> AnswerSource | None:
        """Return what answers as the chosen network."""
        return self._source_at(self.compare_panel.chosen) if self.compare_panel.chosen >= 0 else None

    def _source_at(self, line: int) -> AnswerSource | None:
        inputs = self.control.inputs()
        return None if inputs is None else source_of_compared(inputs.evaluation, self.control.network_at(line))

    @Slot(int, object)
    def _on_share_asked(self, line: int, asked: AskedShare) -> None:
        """Show the images of a share of the table."""
        source = self._source_at(line)
        if source is not None:
            self.images_requested.emit(ImagesRequest(asked, source))

    @Slot(object)
    def _on_files_dropped(self, paths: tuple[Path, ...]) -> None:
        self.asked.emit()
        self.additions.add_files(paths)

    @Slot(object)
    def _on_opened(self, path: Path) -> None:
        self._context.preferences.remember_folder(REPAIRED, path)


def compare_sources(panel: ComparePanel) -> tuple[Source, ...]:
    """Return the scatter and the table of a comparison."""

    def points() -> PlainTable:
        names = ("mark", "network", "clean accuracy, %", "from", "to", "ASR, %", "ASR from", "ASR to")
        rows = tuple((each.mark, each.tip.split("\n")[0], *each.clean, *each.attack) for each in panel.chart.points)
        return PlainTable("Clean accuracy against ASR", names, rows)

    def legend() -> list[LegendEntry]:
        colours = theme.current()
        return [
            LegendEntry(
                f"{each.mark}  {each.tip.split(chr(10))[0]}",
                colours.base if each.is_base else colours.pruned_network,
                width=0.0 if each.is_base or each.is_best else -1.0,
            )
            for each in panel.chart.points
        ]

    return (
        Source(
            "Clean accuracy against ASR",
            "scatter",
            points,
            (panel.chart,),
            Drawing((panel.chart,), legend, panel.axis_label.text, panel.chart.recolour),
            NOT_COUNTED,
        ),
        Source(
            "Comparison",
            "comparison",
            lambda: networks_table(panel.table, title="Comparison"),
            (panel.view,),
            why_empty=NOT_COUNTED,
        ),
    )
