"""Finding the networks of an audit."""

import json
from pathlib import Path

import pytest

from core.audit.models import CommonFiles, find_entries
from core.errors import AuditError
from core.records import AttackKind
from core.scale import parse_scale


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with networks, one of them a SavedModel, and with other files."""
    for name in ("b.h5", "a.keras", "deep/c.onnx", "deep/notes.txt", "deep/.hidden.h5", "valid.h5"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "saved" / "variables").mkdir(parents=True)
    (tmp_path / "saved" / "saved_model.pb").write_bytes(b"x")
    (tmp_path / "saved" / "variables" / "other.h5").write_bytes(b"x")
    return tmp_path


def names(given: list[str], common: CommonFiles | None = None) -> list[str]:
    return [each.name for each in find_entries(given, common or CommonFiles())]


def test_a_folder_gives_all_networks_below_without_the_sets(folder: Path) -> None:
    common = CommonFiles(validation=folder / "valid.h5")
    assert names([str(folder)], common) == ["a.keras", "b.h5", "saved", "deep/c.onnx"]


def test_files_and_patterns_give_each_network_once(folder: Path) -> None:
    given = [str(folder / "b.h5"), str(folder / "**" / "*.h5"), str(folder / "saved")]
    assert names(given, CommonFiles(validation=folder / "valid.h5")) == ["b.h5", "other.h5", "saved"]


def test_networks_of_the_same_name_get_different_ones(folder: Path) -> None:
    (folder / "deep" / "b.h5").write_bytes(b"y")
    assert names([str(folder / "b.h5"), str(folder / "deep" / "b.h5")]) == [f"{folder.name}/b.h5", "deep/b.h5"]


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AuditError, match=r"there is no 'nothing\.h5'") as caught:
        find_entries(["nothing.h5"], CommonFiles())
    assert caught.value.code == "missing-file"
    with pytest.raises(AuditError) as caught:
        find_entries([str(tmp_path)], CommonFiles())
    assert caught.value.code == "no-models"


def test_a_csv_manifest_gives_each_network_its_own_sets(folder: Path) -> None:
    manifest = folder / "all.csv"
    manifest.write_text(
        "Model, poisoned ,target,scale,name\nb.h5,deep/p.h5;q.h5,3;next,unit,first\na.keras,,,,\n".replace(
            " poisoned ", "poisoned"
        ),
        encoding="utf-8-sig",
    )
    common = CommonFiles(validation=folder / "valid.h5", poisoned=(Path("r.h5"),), targets=(None,))
    first, second = find_entries([str(manifest)], common)
    assert (first.name, first.model, first.validation) == ("first", folder / "b.h5", folder / "valid.h5")
    assert first.poisoned == (folder / "deep/p.h5", folder / "q.h5")
    assert first.targets == (3, AttackKind.NEXT)
    assert first.scale == parse_scale("unit")
    assert (second.name, second.poisoned, second.targets, second.scale) == ("a.keras", (Path("r.h5"),), (None,), None)


def test_a_json_manifest_takes_lists(folder: Path) -> None:
    manifest = folder / "all.json"
    rows = [{"model": "b.h5", "poisoned": ["p.h5", "q.h5"], "target": 7, "validation": "deep/v.h5"}]
    manifest.write_text(json.dumps(rows), encoding="utf-8")
    (entry,) = find_entries([str(manifest)], CommonFiles(validation=Path("other.h5")))
    assert entry.poisoned == (folder / "p.h5", folder / "q.h5")
    assert (entry.targets, entry.validation) == ((7, 7), folder / "deep/v.h5")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("m.csv", "name\nx\n", "needs the column 'model'"),
        ("m.csv", "model,colour\nx.h5,red\n", "has 'colour'"),
        ("m.csv", "model\nx.h5,y\n", "row 1 has more cells"),
        ("m.csv", 'model\n"x.h5\n', "no CSV table"),
        ("m.csv", 'model\n""\n', "row 1 has no model"),
        ("m.csv", "model,poisoned,target\nx.h5,p.h5,1;2\n", "2 targets for 1"),
        ("m.csv", "model,poisoned,target\nx.h5,p.h5,left\n", "must be a class number"),
        ("m.csv", "model,scale\nx.h5,big\n", "the scale of row 1"),
        ("m.csv", "model,model\nx.h5,y.h5\n", "'model' twice"),
        ("m.csv", "model;validation\nx.h5;v.h5\n", "separated by semicolons: save it with commas"),
        ("m.csv", "model\tvalidation\nx.h5\tv.h5\n", "separated by tabs"),
        ("m.json", '[{"model": "x", "model": "y"}]', "'model' twice"),
        ("m.json", '[{"model": "x", "poisoned": {"y": 1}}]', "a text or a list of texts"),
        ("m.json", '[{"model": "x", "target": 1.5}]', "a text or a list of texts"),
        ("m.json", "{}", "a list of objects"),
        ("m.json", "[1]", "a list of objects"),
        ("m.json", "[", "no JSON"),
        ("m.json", '[{"model": 3}]', "must be a path"),
        ("m.json", '[{"model": "x", "poisoned": [{}]}]', "a text or a list of texts"),
        ("m.json", "[" * 100_000, "no JSON"),
        ("m.csv", "model,target\nx.h5,7\n", "1 target for 0 poisoned sets"),
        ("m.json", '[{"model": "x\\u0000y"}]', "'model' of row 1 must be a path"),
        ("m.json", '[{"model": "x", "name": ["y"]}]', "'name' of row 1 must be a text"),
        ("m.json", '[{"model": "x", "poisoned": ["y\\u0000"]}]', "a text or a list of texts"),
    ],
)
def test_a_wrong_manifest_is_refused_in_a_sentence(tmp_path: Path, name: str, text: str, words: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(AuditError, match=words) as caught:
        find_entries([str(tmp_path / name)], CommonFiles())
    assert caught.value.code == "wrong-manifest"
    assert "\n" not in str(caught.value)


def test_a_manifest_of_a_spreadsheet_has_a_byte_order_mark_and_capitals(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_bytes(b"\xef\xbb\xbfModel , Scale\r\nx.h5,raw\r\n")
    (entry,) = find_entries([str(tmp_path / "m.csv")], CommonFiles())
    assert (entry.name, entry.scale) == ("x.h5", parse_scale("raw"))
    (tmp_path / "m.csv").write_text("model\nx.h5\n", encoding="utf-16")
    with pytest.raises(AuditError, match="no text in UTF-8"):
        find_entries([str(tmp_path / "m.csv")], CommonFiles())


@pytest.mark.parametrize("name", ["", " "])
def test_an_empty_name_does_not_mean_the_folder_that_one_is_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "x.h5").touch()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AuditError, match="an empty name"):
        find_entries([name], CommonFiles())
