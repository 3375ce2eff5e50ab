"""What is shown in the images window, and in which order."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal, Slot
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QComboBox, QToolButton, QVBoxLayout, QWidget

from core.images.answers import FLAGGED, ImageAnswers, Who
from core.images.selection import Flagging, Outcome, Selection, SortKey
from gui.images.model import outcome_counts
from gui.images.words import CHANGED_BY, CLEAN_TIP, NO_LABELS, NO_TRUE_LABELS, WITH_TRIGGER, answer_text, led_to
from gui.layout.flow_layout import FlowLayout
from gui.theme import class_names, theme

FACE_SIDE = 28  # of an example image, in logical pixels
_WHO = {
    Who.BASE: ("B", "Answers of B, the network as it was opened"),
    Who.PRUNED: ("B′", "Answers of B′, the pruned or repaired network"),
    Who.AGREEMENT: ("G", "Answers of G, which flags where B and B′ disagree"),
    Who.CONFIDENCE: ("G conf.", "Answers of G by confidence, which also flags where B′ is unsure"),
}
_OUTCOMES = {
    Outcome.RIGHT: ("Right", "Images that {who} answers as their true label"),
    Outcome.WRONG: ("Wrong", "Images that {who} answers as another class than their true label"),
    Outcome.ATTACKED: ("Attacked", "Images that {who} answers as the attacker wants"),
}
Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class FilterBar(QWidget):
    """Chooses network, outcome, flags, class and order of the shown images."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._answers: ImageAnswers | None = None
        self._selection = Selection(Who.PRUNED)
        self.who_buttons = {who: _button(text, tip) for who, (text, tip) in _WHO.items()}
        self.outcome_buttons = {outcome: _button(text, "") for outcome, (text, _) in _OUTCOMES.items()}
        self.resisted_button = _button("", "")  # of a reconstructed trigger: the other images
        self.flagged_button = _button("Flagged", "Images that G flags")
        self.passed_button = _button("Not flagged", "Images that G does not flag")
        self.changed_button = _button("Changed", "")
        self._classes = _ClassChoices("All classes", self)
        self.class_combo = _class_combo(self._classes, "Class of the shown images", "Show only the images of one class")
        self._given = _ClassChoices("All answers", self)
        self.answer_combo = _class_combo(
            self._given, "Answer to the shown images", "Show only the images that the network answers as one class"
        )
        self.sort_combo = QComboBox()
        self.sort_combo.setAccessibleName("Order of the images")
        self.sort_combo.setToolTip("What the images are sorted by")
        self.sort_combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.sort_combo.setMinimumContentsLength(12)
        for key in SortKey:
            self.sort_combo.addItem(f"by {key}", key)
        self.order_button = _button("", "")
        self.order_button.setAccessibleName("Largest first")
        self._lay_out()
        for who, button in self.who_buttons.items():
            button.clicked.connect(lambda _checked=False, who=who: self._choose(who=who))
        for outcome, button in self.outcome_buttons.items():
            button.clicked.connect(
                lambda is_on, outcome=outcome: self._choose_outcome(outcome if is_on else Outcome.ANY)
            )
        self.resisted_button.clicked.connect(
            lambda is_on: self._choose(outcome=Outcome.ATTACKED if is_on else Outcome.ANY, is_inverted=is_on)
        )
        self.flagged_button.clicked.connect(
            lambda is_on: self._choose_flags(Flagging.FLAGGED if is_on else Flagging.ANY)
        )
        self.passed_button.clicked.connect(lambda is_on: self._choose_flags(Flagging.PASSED if is_on else Flagging.ANY))
        self.changed_button.clicked.connect(lambda is_on: self._choose(is_changed=is_on))
        self.class_combo.activated.connect(self._on_class_chosen)
        self.answer_combo.activated.connect(self._on_answer_chosen)
        self.sort_combo.activated.connect(self._on_sorted)
        self.order_button.clicked.connect(self._on_sorted)
        for choices in (self._classes, self._given):
            class_names.signals.changed.connect(choices.update)
        self._show_order()

    @property
    def selection(self) -> Selection:
        """The images that are shown."""
        return self._selection

    @property
    def sort_key(self) -> SortKey:
        """What they are sorted by."""
        return SortKey(self.sort_combo.currentData())

    @property
    def is_descending(self) -> bool:
        """Whether the largest comes first."""
        return self.order_button.isChecked()

    def show_answers(self, answers: ImageAnswers, selection: Selection) -> None:
        """Show what can be chosen of a set, and a selection of it; nothing is emitted."""
        is_other = self._answers is None or self._answers.images.dataset is not answers.images.dataset
        self._answers = answers
        if is_other:
            labels, counts = np.unique(answers.images.labels, return_counts=True)
            self._classes.show_classes(labels.tolist(), counts.tolist())
        self._show(selection)

    def _choose_outcome(self, outcome: Outcome) -> None:
        # G answers a flagged image with no class.
        flagging = self._selection.flagging
        if outcome is not Outcome.ANY and self._selection.who.is_flagging and flagging is Flagging.FLAGGED:
            flagging = Flagging.ANY
        self._choose(outcome=outcome, flagging=flagging, is_inverted=False)

    def _choose_flags(self, flagging: Flagging) -> None:
        outcome = self._selection.outcome
        if flagging is Flagging.FLAGGED and self._selection.who.is_flagging:
            outcome = Outcome.ANY
        self._choose(flagging=flagging, outcome=outcome, is_inverted=False)

    def _choose(self, **changes: Any) -> None:
        self._show(replace(self._selection, **changes))
        self.changed.emit()

    @Slot(int)
    def _on_class_chosen(self, place: int) -> None:
        self._choose(label=self._classes.label_at(place))

    @Slot(int)
    def _on_answer_chosen(self, place: int) -> None:
        self._choose(answered=self._given.label_at(place))

    @Slot()
    def _on_sorted(self) -> None:
        self._show_order()
        self.changed.emit()

    def _show(self, selection: Selection) -> None:
        """Check what is selected, and count what could be."""
        if selection.answered == FLAGGED and not selection.who.is_flagging:
            selection = replace(selection, answered=None)  # B and B′ flag nothing
        self._selection = selection
        answers, who = self._answers, selection.who
        assert answers is not None
        for each, button in self.who_buttons.items():
            button.setChecked(each is who)
            button.setVisible(answers.images.leads_to is None and (each is not Who.CONFIDENCE or answers.has_level))
        counts = outcome_counts(answers, who)
        images = answers.images
        no_labels = NO_TRUE_LABELS if images.leads_to is None else NO_LABELS
        reasons = {
            Outcome.RIGHT: "" if images.true_labels is not None else no_labels,
            Outcome.WRONG: "" if images.true_labels is not None else no_labels,
            Outcome.ATTACKED: "" if images.is_poisoned else CLEAN_TIP,
        }
        for outcome, button in self.outcome_buttons.items():
            text, tip = _OUTCOMES[outcome]
            reason = reasons[outcome]
            button.setText(text if reason else f"{text} {counts[outcome]:,}")
            button.setToolTip(reason or tip.format(who=who if images.leads_to is None else WITH_TRIGGER))
            button.setEnabled(not reason)
            button.setVisible(outcome is not Outcome.ATTACKED or images.is_poisoned)
            button.setChecked(selection.outcome is outcome and not selection.is_inverted)
        self._show_trigger(answers, counts[Outcome.ATTACKED])
        flagged_count = int(answers.flagged(who if who.is_flagging else Who.AGREEMENT).sum())
        self.flagged_button.setText(f"Flagged {flagged_count:,}")
        self.passed_button.setText(f"Not flagged {images.image_count - flagged_count:,}")
        self.flagged_button.setChecked(selection.flagging is Flagging.FLAGGED)
        self.passed_button.setChecked(selection.flagging is Flagging.PASSED)
        self.changed_button.setText(f"Changed {int((answers.base != answers.pruned).sum()):,}")
        self.changed_button.setChecked(selection.is_changed)
        self.class_combo.setCurrentIndex(self._classes.place_of(selection.label))
        given, given_counts = np.unique(answers.labels_with_flags(who), return_counts=True)
        self._given.show_classes(given.tolist(), given_counts.tolist())
        self.answer_combo.setCurrentIndex(self._given.place_of(selection.answered))

    def _show_trigger(self, answers: ImageAnswers, drawn_count: int) -> None:
        """Say what a reconstructed trigger does; flags belong to B′, which there is none of."""
        images, selection = answers.images, self._selection
        has_trigger = images.leads_to is not None
        self.resisted_button.setVisible(has_trigger)
        self.flagged_button.setVisible(not has_trigger)
        self.passed_button.setVisible(not has_trigger)
        self.class_combo.setVisible(not has_trigger or images.true_labels is not None)
        of_change = f"Images {CHANGED_BY}" if has_trigger else "Images that B and B′ answer differently"
        self.changed_button.setToolTip(of_change)
        change = "change by the trigger" if has_trigger else SortKey.CHANGE
        self.sort_combo.setItemText(self.sort_combo.findData(SortKey.CHANGE), f"by {change}")
        if images.leads_to is not None:
            become = self.outcome_buttons[Outcome.ATTACKED]
            short = "the next class" if images.leads_to < 0 else led_to(images.leads_to)
            become.setText(f"Became {short} {drawn_count:,}")
            become.setToolTip(f"Images that become {led_to(images.leads_to)} with the trigger")
            self.resisted_button.setText(f"Did not {images.image_count - drawn_count:,}")
            self.resisted_button.setToolTip(f"Images that do not become {led_to(images.leads_to)} with the trigger")
            self.resisted_button.setChecked(selection.outcome is Outcome.ATTACKED and selection.is_inverted)

    def _show_order(self) -> None:
        is_descending = self.is_descending
        self.order_button.setText("↓" if is_descending else "↑")
        self.order_button.setToolTip(
            "Largest first; press for smallest first" if is_descending else "Smallest first; press for largest first"
        )

    def _lay_out(self) -> None:
        row = FlowLayout(theme.GRID // 2)
        for group in (
            tuple(self.who_buttons.values()),
            (
                *(self.outcome_buttons.values()),
                self.resisted_button,
                self.flagged_button,
                self.passed_button,
                self.changed_button,
            ),
            (self.class_combo, self.answer_combo, self.sort_combo, self.order_button),
        ):
            for place, widget in enumerate(group):
                row.add(widget, gap=2 * theme.GRID if not place else theme.GRID // 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)


class _ClassChoices(QAbstractListModel):
    """All classes, and each class of the set or each answer; example images are made when they are seen."""

    def __init__(self, text_of_all: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._text_of_all = text_of_all
        self._labels: Sequence[int] = ()
        self._counts: Sequence[int] = ()

    def show_classes(self, labels: Sequence[int], counts: Sequence[int]) -> None:
        """Replace the classes, if they are others."""
        if (self._labels, self._counts) == (tuple(labels), tuple(counts)):
            return
        self.beginResetModel()
        self._labels, self._counts = tuple(labels), tuple(counts)
        self.endResetModel()

    def label_at(self, place: int) -> int | None:
        """Return the class at a place; None for all."""
        return self._labels[place - 1] if place > 0 else None

    def place_of(self, label: int | None) -> int:
        """Return the place of a class; 0 for all."""
        return self._labels.index(label) + 1 if label in self._labels else 0

    @Slot()
    def update(self) -> None:
        """Draw the classes anew, with other names or images."""
        self.dataChanged.emit(self.index(0), self.index(len(self._labels)))

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Return the number of choices."""
        return 0 if parent.isValid() else len(self._labels) + 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return text and example image of a choice."""
        label = self.label_at(index.row()) if index.isValid() else None
        if role == Qt.ItemDataRole.DisplayRole:
            if label is None:
                return self._text_of_all
            return f"{answer_text(label)} · {self._counts[index.row() - 1]:,}"
        if role == Qt.ItemDataRole.DecorationRole and label is not None:
            face = class_names.face_of(label)
            return None if face is None else QIcon(face)
        return None


def _class_combo(choices: _ClassChoices, name: str, tip: str) -> QComboBox:
    combo = QComboBox()
    combo.setAccessibleName(name)
    combo.setToolTip(tip)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    combo.setMinimumContentsLength(7)
    combo.setMaxVisibleItems(16)
    combo.setStyleSheet("QComboBox { combobox-popup: 0; }")  # a list with a scroll bar
    combo.view().setIconSize(QSize(FACE_SIDE, FACE_SIDE))
    combo.setModel(choices)
    return combo


def _button(text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setCheckable(True)
    button.setProperty("boxed", True)
    return button
