"""What the documentation names is there, and what is there has its page."""

import re
from pathlib import Path

import pytest

from start import CHECKS

ROOT = Path(__file__).resolve().parent.parent
API = ROOT / "docs" / "api"
PACKAGES = sorted(each.parent.name for each in (ROOT / "core").glob("*/__init__.py"))
MODULES = sorted(each.stem for each in (ROOT / "core").glob("*.py") if each.stem != "__init__")


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_of_core_has_its_api_page(package: str) -> None:
    assert f"\n::: core.{package}\n" in (API / f"{package}.md").read_text("utf-8")


def test_every_module_of_the_ground_floor_is_in_the_api() -> None:
    pages = re.findall(r"^::: core\.(\w+)$", (API / "foundation.md").read_text("utf-8"), re.MULTILINE)
    assert pages == MODULES


def test_commits_are_checked_by_what_lint_checks() -> None:
    hooks = re.findall(r"^ +entry: (.+)$", (ROOT / ".pre-commit-config.yaml").read_text("utf-8"), re.MULTILINE)
    assert hooks == [f"./run lint {check}" for check in CHECKS]
