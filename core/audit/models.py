"""Finding the networks of an audit: files, folders, patterns, and manifests that give each its own sets."""

import csv
import io
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from glob import glob
from pathlib import Path
from typing import Any

from core.audit.records import AuditEntry
from core.errors import AuditError
from core.intake.refusal import listed, shortened
from core.records import Target, parse_target
from core.scale import Scale, parse_scale
from core.words import counted, make_distinct

SUFFIXES = frozenset({".h5", ".hdf5", ".keras", ".onnx", ".tflite"})
"""The suffixes of networks in a folder; a file that is named itself may have any."""

COLUMNS = ("name", "model", "validation", "test", "poisoned", "target", "scale", "architecture")
"""The columns of a manifest; `model` must be there."""

_MANIFESTS = frozenset({".csv", ".json"})
_SAVED_MODEL = ("saved_model.pb", "keras_metadata.pb")
_MOST_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class CommonFiles:
    """What entries have that a manifest says nothing else of; as in `AuditEntry`."""

    validation: Path | None = None
    test: Path | None = None
    poisoned: tuple[Path, ...] = ()
    targets: tuple[Target, ...] = ()
    scale: Scale | None = None
    architecture: Path | None = None


def find_entries(given: Sequence[str], common: CommonFiles) -> tuple[AuditEntry, ...]:
    """Find the networks that are meant, each once, in the order in which they are given and sorted within a folder.

    Args:
        given: files, folders (with all below), patterns such as `models/**/*.h5`, and manifests (`.csv`, `.json`).
        common: the sets of the networks that no manifest gives others.

    Raises:
        AuditError: `missing-file`, `no-models`, or `wrong-manifest`.
    """
    skipped = {_real(each) for each in (common.validation, common.test, *common.poisoned) if each is not None}
    found: dict[tuple[object, ...], AuditEntry] = {}
    for text in given:
        for entry in _entries(text, common, skipped):
            identity = (_real(entry.model), *(_real(each) for each in entry.files), entry.targets, entry.scale)
            found.setdefault(identity, entry)
    if not found:
        raise AuditError(
            f"there is no network in {listed(given)}: name files, folders with {', '.join(sorted(SUFFIXES))}, or a "
            f"manifest",
            code="no-models",
        )
    entries = tuple(found.values())
    names = make_distinct([(each.name, each.model.parent.name) for each in entries])
    return tuple(replace(entry, name=name) for entry, name in zip(entries, names, strict=True))


def _entries(text: str, common: CommonFiles, skipped: set[str]) -> Iterator[AuditEntry]:
    if not text.strip():  # an empty variable of a shell does not mean the folder that one is in
        raise AuditError("there is no file of an empty name", code="missing-file")
    path = Path(text)
    if path.is_dir() and not _is_saved_model(path):
        for each in _models_below(path):
            if _real(each) not in skipped:
                yield _entry(each.relative_to(path).as_posix(), each, common)
    elif path.exists():
        if path.suffix.lower() in _MANIFESTS:
            yield from _read_manifest(path, common)
        else:
            yield _entry(path.name, path, common)
    else:
        matches = sorted(glob(text, recursive=True))  # noqa: PTH207  # Path.glob takes no absolute pattern
        if not matches:
            raise AuditError(f"there is no '{shortened(text)}'", code="missing-file")
        for match in matches:
            if _real(Path(match)) not in skipped:
                yield from _entries(match, common, skipped)


def _entry(name: str, model: Path, common: CommonFiles) -> AuditEntry:
    return AuditEntry(
        name,
        model,
        validation=common.validation,
        test=common.test,
        poisoned=common.poisoned,
        targets=common.targets,
        scale=common.scale,
        architecture=common.architecture,
    )


def _models_below(folder: Path) -> Iterator[Path]:
    """Yield the networks in a folder and below, sorted; links to folders are not followed."""
    for place, folders, names in os.walk(folder):
        here = Path(place)
        saved = sorted(each for each in folders if _is_saved_model(here / each))
        folders[:] = sorted(each for each in folders if each not in saved and not each.startswith("."))
        for name in sorted([*names, *saved]):
            if name in saved or (Path(name).suffix.lower() in SUFFIXES and not name.startswith(".")):
                yield here / name


def _is_saved_model(folder: Path) -> bool:
    return folder.is_dir() and any((folder / each).is_file() for each in _SAVED_MODEL)


def _real(path: Path) -> str:
    return os.path.realpath(path)


# ---- manifests -------------------------------------------------------------------------------------------------------


def _read_manifest(path: Path, common: CommonFiles) -> Iterator[AuditEntry]:
    """Yield the entries of a manifest, whose paths are relative to its folder; an empty cell takes the common file.

    Raises:
        AuditError: `wrong-manifest`.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise _wrong(path, f"it is larger than {_MOST_BYTES // 2**20} MiB")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise _wrong(path, "it is no text in UTF-8") from error
    except OSError as error:
        raise _wrong(path, f"it cannot be read: {error.strerror or error}") from error
    rows = _json_rows(path, text) if path.suffix.lower() == ".json" else _csv_rows(path, text)
    for number, row in enumerate(rows, start=1):
        yield _entry_of(path, number, row, common)


def _csv_rows(path: Path, text: str) -> Iterable[Mapping[str, Any]]:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        names = [each.strip().lower() for each in reader.fieldnames or ()]
        _check_columns(path, names)
        reader.fieldnames = names
        rows = list(reader)
    except csv.Error as error:
        raise _wrong(path, f"it is no CSV table: {error}") from error
    for number, row in enumerate(rows, start=1):
        if None in row:
            raise _wrong(path, f"row {number} has more cells than there are columns")
    return [{name: (cell or "").strip() for name, cell in row.items()} for row in rows]


def _json_rows(path: Path, text: str) -> Iterable[Mapping[str, Any]]:
    try:
        rows = json.loads(text, object_pairs_hook=partial(_object, path))
    except (ValueError, RecursionError) as error:
        raise _wrong(path, f"it is no JSON: {error}") from error
    if not isinstance(rows, list) or not all(isinstance(each, dict) for each in rows):
        raise _wrong(path, "it must be a list of objects, one for each network")
    for row in rows:
        _check_columns(path, list(row))
    return rows


def _object(path: Path, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    _check_once(path, [name for name, _ in pairs])
    return dict(pairs)


def _check_once(path: Path, names: Sequence[str]) -> None:
    repeated = [name for place, name in enumerate(names) if name in names[:place]]
    if repeated:
        raise _wrong(path, f"it has '{shortened(repeated[0])}' twice")


def _check_columns(path: Path, names: Sequence[str]) -> None:
    _check_once(path, names)
    separated = next((each for each in (";", "\t") if len(names) == 1 and each in names[0]), "")
    if separated:
        named = "semicolons" if separated == ";" else "tabs"
        raise _wrong(path, f"its columns are separated by {named}: save it with commas")
    unknown = [each for each in names if each not in COLUMNS]
    if unknown:
        raise _wrong(path, f"it has '{shortened(unknown[0])}', but may have only {', '.join(COLUMNS)}")
    if "model" not in names:
        raise _wrong(path, "it needs the column 'model'")


def _entry_of(path: Path, number: int, row: Mapping[str, Any], common: CommonFiles) -> AuditEntry:
    def text(name: str, kind: str) -> str:
        cell = row.get(name) or ""
        if not isinstance(cell, str) or "\0" in cell:
            raise _wrong(path, f"'{name}' of row {number} must be {kind}")
        return cell

    def file(name: str, otherwise: Path | None) -> Path | None:
        cell = text(name, "a path")
        return path.parent / cell if cell else otherwise

    model = file("model", None)
    if model is None:
        raise _wrong(path, f"row {number} has no model")
    poisoned = tuple(path.parent / each for each in _several(path, number, row, "poisoned")) or common.poisoned
    targets = tuple(_target(path, number, each) for each in _several(path, number, row, "target"))
    if not targets:
        targets = common.targets if poisoned == common.poisoned else ()
    if len(targets) == 1 and poisoned:
        targets *= len(poisoned)
    if targets and len(targets) != len(poisoned):
        raise _wrong(
            path, f"row {number} has {counted(len(targets), 'target')} for {counted(len(poisoned), 'poisoned set')}"
        )
    name = text("name", "a text") or os.path.relpath(model, path.parent).replace(os.sep, "/")
    return AuditEntry(
        name,
        model,
        validation=file("validation", common.validation),
        test=file("test", common.test),
        poisoned=poisoned,
        targets=targets or (None,) * len(poisoned),
        scale=_scale(path, number, row) or common.scale,
        architecture=file("architecture", common.architecture),
    )


def _several(path: Path, number: int, row: Mapping[str, Any], name: str) -> list[str]:
    """Return the values of a cell: a list, or a text with semicolons between them."""
    cell = row.get(name)
    if cell is None or cell == "":
        return []
    values = cell if isinstance(cell, list) else cell.split(";") if isinstance(cell, str) else [cell]
    if not all(
        isinstance(each, (str, int)) and not isinstance(each, bool) and "\0" not in str(each) for each in values
    ):
        raise _wrong(path, f"'{name}' of row {number} must be a text or a list of texts")
    return [str(each).strip() for each in values if str(each).strip()]


def _target(path: Path, number: int, text: str) -> Target:
    try:
        return parse_target(text)
    except ValueError as error:
        raise _wrong(path, f"the target of row {number}: {error}") from error


def _scale(path: Path, number: int, row: Mapping[str, Any]) -> Scale | None:
    text = row.get("scale") or ""
    if not text or text == "auto":
        return None
    try:
        return parse_scale(str(text))
    except ValueError as error:
        raise _wrong(path, f"the scale of row {number}: {error}") from error


def _wrong(path: Path, reason: str) -> AuditError:
    return AuditError(f"the manifest '{shortened(path.name)}' cannot be used: {reason}", code="wrong-manifest")
