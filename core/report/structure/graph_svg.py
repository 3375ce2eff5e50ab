"""The layers of a network as an SVG drawing, as the window shows them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from core.structure.kinds import LayerKind, kind_of
from core.structure.layout import GraphLayout, curve
from core.structure.records import Edge, NetworkStructure
from core.words import printable

MARGIN = 16.0
_STRIPE = 5.0
_THIN = "\N{NARROW NO-BREAK SPACE}"  # between thousands; `printable` takes it for a control character


@dataclass(frozen=True, slots=True)
class GraphColours:
    """The colours of a drawing, as `#rrggbb`.

    Attributes:
        background: behind everything.
        box: of a layer.
        chosen: of a layer that is pruned.
        border: of a box, and of an edge.
        text: text.
        muted: secondary text.
        accent: border of a layer that is pruned.
        reader: of what reads the pruned channels.
        kinds: of the stripe of each kind of layer.
    """

    background: str
    box: str
    chosen: str
    border: str
    text: str
    muted: str
    accent: str
    reader: str
    kinds: Mapping[LayerKind, str]


@dataclass(frozen=True, slots=True, eq=False)
class GraphDrawing:
    """What is drawn.

    Attributes:
        title: of the drawing.
        structure: the layers.
        layout: where they are.
        lines: the lines of text of each layer, the first one bold, by name.
        font_size: of the first line, in logical pixels.
        colours: the colours.
        chosen: the layers that are pruned.
        readers: what is said of each layer that reads the pruned channels, by name.
        read_edges: the edges that carry pruned channels; True for those of a bypass.
    """

    title: str
    structure: NetworkStructure
    layout: GraphLayout
    lines: Mapping[str, Sequence[str]]
    font_size: float
    colours: GraphColours
    chosen: frozenset[str]
    readers: Mapping[str, str]
    read_edges: Mapping[Edge, bool]


def graph_svg(drawing: GraphDrawing) -> str:
    """Return the drawing as SVG text; names from the file are escaped."""
    layout, colours = drawing.layout, drawing.colours
    width, height = layout.width + 2 * MARGIN, layout.height + 2 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="{-MARGIN:g} {-MARGIN:g} {width:.1f} {height:.1f}" font-family="sans-serif">',
        f"<title>{_text(drawing.title)}</title>",
        f'<rect x="{-MARGIN:g}" y="{-MARGIN:g}" width="{width:.1f}" height="{height:.1f}" '
        f'fill="{colours.background}"/>',
        *(part for edge in sorted(layout.lines, key=drawing.read_edges.__contains__) for part in _edge(drawing, edge)),
        *dict.fromkeys(
            _shape(drawing, edge) for edge in layout.lines
        ),  # one for all edges that begin at the same place
        *(part for layer in drawing.structure.layers for part in _box(drawing, layer.name)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _edge(drawing: GraphDrawing, edge: Edge) -> Iterator[str]:
    points, colours = drawing.layout.lines[edge], drawing.colours
    is_read = edge in drawing.read_edges
    dash = ' stroke-dasharray="6 4"' if drawing.read_edges.get(edge) else ""
    stroke = colours.reader if is_read else colours.border
    path = f"M {points[0][0]:.1f} {points[0][1]:.1f}"
    for first, second, end in curve(points):
        path += f" C {first[0]:.1f} {first[1]:.1f} {second[0]:.1f} {second[1]:.1f} {end[0]:.1f} {end[1]:.1f}"
    yield f'<path d="{path}" fill="none" stroke="{stroke}" stroke-width="{2.5 if is_read else 1.5}"{dash}/>'
    x, y = points[-1]
    yield f'<path d="M {x:.1f} {y:.1f} l -4 -7 l 8 0 z" fill="{stroke}"/>'


def _shape(drawing: GraphDrawing, edge: Edge) -> str:
    """Return what passes along an edge, beside its beginning."""
    shape = drawing.structure.layer(edge[0]).shape_text
    size = drawing.font_size * 0.75
    x, y = drawing.layout.lines[edge][0]
    place = f'x="{x + 5:.1f}" y="{y + size + 4:.1f}" font-size="{size:.1f}"'
    return f'<text {place} fill="{drawing.colours.muted}">{_text(shape)}</text>'


def _box(drawing: GraphDrawing, name: str) -> Iterator[str]:
    left, top, width, height = drawing.layout.boxes[name]
    colours, layer = drawing.colours, drawing.structure.layer(name)
    is_chosen, note = name in drawing.chosen, drawing.readers.get(name, "")
    stroke = colours.accent if is_chosen else colours.reader if note else colours.border
    yield f"<g><title>{_text(f'{layer.class_name} {name}')}</title>"
    yield (
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" rx="5" '
        f'fill="{colours.chosen if is_chosen else colours.box}" stroke={quoteattr(stroke)} '
        f'stroke-width="{2 if is_chosen or note else 1}"/>'
    )
    kind = colours.kinds[kind_of(layer.class_name)]
    yield f'<rect x="{left:.1f}" y="{top + 4:.1f}" width="{_STRIPE:g}" height="{height - 8:.1f}" fill="{kind}"/>'
    lines = drawing.lines[name]
    step = height / (len(lines) + 0.5)
    for place, line in enumerate(lines):
        size = drawing.font_size * (1.0 if place == 0 else 0.85)
        style = ' font-weight="600"' if place == 0 else ""
        fill = colours.text if place < 2 else colours.muted
        at = top + step * (place + 0.75) + size * 0.35
        yield f'<text x="{left + 13:.1f}" y="{at:.1f}" font-size="{size:.1f}" fill="{fill}"{style}>{_text(line)}</text>'
    if note:
        size = drawing.font_size * 0.75
        yield (
            f'<text x="{left + width:.1f}" y="{top - 4:.1f}" font-size="{size:.1f}" text-anchor="end" '
            f'fill="{colours.reader}">{_text(note)}</text>'
        )
    yield "</g>"


def _text(text: str) -> str:
    return escape(_THIN.join(printable(part) for part in text.split(_THIN)))
