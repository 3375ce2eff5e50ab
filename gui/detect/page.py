"""The Detect page: is there a backdoor, to which class, and what does its trigger look like?"""

from functools import partial

from PySide6.QtCore import Slot

from core.detect.detectors.registry import DETECTORS
from core.images.selection import AskedShare
from core.report.tables.plain_table import PlainTable, distinct_titles
from gui.detect.class_images import class_images
from gui.detect.control import DetectControl
from gui.detect.form import DetectForm
from gui.detect.panel import DetectPanel
from gui.detect.save import NOTHING, DetectSaveControl
from gui.detect.trigger_images import trigger_images
from gui.detect.use import TriggerUse
from gui.export.source import Drawing, Source
from gui.job_page.page import JobPage
from gui.page import Offer, PageContext
from gui.state.open_files import Role
from gui.state.preferences import Preferences

NO_SCORES = "This detector has not scored a class yet: select it, and press Detect."


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
        self.sources = detect_sources(self.detect_panel)
        self._connect_job(self.control, session)
        self.use.refused.connect(self.refused)
        self.use.said.connect(self.said)
        self.use.page_requested.connect(self.page_requested)
        self.actions = (Offer("detect", "&Detect", self.control.start, self._why_not, "Ctrl+Shift+D", "checks"),)
        self.control.changed.connect(self.offers_changed)
        self.detect_panel.class_list.images_wanted.connect(self._on_images_wanted)
        self.detect_panel.triggers.images_asked.connect(self._on_trigger_asked)

    def restore(self, preferences: Preferences) -> None:
        """Show what can be examined."""
        del preferences
        self.control.update()

    @Slot(int)
    def _on_images_wanted(self, label: int) -> None:
        """Show the clean images of a class."""
        request = class_images(self.detect_panel.kept, label)
        if request is not None:
            self.images_requested.emit(request)

    @Slot(int, object)
    def _on_trigger_asked(self, place: int, asked: AskedShare) -> None:
        """Show the clean images that a trigger of the shown class was tried on, with the trigger."""
        request = trigger_images(self.detect_panel.kept, self.detect_panel.label, place, asked)
        if request is not None:
            self.images_requested.emit(request)


def detect_sources(panel: DetectPanel) -> tuple[Source, ...]:
    """Return the table of all classes, and the spread of the classes' scores by each detector."""
    strips = [
        Source(
            f"Scores by {each.title[:1].lower()}{each.title[1:]}",
            f"scores-{each.name}",
            partial(_scores_of, panel, each.name),
            (panel.detector_rows.rows[each.name].strip,),
            Drawing((panel.detector_rows.rows[each.name].strip,), axis=partial(str, f"score, in {each.score_unit}")),
            NO_SCORES,
        )
        for each in DETECTORS
    ]
    return (Source("Classes", "classes", partial(_classes, panel), (panel.class_list,), why_empty=NOTHING), *strips)


def _classes(panel: DetectPanel) -> PlainTable:
    """Return the classes, the most suspicious first, with the score of each detector."""
    scores = panel.kept.scores if panel.kept is not None else ()
    shown = [each for each in scores if len(each.examined)]
    rows = []
    for bar in panel.class_list.bars:
        found = [float(each.scores[bar.label]) if bar.label >= 0 else None for each in shown]
        rows.append((bar.name, bar.text, *found))
    titles = ["class", "in all", *(f"score by {DETECTORS.get(each.detector).title}" for each in shown)]
    return PlainTable("Classes, the most suspicious first", distinct_titles(titles), tuple(rows))


def _scores_of(panel: DetectPanel, detector: str) -> PlainTable:
    """Return the scores of one detector, the most suspicious class first."""
    title = f"Scores by {DETECTORS.get(detector).title}"
    scores = panel.kept.scores if panel.kept is not None else ()
    found = next((each for each in scores if each.detector == detector), None)
    ranked = found.ranked.tolist() if found is not None else []
    rows = tuple((label, float(found.scores[label]), float(found.statistic[label])) for label in ranked if found)
    return PlainTable(title, ("class", "score", "statistic"), rows)
