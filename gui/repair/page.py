"""The Repair page: the progress and the results of a repair."""

from PySide6.QtCore import Slot

from core.images.selection import AskedShare
from gui.export.source import Drawing, LegendEntry, Source
from gui.images.request import AnswerSource, ImagesRequest
from gui.images.sources import source_of_repair
from gui.job_page.page import JobPage
from gui.page import Offer, PageContext
from gui.repair.control import RepairControl
from gui.repair.form import RepairForm
from gui.repair.panel import RepairPanel
from gui.repair.save import NOTHING, RepairSaveControl
from gui.state.open_files import Role
from gui.state.preferences import Preferences
from gui.tables.plain import networks_table
from gui.theme import theme

NO_EPOCHS = "There are no epochs: no repair that trains is shown."


class RepairPage(JobPage):
    """Repairs the network, and shows its figures before and after.

    Attributes:
        repair_panel: the panel.
        control: starts repairs and keeps their results.
        save: saves networks and exports results.
    """

    key = "repair"
    title = "Repair"
    menu_text = "Re&pair"
    tip = "Repair the network, and compare its figures before and after"
    shortcut = "Ctrl+2"

    def __init__(self) -> None:
        form = RepairForm()
        self.repair_panel = RepairPanel()
        super().__init__(panel=self.repair_panel, form=form)
        self.repair_form = form
        self.tab_order = (form.more.last_field, form.start_button, form.cancel_button)
        form.method_changed.connect(self._on_method_changed)
        self._on_method_changed()

    def furnish(self, context: PageContext) -> None:
        """Create the controls."""
        session, form = context.session, self.repair_form
        self.control = RepairControl(
            session=session, runner=context.runner, form=form, panel=self.repair_panel, parent=self
        )
        self.save = RepairSaveControl(
            session=session, saver=context.saver, repairs=self.control, panel=self.repair_panel, parent=self
        )
        self.saves, self.exports = self.save.saves, self.save.exports
        self.sources = repair_sources(self.repair_panel)
        self.actions = (Offer("repair", "Re&pair", self.control.start, self._why_not, "Ctrl+Shift+R", "repair"),)
        self._connect_job(self.control, session)
        session.repairs_changed.connect(self.offers_changed)
        self.repair_panel.view.asked.connect(self._on_cell_asked)
        self.repair_panel.attempts.asked.connect(self._on_cell_asked)
        self.repair_panel.history.asked.connect(self._on_share_asked)

    def restore(self, preferences: Preferences) -> None:
        """Show what can be repaired."""
        del preferences
        self.control.update()

    def answering(self) -> AnswerSource | None:
        """Return what answers as the shown repair."""
        kept = self.control.shown
        return None if kept is None else source_of_repair(kept, self._session.compared)

    @Slot(int, object)
    def _on_cell_asked(self, _row: int, asked: AskedShare) -> None:
        self._on_share_asked(asked)

    @Slot(object)
    def _on_share_asked(self, asked: AskedShare) -> None:
        """Show the images of a share of the shown repair."""
        source = self.answering()
        if source is not None:
            self.images_requested.emit(ImagesRequest(asked, source))

    @Slot()
    def _on_method_changed(self) -> None:
        """Show the file slots that only this method uses."""
        self.roles = frozenset({Role.UNLABELLED} if self.repair_form.takes_unlabelled else ())
        self.roles_changed.emit()


def repair_sources(panel: RepairPanel) -> tuple[Source, ...]:
    """Return the curves over the epochs with the loss below them, and the table before and after the repair."""
    history = panel.history

    def legend() -> list[LegendEntry]:
        curves = [LegendEntry(each.name, each.colour(), each.dashes, each.width) for each in history.series]
        return [*curves, LegendEntry("loss (below)", theme.current().muted, width=1.5)]

    return (
        Source(
            "Epochs",
            "epochs",
            history.table,
            (history.chart, history.loss_chart, history.twin),
            Drawing((history.chart, history.loss_chart), legend, lambda: "epoch", history.restyle),
            NO_EPOCHS,
        ),
        Source(
            "Before and after the repair",
            "repair",
            lambda: networks_table(panel.table, title="Before and after the repair"),
            (panel.view,),
            why_empty=NOTHING,
        ),
    )
