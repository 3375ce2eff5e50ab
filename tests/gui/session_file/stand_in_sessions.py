"""Stands for what writes sessions in the window's tests: stand-in networks have no weights to write."""

from gui.job_runner import Job
from gui.session_file.jobs import MadeNetworkFiles, SavedAs, SavePlan
from gui.session_file.records import StoredSession


class FakeSessions:
    """Notes what is saved, and writes a folder or a file with nothing in it."""

    def __init__(self) -> None:
        super().__init__()
        self.sessions: list[tuple[StoredSession, SavePlan]] = []
        self.left_out: tuple[str, ...] = ()

    def save_session(self, stored: StoredSession, plan: SavePlan, *, networks: MadeNetworkFiles) -> Job:
        del networks

        def job(_monitor: object) -> SavedAs:
            if plan.is_folder:
                plan.path.mkdir()
                (plan.path / "session.json").write_text("{}")
            else:
                plan.path.write_bytes(b"nothing")
            self.sessions.append((stored, plan))
            return SavedAs(plan, self.left_out)

        return job
