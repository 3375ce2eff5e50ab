"""The Detect page: is there a backdoor, to which class, and what does its trigger look like?"""

from gui.detect.control import DetectControl
from gui.detect.form import DetectForm
from gui.detect.panel import DetectPanel
from gui.detect.save import DetectSaveControl
from gui.detect.use import TriggerUse
from gui.job_page.page import JobPage
from gui.page import Offer, PageContext
from gui.state.open_files import Role
from gui.state.preferences import Preferences


class DetectPage(JobPage):
    """Looks for a backdoor without any poisoned image.

    Attributes:
        detect_panel: the panel.
        control: starts detections and shows them.
        use: uses the reconstructed triggers.
        save: exports the detection.
    """

    key = "detect"
    title = "Detect"
    menu_text = "&Detect"
    tip = "Look for a backdoor, without any poisoned images"
    shortcut = "Ctrl+4"
    is_first_without_poisoned = True

    def __init__(self) -> None:
        form = DetectForm()
        self.detect_panel = DetectPanel()
        super().__init__(panel=self.detect_panel, form=form)
        self.detect_form = form
        self.tab_order = (form.seed_field, form.start_button, form.cancel_button)
        self.roles = frozenset({Role.UNLABELLED})

    def furnish(self, context: PageContext) -> None:
        """Create the controls."""
        session, form = context.session, self.detect_form
        self.control = DetectControl(
            session=session, runner=context.runner, form=form, panel=self.detect_panel, parent=self
        )
        self.use = TriggerUse(
            session=session, saver=context.saver, control=self.control, panel=self.detect_panel, parent=self
        )
        self.save = DetectSaveControl(saver=context.saver, control=self.control, panel=self.detect_panel, parent=self)
        self.exports = self.save.exports
        self._connect_job(self.control, session)
        self.use.refused.connect(self.refused)
        self.use.said.connect(self.said)
        self.use.page_requested.connect(self.page_requested)
        self.actions = (Offer("detect", "&Detect", self.control.start, self._why_not, "Ctrl+Shift+D", "checks"),)
        self.control.changed.connect(self.offers_changed)

    def restore(self, preferences: Preferences) -> None:
        """Show what can be examined."""
        del preferences
        self.control.update()
