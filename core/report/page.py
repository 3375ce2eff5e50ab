"""The report as one self-contained HTML page."""

import re
import shlex
from collections.abc import Sequence
from functools import cache
from pathlib import Path, PurePath

import jinja2

from core.environment import command_name, is_checkout
from core.intake.sandbox.in_use import sandbox_state
from core.metrics.figures import figures_of, measures_of
from core.report.origin import RunOrigin
from core.sweep.stops import stop_text
from core.version import NAME, versions
from core.words import NOTHING, bounds, percent, printable

TEMPLATES = Path(__file__).resolve().parent.parent.parent / "resources" / "report"


def render(template: str, origin: RunOrigin, **parts: object) -> str:
    """Render a page; every untrusted name is escaped.

    Args:
        template: file name of the template.
        origin: the origin of the figures.
        parts: further variables of this template.
    """
    return render_page(template, command_line=origin.command_line, origin=origin, target_notes=origin.notes, **parts)


def render_page(template: str, *, command_line: Sequence[str], **parts: object) -> str:
    """Render a page that is not of one network; every untrusted name is escaped.

    Args:
        template: file name of the template.
        command_line: the arguments typed after `python main.py`; empty if no command makes the page.
        parts: further variables of this template.
    """
    program = ("python", "main.py") if is_checkout() else (command_name(),)
    return (
        _environment()
        .get_template(template)
        .render(
            application=NAME,
            nothing=NOTHING,
            figure_words=[each.sentence for each in measures_of(figures_of())],
            versions=versions(),
            sandbox=sandbox_state().sentence,
            command=shlex.join(printable(word) for word in (*program, *command_line)) if command_line else "",
            **parts,
        )
    )


@cache  # compiling the templates takes longer than rendering most pages
def _environment() -> jinja2.Environment:
    """Return the template environment: all output is escaped, and unknown variables are errors."""
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
        printable=printable,
        unbroken=_unbroken,
        file_name=lambda path: PurePath(path).name,
    )
    return environment


def _unbroken(text: str) -> str:
    """Keep figures and their % sign on the same line."""
    return re.sub(r"(?<=\d) (?=%)", "\N{NO-BREAK SPACE}", text)
