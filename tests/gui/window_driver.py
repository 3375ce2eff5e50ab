"""Drives a window of the tests and waits for it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pytestqt.qtbot import QtBot

from core.repair.method import RepairMethod
from core.sweep.records import SweepEstimate
from gui.shell.wiring import WindowWiring
from gui.state.session import StartFiles
from tests.gui.stand_in_engine import FakeEngine


@dataclass
class Driver:
    """Drives a window and waits for it."""

    qtbot: QtBot
    wiring: WindowWiring

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until something is so."""
        self.qtbot.waitUntil(condition)

    def settle(self) -> None:
        """Wait until no job runs or waits."""
        self.wait_until(lambda: not self.wiring.runner.is_busy)

    def live_row(self) -> list[str]:
        """What the table says of the cursor's step."""
        model = self.wiring.pages["prune"].results.model
        return [model.index(0, column).data() for column in range(model.columnCount())]

    def open_all(self) -> None:
        """Open a model, validation data and a poisoned set."""
        self.wiring.open_start_files(StartFiles(Path("net.h5"), Path("v.h5"), None, (Path("p.h5"),)))
        self.settle()

    def run_all(self) -> None:
        """Open all and run to the end."""
        self.open_all()
        self.wiring.pages["prune"].control.start()
        self.settle()

    def repair(self, method: RepairMethod, *, epochs: int = 3) -> None:
        """Repair what is open, to the end."""
        self.start_repair(method, epochs=epochs)
        self.settle()

    def start_repair(self, method: RepairMethod, *, epochs: int = 3) -> None:
        """Begin to repair what is open."""
        form = self.wiring.pages["repair"].form
        form.choose_method(method)
        form.epochs_field.setValue(epochs)
        self.wiring.pages["repair"].control.start()

    def start_run_that_waits(self, engine: FakeEngine, place: int) -> None:
        """Begin a run that goes no further than to one of its `estimates` until it is cancelled."""
        engine.stop_at = place
        self.wiring.pages["prune"].control.start()
        self.wait_for_estimate(place)

    def wait_for_estimate(self, place: int) -> SweepEstimate:
        """Wait until one of a run's `estimates` is on the screen."""
        image_count, is_order_final = FakeEngine.estimates[place]

        def has_come() -> bool:
            session, rows = self.wiring.session, self.wiring.pages["prune"].results.model.rows
            estimate = session.run.estimate if session.run is not None else None
            return (
                estimate is not None
                and (estimate.image_count, estimate.is_order_final) == (2 * image_count, is_order_final)
                and bool(rows)
                and rows[0].point is session.point
            )

        self.wait_until(has_come)
        run = self.wiring.session.run
        assert run is not None
        assert run.estimate is not None
        return run.estimate
