"""Settings of the window that are kept from one start to the next."""

import logging
import os
from collections import Counter
from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from core.export_file import written_whole

logger = logging.getLogger(__name__)

COMMAND_COUNT = 8
LONGEST_COMMAND = 200
RECENT_COUNT = 10  # of each role
KEYS_COUNT = 100
MOST_KEYS = 4  # of one action
NAMES_COUNT = 100
_LONGEST_FILE_BYTES = 1_000_000


class RecentFile(BaseModel):
    """A file that was opened before."""

    model_config = ConfigDict(frozen=True)

    role: Literal["model", "validation", "test", "poisoned", "unlabelled", "picture"]
    path: str = Field(min_length=1, max_length=4096)


class Preferences(BaseModel):
    """Settings of the window; every field has a default, so that an old or invalid file can be replaced.

    Attributes:
        theme: light, dark, or as the system.
        geometry: Qt's description of the window's position and size, in base 64.
        columns: Qt's description of the splitter between the columns.
        rows: Qt's description of the splitter of the middle column.
        folded_rows: the rows of the Prune page that are folded: "channels", "results".
        is_log_shown: whether the log is shown.
        folders: where each kind of file was last opened or saved.
        recent: files opened before, newest first.
        recent_sessions: sessions opened or saved before, newest first.
        thresholds: allowed drops of clean accuracy; empty uses the defaults.
        side: the step of a stop that the cursor moves to after a run.
        sort: the order of the channels' bars.
        keys: the keys of images and labels that were chosen for a file, by its role and path; the latest last.
        names: the file with the names of the classes of a model, by the model's path; the latest last.
        detail: what the results table shows under each rate; empty chooses by the available space.
        text_size: the size of the text, in percent of the system's.
        is_left_shown: whether the left column is shown.
        is_classifier_shown: whether the classifier is shown.
        is_tour_done: whether the tour was ended; it is never started by itself again.
        audit_folder: the folder of the audit that was watched last; empty for none.
        shortcuts: keys that differ from the usual ones, by the name of the action; an empty list for none.
        recent_commands: keys of the commands that were chosen in the command palette, newest first.
    """

    model_config = ConfigDict(validate_assignment=True, extra="ignore")

    theme: Literal["system", "light", "dark"] = "system"
    geometry: str = ""
    columns: str = ""
    rows: str = ""
    folded_rows: list[Annotated[str, Field(max_length=40)]] = Field(default_factory=list, max_length=20)
    is_log_shown: bool = False
    folders: dict[str, str] = Field(default_factory=dict)
    recent: list[RecentFile] = Field(default_factory=list, max_length=100)
    recent_sessions: list[Annotated[str, Field(min_length=1, max_length=4096)]] = Field(
        default_factory=list, max_length=100
    )
    thresholds: list[Annotated[float, Field(gt=0, lt=1)]] = Field(default_factory=list, max_length=50)
    side: Literal["before", "after"] = "before"
    keys: dict[str, tuple[str, str]] = Field(default_factory=dict)
    names: dict[str, str] = Field(default_factory=dict)
    sort: str = Field(default="", max_length=40)
    detail: str = Field(default="", max_length=40)
    text_size: int = Field(default=100, ge=80, le=200)
    is_left_shown: bool = True
    is_classifier_shown: bool = True
    is_tour_done: bool = False
    audit_folder: str = Field(default="", max_length=4096)
    shortcuts: dict[str, list[str]] = Field(default_factory=dict)
    recent_commands: list[Annotated[str, Field(max_length=LONGEST_COMMAND)]] = Field(
        default_factory=list, max_length=50
    )

    @field_validator("shortcuts", mode="before")
    @classmethod
    def _readable_shortcuts(cls, value: object) -> object:
        """Leave out what is no list of texts, so that one such entry does not cost all preferences."""
        if not isinstance(value, dict):
            logger.warning("The stored shortcuts are ignored: expected a table, got %.80r", value)
            return {}
        kept = {}
        for key, keys in value.items():
            if isinstance(keys, list) and len(keys) <= MOST_KEYS and all(isinstance(each, str) for each in keys):
                kept[key] = keys
            else:
                logger.warning("The stored shortcut of '%.80s' is ignored: expected texts, got %.80r", key, keys)
        return kept

    def folder(self, kind: str) -> str:
        """Return the folder last used for a kind of file; the home folder if it is unknown or no longer exists."""
        folder = self.folders.get(kind) or self.folders.get("last", "")
        return folder if folder and Path(folder).is_dir() else str(Path.home())

    def remember_folder(self, kind: str, path: Path) -> None:
        """Remember the folder of this file for the next dialog of this kind."""
        folder = str(path.absolute().parent)
        self.folders = {**self.folders, kind: folder, "last": folder}

    def keys_of(self, role: str, path: Path) -> tuple[str, str] | None:
        """Return the keys of images and labels that were chosen for a file in a role; None if none were."""
        return self.keys.get(f"{role}:{path.absolute()}")

    def remember_keys(self, role: str, path: Path, keys: tuple[str, str] | None) -> None:
        """Remember the keys that were chosen for a file in a role; None forgets them."""
        name = f"{role}:{path.absolute()}"
        others = [(other, kept) for other, kept in self.keys.items() if other != name]
        self.keys = dict(others[-(KEYS_COUNT - 1) :]) | ({} if keys is None else {name: keys})

    def names_of(self, model: Path) -> Path | None:
        """Return the file with the names of the classes of a model; None if none was opened."""
        found = self.names.get(str(model.absolute()))
        return Path(found) if found else None

    def remember_names(self, model: Path, path: Path | None) -> None:
        """Remember the file with the names of the classes of a model; None forgets it."""
        name = str(model.absolute())
        others = [(other, kept) for other, kept in self.names.items() if other != name]
        self.names = dict(others[-(NAMES_COUNT - 1) :]) | ({} if path is None else {name: str(path.absolute())})

    def remember_file(self, role: str, path: Path) -> None:
        """Put a file at the top of the recent files."""
        entry = RecentFile.model_validate({"role": role, "path": str(path.absolute())})
        others = [each for each in self.recent if each != entry]
        places = Counter[str]()
        kept = []
        for each in (entry, *others):
            places[each.role] += 1
            if places[each.role] <= RECENT_COUNT:
                kept.append(each)
        self.recent = kept

    def remember_session(self, path: Path) -> None:
        """Put a session at the top of the recent sessions."""
        name = str(path.absolute())
        self.recent_sessions = [name, *(each for each in self.recent_sessions if each != name)][:RECENT_COUNT]

    def forget_recent(self) -> None:
        """Forget the recent files and sessions."""
        self.recent, self.recent_sessions = [], []

    def remember_command(self, key: str) -> None:
        """Put a command at the top of the recent ones; one whose name is too long is not kept."""
        if len(key) > LONGEST_COMMAND:
            return
        self.recent_commands = [key, *(each for each in self.recent_commands if each != key)][:COMMAND_COUNT]


def preferences_path() -> Path:
    """Return the path of the file: in `BACKDOOR_INSPECTOR_CONFIG` if set, else in the system's settings folder."""
    folder = os.environ.get("BACKDOOR_INSPECTOR_CONFIG")
    return Path(folder or platformdirs.user_config_dir("backdoor-inspector")) / "preferences.json"


def load_preferences() -> Preferences:
    """Read the preferences; return the defaults if there are none or they cannot be read."""
    path = preferences_path()
    try:
        if path.stat().st_size > _LONGEST_FILE_BYTES:
            raise ValueError("the file is too long")
        return Preferences.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return Preferences()
    except (OSError, ValueError, ValidationError) as error:
        logger.warning("The preferences in '%s' cannot be read, so the defaults are used: %s", path, error)
        return Preferences()


def save_preferences(preferences: Preferences) -> None:
    """Write the preferences to a new file that replaces the old one; a failure is logged and not raised."""
    path = preferences_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path, is_private=True) as partial:
            partial.write_text(preferences.model_dump_json(indent=2), "utf-8")
    except OSError as error:
        logger.warning("The preferences cannot be written to '%s': %s", path, error)
