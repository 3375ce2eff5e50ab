"""A field that chooses what the network reads for a pixel."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from core.findings.scale_finding import ScaleFinding
from core.scale import NAMED, Scale
from core.words import STORED, scale_name
from gui.scale import dialog
from gui.theme.formatting import scale_text
from gui.widgets.combo import ElidedCombo

OTHER = "other numbers…"


class ScaleCombo(ElidedCombo):
    """Lists "auto" with what was found, the usual scales that fit the network's channels, and a dialog for others."""

    scale_chosen = Signal()  # by the user: `scale` has changed

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("What the network reads for a pixel: its range and the order of its channels", parent=parent)
        self.scale: Scale | None = None
        self._offered: list[Scale | None] = [None]
        self._finding: ScaleFinding | None = None
        self._stored: Scale | None = None
        self._channel_count = 3
        self.activated.connect(self._on_activated)  # by the user, never when a scale is shown

    def show_scale(
        self,
        finding: ScaleFinding | None,
        *,
        chosen: Scale | None,
        stored: Scale | None = None,
        channel_count: int = 3,
    ) -> None:
        """Show what was found and what was chosen.

        Args:
            finding: what was found on clean images; None if nothing was yet.
            chosen: what the user chose; None for "auto".
            stored: what the model file tells.
            channel_count: number of the network's channels.
        """
        self.scale, self._finding, self._stored, self._channel_count = chosen, finding, stored, channel_count
        self._offered = [None, *(each for each in NAMED.values() if each.fits(channel_count))]
        if chosen is not None and chosen not in self._offered:
            self._offered.append(chosen)
        self.clear()
        for each in self._offered:
            self.addItem(self._auto_text() if each is None else f"always {scale_name(each)}")
        self.addItem(OTHER)
        self.setCurrentIndex(self._offered.index(chosen))

    def note(self, *, is_validation_open: bool) -> tuple[str, bool]:
        """Return the evidence for the scale in words, and whether the chosen one is worse than the found one."""
        if self._finding is not None:
            is_overruled = self.scale is not None and self.scale != self._finding.scale
            return scale_text(self._finding) + (
                " — the chosen range is the worse one" if is_overruled else ""
            ), is_overruled
        if self.scale is not None:
            return "", False
        if is_validation_open:
            return "the next run finds it", False
        known = "0–255" if self._stored is None else f"{scale_name(self._stored)}, {STORED},"
        return f"{known} until clean validation data show which is right", False

    def _auto_text(self) -> str:
        if self._finding is not None:
            return f"auto (found: {scale_name(self._finding.scale)})"
        return "auto" if self._stored is None else f"auto (stored: {scale_name(self._stored)})"

    @Slot(int)
    def _on_activated(self, index: int) -> None:
        if index < len(self._offered):
            chosen = self._offered[index]
        else:
            self.setCurrentIndex(self._offered.index(self.scale))
            start = self.scale or (self._finding.scale if self._finding else None) or self._stored or Scale.RAW
            found = dialog.ask_scale(self.window(), start, channel_count=self._channel_count)
            if found is None:
                return
            chosen = found
        if chosen != self.scale:
            self.scale = chosen
            self.scale_chosen.emit()
