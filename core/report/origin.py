"""The origin of a report's figures: input files, time, and the command that repeats the run."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePath
from typing import TYPE_CHECKING

from core.data.cautions import find_cautions
from core.data.interpretation_text import set_notes
from core.findings.scale_finding import ScaleFinding
from core.records import Interpretation, ModelSummary, Share, target_text
from core.words import make_distinct

if TYPE_CHECKING:  # these import Keras; writing a report does not need it
    from core.data.dataset import Dataset
    from core.network.inputs import EvaluationInputs


@dataclass(frozen=True, slots=True)
class InputFile:
    """A data file of a report.

    Attributes:
        path: as given by the person.
        sha256: hash of the file.
        image_count: number of images.
        target_labels: the labels that the attacker wants, ascending; empty for a clean file.
        interpretation: how the labels of a poisoned file were understood; None for a clean one.
        made_of: the clean images that an estimated set was made of; None for a file.
        trigger_path: the file of the trigger that was laid over them; empty if it was not opened from a file.
    """

    path: str
    sha256: str
    image_count: int
    target_labels: tuple[int, ...] = ()
    interpretation: Interpretation | None = None
    made_of: "InputFile | None" = None
    trigger_path: str = ""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RunOrigin:
    """The origin that every report states: the network, the command and the time.

    Attributes:
        model: B.
        model_path: its file, as given by the person.
        scale_finding: how the pixel range was found; None if it was given.
        command_line: arguments that, after `python main.py`, repeat the run; empty if no command does.
        created: time of creation, with time zone.
        cautions: warnings about the files, most severe first.
    """

    model: ModelSummary
    model_path: str
    scale_finding: ScaleFinding | None
    command_line: tuple[str, ...]
    created: datetime
    cautions: tuple[str, ...] = ()

    @property
    def caution_lines(self) -> tuple[str, ...]:
        """The cautions as the first lines of a text, with an empty line below; empty without cautions."""
        return (*(f"Caution: {each}" for each in self.cautions), "") if self.cautions else ()

    @property
    def model_name(self) -> str:
        """The name of B's file."""
        return PurePath(self.model_path).name

    @property
    def notes(self) -> tuple[str, ...]:
        """What must be known about the sets to read the figures."""
        return ()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Origin(RunOrigin):
    """The origin of figures that were measured on sets of images.

    Attributes:
        validation: clean validation images.
        test: clean test images; None if not loaded.
        poisoned: poisoned sets.
        not_saved: why networks could not be saved, a sentence each.
    """

    validation: InputFile
    test: InputFile | None
    poisoned: tuple[InputFile, ...]
    not_saved: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """How each poisoned set was understood, and what its figures cannot leave out."""
        paths = [PurePath(each.path) for each in self.poisoned]
        names = make_distinct([(each.name, each.parent.name) for each in paths])
        return set_notes(names, [each.interpretation for each in self.poisoned])


def describe_origin(
    inputs: "EvaluationInputs",
    *,
    unlabelled: "Dataset | None" = None,
    interpretations: Sequence[Interpretation | None],
    scale_finding: ScaleFinding | None,
    clean_share: Share | None,
    command_line: Sequence[str],
    created: datetime | None,
    not_saved: Sequence[str] = (),
) -> Origin:
    """Collect the origin of figures.

    Args:
        inputs: B, and the sets of the figures.
        unlabelled: further images used for training; None if there are none.
        interpretations: how each poisoned set was understood.
        scale_finding: how the pixel range was found; None if it was given.
        clean_share: clean accuracy of B; None if it was not measured.
        command_line: arguments that, after `python main.py`, repeat the run.
        created: time of creation; None uses the current time.
        not_saved: why networks could not be saved, a sentence each.
    """
    model = inputs.network.summary
    return Origin(
        model=model,
        model_path=os.fspath(model.path),
        validation=input_file(inputs.validation),
        test=input_file(inputs.test) if inputs.test is not None else None,
        poisoned=tuple(
            poisoned_file(each, interpretation)
            for each, interpretation in zip(inputs.poisoned, interpretations, strict=True)
        ),
        scale_finding=scale_finding,
        command_line=tuple(command_line),
        created=created or datetime.now(UTC).replace(microsecond=0),
        cautions=find_cautions(
            class_count=model.class_count,
            validation=inputs.validation,
            test=inputs.test,
            poisoned=inputs.poisoned,
            interpretations=interpretations,
            unlabelled=unlabelled,
            scale_finding=scale_finding,
            clean_share=clean_share,
            given_scale=inputs.scale if scale_finding is None else None,
        ),
        not_saved=tuple(not_saved),
    )


def are_files(inputs: "EvaluationInputs") -> bool:
    """Whether all inputs can be opened again by a command: a reconstructed trigger that was not saved cannot."""
    estimates = [each.estimate for each in inputs.poisoned if each.estimate is not None]
    base = inputs.test or inputs.validation
    are_saved = all(each.trigger_path is not None and each.base is base for each in estimates)
    return are_saved and len(estimates) in {0, len(inputs.poisoned)}


def opening_words(command: str, inputs: "EvaluationInputs") -> list[str]:
    """Return the start of a command that repeats the run: its name and the files that it opens.

    Only for inputs that can be opened again, see `are_files`.
    """
    words = [command, "--model", os.fspath(inputs.network.summary.path)]
    if inputs.network.summary.architecture is not None:
        words += ["--architecture", os.fspath(inputs.network.summary.architecture)]
    words += ["--validation", os.fspath(inputs.validation.path)]
    if inputs.test is not None:
        words += ["--test", os.fspath(inputs.test.path)]
    for each in inputs.poisoned:
        if each.estimate is None:
            words += ["--poisoned", os.fspath(each.path)]
        elif each.estimate.trigger_path is not None:
            words += ["--trigger", os.fspath(each.estimate.trigger_path)]
    return [*words, *_reading_words(inputs)]


def _reading_words(inputs: "EvaluationInputs") -> list[str]:
    """Return the options that say which arrays of a file were read, and in which order the labels."""
    named = [("validation", inputs.validation)]
    if inputs.test is not None:
        named.append(("test", inputs.test))
    named += [(f"poisoned{number}", each) for number, each in enumerate(inputs.poisoned, start=1)]
    words = []
    for name, each in named:
        if any(each.keys) and each.keys[0] != "data":
            words += ["--data-key", f"{name}={each.keys[0]}", "--label-key", f"{name}={each.keys[1]}"]
    if inputs.validation.label_map is not None:
        words += ["--labels", inputs.validation.label_map.name]
    if any(each.target is not None for each in inputs.poisoned):
        for each in inputs.poisoned:
            words += ["--target", target_text(each.target)]
    return words


def input_file(dataset: "Dataset") -> InputFile:
    """Return the record of a clean data file."""
    return InputFile(path=os.fspath(dataset.path), sha256=dataset.sha256, image_count=dataset.image_count)


def poisoned_file(dataset: "Dataset", interpretation: Interpretation | None) -> InputFile:
    """Return the record of a poisoned file, with all its images."""
    return InputFile(
        path=os.fspath(dataset.path),
        sha256=dataset.sha256,
        image_count=interpretation.image_count if interpretation else dataset.image_count,
        target_labels=interpretation.targets if interpretation else dataset.target_labels,
        interpretation=interpretation,
        made_of=None if dataset.estimate is None else input_file(dataset.estimate.base),
        trigger_path=os.fspath(dataset.estimate.trigger_path or "") if dataset.estimate is not None else "",
    )
