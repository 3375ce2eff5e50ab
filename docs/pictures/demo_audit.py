"""Audits networks made from those of the embedded demo in the real window, for the images of the page Audit."""

import shutil
import sys
import tempfile
from collections.abc import Collection
from pathlib import Path

import h5py
import numpy as np

from core.audit.records import AuditCheck
from gui.audit.page import AuditPage
from gui.audit.process import why_no_audit
from gui.shell.wiring import WindowWiring

BACKDOORED, CLEAN = "backdoored.h5", "clean_control.h5"
NOISE = 0.03
"""The standard deviation of the noise on a varied network's weights, as a share of each weight."""
ENDED, CHOSEN = "Ended", "team-2/model.h5"


def start(wiring: WindowWiring, demo: Path, checks: Collection[AuditCheck]) -> bool:
    """Start an audit of networks made from the demo's, on the open sets; return whether one can be made.

    Args:
        wiring: the window.
        demo: the folder of the demo.
        checks: what is done with each network.
    """
    if why_no_audit():
        sys.stderr.write(f"{why_no_audit()}\n")
        return False
    models = Path(tempfile.mkdtemp()) / "submissions"
    make_submissions(demo, models)
    page = wiring.page(AuditPage)
    wiring.panels.show_page("audit")
    page.audit_form.choose_models(models)
    for check, box in page.audit_form.boxes.items():
        box.setChecked(check in checks)
    page.control.start()
    return True


def make_submissions(demo: Path, folder: Path) -> None:
    """Make a folder for each of six teams: the demo's networks, both with noise, a damaged file, and one of images."""
    for number, source in enumerate((CLEAN, BACKDOORED, CLEAN, BACKDOORED), start=1):
        file = folder / f"team-{number}" / "model.h5"
        file.parent.mkdir(parents=True)
        shutil.copyfile(demo / source, file)
        if number > 2:
            _vary(file, seed=number)
    for number, content in ((5, (demo / CLEAN).read_bytes()[:5000]), (6, (demo / "clean_test.h5").read_bytes())):
        file = folder / f"team-{number}" / "model.h5"
        file.parent.mkdir()
        file.write_bytes(content)


def _vary(path: Path, *, seed: int) -> None:
    rng = np.random.default_rng(seed)

    def change(_name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset) and item.ndim > 1:
            item[...] = item[...] * (1 + NOISE * rng.standard_normal(item.shape, np.float32))

    with h5py.File(path, "r+") as file:
        file.visititems(change)


def has_ended(wiring: WindowWiring) -> bool:
    """Return whether all rows of the audit are shown."""
    page = wiring.page(AuditPage)
    return not page.control.process.is_running and page.audit_panel.banner.heading.text().startswith(ENDED)


def choose(wiring: WindowWiring) -> None:
    """Choose the row of a backdoored network."""
    table = wiring.page(AuditPage).audit_panel.table
    place = [each.row.name for each in table.shown].index(CHOSEN)
    table.setCurrentIndex(table.model().index(place, 0))
