"""Reads what an earlier run says of itself in its `results.json`; nothing is taken but plain words and names."""

import json
import re
from typing import Any, BinaryIO, NoReturn

from core.intake.exchange import LONGEST_NAME, METHOD_PATTERN, MOST_FILES
from core.intake.refusal import Refusal
from core.version import NAME


def read_results(file: BinaryIO, *, name: str) -> dict[str, object]:
    """Take the method and the names of the files out of results that are ours.

    A method that is no plain word counts as none; a name that is none for a file, or not printable, is left out.

    Returns:
        `method` and `files`, as plain JSON values.

    Raises:
        Refusal: `wrong-format`, `damaged-file` or `file-too-large`.
    """
    told = _parsed(file.read(), name)
    if not isinstance(told, dict) or told.get("application") != NAME:
        raise Refusal("wrong-format", f"'{name}' does not hold results of {NAME}")
    method, files = told.get("method"), told.get("files")
    files = [each for each in files if _is_file_name(each)] if isinstance(files, list) else []
    if len(files) > MOST_FILES:
        raise Refusal("file-too-large", f"'{name}' names {len(files):,} files: at most {MOST_FILES:,} are read")
    is_word = isinstance(method, str) and re.fullmatch(METHOD_PATTERN, method)
    return {"kind": "results", "method": method if is_word else None, "files": files}


def _parsed(content: bytes, name: str) -> Any:
    try:
        return json.loads(content.decode("utf-8"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise Refusal("wrong-format", f"'{name}' is not text: expected JSON in UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise Refusal("damaged-file", f"'{name}' is not readable JSON") from error


def _refuse_constant(constant: str) -> NoReturn:
    # NaN and the infinities, which Python would take and JSON does not know.
    raise ValueError(f"{constant} is no JSON")


def _is_file_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_NAME and value.isprintable()
