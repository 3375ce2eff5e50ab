"""What differs between two outputs of a command, and whether that counts; `same_outputs.py` says for what."""

import difflib
import json
import re
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from PIL import Image

NOT_COMPARED = {"created", "versions", "sandbox", "phases_s", "peak_memory_bytes", "date_saved"}
NUMBERS = re.compile(r"\d+(?:\.\d+)?|(?<=refused )\[[\w-]+\]")
NUMBERS_AND_OPTIONS = re.compile(rf"{NUMBERS.pattern}|(?<![\w-])--?[a-z][a-z-]*|<\w[\w-]*(?:\|[\w-]+)+>")
TIME_OF_DAY = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)? UTC")


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs in an output, in words, and whether that counts."""

    text: str
    counts: bool = True


def reworded(before: str, after: str) -> Difference:
    """Other words; says so where the numbers in them are others, too."""
    has_other_numbers = NUMBERS.findall(before) != NUMBERS.findall(after)
    return Difference(f"reworded{', with other numbers' * has_other_numbers}: {before!r} -> {after!r}", False)


def compare_json(before: Any, after: Any, where: str = "$") -> list[Difference]:
    """Compare JSON values; the path of each difference is told."""
    if type(before) is not type(after):
        return [Difference(f"{where}: {before!r} -> {after!r}")]
    if isinstance(before, dict):
        found = [
            Difference(f"{where}: key {key!r} is gone", key not in NOT_COMPARED) for key in before if key not in after
        ]
        found += [
            Difference(f"{where}: key {key!r} is new", key not in NOT_COMPARED) for key in after if key not in before
        ]
        shared = [key for key in before if key in after]
        if not found and shared != list(after):
            found.append(Difference(f"{where}: the keys have another order", counts=False))
        path = before.get("path")
        is_made = isinstance(path, str) and not path.startswith(("demo/", "csaw/", "TREE"))
        ignored = NOT_COMPARED | ({"sha256"} if is_made else set())
        for key in shared:
            if key not in ignored:
                found += compare_json(before[key], after[key], f"{where}.{key}")
        return found
    if isinstance(before, list):
        if len(before) != len(after):
            return [Difference(f"{where}: {len(before)} entries -> {len(after)}")]
        pairs = enumerate(zip(before, after, strict=True))
        return [each for index, pair in pairs for each in compare_json(*pair, f"{where}[{index}]")]
    if repr(before) == repr(after):  # tells 0.0 and -0.0 apart
        return []
    if isinstance(before, str) and " " in before and " " in after:
        return [reworded(before, after)]
    return [Difference(f"{where}: {before!r} -> {after!r}")]


def compare_text(before: str, after: str, *, facts: re.Pattern[str] = NUMBERS) -> list[Difference]:
    """Compare what a person reads: the facts in it have to be the same ones in the same order."""
    if before == after:
        return []
    found: list[Difference] = []
    pair = facts.findall(before), facts.findall(after)
    if pair[0] != pair[1]:
        changes = difflib.SequenceMatcher(None, *pair, autojunk=False).get_opcodes()
        told = [f"{pair[0][a:b]} -> {pair[1][c:d]}" for tag, a, b, c, d in changes if tag != "equal"]
        found.append(Difference(f"numbers or codes differ: {'; '.join(told[:5])}"))
    lines = [[re.sub(r"[\s─│╭╮╰╯]+", " ", each).strip() for each in text.splitlines()] for text in (before, after)]
    changes_of_lines = difflib.unified_diff(*lines, n=0, lineterm="")
    changed = [each for each in changes_of_lines if not each.startswith(("---", "+++", "@"))]
    return [*found, *(Difference(f"reworded: {each}", counts=False) for each in changed or ["blanks alone"])]


def compare_stream(before: str, after: str, *, is_help: bool) -> list[Difference]:
    """Compare what was printed: as JSON, as JSON lines, or as text."""
    if before == after:
        return []
    values = [json_values(text) for text in (before, after)]
    if None not in values:
        return compare_json(*values)
    if values != [None, None]:
        return [Difference("only one of both is JSON")]
    return compare_text(before, after, facts=NUMBERS_AND_OPTIONS if is_help else NUMBERS)


def json_values(text: str) -> list[Any] | None:
    """The one JSON value of a text or those of its lines; None where it is something else."""
    for parts in ([text], text.splitlines()):
        try:
            return [json.loads(each) for each in parts]
        except json.JSONDecodeError:
            continue
    return None


def network_parts(data: bytes) -> tuple[Any, dict[str, tuple[Any, ...]]]:
    """The JSON of a saved network by name, and type, shape and bytes of each array and attribute in it."""
    arrays: dict[str, tuple[Any, ...]] = {}

    def take(name: str, value: Any) -> None:
        array = np.asarray(value)
        arrays[name] = (str(array.dtype), array.shape, repr(value) if array.dtype == object else array.tobytes())

    def visit(name: str, node: Any) -> None:
        if isinstance(node, h5py.Dataset):
            take(name, node[()])
        for key, value in node.attrs.items():
            take(f"{name}@{key}", value)

    with zipfile.ZipFile(BytesIO(data)) as archive:
        names = archive.namelist()
        texts = {each: json.loads(archive.read(each)) for each in names if each.endswith(".json")}
        for each in (name for name in names if name not in texts):
            with h5py.File(BytesIO(archive.read(each))) as file:
                file.visititems(visit)
    return texts, arrays


def compare_networks(before: bytes, after: bytes) -> list[Difference]:
    """Compare two .keras files: configuration, and weights bit by bit."""
    (texts, arrays), (other_texts, other_arrays) = network_parts(before), network_parts(after)
    found = compare_json(texts, other_texts)
    for name in sorted(arrays.keys() | other_arrays.keys()):
        one, two = (each.get(name, ("missing", "", "")) for each in (arrays, other_arrays))
        if one != two:
            kinds = [f"{dtype} {shape}" for dtype, shape, _ in (one, two)]
            what = "other values" if kinds[0] == kinds[1] else " -> ".join(kinds)
            found.append(Difference(f"array {name}: {what}"))
    return found or [Difference("other bytes around the same weights and configuration", counts=False)]


def compare_pictures(before: bytes, after: bytes) -> list[Difference]:
    """Compare pixels; fonts and words make them differ, so that this is only reported."""
    one, two = (np.asarray(Image.open(BytesIO(each)).convert("RGBA")) for each in (before, after))
    if one.shape != two.shape:
        return [Difference(f"picture of {one.shape} -> {two.shape}", counts=False)]
    count = int((one != two).any(axis=2).sum())
    return [Difference(f"{count} pixels differ", counts=False)] if count else []


def compare_file(before: Path, after: Path) -> list[Difference]:
    """Compare two files by what their ending says."""
    one, two = before.read_bytes(), after.read_bytes()
    if one == two:
        return []
    if before.suffix == ".keras":
        return compare_networks(one, two)
    if before.suffix == ".png":
        return compare_pictures(one, two)
    if before.suffix not in (".json", ".html"):
        return [Difference("bytes differ")]
    texts = [each.decode("utf-8") for each in (one, two)]
    if before.suffix == ".json":
        return compare_json(*map(json.loads, texts))
    found = compare_text(*(TIME_OF_DAY.sub("TIME", each) for each in texts))
    return [Difference(each.text, counts=False) for each in found]
