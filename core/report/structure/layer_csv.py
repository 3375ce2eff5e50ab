"""The layers of a network as a table: CSV, tab-separated text for the clipboard, and plain values for other formats."""

from collections.abc import Sequence
from pathlib import Path

from core.report.csv_cells import text_cell, write_csv
from core.report.tables.plain_table import PlainTable
from core.structure.records import LayerRecord, NetworkStructure

COLUMNS = ("layer", "class", "reads", "output_shape", "activation", "parameters", "weights", "settings", "prunable")


def layer_cells(layer: LayerRecord) -> list[str]:
    """Return the cells of one layer, in the order of `COLUMNS`."""
    return [text_cell(cell) if isinstance(cell, str) else str(cell) for cell in _values(layer)]


def layers_tsv(layers: Sequence[LayerRecord]) -> str:
    """Return layers as tab-separated text for spreadsheets, with a header."""
    return "".join("\t".join(cells) + "\n" for cells in [list(COLUMNS), *map(layer_cells, layers)])


def layers_table(layers: Sequence[LayerRecord]) -> PlainTable:
    """Return layers as plain values, with the columns of the CSV table."""
    return PlainTable("Layers", COLUMNS, tuple(map(_values, layers)))


def write_layers_csv(path: Path, structure: NetworkStructure) -> None:
    """Write the layers of a network, the input first.

    Raises:
        ExportError: the file could not be written.
    """
    write_csv(path, COLUMNS, map(layer_cells, structure.layers))


def _values(layer: LayerRecord) -> tuple[str | int, ...]:
    return (
        layer.name,
        layer.class_name,
        " ".join(layer.inputs),
        layer.shape_text.replace(" × ", "x"),
        layer.activation,
        layer.parameter_count,
        " ".join(f"{each.name}({'x'.join(map(str, each.shape))})" for each in layer.weights),
        "; ".join(f"{name} {value}" for name, value in layer.settings),
        "yes" if layer.is_prunable else "no",
    )
