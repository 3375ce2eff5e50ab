"""Whether names of classes fit the networks that they may be meant for."""

from collections.abc import Sequence
from dataclasses import replace

from core.intake.data.bundle import TABLE_SUFFIXES
from core.intake.refusal import shortened
from core.network.network import Network
from core.recognition.name_hints import says_names
from core.recognition.reading import Content
from core.words import counted


def names_misfit(content: Content, networks: Sequence[Network]) -> str:
    """Return why names cannot be shown with any of the networks; empty if they can, or if there is none."""
    names, path = content.names, content.found.path
    if not names or not networks:
        return ""
    largest, class_count = max(names), max(network.class_count for network in networks)
    if largest < class_count:
        return ""
    count = counted(len(names), "name")
    return (
        f"'{shortened(path.name)}' does not fit: it has {count} up to class {largest:,}, and the network has the "
        f"classes 0 to {class_count - 1:,}."
    )


def with_doubt(content: Content, networks: Sequence[Network]) -> Content:
    """Return what was read, with why a text may be something else than names of classes.

    It is names if it is a table, is called so, or has as many lines as a network has classes.
    """
    path, count = content.found.path, len(content.names)
    if not count or path.suffix.lower() in TABLE_SUFFIXES or says_names(path):
        return content
    if any(network.class_count == count for network in networks):
        return content
    doubt = f"a text of {counted(count, 'line')}: names of classes, or something else"
    return replace(content, found=replace(content.found, doubt=doubt))
