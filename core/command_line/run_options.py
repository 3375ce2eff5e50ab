"""Options shared by all commands that write an output folder, and printing of their results."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from core.command_line.console import put, say
from core.command_line.data_options import POISONED, TEST, VALIDATION, DataOptions
from core.intake.data.choice import DataChoice
from core.records import Target
from core.scale import Scale


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """Options shared by the commands that write an output folder.

    Attributes:
        model: the network's file.
        validation: clean validation images.
        test: clean test images.
        poisoned: poisoned sets.
        targets: what was typed about the target of each of them.
        scale: the pixel range; None finds it.
        out: the output folder.
        overwrite: whether to replace results in it.
        is_json: whether to print JSON instead of the table.
        command_line: the arguments typed after `python main.py`.
        how_read: keys of images and labels, and the order of the labels.
    """

    model: Path
    validation: Path
    test: Path | None
    poisoned: tuple[Path, ...]
    targets: tuple[Target, ...]
    scale: Scale | None
    out: Path
    overwrite: bool
    is_json: bool
    command_line: tuple[str, ...]
    how_read: DataOptions = field(default_factory=DataOptions)

    @property
    def data(self) -> tuple[Path, ...]:
        """The files of the sets, and of triggers that sets are made of."""
        return (*(path for path, _ in self.chosen_data), *self.how_read.trigger_paths)

    @property
    def has_attacks(self) -> bool:
        """Whether there are poisoned sets."""
        return bool(self.poisoned or self.how_read.triggers)

    @property
    def chosen_data(self) -> tuple[tuple[Path, DataChoice], ...]:
        """The files of the sets, and what was chosen of each."""
        return chosen_data(self.validation, self.test, self.poisoned, self.how_read)


def chosen_data(
    validation: Path | None, test: Path | None, poisoned: Sequence[Path], how_read: DataOptions
) -> tuple[tuple[Path, DataChoice], ...]:
    """Return the files of the sets that are given, and what was chosen of each."""
    clean = ((validation, how_read.choice(VALIDATION)), (test, how_read.choice(TEST)))
    attacks = [(path, how_read.choice(POISONED, number)) for number, path in enumerate(poisoned, start=1)]
    return (*((path, choice) for path, choice in clean if path is not None), *attacks)


class PrintOptions(Protocol):
    """The options of a command that say how its results are printed."""

    @property
    def out(self) -> Path:
        """The output folder."""
        ...

    @property
    def is_json(self) -> bool:
        """Whether to print JSON instead of the table."""
        ...


def print_results(options: PrintOptions, *, results: dict[str, Any], text: str, files: Sequence[str]) -> None:
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
