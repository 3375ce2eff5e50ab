"""The page of an audit."""

import base64
import hashlib
import re
from pathlib import Path

from core.audit.outputs.page import SPARK_HEIGHT, SPARK_WIDTH, counts_of, page_text, spark
from core.audit.records import CurvePoint, Ending
from tests.core.audit.rows import REFUSED, row

CLEAN = row("clean.h5", verdict="nothing found", probability=0.01, classes=())


def text_of(*rows: object, folder: Path, total: int | None = None) -> str:
    return page_text(list(rows), folder=folder, total=total or len(rows), command_line=("audit", "models"))  # type: ignore[arg-type]


def test_the_worst_networks_come_first(tmp_path: Path) -> None:
    text = text_of(CLEAN, REFUSED, row(verdict="suspicious", name="s.h5"), row(), folder=tmp_path)
    names = re.findall(r'class="unfold"[^>]*>([^<]+)<', text)
    assert names == ["net.h5", "s.h5", "broken.h5", "clean.h5"]


def test_only_its_own_script_runs_and_names_are_escaped(tmp_path: Path) -> None:
    evil = row('<script>alert(1)</script>"><img src=x onerror=alert(1)>.h5', sentence="</script><b>")
    text = text_of(evil, folder=tmp_path)
    assert text.count("<script>") == 1
    script = text.split("<script>")[1].split("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in text.replace("&#39;", "'")
    assert "<img src=x" not in text
    assert "http" not in re.sub(r'xmlns="[^"]*"', "", script)


def test_what_a_pixel_was_read_as_is_told(tmp_path: Path) -> None:
    assert "pixels 0–1, found" in text_of(row(), folder=tmp_path)
    assert "pixels" not in text_of(row(scale=""), folder=tmp_path)


def test_what_is_not_known_is_sorted_as_unknown(tmp_path: Path) -> None:
    """The script puts cells with an empty value last, whichever way the column is sorted."""
    unknown = re.findall(r'<td[^>]*data-sort="([^"]*)"[^>]*>–</td>', text_of(REFUSED, folder=tmp_path))
    assert unknown == [""] * 5
    assert re.search(r"<td>–</td>.*<td>–</td>", text_of(REFUSED, folder=tmp_path), re.DOTALL)  # curve and trigger
    assert '<td data-sort="1, 2">1, 2</td>' in text_of(row(classes=(1, 2)), folder=tmp_path)


def test_a_stopped_audit_says_so(tmp_path: Path) -> None:
    assert "1 of 3 networks were examined" in text_of(row(), folder=tmp_path, total=3)
    assert "was stopped" not in text_of(row(), folder=tmp_path)


def test_reports_and_triggers_are_shown_if_they_are_there(tmp_path: Path) -> None:
    detect = tmp_path / "models" / "net.h5-0123" / "detect"
    detect.mkdir(parents=True)
    (detect / "report.html").write_text("x")
    (detect / "trigger_2.png").write_bytes(b"\x89PNG of a test")
    text = text_of(row(), folder=tmp_path)
    assert 'href="models/net.h5-0123/detect/report.html"' in text
    assert "prune/report.html" not in text
    assert base64.b64encode(b"\x89PNG of a test").decode() in text


def test_a_small_curve_goes_from_corner_to_corner() -> None:
    points = spark((CurvePoint(0, 1.0, 1.0), CurvePoint(10, 0.0, None)), "accuracy").split()
    assert points == ["1.0,1.0", f"{SPARK_WIDTH - 1:.1f},{SPARK_HEIGHT - 1:.1f}"]
    assert len(spark((CurvePoint(0, 1.0, 1.0), CurvePoint(10, 0.0, None)), "attack").split()) == 1
    assert spark((), "accuracy") == ""


def test_counts_name_verdicts_and_endings() -> None:
    rows = [row(), row(), CLEAN, REFUSED, row(ending=Ending.CRASHED, verdict=""), row(verdict="")]
    assert counts_of(rows) == [
        ("backdoored", 2),
        ("nothing found", 1),
        ("examined without detection", 1),
        ("refused", 1),
        ("crashed its worker", 1),
    ]
