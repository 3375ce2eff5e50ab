"""The build of the wheel: everything goes into the one package `backdoor_inspector`.

On disk `core`, `gui`, `resources` and `main.py` stand at the root and import each other by these names. Installed, such
names would get in the way of other people's modules. So the copies that are built stand inside `backdoor_inspector`,
and their import statements say so; the sources stay as they are. See docs/adr/0015-importable-name.md.
"""

import ast
import re
import shutil
import sys
from pathlib import Path

from setuptools import find_namespace_packages, find_packages, setup
from setuptools.command.build_py import build_py

PACKAGE = "backdoor_inspector"
MOVED = ("core", "gui", "main")  # top-level names that are found inside the package once they are installed
IS_EDITABLE = "editable_wheel" in sys.argv  # the checkout itself is put on the path: nothing is copied or moved


def moved_imports(source: str, name: str) -> str:
    """Return a module's text with `core`, `gui` and `main` imported from inside the package.

    Only absolute import statements change, and in them only the module's name; lines keep their numbers.

    Args:
        source: the module's text.
        name: what to call it in an error.

    Raises:
        ValueError: an import cannot be moved: `import core.x` whose name `core` is used, or one split after `from`.
    """
    tree = ast.parse(source)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    lines = [line.encode() for line in source.splitlines(keepends=True)]
    places: list[tuple[int, int, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not node.level and node.module and _root(node.module) in MOVED:
            start = re.match(rb"from[ \t]+", lines[node.lineno - 1][node.col_offset :])
            if start is None or lines[node.lineno - 1][node.col_offset + start.end() :][:1] == b"\\":
                raise ValueError(f"{name}:{node.lineno}: the module's name must stand right after 'from'")
            places.append((node.lineno, node.col_offset + start.end(), node.module))
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if _root(alias.name) not in MOVED:
                    continue
                if alias.asname is None and _root(alias.name) in used:
                    raise ValueError(f"{name}:{node.lineno}: write 'from ... import' in place of 'import {alias.name}'")
                places.append((alias.lineno, alias.col_offset, alias.name))
    for line_number, column, module in sorted(places, reverse=True):
        line = lines[line_number - 1]
        if not line[column:].startswith(module.encode()):
            raise ValueError(f"{name}:{line_number}: '{module}' must be written in one piece")
        lines[line_number - 1] = line[:column] + f"{PACKAGE}.".encode() + line[column:]
    return b"".join(lines).decode()


def _root(module: str) -> str:
    return module.partition(".")[0]


class BuildPy(build_py):
    """Copies modules with their imports moved, `main.py` among them."""

    def run(self) -> None:
        """Copy into an empty folder: a module that is gone must not come back from an earlier build."""
        if not self.editable_mode:
            shutil.rmtree(Path(self.build_lib) / PACKAGE, ignore_errors=True)
        super().run()
        if not self.editable_mode:
            shutil.copyfile("GLOSSARY.md", Path(self.build_lib) / PACKAGE / "GLOSSARY.md")  # the window shows it

    def find_package_modules(self, package: str, package_dir: str) -> list[tuple[str, str, str]]:
        """Name the modules of a package as (package, module, file)."""
        found: list[tuple[str, str, str]] = super().find_package_modules(package, package_dir)
        if package == PACKAGE and not IS_EDITABLE:
            found.append((PACKAGE, "main", "main.py"))
        return found

    def build_module(self, module: str, module_file: str, package: str | list[str] | tuple[str, ...]) -> object:
        """Write one module with its imports moved."""
        parts = package.split(".") if isinstance(package, str) else list(package)
        target = Path(self.get_module_outfile(self.build_lib, parts, module))
        target.parent.mkdir(parents=True, exist_ok=True)
        text = moved_imports(Path(module_file).read_text("utf-8"), module_file)
        target.write_text(text, encoding="utf-8", newline="\n")
        return str(target), 1


if __name__ == "__main__":
    here = find_packages(include=[PACKAGE, f"{PACKAGE}.*"])
    code = find_packages(include=["core", "core.*", "gui", "gui.*"])
    if IS_EDITABLE:
        setup(packages=[*here, *code], package_dir={"": "."})
    else:
        data = find_namespace_packages(include=["resources", "resources.*"])
        setup(
            packages=[*here, *(f"{PACKAGE}.{each}" for each in (*code, *data))],
            package_dir={f"{PACKAGE}.{each}": each for each in ("core", "gui", "resources")},
            package_data={PACKAGE: ["py.typed"], **{f"{PACKAGE}.{each}": ["*"] for each in data}},
            include_package_data=False,
            cmdclass={"build_py": BuildPy},
        )
