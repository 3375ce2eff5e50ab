"""The texts of a layer in the graph: the lines in its box, its tooltip, what a screen reader says."""

import html
from collections.abc import Sequence

from core import words
from core.channels import PrunableLayer
from core.structure.readers import ReaderRoute
from core.structure.records import LayerRecord
from core.words import counted, joined, printable

NAME_LENGTH = 34


def parameters_text(count: int) -> str:
    """Format a number of parameters: "21 660 parameters"."""
    return f"{grouped(count)} parameter{'' if count == 1 else 's'}"


def grouped(count: int) -> str:
    """Format a count with narrow spaces between thousands."""
    return f"{count:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def box_lines(layer: LayerRecord) -> tuple[str, ...]:
    """Return the lines of text in a layer's box: kind and activation, name, shape and parameters."""
    first = f"{layer.class_name} · {layer.activation}" if layer.activation else layer.class_name
    name = printable(layer.name)
    if len(name) > NAME_LENGTH:
        name = f"{name[: NAME_LENGTH // 2 - 1]}…{name[-NAME_LENGTH // 2 :]}"
    last = layer.shape_text
    if layer.parameter_count:
        last += f" · {parameters_text(layer.parameter_count)}"
    return first, name, last


def facts_of(layer: LayerRecord) -> tuple[tuple[str, str], ...]:
    """Return what is known of a layer, as names and texts."""
    facts = [("kind", layer.class_name), ("output", layer.shape_text)]
    if layer.activation:
        facts.append(("activation", layer.activation))
    facts.append(("parameters", grouped(layer.parameter_count)))
    facts += list(layer.settings)
    for weight in layer.weights:
        shape = " × ".join(map(str, weight.shape)) or "1"
        facts.append((f"weight {weight.name}", shape))
    if layer.inputs:
        facts.append(("reads", printable(", ".join(layer.inputs))))
    return tuple(facts)


def tooltip(layer: LayerRecord, note: str) -> str:
    """Return the tooltip of a layer as rich text; names from the file are escaped."""
    rows = "".join(
        f"<tr><td style='padding-right:8px'>{html.escape(name)}</td><td>{html.escape(text)}</td></tr>"
        for name, text in facts_of(layer)
    )
    last = layer.why_not or "Click to prune it; with Ctrl, together with those that are chosen."
    parts = [f"<b>{html.escape(printable(layer.name))}</b>", f"<table>{rows}</table>"]
    parts += [html.escape(note)] * bool(note) + [html.escape(printable(last))]
    return "".join(f"<div>{part}</div>" for part in parts)


def spoken(layer: LayerRecord, note: str) -> str:
    """Return what a screen reader says of a layer."""
    first, _, last = box_lines(layer)
    parts = [printable(layer.name), first.replace(" · ", ", "), last.replace(" · ", ", ")]
    if layer.inputs:
        parts.append(f"reads {printable(joined(layer.inputs))}")
    parts += [note] * bool(note) + [printable(layer.why_not)] * bool(layer.why_not)
    return "; ".join(parts)


def route_notes(routes: Sequence[ReaderRoute]) -> dict[str, str]:
    """Return what is said of each layer that reads pruned channels: "reads conv_3", "bypass: still reads conv_3"."""
    notes: dict[str, list[str]] = {}
    for route in routes:
        notes.setdefault(route.reader, []).append(route.layer)
    still = {route.reader for route in routes if route.is_open}
    return {
        reader: f"{'bypass: still reads' if reader in still else 'reads'} {printable(joined(layers))}"
        for reader, layers in notes.items()
    }


def routes_text(layer: PrunableLayer | None, routes: Sequence[ReaderRoute], reader: str | None) -> str:
    """Say which layer is pruned and who reads its channels; empty if none is chosen."""
    if layer is None:
        return ""
    text = f"Pruned: {printable(words.layer_title(layer))}, {counted(layer.channel_count, 'channel')}."
    readers = list(dict.fromkeys(printable(route.reader) for route in routes if not route.is_open))
    still = list(dict.fromkeys(printable(route.reader) for route in routes if route.is_open))
    if still and reader is not None:
        verb = "reads" if len(still) == 1 else "read"
        bypass = f"Dashed red, the bypass: {joined(still)} still {verb} them."
        return f"{text} Red: {printable(reader)} stops reading them. {bypass}"
    return f"{text} Red: read by {joined(readers)}." if 0 < len(readers) <= 6 else f"{text} Red: their readers."
