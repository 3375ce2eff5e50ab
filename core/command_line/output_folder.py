"""An output folder that is filled in a hidden folder and appears completely or not at all."""

import contextlib
import os
import re
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from core.compare.earlier_results import earlier_results
from core.errors import ExportError
from core.export_file import current_umask, not_written

NETWORK_FILE = re.compile(r"(pruned|repaired)(_by_confidence|_[0-9]{1,8}(\.[0-9]{1,8})?(e-[0-9]{1,3})?)?\.keras")


class OutputFolder:
    """The output folder of a command; use it in a `with`, write into `staging`, then call `commit()`.

    Without `commit()`, nothing changes.

    Args:
        path: the folder; it and missing parents are created.
        names: the files that may be written; if one is not written, an earlier one of that name is removed.
        overwrite: allow a folder that is not empty, replace those files in it, and remove the networks that an
            earlier run lists in its results and this one does not write again.
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

    @property
    def staging(self) -> Path:
        """The hidden folder to write into."""
        assert self._staging is not None, "the folder has not been entered"
        return self._staging

    def __enter__(self) -> Self:
        self._check()
        try:
            self._is_new = not self.path.exists()
            home = self.path
            if self._is_new:
                home = Path(os.path.abspath(self.path)).parent  # noqa: PTH100  # "a/.." must not be followed here
                self._make_parents(home)
            # Inside the folder if it exists: it may be a file system of its own.
            self._staging = Path(tempfile.mkdtemp(prefix=".backdoor-inspector-", suffix=".partial", dir=home))
            self._staging.chmod(0o777 & ~current_umask())
        except OSError as error:
            self._clean_up()
            raise self._not_written(error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._clean_up()

    def commit(self) -> None:
        """Move the files into place, and remove networks of an earlier run that were not written again.

        Ctrl-C is ignored meanwhile.

        Raises:
            ExportError: a file could not be moved into place.
        """
        try:
            with _uninterrupted():
                if self._is_new:
                    self.staging.rename(self.path)
                else:
                    written = [name for name in self._names if (self.staging / name).exists()]
                    for name in written:
                        (self.staging / name).replace(self.path / name)
                    for name in (*self._stale, *(each for each in self._names if each not in written)):
                        (self.path / name).unlink(missing_ok=True)
        except OSError as error:
            raise self._not_written(error) from error
        self._made = []

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
        self._stale = tuple(each for each in _networks_of_earlier_run(self.path) if each not in self._names)
        for target in (self.path / name for name in (*self._names, *self._stale)):
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
        if self._staging is not None:
            shutil.rmtree(self._staging, ignore_errors=True)
        for each in reversed(self._made):
            with contextlib.suppress(OSError):
                each.rmdir()
        self._made = []

    def _not_written(self, error: OSError) -> ExportError:
        return not_written(self.path, error)


def _networks_of_earlier_run(folder: Path) -> tuple[str, ...]:
    """Return the networks that an earlier run wrote here, according to its results; empty if these are not ours."""
    names = [each for each in earlier_results(folder).files if NETWORK_FILE.fullmatch(each)]
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
