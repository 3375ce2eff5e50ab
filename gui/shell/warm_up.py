"""The job that imports the engine after the window has painted."""

# ruff: noqa: PLC0415 - the engine is imported in the worker, after the window is painted

from core.monitor import Monitor
from gui.job_runner import Job


def warm_up() -> Job:
    """Return a job that imports the engine, and with it TensorFlow."""

    def job(monitor: Monitor) -> None:
        from core.network.start_keras import start_keras

        start_keras(monitor)  # keeps its start-up messages out of the terminal
        # Imported here so that the first run does not wait for the imports.
        import core.data.image
        import core.metrics.classification
        import core.report.prune.curve_csv
        import core.report.prune.page
        import core.sweep.inspection  # noqa: F401

    return job
