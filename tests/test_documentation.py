"""What the documentation names is there, and what is there has its page."""

import re
import tomllib
from pathlib import Path

import pytest

from core.version import NAME, VERSION
from start import CHECKS

ROOT = Path(__file__).resolve().parent.parent
API = ROOT / "docs" / "api"
PACKAGES = sorted(each.parent.name for each in (ROOT / "core").glob("*/__init__.py"))
PATH = r"[\w.*-]+/[\w./*-]*|[\w-]+\.(md|py|toml|txt|lock|cff|yml|cmd)"  # a folder with its slash, or a file
MADE = (".venv/", "build/")  # by the set-up and by commands
MODULES = sorted(each.stem for each in (ROOT / "core").glob("*.py") if each.stem != "__init__")


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_of_core_has_its_api_page(package: str) -> None:
    assert f"\n::: core.{package}\n" in (API / f"{package}.md").read_text("utf-8")


def test_every_module_of_the_ground_floor_is_in_the_api() -> None:
    pages = re.findall(r"^::: core\.(\w+)$", (API / "foundation.md").read_text("utf-8"), re.MULTILINE)
    assert pages == MODULES


def test_the_face_for_scripts_has_its_api_page() -> None:
    assert "\n::: backdoor_inspector\n" in (API / "backdoor_inspector.md").read_text("utf-8")


def test_commits_are_checked_by_what_lint_checks() -> None:
    hooks = re.findall(r"^ +entry: (.+)$", (ROOT / ".pre-commit-config.yaml").read_text("utf-8"), re.MULTILINE)
    assert hooks == [f"./run lint {check}" for check in CHECKS]


def test_citation_names_the_version_and_licence_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    citation = dict(re.findall(r"^([a-z-]+): (.+)$", (ROOT / "CITATION.cff").read_text("utf-8"), re.MULTILINE))
    assert citation["cff-version"] == "1.2.0"
    assert citation["title"] == NAME
    assert citation["version"] == project["version"] == VERSION
    assert citation["license"] == project["license"] == (ROOT / "LICENSE").read_text("utf-8").split()[0]


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "SECURITY.md", "README.md", "GLOSSARY.md", "docs/ARCHITECTURE.md"])
def test_every_file_that_is_named_exists(name: str) -> None:
    text = re.sub(r"^```.*?^```", "", (ROOT / name).read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    paths = {code for code in re.findall(r"`([^`\n]+)`", text) if re.fullmatch(PATH, code)}
    assert paths
    assert {path for path in paths if not any(ROOT.glob(path)) and not path.startswith(MADE)} == set()


def test_every_code_name_of_the_glossary_is_in_the_code() -> None:
    names = set(re.findall(r"`([A-Za-z_]\w*)`", (ROOT / "GLOSSARY.md").read_text("utf-8")))
    code = "\n".join(
        path.read_text("utf-8")
        for folder in ("core", "gui", "backdoor_inspector")
        for path in sorted((ROOT / folder).rglob("*.py"))
    )
    assert len(names) > 30
    assert names - set(re.findall(r"[A-Za-z_]\w*", code)) == set()
