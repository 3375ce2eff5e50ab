"""The glossary in the window is GLOSSARY.md."""

from pathlib import Path

import pytest
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gui.guide import glossary
from gui.guide.glossary import GlossaryDialog, entries, find_entry, links_html, terms_in

ROOT = Path(__file__).resolve().parents[3]


def test_every_row_of_the_file_is_an_entry_with_a_name_of_its_own() -> None:
    rows = [line for line in (ROOT / "GLOSSARY.md").read_text("utf-8").splitlines() if line.startswith("| ")]
    assert len(entries()) == sum(not row.startswith("| Word ") for row in rows) > 50
    for entry in entries():
        assert entry.meaning and entry.term and "`" not in entry.term + entry.meaning
    assert len({entry.key for entry in entries()}) == len(entries())


@pytest.mark.parametrize(("name", "term"), [
    ("B", "B"), ("b′", "B′"), ("ASR", "attack success rate, ASR"), ("separable", "separable"),
    ("clean_accuracy", "clean accuracy"), ("nothing of the kind", None),
])  # fmt: skip
def test_entries_are_found_by_any_of_their_names(name: str, term: str | None) -> None:
    found = find_entry(name) or find_entry(name.replace("_", " "))
    assert (found.term if found else None) == term


def test_terms_in_a_text_are_whole_words_in_its_order() -> None:
    found = [entry.key for entry in terms_in("Pruned channels of B′ lower the ASR; Bob has a bypass.", limit=9)]
    assert found.index("channel") < found.index("b′") < found.index("bypass")
    assert "attack_success_rate" in found
    assert "b" not in found  # neither in B′ nor in Bob


def test_the_dialog_finds_terms_and_scrolls_to_one(qtbot: QtBot) -> None:
    box = GlossaryDialog()
    qtbot.addWidget(box)
    box.show_term("separable")
    box.show()
    qtbot.waitExposed(box)
    assert box.browser.verticalScrollBar().value() > 0
    QTest.keyClicks(box.search_field, "bypass")
    text = box.browser.toPlainText()
    assert "only one reader was cut off" in text and "held_out" not in text
    QTest.keyClicks(box.search_field, " nonsense")
    assert box.browser.toPlainText() == "No term contains this text."


def test_links_lead_to_terms(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(glossary, "show_glossary", lambda _parent, *, term: asked.append(term))
    entry = find_entry("asr")
    assert entry is not None
    html = links_html([entry])
    link = html.split('"')[1]
    glossary.open_link(link, None)  # type: ignore[arg-type]
    assert asked == [entry.key]
