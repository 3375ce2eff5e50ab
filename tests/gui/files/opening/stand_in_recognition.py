"""Stands for the recognition of dropped files in the window's tests: they are told apart by their names."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.monitor import Monitor
from core.recognition.records import FileRole, Found, Kind, Proposal, Recognition
from gui.job_runner import Job


class FakeRecognition:
    """The part of the stand-in engine that finds out what files are."""

    held_file: str  # finding out what this file is goes on until it is cancelled

    def __init__(self) -> None:
        super().__init__()
        self.recognized: list[dict[str, Any]] = []  # what was asked each time

    def recognize(self, paths: Sequence[Path], **asked: Any) -> Job:
        """Tell what files are by the first letters of their names; "odd" ones are unclear, "bad" ones are refused."""

        def job(monitor: Monitor) -> Recognition:
            self.recognized.append(asked)
            monitor.checkpoint("Looking through the files")
            while any(path.name == self.held_file for path in paths):
                monitor.checkpoint("Looking through the files")
            by_start = {"net": "model", "v": "validation", "t": "test", "p": "poisoned", "more": "unlabelled"}
            proposals = []
            for path in paths:
                start = next((each for each in by_start if path.stem.startswith(each)), "")
                role = FileRole(by_start.get(start, "validation"))
                kind = Kind.MODEL if role is FileRole.MODEL else Kind.DATA
                if path.suffix == ".png":
                    role, kind = FileRole.IMAGE, Kind.IMAGES
                if path.suffix == ".txt":
                    role, kind = FileRole.NAMES, Kind.NAMES
                if not path.stem.startswith("bad"):
                    doubt = "nothing tells" if path.stem.startswith("odd") else ""
                    proposals.append(Proposal(Found(path, kind, "20 images", images=(path,)), role, doubt))
            refusals = tuple(f"'{path.name}' is damaged." for path in paths if path.stem.startswith("bad"))
            return Recognition(tuple(proposals), refusals)

        return job
