"""Tables of the zoo in Markdown: which recipes are for which half, and what became of them."""

from collections.abc import Sequence

from tests.zoo.index import Entry
from tests.zoo.recipes import ARCHITECTURES, KINDS, NO_TRIGGER, SCALES, TRIGGERS, Recipe, all_recipes

_WORDS = {"tuning": "tuning", "report": "**report**"}


def recipe_table() -> str:
    """Return the half of each architecture with each trigger, and of each clean network's recipe."""
    halves = {(each.architecture, each.trigger): each.half for each in all_recipes() if each.is_backdoored}
    rows = [[trigger, *(_WORDS[halves[name, trigger]] for name in ARCHITECTURES)] for trigger in TRIGGERS]
    clean = {(each.architecture, each.kind, each.scale): each.half for each in all_recipes() if not each.is_backdoored}
    for kind in KINDS:
        for scale in SCALES:
            found = [clean.get((name, kind, scale)) for name in ARCHITECTURES]
            rows.append([f"clean, {kind}, {scale}", *("–" if each is None else _WORDS[each] for each in found)])
    return _table(["trigger", *ARCHITECTURES], rows)


def result_table(recipes: Sequence[Recipe], entries: Sequence[Entry]) -> str:
    """Return for each trigger and each half how many networks passed, of how many recipes, and the least figures."""
    rows = []
    for trigger in (NO_TRIGGER, *TRIGGERS):
        cells = [trigger]
        for half in ("tuning", "report"):
            planned = [each for each in recipes if each.trigger == trigger and each.half == half]
            made = [each for each in entries if each.recipe in planned]
            passed = [each for each in made if not each.left_out]
            cells.append(
                f"{len(passed)} of {len(planned)}" + ("" if len(made) == len(planned) else f" ({len(made)} made)")
            )
        both = [each for each in entries if each.recipe.trigger == trigger and not each.left_out]
        for kind in KINDS:
            accuracies = [each.accuracy.rate for each in both if each.recipe.kind == kind]
            cells.append(_span(accuracies))
        cells.append(_span([each.rate for entry in both for each in entry.successes]))
        rows.append(cells)
    accuracy = [f"clean accuracy, {each}" for each in KINDS]
    return _table(["trigger", "tuning: passed", "report: passed", *accuracy, "attack success"], rows)


def _span(rates: Sequence[float]) -> str:
    return f"{100 * min(rates):.1f}–{100 * max(rates):.1f} %" if rates else "–"


def _table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join(f"| {' | '.join(each)} |" for each in lines)
