"""`audit`: many networks, one table."""

import json
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from core.audit.cluster import ClusterOptions
from core.audit.job import Audit, AuditProgress, AuditRequest
from core.audit.job import audit as run_audit
from core.audit.models import CommonFiles, find_entries
from core.audit.outputs.page import PAGE_NAME, counts_of, write_audit_page
from core.audit.outputs.sarif import SARIF_NAME, write_sarif
from core.audit.outputs.table import CSV_NAME, PARQUET_NAME, write_audit_csv, write_audit_parquet
from core.audit.records import AuditRow, AuditSettings, Ending
from core.command_line.console import Status, put, say
from core.detect.verdict import Outcome
from core.monitor import Monitor
from core.report.detect.record import is_at_least
from core.report.json_values import share_or_none
from core.report.text_table import aligned
from core.words import NOTHING, duration_text, percent, printable

LINE_S = 10.0
"""How often a line says how far an audit is, where stderr is no terminal."""
MOST_NAMES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditOptions:
    """The options of the command.

    Attributes:
        models: files, folders, patterns and manifests.
        common: the sets of networks that no manifest gives others.
        settings: how each network is examined.
        cluster: where the workers are.
        retries_failures: whether networks are tried again that crashed their worker or reached the time limit.
        fail_on: the outcome from which the status is 4; None never gives it.
        out: the folder.
        is_json: whether to print JSON instead of the table.
        has_progress: whether to show progress on stderr; None shows it.
        command_line: the arguments typed after `python main.py`.
    """

    models: tuple[str, ...]
    common: CommonFiles
    settings: AuditSettings
    cluster: ClusterOptions
    retries_failures: bool
    fail_on: Outcome | None
    out: Path
    is_json: bool
    has_progress: bool | None
    command_line: tuple[str, ...]


def audit(options: AuditOptions, monitor: Monitor) -> Status:
    """Examine all networks, write the tables, print the summary.

    The first Ctrl-C lets the networks that are examined come to their end; the rows stay in the journal. If these were
    the last ones, the audit has ended as any other.

    Raises:
        InspectorError: the networks cannot be found, the folder or the workers cannot be used.
    """
    entries = find_entries(options.models, options.common)
    request = AuditRequest(
        entries,
        options.settings,
        options.out,
        options.cluster,
        command_line=options.command_line,
        retries_failures=options.retries_failures,
    )
    with _Shown(options.has_progress, total=len(entries)) as shown:
        found = run_audit(request, monitor, on_progress=shown.show)
    files = write_outputs(found, options.out, options.command_line)
    if options.is_json:
        put(json.dumps(audit_as_dict(found, files), indent=2))
    else:
        put(summary(found))
        say(f"Written to {options.out}: {', '.join(files)}")
    if monitor.is_cancelled and not found.is_complete:
        left = found.total - len(found.rows)
        say(f"stopped; {left} of {found.total} networks are left, which the same command goes on with")
        return Status.CANCELLED
    return _status(found.rows, options.fail_on)


def write_outputs(found: Audit, out: Path, command_line: tuple[str, ...]) -> list[str]:
    """Write the tables and the page, and return the names of the files.

    Raises:
        ExportError: one could not be written.
    """
    write_audit_csv(out / CSV_NAME, found.rows)
    names = [CSV_NAME]
    if write_audit_parquet(out / PARQUET_NAME, found.rows):
        names.append(PARQUET_NAME)
    write_sarif(out / SARIF_NAME, found.rows)
    write_audit_page(out / PAGE_NAME, found.rows, total=found.total, command_line=command_line)
    return [*names, SARIF_NAME, PAGE_NAME]


def audit_as_dict(found: Audit, files: list[str]) -> dict[str, object]:
    """Return the rows as plain JSON values; a share is as in other results files."""

    def values(row: AuditRow) -> dict[str, object]:
        made = row.as_json()
        made["validation"], made["test"] = share_or_none(row.validation), share_or_none(row.test)
        made["attacks"] = {name: share_or_none(share) for name, share in row.attacks}
        return made

    return {
        "total": found.total,
        "is_complete": found.is_complete,
        "seconds": round(found.elapsed_s, 2),
        "counts": dict(counts_of(found.rows)),
        "rows": [values(each) for each in found.rows],
        "files": files,
    }


def summary(found: Audit) -> str:
    """Return the table as text, the worst networks first, and the counts below it."""
    order = {Outcome.BACKDOORED.value: 0, Outcome.SUSPICIOUS.value: 1}
    rows = sorted(
        found.rows,
        key=lambda each: (order.get(each.verdict, 3) if each.ending is Ending.FINISHED else 2, each.name),
    )
    header = ["network", "verdict", "classes", "clean", "attack", "curve", "repair", "seconds"]
    cells = [header, *(_cells(each) for each in rows)]
    lines = aligned(cells)
    counts = ", ".join(f"{count} {name}" for name, count in counts_of(found.rows)) or "no network was examined"
    refusals = [
        f"{printable(each.name)}: {printable(each.sentence)} [{each.code}]"
        for each in rows
        if each.ending is not Ending.FINISHED
    ]
    return "\n".join(
        [*lines, "", *refusals, *([""] if refusals else []), f"{counts}; {duration_text(found.elapsed_s)}"]
    )


def _cells(row: AuditRow) -> list[str]:
    clean = row.test if row.test is not None else row.validation
    attack = row.largest_attack
    classes = "each to the next" if row.is_all_to_all else ", ".join(map(str, row.classes))
    return [
        printable(row.name),
        (row.verdict or NOTHING) if row.ending is Ending.FINISHED else row.ending.value,
        classes or NOTHING,
        NOTHING if clean is None else percent(clean),
        NOTHING if attack is None else percent(attack),
        row.shape or NOTHING,
        row.repair or NOTHING,
        f"{row.seconds:.1f}",
    ]


def _status(rows: tuple[AuditRow, ...], fail_on: Outcome | None) -> Status:
    judged = [Outcome(each.verdict) for each in rows if each.verdict]
    if fail_on is not None and any(is_at_least(each, fail_on) for each in judged):
        return Status.FOUND
    return Status.REFUSED if any(each.ending is not Ending.FINISHED for each in rows) else Status.DONE


class _Shown:
    """Shows how far an audit is: a bar with counts on a terminal, a line now and then elsewhere."""

    def __init__(self, is_wanted: bool | None, *, total: int) -> None:
        console = Console(stderr=True)
        self._is_shown = is_wanted is not False
        self._bar = None
        self._last_s, self._last_done = -LINE_S, -1
        if self._is_shown and console.is_terminal:
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            self._bar = Progress(*columns, TextColumn("{task.fields[rest]}"), console=console, transient=True)
            self._task = self._bar.add_task("Auditing", total=total, rest="")

    def __enter__(self) -> "_Shown":
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def show(self, state: AuditProgress) -> None:
        """Show a state."""
        if not self._is_shown:
            return
        left = state.remaining_s
        rest = "" if left is None or left < 1 else f"{duration_text(left)} left"
        counts = ", ".join(f"{count} {name}" for name, count in (state.verdicts or state.endings).items())
        if self._bar is not None:
            names = ", ".join(printable(each) for each in state.running[:MOST_NAMES])
            words = Text("  ".join(each for each in (rest, counts, names) if each)).plain
            self._bar.update(self._task, completed=state.done, rest=words.replace("[", r"\["))
            return
        now = time.monotonic()
        if (
            now - self._last_s >= LINE_S and state.done != self._last_done
        ) or state.done == state.total != self._last_done:
            self._last_s, self._last_done = now, state.done
            say(", ".join(each for each in (f"{state.done} of {state.total}", counts, rest) if each))
