"""A page of the window with a form that starts a job."""

from PySide6.QtWidgets import QWidget

from gui.job_page.control import JobControl
from gui.job_page.form import JobForm
from gui.page import Page, why_running
from gui.state.session import Session


class JobPage(Page):
    """Connects a form and the control of its job to the window."""

    def __init__(self, *, panel: QWidget, form: JobForm) -> None:
        super().__init__(panel=panel, form=form, buttons=form.buttons)
        self._job_form = form

    def set_cancellable(self, is_cancellable: bool) -> None:
        """Set whether there is a job to stop."""
        self._job_form.set_cancellable(is_cancellable)

    def _connect_job(self, control: JobControl, session: Session) -> None:
        """Pass on what the control says and what the form asks for; called by `furnish`."""
        self._session = session
        control.refused.connect(self.refused)
        control.warned.connect(self.warned)
        control.began.connect(self.show_requested)
        self._job_form.cancel_requested.connect(self.cancel_requested)
        self._job_form.reason_changed.connect(self.offers_changed)
        session.files_changed.connect(self.offers_changed)

    def _why_not(self) -> str:
        """Return why the job cannot start; empty when it can."""
        return why_running() if self._session.is_running else self._job_form.reason
