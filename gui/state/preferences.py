"""What the window remembers from one start to the next."""

import logging
import os
from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.export_file import written_whole

logger = logging.getLogger(__name__)

RECENT_COUNT = 10
_LONGEST_FILE_BYTES = 1_000_000


class RecentFile(BaseModel):
    """A file that was opened before."""

    model_config = ConfigDict(frozen=True)

    role: Literal["model", "validation", "test", "poisoned", "unlabelled", "picture"]
    path: str = Field(min_length=1, max_length=4096)


class Preferences(BaseModel):
    """Settings of the window; every field has a default, so that an old or broken file does no harm.

    Attributes:
        theme: colours.
        geometry: Qt's own description of place and size, in base 64.
        columns: the same of the splitter between the panels' columns.
        rows: the same of the middle column's splitter.
        is_log_shown: whether the log is open.
        folders: where each kind of file was last opened or saved.
        recent: files opened before, newest first.
        thresholds: allowed drops of clean accuracy; none leaves it to the window.
        side: which step of a stop the cursor goes to after a run.
        sort: how the channels' bars stand.
        detail: how much the results table says under each rate; empty leaves it to the room there is.
    """

    model_config = ConfigDict(validate_assignment=True, extra="ignore")

    theme: Literal["system", "light", "dark"] = "system"
    geometry: str = ""
    columns: str = ""
    rows: str = ""
    is_log_shown: bool = False
    folders: dict[str, str] = Field(default_factory=dict)
    recent: list[RecentFile] = Field(default_factory=list, max_length=100)
    thresholds: list[Annotated[float, Field(gt=0, lt=1)]] = Field(default_factory=list, max_length=50)
    side: Literal["before", "after"] = "before"
    sort: str = Field(default="", max_length=40)
    detail: str = Field(default="", max_length=40)

    def folder(self, kind: str) -> str:
        """Where a kind of file was last seen; the person's home when that is gone or not known."""
        folder = self.folders.get(kind) or self.folders.get("last", "")
        return folder if folder and Path(folder).is_dir() else str(Path.home())

    def remember_folder(self, kind: str, path: Path) -> None:
        """Start the next dialog of this kind where this file is."""
        folder = str(path.absolute().parent)
        self.folders = {**self.folders, kind: folder, "last": folder}

    def remember_file(self, role: str, path: Path) -> None:
        """Put a file on top of the recent ones."""
        entry = RecentFile.model_validate({"role": role, "path": str(path.absolute())})
        others = [each for each in self.recent if each != entry]
        self.recent = [entry, *others][:RECENT_COUNT]


def preferences_path() -> Path:
    """The file: in `BACKDOOR_INSPECTOR_CONFIG` if that is set, else where the system keeps settings."""
    folder = os.environ.get("BACKDOOR_INSPECTOR_CONFIG")
    return Path(folder or platformdirs.user_config_dir("backdoor-inspector")) / "preferences.json"


def load_preferences() -> Preferences:
    """Read the preferences; the defaults where there are none or they cannot be read."""
    path = preferences_path()
    try:
        if path.stat().st_size > _LONGEST_FILE_BYTES:
            raise ValueError("the file is too long")
        return Preferences.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return Preferences()
    except (OSError, ValueError, ValidationError) as error:
        logger.warning("The preferences in '%s' cannot be read, so the defaults are taken: %s", path, error)
        return Preferences()


def save_preferences(preferences: Preferences) -> None:
    """Write the preferences beside the old ones and swap; a failure is logged, it is never in the way."""
    path = preferences_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path, is_private=True) as partial:
            partial.write_text(preferences.model_dump_json(indent=2), "utf-8")
    except OSError as error:
        logger.warning("The preferences cannot be written to '%s': %s", path, error)
