"""The page of an audit: `audit.html`, one file that needs nothing else; its table can be sorted and filtered."""

import base64
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.audit.records import AuditRow, CurvePoint, Ending
from core.detect.verdict import Outcome
from core.export_file import write_file
from core.report.page import TEMPLATES, render_page

PAGE_NAME = "audit.html"
SPARK_WIDTH, SPARK_HEIGHT = 96.0, 24.0
MOST_TRIGGERS = 3
"""The most reconstructed triggers that are shown of a network."""
_LARGEST_TRIGGER = 256 * 1024
_RANKS = {Outcome.BACKDOORED.value: 0, Outcome.SUSPICIOUS.value: 1, Outcome.NOTHING_FOUND.value: 3, "": 4}


@dataclass(frozen=True, slots=True)
class PageRow:
    """A network on the page.

    Attributes:
        row: its row.
        rank: its place when the table is sorted by verdict, the worst first.
        accuracy, attack: its small curve as points of an SVG polyline; empty without a curve.
        triggers: reconstructed triggers as data URIs.
        reports: title and relative path of each report.
    """

    row: AuditRow
    rank: int
    accuracy: str
    attack: str
    triggers: tuple[str, ...]
    reports: tuple[tuple[str, str], ...]


def write_audit_page(path: Path, rows: Sequence[AuditRow], *, total: int, command_line: Sequence[str]) -> None:
    """Write the page.

    Args:
        path: the file; the reports are in folders beside it.
        rows: the rows.
        total: number of networks; more than there are rows if the audit was stopped.
        command_line: the arguments typed after `python main.py`.

    Raises:
        ExportError: the file could not be written.
    """
    write_file(path, page_text(rows, folder=path.parent, total=total, command_line=command_line))


def page_text(rows: Sequence[AuditRow], *, folder: Path, total: int, command_line: Sequence[str]) -> str:
    """Return the page as HTML text; see `write_audit_page`."""
    script = (TEMPLATES / "audit.js").read_text(encoding="utf-8")
    # Only this script may run in the page, whatever names the files have.
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    made = sorted((_page_row(each, folder) for each in rows), key=lambda each: (each.rank, each.row.name))
    return render_page(
        "audit.html.j2",
        command_line=command_line,
        rows=made,
        total=total,
        counts=counts_of(rows),
        script=script,
        script_hash=digest,
        spark=(SPARK_WIDTH, SPARK_HEIGHT),
        created=datetime.now(UTC).replace(microsecond=0),
    )


def counts_of(rows: Sequence[AuditRow]) -> list[tuple[str, int]]:
    """Return how many networks have each verdict, and how many endings there are without one."""
    verdicts = Counter(each.verdict for each in rows if each.verdict)
    endings = Counter(each.ending.value for each in rows if each.ending is not Ending.FINISHED)
    open_count = sum(each.ending is Ending.FINISHED and not each.verdict for each in rows)
    found = [(outcome.value, verdicts[outcome.value]) for outcome in Outcome if verdicts[outcome.value]]
    found += [("examined without detection", open_count)] if open_count else []
    return found + [(ending.value, endings[ending.value]) for ending in Ending if endings[ending.value]]


def spark(curve: Sequence[CurvePoint], which: str) -> str:
    """Return a small curve as points of an SVG polyline of `SPARK_WIDTH` × `SPARK_HEIGHT` units.

    Args:
        curve: the points.
        which: "accuracy" or "attack".
    """
    last = max((each.pruned_count for each in curve), default=0)
    points = []
    for each in curve:
        rate = getattr(each, which)
        if rate is not None and last:
            x = 1 + (SPARK_WIDTH - 2) * each.pruned_count / last
            points.append(f"{x:.1f},{1 + (SPARK_HEIGHT - 2) * (1 - rate):.1f}")
    return " ".join(points)


def _page_row(row: AuditRow, folder: Path) -> PageRow:
    rank = _RANKS.get(row.verdict, 4) if row.ending is Ending.FINISHED else 2
    reports = []
    if row.folder:
        titles = {"prune": "pruning", "detect": "detection", "repair": "repair"}
        for name, title in titles.items():
            path = f"{row.folder}/{name}/report.html"
            if (folder / path).is_file():
                reports.append((title, path))
    return PageRow(
        row, rank, spark(row.curve, "accuracy"), spark(row.curve, "attack"), _triggers(row, folder), tuple(reports)
    )


def _triggers(row: AuditRow, folder: Path) -> tuple[str, ...]:
    if not row.folder:
        return ()
    found = sorted((folder / row.folder / "detect").glob("trigger_*.png"))
    small = [each for each in found if each.stat().st_size <= _LARGEST_TRIGGER][:MOST_TRIGGERS]
    return tuple(f"data:image/png;base64,{base64.b64encode(each.read_bytes()).decode('ascii')}" for each in small)
