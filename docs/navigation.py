"""MkDocs calls this to list all pages of docs/api and docs/adr, so that a new one needs no line in mkdocs.yml."""

from pathlib import Path
from typing import Any

SECTIONS = {"API": "api", "Decisions": "adr"}


def on_config(config: Any) -> Any:
    """Fill in the sections whose pages are all files of a folder."""
    docs = Path(config.docs_dir)
    for section in config.nav:
        for name in SECTIONS.keys() & section.keys():
            pages = sorted((docs / SECTIONS[name]).glob("*.md"), key=lambda page: (page.stem != "index", page.name))
            section[name] = [page.relative_to(docs).as_posix() for page in pages]
    return config
