"""What is said of the job that runs."""

from core.monitor import Progress
from gui.shell.job_status import JobStatus


def test_progress_is_said_without_saying_that_it_is_over() -> None:
    status = JobStatus()
    status.show_progress(Progress("Pruning", 3, 60, 1.0, 12.0, 0.25))
    assert (status.stage_text, status.eta_text, status.share) == ("Pruning: 3 of 60", "about 12 s left", 0.25)
    status.show_progress(Progress("Pruning", 60, 60, 1.0, 0.0, 1.0))
    assert status.stage_text == "Pruning …"
    status.show_progress(Progress("Measuring", 1, 2, 1.0, 5.0, 0.5))
    assert status.eta_text == "about 5 s left in this stage"
    status.show_progress(Progress("Reading", 0, 0, 1.0, None, None))
    assert (status.stage_text, status.eta_text, status.share) == ("Reading …", "", None)
    status.deleteLater()
