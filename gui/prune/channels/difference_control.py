"""Measures how much the channels' activations differ between poisoned and clean images, when the bars are sorted so."""

from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Slot

from gui.job_runner import NO_INPUTS, JobRunner, Question, Request
from gui.prune import jobs
from gui.prune.channels_panel import ChannelsPanel
from gui.prune.control import prune_inputs
from gui.state.pruning_run import Run
from gui.state.session import Session

NO_POISONED = "Needs a poisoned set: open one, and run again."


class DifferenceControl(QObject):
    """Submits the job, and shows its result if the run is still on the screen."""

    def __init__(self, *, session: Session, runner: JobRunner, channels: ChannelsPanel, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._runner = runner
        self._channels = channels
        channels.difference_wanted.connect(self._measure)
        for changed in (session.files_changed, session.run_changed):
            changed.connect(self._update)
        self._update()

    @Slot()
    def _update(self) -> None:
        self._channels.sort_box.set_difference_reason("" if self._session.poisoned else NO_POISONED)

    @Slot()
    def _measure(self) -> None:
        run = self._session.run
        if run is not None:
            self._runner.submit(
                Request(
                    name="Measuring the difference of activations",
                    make=partial(self._make, run),
                    on_succeeded=partial(self._show, run),
                    key="difference",
                )
            )

    def _make(self, run: Run) -> Question | None:
        inputs = prune_inputs(self._session)
        if inputs is None or self._session.run is not run:
            return None
        assert self._session.inputs is not None
        return Question(jobs.measure_difference(inputs), NO_INPUTS, files=self._session.inputs.files)

    def _show(self, run: Run, effects: NDArray[np.float64] | None) -> None:
        if effects is not None and self._session.run is run:
            self._channels.show_difference(effects)
