"""The results table as text."""

from collections.abc import Callable

from core.report.prune.record import Report
from core.report.prune.table import table_text
from core.sweep.records import Sweep


def test_both_networks_with_counts_and_intervals(sweep: Sweep, report: Report) -> None:
    text = table_text(sweep, report.stops)
    assert "Pruned network B′" in text
    assert "Repaired network G" in text
    first = next(line for line in text.splitlines() if line.startswith("2 points, before"))
    assert first.split() == [
        "2",
        "points,",
        "before",
        "crossing",
        "3",
        *["99.00", "%", "99/100"] * 2,
        "100",
        "%",
        "50/50",
    ]
    assert "94.55–99.82" in text
    missing = next(line for line in text.splitlines() if line.startswith("95 points, after"))
    assert missing.split()[4:] == ["–"] * 4


def test_a_narrow_terminal_gets_a_narrower_table(
    sweep_maker: Callable[..., Sweep], report_maker: Callable[..., Report]
) -> None:
    sweep = sweep_maker(("one.h5", "two.h5"))
    stops = report_maker(sweep).stops
    wide = max(map(len, table_text(sweep, stops).splitlines()))
    narrow = max(map(len, table_text(sweep, stops, width=100).splitlines()))
    assert narrow < wide


def test_bypass_stands_right_below_the_first_table(
    sweep_maker: Callable[..., Sweep], report_maker: Callable[..., Report]
) -> None:
    sweep = sweep_maker(reader="conv_4")
    for width in (None, 70):
        first, _, second = table_text(sweep, report_maker(sweep).stops, width=width).partition("\n\n")
        _, _, note = first.rpartition("─\n")
        assert " ".join(note.split()).startswith("Bypass: only conv_4 stopped reading")
        assert max(map(len, note.splitlines())) <= (width or 1000)
        assert "Bypass" not in second


def test_names_cannot_command_the_terminal(
    sweep_maker: Callable[..., Sweep], report_maker: Callable[..., Report]
) -> None:
    sweep = sweep_maker(("a\x1b[2J.h5", "b.h5"))
    assert "\x1b" not in table_text(sweep, report_maker(sweep).stops)
