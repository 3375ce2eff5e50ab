"""Read the `results.json` of an earlier run; only plain words and file names are used."""

import re
from typing import Any, BinaryIO

from core.intake.exchange import LONGEST_NAME, METHOD_PATTERN, MOST_FILES
from core.intake.readers.strict_json import parse_json
from core.intake.refusal import Refusal
from core.version import NAME


def read_results(file: BinaryIO, *, name: str) -> dict[str, object]:
    """Read the method and the file names from this application's results.

    A method that is not a plain word counts as none; invalid or unprintable file names are left out.

    Returns:
        `method` and `files`, as plain JSON values.

    Raises:
        Refusal: `wrong-format`, `damaged-file` or `file-too-large`.
    """
    results = _parsed(file.read(), name)
    if not isinstance(results, dict) or results.get("application") != NAME:
        raise Refusal("wrong-format", f"'{name}' does not contain results of {NAME}")
    method, files = results.get("method"), results.get("files")
    files = [each for each in files if _is_file_name(each)] if isinstance(files, list) else []
    if len(files) > MOST_FILES:
        raise Refusal("file-too-large", f"'{name}' lists {len(files):,} files: at most {MOST_FILES:,} are allowed")
    is_word = isinstance(method, str) and re.fullmatch(METHOD_PATTERN, method)
    return {"kind": "results", "method": method if is_word else None, "files": files}


def _parsed(content: bytes, name: str) -> Any:
    try:
        return parse_json(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Refusal("wrong-format", f"'{name}' is not text: expected JSON in UTF-8") from error
    except ValueError as error:
        raise Refusal("damaged-file", f"'{name}' is not readable JSON") from error


def _is_file_name(value: object) -> bool:
    """Tell whether it is a file's name and no path, so that it cannot leave the folder of the results."""
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_NAME or not value.isprintable():
        return False
    return value not in {".", ".."} and not set(value) & {"/", "\\", ":"}
