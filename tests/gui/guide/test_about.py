"""The About box names all versions without importing what is slow, and copies what belongs into a report."""

import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from core.version import VERSION
from gui.guide.about import AboutDialog, version_facts

ROOT = Path(__file__).resolve().parents[3]


def test_all_versions_are_shown_and_copied(qtbot: QtBot) -> None:
    box = AboutDialog(sandbox="on, all of it.")
    qtbot.addWidget(box)
    box.show()
    facts = version_facts()
    assert facts["Backdoor Inspector"] == VERSION and facts["Python"] == platform.python_version()
    assert facts["Qt"] == qVersion() and facts["Keras"] == metadata.version("keras")
    assert {"TensorFlow", "PySide6", "NumPy", "h5py", "System"} <= set(facts)
    for name, value in facts.items():
        assert value in box.table.text() or name == "Backdoor Inspector"
    QTest.mouseClick(box.copy_button, Qt.MouseButton.LeftButton)
    copied = QGuiApplication.clipboard().text()
    assert all(f"{name}: {value}" in copied for name, value in facts.items())
    assert "Sandbox: on, all of it." in copied and "What I expected:" in copied
    assert "report" in box.told.text()


def test_no_library_is_imported_for_its_version() -> None:
    code = (
        "import sys, gui.guide.about as about; about.version_facts(); "
        "print([each for each in ('tensorflow', 'keras', 'h5py') if each in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
