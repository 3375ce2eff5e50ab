"""Options shared by all commands that write an output folder, and printing of their results."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.command_line.console import put, say
from core.scale import Scale


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """Options shared by the commands that write an output folder.

    Attributes:
        model: the network's file.
        validation: clean validation images.
        test: clean test images.
        poisoned: poisoned sets.
        scale: the pixel range; None finds it.
        out: the output folder.
        overwrite: whether to replace results in it.
        is_json: whether to print JSON instead of the table.
        command_line: the arguments typed after `python main.py`.
    """

    model: Path
    validation: Path
    test: Path | None
    poisoned: tuple[Path, ...]
    scale: Scale | None
    out: Path
    overwrite: bool
    is_json: bool
    command_line: tuple[str, ...]

    @property
    def data(self) -> tuple[Path, ...]:
        """The files of the sets."""
        return (self.validation, *([self.test] if self.test else []), *self.poisoned)


def print_results(options: RunOptions, *, results: dict[str, Any], text: str, files: Sequence[str]) -> None:
    """Print the results as JSON, or as text with the names of the files.

    Args:
        options: the options.
        results: the results as plain JSON values.
        text: the results as text.
        files: names of the written files.
    """
    if options.is_json:
        put(json.dumps(results, indent=2))
    else:
        put(text)
        say(f"Written to {options.out}: {', '.join(files)}")
