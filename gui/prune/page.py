"""The Prune page: channels, curves and results of a run."""

from collections.abc import Iterable
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Slot

from core.images.selection import AskedShare
from core.records import Side
from gui.export.source import Source
from gui.guide.topics import tag
from gui.images.request import ImagesRequest, MaskSource
from gui.images.sources import source_at_step, source_on_screen
from gui.job_page.page import JobPage
from gui.layout.scrolling_rows import ScrollingRows
from gui.page import Offer, PageContext
from gui.pins.board import PinBoard
from gui.prune.channels.difference_control import DifferenceControl
from gui.prune.channels.places import Sort
from gui.prune.channels_panel import ChannelsPanel
from gui.prune.control import PruneControl
from gui.prune.curve.runs_control import RunsControl, run_words
from gui.prune.curve.sources import prune_sources
from gui.prune.curves_panel import CurvesPanel
from gui.prune.form import PruneForm
from gui.prune.hand import HandControl
from gui.prune.results_panel import ResultsPanel
from gui.prune.save import SaveControl
from gui.prune.view import PruneView
from gui.state.preferences import Preferences
from gui.widgets.splitter import Splitter

ROW_HEIGHTS = (158, 284, 228)
NO_PINS = "No figures are pinned: point at the curves and press P, or click with Shift."
NOT_BY_HAND = "No channel was pruned by hand."
NO_CHANNELS = "There are no channels yet: press Run first."
NOT_SELECTED = "Select a channel first: click its bar, or go there with the arrow keys."


class PrunePage(JobPage):
    """Prunes the network channel by channel, and shows its figures at each step.

    Attributes:
        channels, curves, results: the panels, from top to bottom.
        control: runs the sweep and moves the cursor.
        hand: prunes single channels by hand.
        runs: lists the finished runs.
        difference: measures how much activations differ between poisoned and clean images.
        save: saves networks and exports results.
        pins: the readings that are pinned.
    """

    key = "prune"
    title = "Prune"
    menu_text = "&Prune"
    tip = "Channels, curves and results of pruning"
    shortcut = "Ctrl+1"

    def __init__(self) -> None:
        self.channels = ChannelsPanel()
        self.curves = CurvesPanel()
        self.results = ResultsPanel()
        self.rows = Splitter(Qt.Orientation.Vertical, (self.channels, self.curves, self.results))
        for row in range(3):
            self.rows.setStretchFactor(row, 1)
        self.rows.setSizes(list(ROW_HEIGHTS))
        for part, topic in ((self.channels, "channels"), (self.curves, "curves"), (self.results, "results")):
            tag(part, topic)
        form = PruneForm()
        self._scrolling = ScrollingRows(self.rows, (self.results.table_height,))
        super().__init__(panel=self._scrolling, form=form)
        self.prune_form = form
        self.tab_order = (form.side_combo, form.start_button, form.cancel_button)
        self._folds = {"channels": self.channels.fold, "results": self.results.fold}
        for fold in self._folds.values():
            fold.usual_sizes = ROW_HEIGHTS
            fold.changed.connect(self._on_folded)

    def furnish(self, context: PageContext) -> None:
        """Create the controls behind the widgets."""
        session, runner, form = context.session, context.runner, self.prune_form
        self._preferences = context.preferences
        view = PruneView(channels=self.channels, curves=self.curves, results=self.results)
        self.control = PruneControl(
            session=session,
            runner=runner,
            form=form,
            view=view,
            curves=self.curves,
            results=self.results,
            parent=self,
        )
        self.hand = HandControl(
            session=session,
            runner=runner,
            view=view,
            channels=self.channels,
            prune_control=self.control,
            parent=self,
        )
        self.difference = DifferenceControl(session=session, runner=runner, channels=self.channels, parent=self)
        self.runs = RunsControl(
            session=session, curves=self.curves, choose_settings=self.control.choose_settings, parent=self
        )
        self.save = SaveControl(
            session=session,
            saver=context.saver,
            prune_control=self.control,
            results=self.results,
            parent=self,
        )
        self.pins = PinBoard(
            chart=self.curves.chart,
            table=self.curves.table,
            run=self._run_name,
            window=context.window,
        )
        session.run_changed.connect(self.pins.update)
        self.saves, self.exports = self.save.saves, self.save.exports
        self.actions = (
            Offer("run", "&Run", self.control.start, self._why_not, "Ctrl+R", "run"),
            Offer("restore", "&Back to the order", self.hand.restore_order, self._why_no_order, "Ctrl+B", "back"),
            Offer("find", "&Find a channel", self.channels.open_find, self._why_no_channels, "Ctrl+F"),
            Offer("pin", "&Pin the figures at the cursor", self.pins.pin, self._why_not_pinned),
            Offer("pins", "Pinned read&ings…", self.pins.show_window, lambda: ""),
            Offer("inspect", "&Inspect channel", self._inspect, self._why_not_inspected, "Ctrl+I"),
        )
        pinned = Source("Pinned readings", "pinned", self.pins.table, (self.pins.window.table,), why_empty=NO_PINS)
        self.sources = (
            *prune_sources(channels=self.channels, curves=self.curves, results=self.results),
            pinned,
        )
        self._connect_job(self.control, session)
        self.save.refused.connect(self.refused)
        self.runs.refused.connect(self.refused)
        self.hand.warned.connect(self.warned)
        self.curves.demo_requested.connect(self.demo_requested)
        self.channels.channel_hovered.connect(self.channel_hovered)
        self.channels.channel_selected.connect(self._on_selected)
        self.channels.inspect_requested.connect(self._on_inspect_requested)
        session.selection.changed.connect(self._show_selected)
        session.selection.changed.connect(self.offers_changed)
        for changed in (session.run_changed, session.mask_changed):
            changed.connect(self.offers_changed)
        self.results.detail_changed.connect(self._on_detail_changed)
        self.results.view.asked.connect(self._on_share_asked)
        self.curves.readout.asked.connect(self._on_readout_asked)

    def start_demo(self) -> None:
        """Run on the demo's files."""
        self.control.start()

    def rename_classes(self) -> None:
        """Draw the run with other names of classes."""
        self.control.update()

    def show_feature_map(self, channel: int, image: NDArray[np.float32]) -> None:
        """Show a channel's activation on the classifier's image, (h, w)."""
        self.channels.show_feature_map(channel, image)

    def restore(self, preferences: Preferences) -> None:
        """Restore layout and choices from the last session."""
        session = self._session
        if preferences.thresholds:
            session.set_thresholds(tuple(sorted(set(preferences.thresholds))))
        session.set_side(Side(preferences.side))
        self.prune_form.show_thresholds(session.thresholds)
        self.prune_form.show_side(session.side)
        self.rows.restore(preferences.rows)
        self.fold_rows(preferences.folded_rows)
        sort = next((each for each in Sort if each.name == preferences.sort), None)
        if sort is not None:
            self.channels.set_sort(sort)
        if preferences.detail:
            with suppress(ValueError):  # written by another version
                self.results.set_detail(preferences.detail)
        self.control.update()

    @property
    def folded_rows(self) -> tuple[str, ...]:
        """The keys of the folded rows: "channels", "results"."""
        return tuple(key for key, fold in self._folds.items() if fold.is_folded)

    def fold_rows(self, keys: Iterable[str]) -> None:
        """Fold the rows with these keys, and unfold the others."""
        wanted = set(keys)
        for key, fold in self._folds.items():
            fold.set_folded(key in wanted)

    def reset_layout(self) -> None:
        """Unfold the rows, and give them their usual heights."""
        self.fold_rows(())
        self.rows.setSizes(list(ROW_HEIGHTS))

    def remember(self, preferences: Preferences) -> None:
        """Store layout and choices."""
        preferences.rows = self.rows.state
        preferences.folded_rows = list(self.folded_rows)
        preferences.sort = self.channels.sort.name
        preferences.thresholds = list(self._session.thresholds)
        preferences.side = self._session.side.value

    @Slot(bool)
    def _on_folded(self, is_folded: bool) -> None:
        """Give the height of the channels first to rows of the table that are not seen, then to the curves."""
        self.results.table_height.set_shown(not self.results.fold.is_folded)
        self._scrolling.fit_rows()
        channels, curves, results = self.rows.sizes()
        if is_folded and self.sender() is self.channels.fold and not self.results.fold.is_folded and channels:
            freed = max(0, channels - self.channels.minimumSizeHint().height())
            given = min(freed, self.results.missing_height)
            self.rows.setSizes([channels - freed, curves + freed - given, results + given])

    def _why_no_channels(self) -> str:
        return "" if self._session.run is not None and self._session.run.ranking is not None else NO_CHANNELS

    def _run_name(self) -> str:
        """Return what names the shown run, with its model; empty for none."""
        run, summary = self._session.run, self._session.summary
        return f"{summary.path.name}: {run_words(run)}" if run is not None and summary is not None else ""

    def _why_not_pinned(self) -> str:
        return self.pins.reason

    def _inspect(self) -> None:
        self._session.selection.inspect()

    def _why_not_inspected(self) -> str:
        return "" if self._session.selection.channels else NOT_SELECTED

    @Slot(int)
    def _on_selected(self, channel: int) -> None:
        """Select a channel of the shown run in the whole window."""
        run = self._session.run
        if channel >= 0 and run is not None and run.ranking is not None:
            name, index = run.ranking.layer.locate(channel)
            self._session.selection.select(name, (index,))

    @Slot(int)
    def _on_inspect_requested(self, channel: int) -> None:
        self._on_selected(channel)
        self._session.selection.inspect()

    @Slot()
    def _show_selected(self) -> None:
        """Mark the channel that is selected elsewhere in the window."""
        run, selection = self._session.run, self._session.selection
        if run is not None and run.ranking is not None:
            self.channels.show_selected(run.ranking.layer.overall(selection.layer, selection.channel))

    def _why_no_order(self) -> str:
        return "" if self._session.is_by_hand else NOT_BY_HAND

    @Slot(int, object)
    def _on_share_asked(self, row: int, asked: AskedShare) -> None:
        """Show the images of a share of the table."""
        step = self.results.model.step_at(row)
        self._show_images(
            source_on_screen(self._session) if step is None else source_at_step(self._session, step), asked
        )

    @Slot(object)
    def _on_readout_asked(self, asked: AskedShare) -> None:
        """Show the images of a share beside the curves."""
        self._show_images(source_on_screen(self._session), asked)

    def _show_images(self, source: MaskSource | None, asked: AskedShare) -> None:
        if source is not None:
            self.images_requested.emit(ImagesRequest(asked, source))

    @Slot(str)
    def _on_detail_changed(self, detail: str) -> None:
        self._preferences.detail = detail
