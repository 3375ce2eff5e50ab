"""Describes a network to save: which one, of which model, made by which method, with its figures."""

from collections.abc import Sequence

from core.metrics.figures import ATTACK, CLEAN_TEST, CLEAN_VALIDATION
from core.metrics.network_scores import NetworkKind
from core.records import SweepPoint
from core.words import percent, printable
from gui.theme.formatting import set_endings

NETWORKS = {"pruned": "B′", "repaired": "G by agreement", "by_confidence": "G by confidence"}
"""The networks that can be saved, by the key of their menu entry."""

SAVE_TEXTS = (
    ("pruned", "Save &B′…", "Ctrl+S"),
    ("repaired", "Save &G by agreement…", "Ctrl+Shift+S"),
    ("by_confidence", "Save G by &confidence…", ""),
)
"""Key, text and shortcut of the menu entries that save a network."""


def network_text(kind: str, *, model_name: str, method: str, figures: str) -> str:
    """Describe a network: "G by agreement of net.h5, Occlusion: clean test accuracy 98.20 %, ASR 0.20 %".

    Args:
        kind: one of `NETWORKS`.
        model_name: the file of B.
        method: how B′ was made, or its name.
        figures: its figures, or why they are not known.
    """
    return f"{NETWORKS[kind]} of {printable(model_name)}, {printable(method)}: {figures}"


def figures_text(kind: str, point: SweepPoint | None, *, poisoned_names: Sequence[str], unknown: str) -> str:
    """Describe the figures of a network: "clean test accuracy 98.20 %, ASR 0.20 %".

    Args:
        kind: one of `NETWORKS`.
        point: the figures of B′, and of G by the rule that `kind` names; None if they are not known.
        poisoned_names: names of the poisoned sets, in the order of the figures.
        unknown: the text if the figures are not known.
    """
    if point is None:
        return unknown
    network = NetworkKind.PRUNED if kind == "pruned" else NetworkKind.REPAIRED
    clean = CLEAN_TEST if point.test is not None else CLEAN_VALIDATION
    share = clean.share_at(point, network)
    words = [f"{clean.curve_title} {percent(share)}"] if share is not None else []
    for place, ending in enumerate(set_endings(poisoned_names)):
        attack = ATTACK.share_at(point, network, place)
        if attack is not None:
            on = " on" if len(poisoned_names) > 1 else ""
            words.append(f"ASR{on}{ending} {percent(attack)}")
    return ", ".join(words if poisoned_names else [*words, "ASR not known"])
