"""The Repair page: the progress and the results of a repair."""

from PySide6.QtCore import Slot

from gui.page import RUNNING, Offer, Page, PageContext
from gui.repair.control import RepairControl
from gui.repair.form import RepairForm
from gui.repair.panel import RepairPanel
from gui.repair.save import RepairSaveControl
from gui.state.open_files import Role
from gui.state.preferences import Preferences


class RepairPage(Page):
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
        super().__init__(panel=self.repair_panel, form=form, buttons=form.buttons)
        self.repair_form = form
        self.tab_order = (form.more.last_field, form.repair_button, form.cancel_button)
        form.method_changed.connect(self._on_method_changed)
        self._on_method_changed()

    def furnish(self, context: PageContext) -> None:
        """Create the controls."""
        session, form = context.session, self.repair_form
        self._session = session
        self.control = RepairControl(
            session=session, runner=context.runner, form=form, panel=self.repair_panel, parent=self
        )
        self.save = RepairSaveControl(
            session=session, saver=context.saver, repairs=self.control, panel=self.repair_panel, parent=self
        )
        self.saves, self.exports = self.save.saves, self.save.exports
        self.actions = (Offer("repair", "Re&pair", self.control.start, self._why_no_repair, "Ctrl+Shift+R", "repair"),)
        self.control.refused.connect(self.refused)
        self.control.warned.connect(self.warned)
        self.control.began.connect(self.show_requested)
        form.cancel_requested.connect(self.cancel_requested)
        form.reason_changed.connect(self.offers_changed)
        for changed in (session.files_changed, session.repairs_changed):
            changed.connect(self.offers_changed)

    def restore(self, preferences: Preferences) -> None:
        """Show what can be repaired."""
        del preferences
        self.control.update()

    def set_cancellable(self, is_cancellable: bool) -> None:
        """Set whether there is a job to stop."""
        self.repair_form.set_cancellable(is_cancellable)

    def _why_no_repair(self) -> str:
        return RUNNING if self._session.is_running else self.repair_form.reason

    @Slot()
    def _on_method_changed(self) -> None:
        """Show the file slots that only this method uses."""
        self.roles = frozenset({Role.UNLABELLED} if self.repair_form.takes_unlabelled else ())
        self.roles_changed.emit()
