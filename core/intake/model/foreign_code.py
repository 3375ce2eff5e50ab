"""Refusal of code in a description, also where this application would not look for it.

A network's loss, or how its weights were once drawn, plays no part here. Another program may run what is written there,
and a file that carries code does not pass as a plain network.
"""

import sys
from typing import Any

from core.intake.refusal import Refusal, shortened

# Functions of Python that run code, open files or reach other objects; a network names functions of its own.
_BUILTINS = frozenset(
    {
        *("eval", "exec", "compile", "open", "input", "breakpoint", "__import__", "__build_class__"),
        *("getattr", "setattr", "delattr", "globals", "locals", "vars", "type", "object", "memoryview"),
    }
)


def refuse_code(description: Any) -> None:
    """Refuse a description that holds a function's code, or names one of Python's own modules.

    Args:
        description: parsed JSON.

    Raises:
        Refusal: `unsupported-config`.
    """
    waiting = [description]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += value.values()
            _check(value)


def _check(value: dict[str, Any]) -> None:
    class_name, module = value.get("class_name"), value.get("module")
    if class_name == "__lambda__":
        raise Refusal("unsupported-config", "its description contains the code of a function")
    if not isinstance(module, str):
        return
    package = module.partition(".")[0]
    named = value.get("config") if class_name == "function" else class_name
    if package == "builtins":
        is_foreign = module != package or (isinstance(named, str) and named in _BUILTINS)
    else:
        is_foreign = package in sys.stdlib_module_names
    if is_foreign:
        found = named if isinstance(named, str) else class_name
        raise Refusal("unsupported-config", f"its description names Python's {shortened(module)}.{shortened(found)}")
