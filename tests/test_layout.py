"""How the tree is laid out."""

import ast
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINE_LIMIT = 400
STARTER_LIMIT = 550
CLASS_LIMIT = 250
MODULE_LIMIT = 12  # in a folder, without __init__.py
PLACE = re.compile(r"(?<![\w.~/-])/(?:home|root|tmp|Users|work|session|mnt|data|private)/[\w.]")
VAGUE_NAMES = {"utils.py", "util.py", "helpers.py", "helper.py", "common.py", "manager.py", "misc.py"}
# Metaphors that were names once; their successors are in GLOSSARY.md and the docstrings.
OLD_NAMES = {"desk", "workspace", "workbench", "slab", "shelf", "lanes", "look", "wish", "ready", "picture", "pictures"}
NOT_OURS = {
    ".git",
    ".venv",
    "build",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".hypothesis",
    ".import_linter_cache",
}


def tracked_files() -> list[Path]:
    """The project's files; those that git would take, where there is git."""
    try:
        listed = subprocess.run(
            ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        files = [ROOT / name for name in listed.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        files = [each for each in ROOT.rglob("*") if not NOT_OURS & set(each.relative_to(ROOT).parts)]
    return [each for each in files if each.is_file() and "__pycache__" not in each.parts]


FILES = tracked_files()


def test_there_are_files() -> None:
    assert {ROOT / "main.py", ROOT / "run", ROOT / "LICENSE"} <= set(FILES)


def test_no_machines_paths() -> None:
    found = []
    for path in FILES:
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {hit.group()}" for hit in PLACE.finditer(text)]
    assert found == []


def test_tests_have_no_package_files() -> None:
    # One there would shadow the real package of that name.
    assert [each for each in FILES if each.name == "__init__.py" and (ROOT / "tests") in each.parents] == []


@pytest.mark.parametrize("folder", ["core", "gui", "tests"])
def test_no_file_is_too_long(folder: str) -> None:
    lengths = {
        str(each.relative_to(ROOT)): len(each.read_text("utf-8").splitlines())
        for each in FILES
        if each.suffix == ".py" and (ROOT / folder) in each.parents
    }
    assert {name: length for name, length in lengths.items() if length > LINE_LIMIT} == {}


def test_only_the_starter_is_longer_among_the_files_at_the_root() -> None:
    # It says itself why it is one file.
    lengths = {each.name: len(each.read_text("utf-8").splitlines()) for each in ROOT.glob("*.py")}
    assert lengths.pop("start.py") <= STARTER_LIMIT
    assert {name: length for name, length in lengths.items() if length > LINE_LIMIT} == {}


def test_no_class_is_too_long() -> None:
    lengths = {
        f"{each.relative_to(ROOT)}:{node.name}": node.end_lineno - node.lineno + 1
        for each in FILES
        if each.suffix == ".py" and (ROOT / "tests") not in each.parents
        for node in ast.walk(ast.parse(each.read_text("utf-8")))
        if isinstance(node, ast.ClassDef) and node.end_lineno
    }
    assert {name: length for name, length in lengths.items() if length > CLASS_LIMIT} == {}


def test_no_file_is_named_after_nothing() -> None:
    assert [each for each in FILES if each.name in VAGUE_NAMES] == []


def test_resources_hold_data_only() -> None:
    assert [each for each in FILES if each.suffix == ".py" and (ROOT / "resources") in each.parents] == []


def modules(folder: str) -> list[Path]:
    """Every module of a folder and of the folders in it, relative to the project's root."""
    here = ROOT / folder
    return [each.relative_to(ROOT) for each in FILES if each.suffix == ".py" and here in each.parents]


def test_no_folder_holds_too_many_modules() -> None:
    counts = Counter(each.parent.as_posix() for each in modules("core") + modules("gui") if each.stem != "__init__")
    assert len(counts) > 20
    assert {folder: count for folder, count in counts.items() if count > MODULE_LIMIT} == {}


@pytest.mark.parametrize("folder", ["core", "gui"])
def test_tests_mirror_the_tree(folder: str) -> None:
    tested = {each.parent.relative_to("tests") for each in modules(f"tests/{folder}")}
    assert len(tested) > 5
    assert tested <= {each.parent for each in modules(folder)}


@pytest.mark.parametrize("folder", ["core", "gui", "tests"])
def test_no_module_and_no_folder_is_named_by_a_metaphor(folder: str) -> None:
    names = {part.removesuffix(".py").removeprefix("test_") for each in modules(folder) for part in each.parts}
    words = {word for name in names for word in (name, *name.split("_"))}
    assert words & OLD_NAMES == set()


@pytest.mark.parametrize("folder", ["core", "gui"])
def test_no_class_is_named_by_a_metaphor(folder: str) -> None:
    found = []
    for module in modules(folder):
        for name in re.findall(r"^\s*class _*(\w+)", (ROOT / module).read_text("utf-8"), re.MULTILINE):
            words = {word.lower() for word in re.findall(r"[A-Z][a-z0-9]*", name)}
            found += [f"{module}: {name}"] if words & OLD_NAMES else []
    assert found == []
