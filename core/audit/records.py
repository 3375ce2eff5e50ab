"""The records of an audit: what is examined, with what settings, and one row for each network; no Keras, no Dask."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

from core.records import Share, Target, target_text
from core.scale import Scale, parse_scale, scale_word
from core.version import VERSION
from core.words import scale_name


class AuditCheck(StrEnum):
    """What is done with each network besides opening it and measuring it as it is."""

    PRUNE = "prune"
    DETECT = "detect"
    REPAIR = "repair"


class Ending(StrEnum):
    """How the examination of a network ended."""

    FINISHED = "finished"
    REFUSED = "refused"
    CRASHED = "crashed its worker"
    TIMED_OUT = "reached its time limit"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One network of an audit, and its own sets.

    Attributes:
        name: what it is called in tables, different from those of the other entries.
        model: the file or folder.
        validation: clean images with their labels; None if there are none.
        test: clean images, for reporting only.
        poisoned: sets of triggered images, for reporting only.
        targets: what was said about the target of each of them.
        scale: what the network reads for a pixel; None finds it.
        architecture: the JSON file that describes the network, if the file has weights alone.
    """

    name: str
    model: Path
    validation: Path | None = None
    test: Path | None = None
    poisoned: tuple[Path, ...] = ()
    targets: tuple[Target, ...] = ()
    scale: Scale | None = None
    architecture: Path | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """The files beside the network."""
        given = (self.architecture, self.validation, self.test, *self.poisoned)
        return tuple(each for each in given if each is not None)

    def files_as_json(self, hashes: Mapping[str, str]) -> dict[str, Any]:
        """Return which files these are and what was said about them as plain JSON values, with absolute paths.

        Args:
            hashes: the hash of each file, by its path.
        """

        def file(path: Path | None) -> list[str] | None:
            return None if path is None else [str(path.absolute()), hashes.get(str(path), "")]

        return {
            "model": file(self.model),
            "architecture": file(self.architecture),
            "validation": file(self.validation),
            "test": file(self.test),
            "poisoned": [file(each) for each in self.poisoned],
            "targets": [target_text(each) for each in self.targets],
            "scale": None if self.scale is None else scale_word(self.scale),
        }


@dataclass(frozen=True, slots=True)
class AuditSettings:
    """How every network of an audit is examined.

    Attributes:
        checks: what is done, each at most once.
        layer: the layers to prune, as typed; None uses each network's default layer.
        order: the name of the pruning order.
        thresholds: allowed drops of clean validation accuracy, in (0, 1).
        detectors: the names of the detectors; None uses all that suit.
        method: the name of the repair method.
        seed: seed of all random numbers.
        limit_s: how many seconds a network may take.
    """

    checks: tuple[AuditCheck, ...] = (AuditCheck.PRUNE, AuditCheck.DETECT)
    layer: str | None = None
    order: str = "ascending"
    thresholds: tuple[float, ...] = (0.02, 0.04, 0.1)
    detectors: tuple[str, ...] | None = None
    method: str = "auto"
    seed: int = 0
    limit_s: float = 3600.0

    def digest(self) -> str:
        """Return a hash of what the results depend on, and of the version, in hexadecimal; the time limit is not."""
        values = {**asdict(self), "version": VERSION}
        del values["limit_s"]
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """A step of a pruning curve, as in the small curve of a table.

    Attributes:
        pruned_count: number of pruned channels.
        accuracy: clean validation accuracy of B′, in [0, 1].
        attack: the largest attack success rate of a poisoned set, in [0, 1]; None without one.
    """

    pruned_count: int
    accuracy: float
    attack: float | None


LATER = ("scale", "scale_how")
"""Values of a row that earlier versions did not keep."""


@dataclass(frozen=True, slots=True)
class AuditRow:
    """What an audit says of one network. What is not known is None, or empty.

    Attributes:
        key: identifies the contents of all files, the settings and the version.
        name: the name of the entry.
        path: the file of the network, as given.
        sha256: the hash of its contents, in hexadecimal.
        ending: how its examination ended.
        code: why it was refused, as a stable name.
        sentence: why it was refused or did not end, for people.
        seconds: how long it took, in seconds.
        input_shape: (H, W, C).
        class_count: number of classes.
        parameter_count: number of parameters.
        validation: clean validation images that it answers correctly.
        test: clean test images that it answers correctly.
        attacks: attack success by the name of the poisoned set.
        shape: the shape of its pruning curve, as in results files; the worst of several sets.
        headline: the verdict on its pruning curve in a sentence.
        curve: the curve, thinned.
        verdict: the verdict of the detection, as in results files.
        probability: the probability of a backdoor by the detection, in [0, 1].
        classes: the classes that the detection names.
        is_all_to_all: whether it names an all-to-all attack.
        repair: the outcome of the repair, as in results files; "not known" if nothing tells.
        repaired: clean accuracy and attack success of the repaired network, in a line.
        folder: the folder of its reports in the audit's folder, with slashes.
        notes: sentences on checks that could not be made.
        worker: the worker that examined it.
        tries: how often it was begun.
        finished: when it ended, ISO 8601 in UTC.
        scale: what it was fed for a pixel, as `parse_scale` reads it; empty if nothing was measured, or in a journal of
            a version that did not keep it.
        scale_how: how that is known: "given", "found" by its answers to clean images, or "stored" in its file.
    """

    key: str
    name: str
    path: str
    sha256: str
    ending: Ending
    code: str = ""
    sentence: str = ""
    seconds: float = 0.0
    input_shape: tuple[int, ...] = ()
    class_count: int | None = None
    parameter_count: int | None = None
    validation: Share | None = None
    test: Share | None = None
    attacks: tuple[tuple[str, Share], ...] = ()
    shape: str = ""
    headline: str = ""
    curve: tuple[CurvePoint, ...] = ()
    verdict: str = ""
    probability: float | None = None
    classes: tuple[int, ...] = ()
    is_all_to_all: bool = False
    repair: str = ""
    repaired: str = ""
    folder: str = ""
    notes: tuple[str, ...] = ()
    worker: str = ""
    tries: int = 1
    finished: str = field(default="")
    scale: str = ""
    scale_how: str = ""

    @property
    def largest_attack(self) -> Share | None:
        """The largest attack success of a poisoned set; None without one."""
        return max((share for _, share in self.attacks), key=lambda each: each.rate, default=None)

    @property
    def scale_text(self) -> str:
        """What it was fed for a pixel and how that is known: "0–1, found"; empty if that is not known."""
        try:
            name = scale_name(parse_scale(self.scale)) if self.scale else ""
        except (ValueError, ArithmeticError):  # of a journal that somebody made
            return ""
        return f"{name}, {self.scale_how}" if name and self.scale_how else name

    def as_json(self) -> dict[str, Any]:
        """Return the row as plain JSON values: a share is [count, total]."""
        values: dict[str, Any] = {each.name: getattr(self, each.name) for each in fields(self)}
        for name in ("validation", "test"):
            values[name] = _pair(values[name])
        values["attacks"] = [[name, _pair(share)] for name, share in self.attacks]
        values["curve"] = [[each.pruned_count, each.accuracy, each.attack] for each in self.curve]
        for name in ("input_shape", "classes", "notes"):
            values[name] = list(values[name])
        values["ending"] = self.ending.value
        return values

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "AuditRow":
        """Return the row of `as_json`.

        Raises:
            ValueError, TypeError, KeyError: it is none.
        """
        read = {each.name: values[each.name] for each in fields(cls) if each.name in values or each.name not in LATER}
        for name in ("validation", "test"):
            read[name] = _share(read[name])
        read["attacks"] = tuple((str(name), Share(*_two(share))) for name, share in read["attacks"])
        read["curve"] = tuple(
            CurvePoint(int(count), float(accuracy), None if attack is None else float(attack))
            for count, accuracy, attack in read["curve"]
        )
        for name in ("input_shape", "classes"):
            read[name] = tuple(int(each) for each in read[name])
        read["notes"] = tuple(str(each) for each in read["notes"])
        read["ending"] = Ending(read["ending"])
        return cls(**read)


def _pair(share: Share | None) -> list[int] | None:
    return None if share is None else [share.count, share.total]


def _share(pair: Any) -> Share | None:
    return None if pair is None else Share(*_two(pair))


def _two(pair: Any) -> tuple[int, int]:
    count, total = pair
    return int(count), int(total)
