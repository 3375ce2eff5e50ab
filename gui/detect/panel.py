"""Shows one detection: the classes as bars, the triggers on clean images, the verdict, and what it rests on."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from core.detect.detectors.registry import DETECTORS
from core.report.detect.text import NO_VERDICT, limit_sentences, next_sentences
from core.words import duration_text
from gui.detect.result.banner import VerdictBanner
from gui.detect.result.class_list import NO_CLASS, ClassList
from gui.detect.result.detector_rows import DetectorRows
from gui.detect.result.trigger_bar import TriggerBar
from gui.detect.result.trigger_view import TriggerView
from gui.detect.result.words import caption, class_bars, class_name, empty_trigger_text, evidence_sentences, short_title
from gui.state.detections import KeptDetection
from gui.theme import class_names, theme
from gui.widgets.choice_menu import choice_menu
from gui.widgets.export_kind import ExportKind
from gui.widgets.labels import Notice, NoticeKind, PanelHeader, ScaledLabel, centred_label

EMPTY_TEXT = "Press Detect: the classes appear here as bars, and triggers are reconstructed on your clean images."
NO_IMAGES = (
    "Press Detect: the classes appear here as bars.\n\nOnly detectors that need no images can run. Clean images in "
    "“Clean validation” let the others run, and show the reconstructed triggers."
)
IMAGES_LATER = "The images are shown when the detection is done."
RUNNING = "Looking for a backdoor …"
RUNNING_SENTENCE = "What is shown is preliminary; the verdict comes when the detectors are done."
STOPPED = "Stopped before all detectors were done."
EXPORTS = (
    ExportKind("csv", "Classes as CSV…", "Export the classes as CSV", "classes", ".csv", "CSV table"),
    ExportKind("json", "Everything as JSON…", "Export the detection", "detection", ".json", "JSON"),
    ExportKind("report", "Report as one HTML page…", "Export the report", "detection", ".html", "HTML page"),
    ExportKind("pdf", "Report as PDF…", "Export the report as PDF", "detection", ".pdf", "PDF document"),
)
PAUSE_MS = 120  # between partial results, so that the window stays responsive


class Section(QWidget):
    """A title with sentences below it; hidden while there are none."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = ScaledLabel(title, is_bold=True)
        self.body = ScaledLabel()
        self.body.setWordWrap(True)
        self.body.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme.GRID, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.title)
        column.addWidget(self.body)

    def show_sentences(self, sentences: Sequence[str], *, title: str = "") -> None:
        """Show sentences, one a line."""
        if title:
            self.title.setText(title)
        self.body.setText("\n".join(sentences))
        self.setVisible(bool(sentences))


class DetectPanel(QWidget):
    """Shows a detection in progress or a finished one; it starts none itself."""

    shown = Signal()
    class_chosen = Signal(int)
    export_requested = Signal(str)  # "csv", "json" or "report"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._kept: KeptDetection | None = None
        self._label = NO_CLASS
        self._is_chosen = False  # the person chose the class
        self._why_no_images = ""
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._draw)
        self.header = PanelHeader("Detect")
        self.export_button = QPushButton("Export")
        exports = [(kind.key, kind.text) for kind in EXPORTS]
        self.export_button.setMenu(choice_menu(self, exports, self.export_requested.emit)[0])
        self.header.add(self.export_button)
        self.notice = Notice("warning", is_wrapped=True)
        self.banner = VerdictBanner()
        self.empty_label = centred_label(EMPTY_TEXT)
        self.caption = ScaledLabel(factor=theme.SMALL, role="muted")
        self.caption.setWordWrap(True)
        self.class_list = ClassList()
        self.trigger_bar = TriggerBar()
        self.trigger_title = ScaledLabel(is_bold=True)
        self.triggers = TriggerView()
        self.detectors_title = ScaledLabel("What each detector found", is_bold=True)
        self.detector_rows = DetectorRows()
        self.evidence = Section("Evidence")
        self.next = Section("What to do next")
        self.limits = Section("What this can miss")
        self._lay_out()
        self.class_list.class_chosen.connect(self._on_class_chosen)
        class_names.signals.changed.connect(self._draw)
        self.clear()

    @property
    def label(self) -> int:
        """The class that is shown; `NEXT_CLASS`, or `NO_CLASS` for none."""
        return self._label

    @property
    def kept(self) -> KeptDetection | None:
        """The detection that is shown; None for none."""
        return self._kept

    def clear(self) -> None:
        """Show no detection."""
        self._kept, self._label, self._is_chosen = None, NO_CLASS, False
        self._pause.stop()
        self.header.detail.setText("")
        self.notice.show_text("")
        self.banner.show_words("", "")
        self.trigger_bar.setVisible(False)
        self._stack.setCurrentIndex(0)

    def set_empty_text(self, text: str) -> None:
        """Set the text that is shown while there is no detection."""
        self.empty_label.setText(text)

    def show_export_reason(self, reason: str) -> None:
        """Enable the exports, or disable them and show why."""
        self.export_button.setEnabled(not reason)
        self.export_button.setToolTip(reason or "Export this detection as a table, as JSON or as a report")

    def show_notice(self, text: str, kind: NoticeKind = "warning") -> None:
        """Show a notice about this detection; an empty text hides it."""
        self.notice.show_text(text, kind=kind)

    def set_images_reason(self, reason: str) -> None:
        """Set why the images that triggers were tried on cannot be shown; empty if they can."""
        self._why_no_images = reason

    def begin(self) -> None:
        """Prepare for a new detection."""
        self.clear()
        self.banner.show_words(RUNNING, RUNNING_SENTENCE)

    def show_detection(self, kept: KeptDetection) -> None:
        """Show a detection; partial ones that come too fast are skipped."""
        self._kept = kept
        if kept.is_over:
            self._pause.stop()
            self._draw()
        elif not self._pause.isActive():
            self._draw()
            self._pause.start()

    def choose(self, label: int) -> None:
        """Show a class of the detection; one that it did not examine changes nothing."""
        if self._kept is not None and label in self._kept.ranked:
            self._label, self._is_chosen = label, True
            self._draw()

    @Slot()
    def _draw(self) -> None:
        kept = self._kept
        if kept is None:
            return
        self._stack.setCurrentIndex(1)
        if not self._is_chosen or self._label not in kept.ranked:
            self._label = kept.ranked[0] if kept.ranked else NO_CLASS
        self._show_banner(kept)
        self.caption.setText(caption(kept))
        self.class_list.show_bars(class_bars(kept), self._label)
        self._show_class()

    def _show_banner(self, kept: KeptDetection) -> None:
        names = f"seed {kept.settings.seed}"
        detail = f"{kept.inputs.network.summary.path.name} · {names}"
        if kept.is_over:
            detail += f" · {duration_text(max(kept.seconds, 1))}"
        self.header.detail.setText(detail)
        if not kept.is_over:
            self.banner.show_words(RUNNING, RUNNING_SENTENCE)
        elif kept.verdict is not None:
            self.banner.show_verdict(kept.verdict)
        else:
            self.banner.show_words(NO_VERDICT, "")

    def _show_class(self) -> None:
        """Show triggers, figures and evidence of the chosen class."""
        kept, label = self._kept, self._label
        assert kept is not None
        found = kept.triggers(label)
        images = kept.images.besides(label, 3) if kept.images is not None else np.zeros((0, 1, 1, 1), np.float32)
        self.trigger_title.setText(class_name(label))
        self.triggers.show_triggers(
            [trigger for _, trigger in found],
            images,
            titles=[DETECTORS.get(name).title for name, _ in found],
            empty=empty_trigger_text(kept, label),
            why_no_images=self._why_no_images if kept.is_over else IMAGES_LATER,
        )
        self.trigger_bar.show_titles([short_title(name) for name, _ in found])
        self.trigger_bar.setVisible(kept.is_over and bool(kept.triggers_of))
        self.detector_rows.show_detection(kept, label)
        is_done = kept.is_over and label != NO_CLASS
        self.evidence.show_sentences(
            [class_names.named(each) for each in evidence_sentences(kept, label)] if is_done else (),
            title=f"Evidence on {class_names.class_text(label)}" if label >= 0 else "Evidence",
        )
        has_images = kept.inputs.image_count > 0
        steps = next_sentences(kept.verdict, is_complete=not kept.was_stopped, has_images=has_images)
        self.next.show_sentences([class_names.named(each) for each in steps] if kept.is_over else ())
        chosen = [each.name for each in kept.settings.detectors]
        limits = limit_sentences(kept.verdict, kept.scores, chosen) if kept.verdict is not None else ()
        self.limits.show_sentences(limits)
        self.class_chosen.emit(label)

    @Slot(int)
    def _on_class_chosen(self, label: int) -> None:
        self._label, self._is_chosen = label, True
        if self._kept is not None:
            self._show_class()

    def showEvent(self, event: QShowEvent) -> None:
        """Announce that the page is shown."""
        super().showEvent(event)
        self.shown.emit()

    def _lay_out(self) -> None:
        content = QWidget()
        content.setObjectName("detectContent")
        content.setStyleSheet("#detectContent { background: transparent; }")
        rows = QVBoxLayout(content)
        rows.setContentsMargins(0, 0, theme.GRID, 0)
        rows.setSpacing(theme.GRID)
        rows.addWidget(self.trigger_title)
        rows.addWidget(self.triggers, 1)
        rows.addWidget(self.detectors_title)
        rows.addWidget(self.detector_rows)
        for section in (self.evidence, self.next, self.limits):
            rows.addWidget(section)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setAccessibleName("What was found of the chosen class")
        self.area.setWidget(content)
        classes = QVBoxLayout()
        classes.setSpacing(theme.GRID // 2)
        classes.addWidget(self.caption)
        classes.addWidget(self.class_list, 1)
        body = QWidget()  # the classes scroll beside the rest, not within it
        parts = QHBoxLayout(body)
        parts.setContentsMargins(0, 0, 0, 0)
        parts.setSpacing(2 * theme.GRID)
        parts.addLayout(classes, 2)
        parts.addWidget(self.area, 5)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.empty_label)
        self._stack.addWidget(body)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, theme.GRID, 12, theme.GRID)
        column.setSpacing(theme.GRID)
        column.addWidget(self.header)
        column.addWidget(self.notice)
        column.addWidget(self.banner)
        column.addWidget(self.trigger_bar)
        column.addLayout(self._stack, 1)
