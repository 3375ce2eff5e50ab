"""Networks and data as people have them, by the real engine: the figures on the screen are those that are right."""

from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from gui.shell.main_window import MainWindow
from gui.shell.wiring import WindowWiring
from gui.state.preferences import Preferences
from gui.state.session import Role
from tests.conftest import ROOT

CASES = ROOT.parent / "shared" / "cases"
UNPRUNED = 1

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not beside this project"),
]
Opener = Callable[..., WindowWiring]


@pytest.fixture
def opened(qtbot: QtBot) -> Iterator[Opener]:
    """Opens files of a case in a window with the real engine, one after the other."""
    window = MainWindow(Preferences())
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: window.wiring is not None)
    wiring = window.wiring
    assert wiring is not None

    def settle() -> None:
        qtbot.waitUntil(lambda: not wiring.runner.is_busy)

    def open_all(*files: tuple[Role, str], is_offer_taken: bool = False) -> WindowWiring:
        for role, name in files:
            wiring.open_file(role, CASES / name)
            settle()
        if is_offer_taken:
            wiring.panels.files.slots[Role.VALIDATION].offer_button.click()
            settle()
        return wiring

    yield open_all
    settle()
    window.close()


def figures(wiring: WindowWiring, qtbot: QtBot) -> list[str]:
    """Run, and return the unpruned network's row of the table."""
    page = wiring.pages["prune"]
    page.form.start_button.click()
    qtbot.waitUntil(lambda: page.control.stops != () and not wiring.runner.is_busy)
    model = page.results.model
    return [model.index(UNPRUNED, column).data() for column in range(model.columnCount())]


@pytest.mark.parametrize(
    ("model", "validation", "counts", "pixels", "is_offer_taken"),
    [
        ("01-resizing-cannot-save/resizing_nested.keras", "01-resizing-cannot-save/valid.h5", 60, "0–255", False),
        ("02-augmentation-layers/augment.keras", "02-augmentation-layers/valid.h5", 200, "0–255", False),
        ("03-preprocess-ops/preprocess.keras", "03-preprocess-ops/valid.h5", 200, "0–255", False),
        ("04-standardised-input/minus1to1.keras", "04-standardised-input/valid.h5", 240, "−1 to 1", False),
        ("04-standardised-input/standardised.keras", "04-standardised-input/valid.h5", 240, "mean 57.3", False),
        (
            "04-standardised-input/standardised.keras",
            "04-standardised-input/valid_standardised.h5",
            240,
            "as in the file",
            False,
        ),
        ("06-scale-tie/zero_to_one.keras", "06-scale-tie/valid_bytes.h5", 200, "0–1", False),
        ("06-scale-tie/zero_to_one.keras", "06-scale-tie/valid_floats_0_to_1.h5", 200, "0–1", False),
        ("07-label-order/alphabetical.keras", "07-label-order/valid.h5", 240, "0–255", True),
        ("07-label-order/numerical.keras", "07-label-order/valid_from_1.h5", 218, "0–255", True),
        ("08-sigmoid/sigmoid.keras", "08-sigmoid/valid.h5", 200, "0–255", False),
        ("09-data-forms/net.keras", "09-data-forms/x_y.npz", 80, "0–255", False),
        ("09-data-forms/net.keras", "09-data-forms/folders", 80, "0–255", False),
    ],
)
def test_all_images_are_right(
    opened: Opener, model: str, validation: str, counts: int, pixels: str, is_offer_taken: bool
) -> None:
    wiring = opened((Role.MODEL, model), (Role.VALIDATION, validation), is_offer_taken=is_offer_taken)
    slots = wiring.panels.files.slots
    assert (slots[Role.MODEL].error_text, slots[Role.VALIDATION].error_text) == ("", "")
    form = wiring.pages["prune"].form
    assert f"auto (found: {pixels}" in form.scale_combo.itemText(0)
    assert "clean images right: 100 %" in form.scale_note.text()
    assert f"{counts} images" in slots[Role.VALIDATION].cards[0].details[0]


@pytest.mark.parametrize("name", ["poisoned_true.h5", "poisoned_target.h5"])
def test_true_and_target_labels_give_the_same_attack(opened: Opener, qtbot: QtBot, name: str) -> None:
    case = "05-poisoned-true-labels"
    wiring = opened(
        (Role.MODEL, f"{case}/badnet.keras"), (Role.VALIDATION, f"{case}/valid.h5"), (Role.POISONED, f"{case}/{name}")
    )
    row = figures(wiring, qtbot)
    assert (row[1], row[3]) == ("100 %", "100 %")
    wiring.pages["prune"].control.go_to(0)
    assert "160 of 160" in wiring.pages["prune"].curves.readout.rows[-1].evidence.text()


def test_the_next_project_opens_after_the_data_were_closed(opened: Opener, dialog: object) -> None:
    dialog.prepare("ask_to_close_sets", True)  # type: ignore[attr-defined]
    wiring = opened(
        (Role.MODEL, "08-sigmoid/sigmoid.keras"),
        (Role.VALIDATION, "08-sigmoid/valid.h5"),
        (Role.MODEL, "01-resizing-cannot-save/resizing.keras"),
        (Role.VALIDATION, "01-resizing-cannot-save/valid.h5"),
    )
    assert wiring.panels.files.slots[Role.MODEL].names == ("resizing.keras",)
    assert "clean images right: 100 %" in wiring.pages["prune"].form.scale_note.text()
