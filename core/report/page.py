"""The report as one self-contained HTML page."""

import re
import shlex
from pathlib import Path, PurePath

import jinja2

from core.environment import command_name, is_checkout
from core.intake.sandbox.in_use import sandbox_state
from core.metrics.figures import figures_of, measures_of
from core.report.origin import Origin
from core.sweep.stops import stop_text
from core.version import NAME, versions
from core.words import NOTHING, TARGET_NOTE, bounds, percent, printable, scale_name

TEMPLATES = Path(__file__).resolve().parent.parent.parent / "resources" / "report"


def render(template: str, origin: Origin, **parts: object) -> str:
    """A page as text; every name from outside is escaped.

    Args:
        template: its file's name.
        origin: where the figures come from.
        parts: what this template shows besides.
    """
    program = ("python", "main.py") if is_checkout() else (command_name(),)
    words = (*program, *origin.command_line)
    return (
        _make_environment()
        .get_template(template)
        .render(
            application=NAME,
            origin=origin,
            nothing=NOTHING,
            figure_words=[each.sentence for each in measures_of(figures_of())],
            target_note=TARGET_NOTE if origin.poisoned else "",
            versions=versions(),
            sandbox=sandbox_state().sentence,
            command=shlex.join(printable(word) for word in words) if origin.command_line else "",
            **parts,
        )
    )


def _make_environment() -> jinja2.Environment:
    """What pages are made with: whatever a template shows is escaped, and what it does not know is an error."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        percent=lambda share: _unbroken(percent(share)),
        bounds=bounds,
        stop_text=stop_text,
        scale_name=scale_name,
        printable=printable,
        unbroken=_unbroken,
        file_name=lambda path: PurePath(path).name,
    )
    return environment


def _unbroken(text: str) -> str:
    """The same with its figures kept together with their % sign."""
    return re.sub(r"(?<=\d) (?=%)", "\N{NO-BREAK SPACE}", text)
