"""The graph as SVG: well-formed, with all layers; names from a file cannot break out."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from core.channels import PrunableLayer, Reader
from core.report.structure.graph_svg import GraphColours, GraphDrawing, graph_svg
from core.report.structure.layer_csv import COLUMNS, layers_tsv, write_layers_csv
from core.structure.kinds import LayerKind, kind_of
from core.structure.layout import lay_out
from core.structure.readers import find_routes
from core.structure.records import LayerRecord, NetworkStructure, WeightRecord

EVIL = '</text><script>alert("x")</script>\x1b'
STRUCTURE = NetworkStructure(
    (
        LayerRecord("pixels", "InputLayer", (8, 8, 3), 0, why_not="This is the input image."),
        LayerRecord(
            "conv",
            "Conv2D",
            (6, 6, 4),
            112,
            "relu",
            (("kernel", "3 × 3"),),
            (WeightRecord("kernel", (3, 3, 3, 4)),),
            ("pixels",),
            owner="conv",
        ),
        LayerRecord(EVIL, "Dense", (2,), 10, inputs=("conv",), why_not="units"),
        LayerRecord("=sum", "Add", (2,), 0, inputs=("conv", EVIL), why_not="joins"),
    ),
    (PrunableLayer("conv", "conv", 4, (Reader(EVIL, "Dense", True), Reader("=sum", "Add", False))),),
)


@pytest.fixture
def drawing() -> GraphDrawing:
    routes = find_routes(STRUCTURE, STRUCTURE.prunable, reader=EVIL)
    return GraphDrawing(
        title="net.h5",
        structure=STRUCTURE,
        layout=lay_out(STRUCTURE, {each.name: (120, 48) for each in STRUCTURE.layers}),
        lines={each.name: (each.class_name, each.name, each.shape_text) for each in STRUCTURE.layers},
        font_size=13,
        colours=GraphColours(
            "#fff", "#eee", "#ddf", "#999", "#000", "#555", "#00f", "#f00", dict.fromkeys(LayerKind, "#123")
        ),
        chosen=frozenset({"conv"}),
        readers={each.reader: "reads conv" for each in routes},
        read_edges={edge: each.is_open for each in routes for edge in each.edges},
    )


def test_every_layer_is_drawn_and_no_name_breaks_out(drawing):
    text = graph_svg(drawing)
    root = ElementTree.fromstring(text)
    tags = [each.tag.rpartition("}")[2] for each in root.iter()]
    assert "script" not in tags
    assert "\x1b" not in text
    titles = [each.text for each in root.iter() if each.tag.endswith("title")]
    assert titles[:3] == ["net.h5", "InputLayer pixels", "Conv2D conv"]
    assert tags.count("g") == 4


def test_thousands_are_parted_by_thin_spaces(drawing):
    lines = {
        name: (*each[:2], "6 × 6 × 4 · 21\N{NARROW NO-BREAK SPACE}660 parameters")
        for name, each in drawing.lines.items()
    }
    text = graph_svg(replace(drawing, lines=lines))
    assert "21\N{NARROW NO-BREAK SPACE}660 parameters" in text
    assert "u202f" not in text


def test_what_passes_along_edges_of_one_beginning_is_said_once(drawing):
    begins = [points[0] for edge, points in drawing.layout.lines.items() if edge[0] == "conv"]
    assert len(begins) == 2
    assert graph_svg(drawing).count(">6 × 6 × 4<") - len(_boxes_of(drawing, "6 × 6 × 4")) == len(set(begins))


def _boxes_of(drawing, text):
    return [name for name, lines in drawing.lines.items() if text in lines]


def test_readers_are_red_and_the_bypass_is_dashed(drawing):
    paths = [each for each in ElementTree.fromstring(graph_svg(drawing)).iter() if each.get("stroke-width") == "2.5"]
    assert {each.get("stroke") for each in paths} == {"#f00"}
    assert sorted(each.get("stroke-dasharray") or "" for each in paths) == ["", "6 4"]


def test_the_table_holds_no_formulas(tmp_path):
    write_layers_csv(tmp_path / "layers.csv", STRUCTURE)
    lines = (tmp_path / "layers.csv").read_text("utf-8").splitlines()
    assert lines[0] == ",".join(COLUMNS)
    assert lines[2] == "conv,Conv2D,pixels,6x6x4,relu,112,kernel(3x3x3x4),kernel 3 × 3,yes"
    assert lines[4].startswith("'=sum,Add,")
    assert layers_tsv(STRUCTURE.layers[1:2]).splitlines()[1].split("\t")[:2] == ["conv", "Conv2D"]


@pytest.mark.parametrize(
    ("class_name", "kind"),
    [("DepthwiseConv2D", "convolution"), ("GlobalAveragePooling2D", "pooling"), ("Add", "join"), ("Flatten", "other"),
     ("BatchNormalization", "normalization"), ("PReLU", "activation"), ("Dense", "dense")],
)  # fmt: skip
def test_kinds(class_name, kind):
    assert kind_of(class_name) == kind
