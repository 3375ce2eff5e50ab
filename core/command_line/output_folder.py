"""An output folder that is filled in a hidden folder and appears completely or not at all."""

import contextlib
import os
import re
import signal
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from core.compare.earlier_results import RESULTS_FILE, earlier_results
from core.errors import ExportError
from core.export_file import (
    current_umask,
    left_behind,
    not_written,
    partial_folder,
    remove_left_behind,
    sync,
    sync_folder,
)

_BEFORE = "before"
LISTED_FILE = re.compile(
    r"(pruned|repaired)(_by_confidence|_[0-9]{1,8}(\.[0-9]{1,8})?(e-[0-9]{1,3})?)?\.keras|trigger_([0-9]{1,8}|all_to_all)\.(png|npz)"
)
"""Files whose names depend on a run: those that an earlier run lists are removed if this one does not write them."""


class OutputFolder:
    """The output folder of a command; use it in a `with`, write into `staging`, then call `commit()`.

    Without `commit()`, nothing changes. Whenever this process is killed, each file is whole, and results.json is absent
    or describes the files beside it; the next save removes what was left.

    Args:
        path: the folder; it and missing parents are created.
        names: the files that may be written; if one is not written, an earlier one of that name is removed.
        overwrite: allow a folder that is not empty, replace those files in it, and remove the networks and triggers
            that an earlier run lists in its results and this one does not write again.
        inputs: files that must not be replaced.

    Raises:
        ExportError: on entering, the folder is not empty, an input would be replaced, or it cannot be written.
    """

    def __init__(
        self, path: Path, *, names: Sequence[str], overwrite: bool = False, inputs: Sequence[Path] = ()
    ) -> None:
        self.path = path
        self._names = tuple(names)
        self._overwrite = overwrite
        self._inputs = tuple(inputs)
        self._stale: tuple[str, ...] = ()
        self._is_new = False
        self._made: list[Path] = []
        self._staging: Path | None = None
        self._open = contextlib.ExitStack()

    @property
    def staging(self) -> Path:
        """The hidden folder to write into."""
        assert self._staging is not None, "the folder has not been entered"
        return self._staging

    def __enter__(self) -> Self:
        try:
            self._check()
            self._is_new = not self.path.exists()
            home = self.path
            if self._is_new:
                home = Path(os.path.abspath(self.path)).parent  # noqa: PTH100  # "a/.." must not be followed here
                self._make_parents(home)
            for each in {home, self.path, self.path.parent}:
                remove_left_behind(each)
            # Inside the folder if it exists: it may be a file system of its own.
            self._staging = self._open.enter_context(partial_folder(home))
            self._staging.chmod(0o777 & ~current_umask())
        except OSError as error:
            self._clean_up()
            raise self._not_written(error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._clean_up()

    def expect(self, names: Sequence[str]) -> None:
        """Add files that may be written, whose names were not known before the job.

        Raises:
            ExportError: a folder has such a name, or an input would be replaced.
        """
        self._names += tuple(names)
        self._stale = tuple(each for each in self._stale if each not in names)
        self._check_targets(names)

    def commit(self) -> None:
        """Move the files into place, and remove networks and triggers of an earlier run that were not written again.

        Ctrl-C is ignored meanwhile.

        Raises:
            ExportError: a file could not be moved into place.
        """
        try:
            with _uninterrupted():
                for each in self.staging.iterdir():
                    sync(each)
                sync_folder(self.staging)
                if self._is_new:
                    self.staging.rename(self.path)
                    sync_folder(self.path.parent)
                else:
                    self._replace()
        except OSError as error:
            raise self._not_written(error) from error
        self._made = []

    def _replace(self) -> None:
        """Move the files into a folder that is there already: results.json goes first and comes last.

        Raises:
            OSError: something could not be moved; what had been moved is back as it was.
        """
        written = [name for name in self._names if (self.staging / name).exists()]
        removed = [*self._stale, *(each for each in self._names if each not in written)]
        before = self.staging / _BEFORE
        before.mkdir()
        moved: list[str] = []
        try:
            for name in [RESULTS_FILE, *(each for each in removed if each != RESULTS_FILE)]:
                if os.path.lexists(self.path / name):
                    (self.path / name).rename(before / name)
                    moved.append(name)
                sync_folder(self.path)
            for name in sorted(written, key=RESULTS_FILE.__eq__):
                if name == RESULTS_FILE:
                    sync_folder(self.path)
                elif os.path.lexists(self.path / name):
                    with contextlib.suppress(OSError):  # some file systems have no links: then it cannot be put back
                        os.link(self.path / name, before / name, follow_symlinks=False)
                (self.staging / name).replace(self.path / name)
                moved.append(name)
        except OSError:
            self._put_back(moved)
            raise
        sync_folder(self.path)

    def _put_back(self, moved: Sequence[str]) -> None:
        for name in dict.fromkeys(reversed(moved)):
            with contextlib.suppress(OSError):
                if os.path.lexists(self.staging / _BEFORE / name):
                    (self.staging / _BEFORE / name).replace(self.path / name)
                elif name in self._names:
                    (self.path / name).unlink(missing_ok=True)

    def _check(self) -> None:
        if not self.path.exists():
            if self.path.is_symlink():
                raise ExportError(f"'{self.path}' is a broken link; name another folder", code="write-failed")
            return
        if not self.path.is_dir():
            raise ExportError(f"results go into a folder, but '{self.path}' is a file", code="already-exists")
        try:
            is_empty = not any(self.path.iterdir())
        except OSError as error:
            raise self._not_written(error) from error
        if not is_empty and not self._overwrite:
            raise ExportError(
                f"the folder '{self.path}' is not empty; name another one or use --overwrite",
                code="already-exists",
            )
        # A run that was killed while it moved its networks into place left the lists of both runs.
        unfinished = [each for each in left_behind(self.path) if each.is_dir()]
        lists = [self.path, *unfinished, *(each / _BEFORE for each in unfinished)]
        found = {name: None for each in lists for name in _files_of_earlier_run(each, self.path)}
        self._stale = tuple(each for each in found if each not in self._names)
        self._check_targets((*self._names, *self._stale))

    def _check_targets(self, names: Sequence[str]) -> None:
        for target in (self.path / name for name in names):
            if target.is_dir():
                raise ExportError(f"'{target}' is a folder, but a file must be written there", code="already-exists")
            if target.exists() and any(each.exists() and target.samefile(each) for each in self._inputs):
                raise ExportError(
                    f"'{target}' is one of the inputs and would be replaced or removed; name another folder",
                    code="would-replace-input",
                )

    def _make_parents(self, folder: Path) -> None:
        missing = [each for each in (folder, *folder.parents) if not each.exists()]
        for each in reversed(missing):
            each.mkdir()
            self._made.append(each)

    def _clean_up(self) -> None:
        self._open.close()
        for each in reversed(self._made):
            with contextlib.suppress(OSError):
                each.rmdir()
        self._made = []

    def _not_written(self, error: OSError) -> ExportError:
        return not_written(self.path, error)


def _files_of_earlier_run(listed: Path, folder: Path) -> tuple[str, ...]:
    """Return the `LISTED_FILE`s in a folder that an earlier run wrote by its results; empty if these are not ours."""
    names = [each for each in earlier_results(listed).files if LISTED_FILE.fullmatch(each)]
    return tuple(each for each in names if (folder / each).is_file() or (folder / each).is_symlink())


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ignore Ctrl-C and SIGTERM for the duration of the block."""
    if threading.current_thread() is not threading.main_thread():  # only the main thread receives signals
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
