"""The embedded demo without a window, and rebuilding it."""

from pathlib import Path

from core.command_line.commands.prune import PruneOptions, prune
from core.command_line.console import Status, put, say
from core.cut.tensor_store import MEMORY_BUDGET_BYTES
from core.monitor import Monitor
from core.network.start_keras import start_keras
from core.order.orders.registry import DEFAULT_ORDER
from core.records import Share
from core.words import percent

REPORT_FOLDER = Path("demo-report")
THRESHOLDS = (0.02, 0.04, 0.1)


def run_demo(monitor: Monitor) -> Status:
    """Prune the demo's network and write the report into the folder `demo-report`.

    Raises:
        InspectorError: the demo is incomplete, or the report cannot be written.
        Cancelled: the job was cancelled.
    """
    from core.demo.demo import demo_files  # noqa: PLC0415  # only on use

    files = demo_files()
    words = ["prune", "--model", str(files.model), "--validation", str(files.validation)]
    words += ["--test", str(files.test), "--poisoned", str(files.poisoned), "--out", str(REPORT_FOLDER)]
    options = PruneOptions(
        model=files.model,
        validation=files.validation,
        test=files.test,
        poisoned=(files.poisoned,),
        targets=(None,),
        layer=None,
        reader=None,
        tensor=None,
        order=DEFAULT_ORDER,
        thresholds=THRESHOLDS,
        scale=None,
        memory_bytes=MEMORY_BUDGET_BYTES,
        out=REPORT_FOLDER,
        overwrite=True,
        is_json=False,
        command_line=tuple(words),
    )
    say("There is no display: the demo runs in the terminal.")
    status = prune(options, monitor)
    put(f"\nThe report: {(REPORT_FOLDER / 'report.html').resolve()}")
    return status


def build_demo_files(out: Path | None, *, seed: int | None, monitor: Monitor) -> Status:
    """Draw the demo's faces and train its networks.

    Raises:
        InspectorError: the files cannot be written.
        Cancelled: the job was cancelled.
    """
    start_keras(monitor)
    from core.demo import demo  # noqa: PLC0415  # imports Keras

    folder = demo.DEMO_FOLDER if out is None else out
    figures = demo.build_demo(folder, seed=demo.DEMO_SEED if seed is None else seed, monitor=monitor)
    correct = Share(figures.test_correct, figures.test_count)
    attacked = Share(figures.attack_success_count, figures.poisoned_count)
    put(f"The demo is in {folder}: clean test {correct} ({percent(correct)}), ASR {attacked} ({percent(attacked)})")
    return Status.DONE
