"""The wheel: what is in it, and that it works by itself, away from the checkout."""

import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("backdoor_inspector", "core", "gui", "resources")
FILES = (
    "main.py",
    "setup.py",
    "pyproject.toml",
    "MANIFEST.in",
    "README.md",
    "LICENSE",
    "GLOSSARY.md",
    "requirements.txt",
)
pytestmark = pytest.mark.slow  # builds and installs the wheel

Start = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built of a copy of the sources and without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    sources = folder / "sources"
    for name in SOURCES:
        shutil.copytree(ROOT / name, sources / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, sources / name)
    words = ["wheel", str(sources), "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(folder)]
    pip(*words)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the wheel is installed into, and nothing else."""
    folder = tmp_path_factory.mktemp("site")
    pip("install", "--no-deps", "--no-index", "--no-compile", "--target", str(folder), str(wheel))
    return folder


@pytest.fixture
def start(site: Path, tmp_path: Path) -> Start:
    """Runs Python on the installed wheel, in a folder that has modules of our names in it."""
    for name in ("core", "gui", "resources"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(f"raise RuntimeError('this is the person\\'s own {name}')\n")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}

    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, *words],
            cwd=tmp_path,
            env=environment | {"PYTHONPATH": str(site), "QT_QPA_PLATFORM": "offscreen"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


def pip(*words: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *words],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr


def done(ended: "subprocess.CompletedProcess[str]") -> str:
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_there_is_one_package_with_everything_in_it(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"backdoor_inspector"}
    inside = {name.removeprefix("backdoor_inspector/") for name in names}
    assert {"py.typed", "main.py", "__main__.py", "GLOSSARY.md"} <= inside
    for folder in SOURCES[1:]:
        wanted = {str(each.relative_to(ROOT)) for each in (ROOT / folder).rglob("*") if each.is_file()}
        assert {name for name in wanted if "__pycache__" not in name} <= inside


def test_no_import_is_left_that_only_works_in_the_checkout(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    for name in archive.namelist():
        if not name.endswith(".py"):
            continue
        for node in ast.walk(ast.parse(archive.read(name))):
            modules = [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
            modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not {str(each).split(".")[0] for each in modules} & {"core", "gui", "main"}, name


def test_no_module_is_named_by_a_string_that_the_build_does_not_move() -> None:
    found = []
    for path in [*(ROOT / "core").rglob("*.py"), *(ROOT / "gui").rglob("*.py"), ROOT / "main.py"]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
            if re.fullmatch(r"(core|gui)(\.\w+)+", text):
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}: derive '{text}' from __name__")  # type: ignore[attr-defined]
    assert found == []


def test_requirements_stand_in_one_place(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (name,) = (each for each in archive.namelist() if each.endswith("/METADATA"))
    asked = {
        re.split(r"[<>=;]", line.removeprefix("Requires-Dist: "))[0].strip().lower()
        for line in archive.read(name).decode().splitlines()
        if line.startswith("Requires-Dist: ")
    }
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    assert asked == {line.split(">=")[0].lower() for line in lines if line and not line.startswith("#")}


def test_importing_loads_nothing_heavy(start: Start) -> None:
    loaded = done(start("-c", "import backdoor_inspector, sys; print(*sys.modules)")).split()
    assert "backdoor_inspector" in loaded
    heavy = {"keras", "tensorflow", "numpy", "h5py", "PIL", "pydantic", "PySide6", "typer", "core", "gui"}
    assert not heavy & set(loaded)


def test_demo_is_evaluated_beside_foreign_modules_of_our_names(start: Start) -> None:
    told = done(
        start(
            "-c",
            "import backdoor_inspector as bi, sys; files = bi.demo(); "
            "told = bi.evaluate(files.model, test=files.test, poisoned=files.poisoned); "
            "print(told.test, told.poisoned[0], sorted({'core', 'gui'} & set(sys.modules)), sep=' | ')",
        )
    )
    assert told == "437 of 440 | 436 of 436 | []\n"


def test_console_script(start: Start, site: Path) -> None:
    script = site / "bin" / "backdoor-inspector"
    if not script.is_file():
        pytest.skip("console scripts are programs here")
    told = done(start(str(script), "--help"))
    assert "Usage: backdoor-inspector" in told
    assert "./run" not in told
    demo = site / "backdoor_inspector" / "resources" / "demo"
    words = ["evaluate", "--model", str(demo / "backdoored.h5"), "--test", str(demo / "clean_test.h5")]
    assert "437 of 440" in done(start(str(script), *words))


def test_window_starts_and_closes(start: Start) -> None:
    program = """
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from backdoor_inspector.gui.shell import application

class Application(QApplication):
    def __init__(self, *words):
        super().__init__(*words)
        QTimer.singleShot(0, self.close_all)

    def close_all(self):
        print([each.windowTitle() for each in self.topLevelWidgets() if each.isVisible()])
        self.closeAllWindows()

application.QApplication = Application
from backdoor_inspector.main import main
raise SystemExit(main([]))
"""
    ended = start("-c", program)
    assert (ended.returncode, ended.stdout) == (0, "['Backdoor Inspector']\n"), ended.stderr


@pytest.fixture(scope="module")
def build() -> Any:
    spec = importlib.util.spec_from_file_location("build_of_the_wheel", ROOT / "setup.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import core.cut\n", "import backdoor_inspector.core.cut\n"),
        ("import os, core.cut as c\n", "import os, backdoor_inspector.core.cut as c\n"),
        ("from core import words\n", "from backdoor_inspector.core import words\n"),
        ("if x: from  gui.a import b\n", "if x: from  backdoor_inspector.gui.a import b\n"),
        ("é = 1; from core.a import b\n", "é = 1; from backdoor_inspector.core.a import b\n"),
        ("from core.a import (\n    b,\n)\n", "from backdoor_inspector.core.a import (\n    b,\n)\n"),
        ("from . import core\nimport corelib\n", "from . import core\nimport corelib\n"),
        ('"""from core import x"""\n# import core\n', '"""from core import x"""\n# import core\n'),
    ],
)
def test_only_import_statements_are_moved(build: Any, before: str, after: str) -> None:
    assert build.moved_imports(before, "x.py") == after
    assert build.moved_imports(after, "x.py") == after


@pytest.mark.parametrize("text", ["import core.cut\ncore.cut.x()\n", "from \\\n    core import x\n"])
def test_what_cannot_be_moved_is_refused(build: Any, text: str) -> None:
    with pytest.raises(ValueError, match=r"x\.py:1"):
        build.moved_imports(text, "x.py")
