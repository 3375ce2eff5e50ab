"""All dialogs of the window, in one place, so that tests can answer them."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QMessageBox, QVBoxLayout, QWidget

from core.errors import ExportError
from core.intake.answers import PairAnswer
from core.intake.sandbox.in_use import sandbox_state
from core.intake.session.members import DOCUMENT
from core.recognition.records import FileRole, Recognition
from core.records import Target
from core.report.json_values import write_json
from core.screen.verdict import FileVerdict
from core.words import joined, printable
from gui.files.key_dialog import KeyDialog
from gui.files.opening.file_box import open_file, open_files, open_folder, save_file
from gui.files.opening.open_dialog import OpenDialog
from gui.files.opening.role_dialog import RoleDialog
from gui.files.target_dialog import ChosenTarget, TargetDialog
from gui.files.verdict_dialog import VerdictDialog, contents, suggested
from gui.guide.about import AboutDialog
from gui.state.session import Role

METHOD_WIDTH = 600
MOST_NAMES = 4  # in a sentence
_ALL = "All files (*)"
_DATA = "Data (*.h5 *.hdf5 *.npz *.npy *.mat *.p *.pkl *.pickle *.csv *.tsv *.bin *-ubyte *-ubyte.gz)"
_FILTERS = {
    Role.MODEL: "Models (*.h5 *.hdf5 *.keras *.onnx *.tflite saved_model.pb)",
    Role.VALIDATION: _DATA,
    Role.TEST: _DATA,
    Role.POISONED: _DATA,
    Role.UNLABELLED: _DATA,
    Role.IMAGE: "Images (*.png *.jpg *.jpeg *.webp *.bmp *.gif *.tif *.tiff *.ppm *.pgm)",
}
_TITLES = {
    Role.MODEL: "Open a model",
    Role.VALIDATION: "Open clean validation data",
    Role.TEST: "Open clean test data",
    Role.POISONED: "Add poisoned data",
    Role.UNLABELLED: "Open more clean images",
    Role.IMAGE: "Open images",
}

_METHOD = """
<h3>What you are looking at</h3>
<p>A backdoored network classifies clean images correctly, but when a <b>trigger</b> is in the image, it answers with
the attacker's <b>target label</b>. The backdoor often uses channels of a convolution that clean images do not
activate.</p>
<ol>
<li><b>Rank.</b> The mean activation of each channel of the chosen layer is measured on your clean validation data.</li>
<li><b>Prune.</b> The channels are switched off one after the other in that order. After each step the window shows
the share of clean images that are still classified correctly (clean accuracy), and the share of triggered images that
are still classified as the target (attack success rate, ASR).</li>
<li><b>Stop</b> when clean validation accuracy has dropped by 2, 4 or 10 points: at the last step before the drop is
reached, or at the first one after it.</li>
<li><b>Repair.</b> B is the network you opened and B′ the pruned one. The repaired network G gives B's answer where B
and B′ agree, and otherwise an additional class: <i>backdoored</i>.</li>
</ol>
<p><b>One reader or all.</b> Where several layers read a channel, you can switch it off for all of them (channel output)
or for one. With one reader only, the trigger may still reach the output through the others: this is the
<b>bypass</b>, which the curve and the table name.</p>
<p><b>One layer, several or all.</b> Several convolutions, or all, can be pruned in one order, each channel by its
activation as a share of its layer's most active one. That takes longer, and so does switching off a channel by
hand.</p>
<p><b>Pixel range.</b> Some networks expect pixels from 0 to 255, others from 0 to 1. With the wrong one,
clean accuracy collapses while the ASR stays high, which looks like a bad but backdoored model. Both are tried on the
clean validation data.</p>
<p><small>Kang Liu, Brendan Dolan-Gavitt, Siddharth Garg: Fine-Pruning: Defending Against Backdooring Attacks on Deep
Neural Networks, 2018. The repaired network is that of the CSAW-HackML task.</small></p>
"""


def ask_open(parent: QWidget, *, role: Role, folder: str) -> tuple[Path, ...]:
    """Ask for a file, or for several poisoned ones or images; return an empty tuple if the user cancels."""
    filters = f"{_FILTERS[role]};;{_ALL}"
    if role in (Role.POISONED, Role.IMAGE):
        names = open_files(parent, _TITLES[role], folder, filters)
        return tuple(Path(name) for name in names)
    name = open_file(parent, _TITLES[role], folder, filters)
    return (Path(name),) if name else ()


def ask_any(parent: QWidget, *, folder: str) -> tuple[Path, ...]:
    """Ask for any files and folders; return an empty tuple if the user cancels."""
    box = OpenDialog(parent, folder)
    is_accepted = box.exec() == QDialog.DialogCode.Accepted
    chosen = box.chosen
    box.deleteLater()
    return chosen if is_accepted else ()


def ask_roles(parent: QWidget, *, recognition: Recognition) -> tuple[FileRole, ...] | None:
    """Ask what files are opened as, where that is unclear; return the role of each, or None if the user cancels."""
    box = RoleDialog(recognition, parent=parent)
    is_accepted = box.exec() == QDialog.DialogCode.Accepted
    roles = box.roles
    box.deleteLater()
    return roles if is_accepted else None


def ask_architecture(parent: QWidget, *, name: str, folder: str) -> Path | None:
    """Ask for the file that describes the network of weights; return None if the user cancels."""
    title = f"Open the description of the network of {name}"
    found = open_file(parent, title, folder, f"Descriptions (*.json);;{_ALL}")
    return Path(found) if found else None


def ask_folder(parent: QWidget, *, role: Role, folder: str) -> Path | None:
    """Ask for a folder of images, or for that of a SavedModel; return None if the user cancels."""
    kind = "the folder of a SavedModel" if role is Role.MODEL else "a folder of images"
    name = open_folder(parent, f"{_TITLES[role]}: {kind}", folder)
    return Path(name) if name else None


def ask_keys(
    parent: QWidget, *, name: str, pairs: Sequence[PairAnswer], chosen: tuple[str, str] | None
) -> tuple[str, str] | None:
    """Ask which arrays of a file are the images and their labels; return their keys, or None if the user cancels.

    Args:
        parent: the window.
        name: the name of the file.
        pairs: what there is.
        chosen: the keys that are proposed.
    """
    box = KeyDialog(name=name, pairs=pairs, chosen=chosen, parent=parent)
    is_accepted = box.exec() == QDialog.DialogCode.Accepted
    keys = box.keys
    box.deleteLater()
    return keys if is_accepted else None


def ask_repaired(parent: QWidget, *, folder: str) -> tuple[Path, ...]:
    """Ask for repaired networks to compare; return an empty tuple if the user cancels."""
    filters = f"{_FILTERS[Role.MODEL]};;{_ALL}"
    names = open_files(parent, "Add repaired networks", folder, filters)
    return tuple(Path(name) for name in names)


def ask_trigger(parent: QWidget, *, folder: str) -> Path | None:
    """Ask for a trigger; return None if the user cancels."""
    title = "Open a trigger: an image that is transparent where the input image shows through"
    name = open_file(
        parent, title, folder, f"Images with transparency, or arrays (*.png *.webp *.gif *.tif *.tiff *.npz);;{_ALL}"
    )
    return Path(name) if name else None


def ask_save(parent: QWidget, *, title: str, suggestion: Path, kinds: dict[str, str]) -> tuple[Path, bool] | None:
    """Ask where to save.

    Args:
        parent: the window.
        title: the title of the dialog.
        suggestion: the suggested folder and file name.
        kinds: the name of each file type by its suffix (".keras").

    Returns:
        The file, and whether the user agreed to replace an existing one; None if the user cancels.
    """
    filters = {f"{name} (*{suffix})": suffix for suffix, name in kinds.items()}
    text, chosen = save_file(parent, title, str(suggestion), ";;".join(filters))
    if not text:
        return None
    path = Path(text)
    if path.suffix.lower() in kinds:
        return path, True
    # The system's dialog asked about the name without this suffix, so the user did not agree to replace the file.
    return path.with_name(path.name + filters.get(chosen, next(iter(kinds)))), False


def ask_export_folder(parent: QWidget, *, title: str, folder: str) -> Path | None:
    """Ask for the folder in which a new one is made; return None if the user cancels."""
    name = open_folder(parent, title, folder)
    return Path(name) if name else None


def ask_names(parent: QWidget, *, folder: str) -> Path | None:
    """Ask for a file with names of classes; return None if the user cancels."""
    filters = f"Names of classes (*.txt *.csv *.tsv *.names *.labels);;{_ALL}"
    name = open_file(parent, "Open names of classes", folder, filters)
    return Path(name) if name else None


def ask_to_close_sets(parent: QWidget, *, model_name: str, sentences: tuple[str, ...]) -> bool:
    """Ask whether to close data that do not fit a new model; False keeps the open files."""
    box = QMessageBox(QMessageBox.Icon.Question, "The open data do not fit", "", parent=parent)
    box.setText(f"The open data do not fit {model_name}.")
    box.setInformativeText("\n\n".join(sentences))
    close = box.addButton("Open it and close the data", QMessageBox.ButtonRole.AcceptRole)
    keep = box.addButton("Keep the open files", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(keep)
    box.setEscapeButton(keep)
    box.exec()
    return box.clickedButton() is close


def ask_unsaved(parent: QWidget, *, action: str, names: Sequence[str], running: str) -> str:
    """Ask what becomes of networks that are in no file.

    Args:
        parent: the window.
        action: what discards them: "Quitting".
        names: their names.
        running: the repair that would be stopped: "Fine-tuning"; empty for none.

    Returns:
        "save", "discard" or "cancel".
    """
    box = QMessageBox(QMessageBox.Icon.Warning, "Not saved", "", parent=parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    told = joined([printable(each) for each in names])
    if len(names) > MOST_NAMES:
        told = f"{', '.join(printable(each) for each in names[:MOST_NAMES])} and {len(names) - MOST_NAMES} more"
    sentences = [f"{told} {'is' if len(names) == 1 else 'are'} not saved."] if names else []
    if running:
        sentences.append(f"{printable(running)} is still in progress.")
    box.setText(" ".join(sentences))
    lost = "it" if len(names) + bool(running) == 1 else "them"
    told = f"{action} discards {lost}."
    if names:
        told += f" Save first writes the repaired network B′{'' if len(names) == 1 else ' of each'}"
        told += ", and stops the repair." if running else "."
    box.setInformativeText(told)
    save = box.addButton(QMessageBox.StandardButton.Save) if names else None
    discard = box.addButton(QMessageBox.StandardButton.Discard)
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(save or cancel)
    box.setEscapeButton(cancel)
    box.exec()
    clicked = box.clickedButton()
    box.deleteLater()
    return "save" if save is not None and clicked is save else "discard" if clicked is discard else "cancel"


def ask_running_audit(parent: QWidget, *, name: str) -> str:
    """Ask what becomes of an audit when the window closes.

    Args:
        parent: the window.
        name: what runs, to begin a sentence with.

    Returns:
        "end", "keep" or "cancel".
    """
    box = QMessageBox(QMessageBox.Icon.Question, "An audit runs", "", parent=parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(f"{name} is still running.")
    box.setInformativeText(
        "It can go on without the window, and be watched again later. Ending it keeps the rows that are there."
    )
    keep = box.addButton("Keep it running", QMessageBox.ButtonRole.AcceptRole)
    end = box.addButton("End the audit", QMessageBox.ButtonRole.DestructiveRole)
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(keep)
    box.setEscapeButton(cancel)
    box.exec()
    clicked = box.clickedButton()
    box.deleteLater()
    return "keep" if clicked is keep else "end" if clicked is end else "cancel"


def ask_large(parent: QWidget, *, sentence: str) -> bool:
    """Ask whether a file is opened that takes much of the memory.

    Args:
        parent: the window.
        sentence: what it needs, and what there is.
    """
    box = QMessageBox(QMessageBox.Icon.Warning, "Large file", "", parent=parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(f"{sentence[:1].upper()}{sentence[1:]}.")
    box.setInformativeText("What is open stays open if you cancel.")
    wanted = box.addButton("Open anyway", QMessageBox.ButtonRole.AcceptRole)
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(cancel)
    box.setEscapeButton(cancel)
    box.exec()
    clicked = box.clickedButton()
    box.deleteLater()
    return clicked is wanted


def ask_target(parent: QWidget, *, name: str, target: Target, class_count: int) -> ChosenTarget | None:
    """Ask for the target of a poisoned set; return None if the user cancels."""
    box = TargetDialog(name=name, target=target, class_count=class_count, parent=parent)
    is_chosen = box.exec() == QDialog.DialogCode.Accepted
    box.deleteLater()
    return box.chosen if is_chosen else None


def ask_session(parent: QWidget, *, folder: str) -> Path | None:
    """Ask for a saved session, its archive or the document in its folder; return None if the user cancels."""
    name = open_file(parent, "Open a session", folder, f"Sessions (*.zip session.json);;{_ALL}")
    path = Path(name)
    return None if not name else path.parent if path.name == DOCUMENT else path


def ask_moved(parent: QWidget, *, path: Path, folder: str) -> Path | None:
    """Ask where a file of a session is now; return None if the user cancels.

    Args:
        parent: the window.
        path: where it was; its folder is shown if it is still there, and with it all files of its kind.
        folder: the folder to show otherwise.
    """
    start = str(path.parent) if path.parent.is_dir() else folder
    kind = f"*{path.suffix} (*{path.suffix});;" if path.suffix else ""
    name = open_file(parent, f"Where is {path.name}?", start, f"{kind}{_ALL}")
    return Path(name) if name else None


def show_unforeseen(parent: QWidget | None, *, summary: str, details: str) -> None:
    """Report an unexpected error; the application stays open."""
    box = QMessageBox(QMessageBox.Icon.Warning, "Unexpected error", "", parent=parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText("An unexpected error occurred. Open files stay open, and you can go on working.")
    box.setInformativeText(summary)
    box.setDetailedText(details)
    box.exec()


def show_verdict(parent: QWidget, verdict: FileVerdict, *, forbidden: Sequence[Path] = ()) -> None:
    """Show what was checked in a file; the person can copy it or save it.

    Args:
        parent: the window.
        verdict: what was found.
        forbidden: open files, which are never overwritten.
    """
    sandbox = verdict.sandbox or sandbox_state().sentence

    def save() -> None:
        kinds = {".json": "Findings as JSON", ".sarif": "Findings as SARIF"}
        chosen = ask_save(box, title="Save the findings", suggestion=suggested(verdict.path), kinds=kinds)
        if chosen is None:
            return
        path, may_replace = chosen
        if path.exists() and not may_replace:
            show_not_written(box, sentence=f"There is already a file at '{path}', and you did not agree to replace it.")
            return
        if path.exists() and any(each.exists() and path.samefile(each) for each in (verdict.path, *forbidden)):
            show_not_written(box, sentence=f"'{path}' is open here and is never overwritten.")
            return
        try:
            write_json(path, contents(verdict, sandbox=sandbox)[path.suffix.lower()])
        except ExportError as error:
            show_not_written(box, sentence=str(error))

    box = VerdictDialog(verdict, sandbox=sandbox, on_save=save, parent=parent)
    box.exec()
    box.deleteLater()


def show_not_written(parent: QWidget, *, sentence: str) -> None:
    """Say why a file could not be written."""
    box = QMessageBox(QMessageBox.Icon.NoIcon, "Not saved", "", parent=parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(sentence)
    box.exec()


def show_about(parent: QWidget, *, sandbox: str) -> None:
    """Show name, versions, licence, and whether files are read in a sandbox."""
    box = AboutDialog(sandbox=sandbox, parent=parent)
    box.exec()
    box.deleteLater()


def show_method(parent: QWidget) -> None:
    """Explain how the method works."""
    box = QDialog(parent)
    box.setWindowTitle("How it works")
    text = QLabel(_METHOD)
    text.setTextFormat(Qt.TextFormat.RichText)
    text.setWordWrap(True)
    text.setMinimumWidth(METHOD_WIDTH)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(box.reject)
    column = QVBoxLayout(box)
    column.setContentsMargins(24, 12, 24, 16)
    column.addWidget(text)
    column.addWidget(buttons)
    box.exec()
    box.deleteLater()
