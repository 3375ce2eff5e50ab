"""`screen`: checks files without using anything of them, and says what was found."""

import json
from dataclasses import dataclass
from pathlib import Path

from core.command_line.console import Status, put
from core.intake.sandbox.in_use import sandbox_state
from core.monitor import Monitor
from core.report.json_values import write_json
from core.report.screen.json_values import verdicts_as_dict
from core.report.screen.sarif import sarif_log
from core.report.screen.text import summary_lines, verdict_lines
from core.screen.job import ScreenKind, screen_files


@dataclass(frozen=True, slots=True)
class ScreenOptions:
    """The files, what to read them as, and how to report.

    Attributes:
        paths: files and folders.
        kind: what to read each file as.
        sarif: the SARIF file to write; None writes none.
        is_json: whether to print JSON instead of text.
    """

    paths: tuple[Path, ...]
    kind: ScreenKind
    sarif: Path | None
    is_json: bool


def screen(options: ScreenOptions, monitor: Monitor) -> Status:
    """Screen files and print the verdicts; the status is 0 if all of them open, else 3.

    Raises:
        InspectorError: no file can be read on this computer, or the SARIF file cannot be written.
        Cancelled: the job was cancelled.
    """
    verdicts = screen_files(options.paths, kind=options.kind, monitor=monitor)
    sandbox = sandbox_state().sentence
    if options.sarif is not None:
        write_json(options.sarif, sarif_log(verdicts, sandbox=sandbox))
    if options.is_json:
        put(json.dumps(verdicts_as_dict(verdicts, sandbox=sandbox), indent=2, ensure_ascii=False, allow_nan=False))
    else:
        for verdict in verdicts:
            put("\n".join(verdict_lines(verdict)) + "\n")
        put("\n".join(summary_lines(verdicts, sandbox=sandbox)))
    return Status.DONE if all(verdict.is_opened for verdict in verdicts) else Status.REFUSED
