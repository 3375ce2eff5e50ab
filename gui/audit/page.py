"""The Audit page: many models, one table."""

from pathlib import Path

from PySide6.QtCore import Signal, Slot

from core.report.tables.plain_table import PlainTable
from gui.audit.control import AuditControl
from gui.audit.form import AuditForm
from gui.audit.panel import AuditPanel
from gui.export.source import Source
from gui.page import Offer, Page, PageContext
from gui.state.preferences import Preferences

NO_ROWS = "There is no row to export: watch an audit first."
NO_TABLE = "Watch an audit first."


class AuditPage(Page):
    """Watches and starts audits; a row opens its model in the other pages.

    Attributes:
        audit_panel: the panel.
        audit_form: the settings of an audit that is started here.
        control: watches and starts audits.
    """

    files_requested = Signal(object)  # StartFiles

    key = "audit"
    title = "Audit"
    menu_text = "&Audit"
    tip = "Many models, one table"
    shortcut = "Ctrl+6"

    def __init__(self) -> None:
        self.audit_panel, self.audit_form = AuditPanel(), AuditForm()
        form = self.audit_form
        super().__init__(panel=self.audit_panel, form=form, buttons=form.buttons)
        self.tab_order = (
            *(form.models_field, form.models_button, form.out_field, form.out_button),
            *(*form.boxes.values(), form.workers_field, form.start_button, form.cancel_button),
        )

    def furnish(self, context: PageContext) -> None:
        """Create the control."""
        panel = self.audit_panel
        self.control = AuditControl(
            session=context.session,
            runner=context.runner,
            form=self.audit_form,
            panel=panel,
            preferences=context.preferences,
            window=context.window,
            parent=self,
        )
        control, opening = self.control, self.control.opening
        for inner, outer in (
            (control.asked, self.asked),
            (control.refused, self.refused),
            (control.warned, self.warned),
            (control.said, self.said),
            (control.changed, self.offers_changed),
            (opening.asked, self.asked),
            (opening.refused, self.refused),
            (opening.warned, self.warned),
            (opening.files_requested, self.files_requested),
        ):
            inner.connect(outer)
        opening.opened.connect(self._on_opened)
        context.session.running_changed.connect(self.offers_changed)
        self.actions = (
            Offer("watch", "&Watch an audit…", control.ask_folder, str, "", "open"),
            Offer("start", "Start the &audit", control.start, control.why_not_started, "Ctrl+Shift+A", "run"),
            Offer("stop", "S&top the audit", control.stop, control.why_not_stopped, "", "cancel"),
            Offer(
                "open",
                "Open the &model of the row",
                opening.open_model,
                opening.why_not_opened,
                "",
                "open",
            ),
            Offer("find", "&Find a model of the audit", panel.begin_find, self._why_no_table, "Ctrl+F"),
        )
        self.sources = (Source("Audit", "audit", self._table, (panel.table,), why_empty=NO_ROWS),)

    @Slot(object)
    def watch(self, path: Path) -> None:
        """Watch the audit in a folder, and show the page."""
        self.control.watch_folder(path)
        self.page_requested.emit(self.key)

    def restore(self, preferences: Preferences) -> None:
        """Offer the audit of the last time."""
        folder = Path(preferences.audit_folder) if preferences.audit_folder else None
        self.audit_panel.offer_again(folder.name if folder is not None else "", preferences.audit_folder)

    def allows_quitting(self) -> bool:
        """Ask what becomes of an audit that runs."""
        return self.control.allows_quitting()

    def _why_no_table(self) -> str:
        return "" if self.control.watch.folder is not None else NO_TABLE

    def _table(self) -> PlainTable:
        """Return the rows that are shown, in their order."""
        return self.audit_panel.table.table

    @Slot(bool)
    def _on_opened(self, has_poisoned: bool) -> None:
        """Show the page that comes first for the model that was asked for."""
        self.page_requested.emit("prune" if has_poisoned else "detect")
