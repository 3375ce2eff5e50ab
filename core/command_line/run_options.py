"""What every command that fills a folder with results is asked for, and how it tells of them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.command_line.console import put, say
from core.records import Scale


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What was asked for, whatever is done.

    Attributes:
        model: the network's file.
        validation: clean validation images.
        test: clean test images.
        poisoned: poisoned sets.
        scale: the pixel range; None finds it.
        out: the folder of the results.
        overwrite: replace results in it.
        is_json: print JSON instead of the table.
        command_line: what the person typed after `python main.py`.
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


def tell_results(options: RunOptions, *, told: dict[str, Any], text: str, files: Sequence[str]) -> None:
    """Print what came out, as JSON or as text with the names of the files.

    Args:
        options: what was asked for.
        told: the results in plain JSON values.
        text: the same for a person.
        files: names of what was written.
    """
    if options.is_json:
        put(json.dumps(told, indent=2))
    else:
        put(text)
        say(f"Written to {options.out}: {', '.join(files)}")
