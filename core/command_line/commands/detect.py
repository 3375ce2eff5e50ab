"""`detect`: whether a network has a backdoor, by detectors that need no triggered images."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from core.command_line.console import Status, say
from core.command_line.data_options import PICTURES, VALIDATION, DataOptions
from core.command_line.early_checks import check_files_early
from core.command_line.open_sets import open_each, say_notes
from core.command_line.output_folder import OutputFolder
from core.command_line.run_options import print_results
from core.data.dataset import Dataset, open_dataset
from core.detect.detector import Detector, check_any_suits
from core.detect.verdict import Outcome
from core.findings.scale_finding import ScaleFinding
from core.intake.data.choice import DataChoice
from core.monitor import Monitor
from core.network.start_keras import start_keras
from core.report.detect.folder import FILES, write_detection_files
from core.report.detect.record import DetectionReport, describe_detection, is_at_least
from core.report.detect.results import detection_as_dict, detection_text
from core.report.detect.text import estimate_sentence
from core.scale import Scale
from core.thread_pool import run_aside

if TYPE_CHECKING:  # importing Keras takes seconds; help and usage errors do not need it
    from core.detect.job import DetectionRequest
    from core.network.network import Network


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectOptions:
    """The options of the command.

    Attributes:
        model: the network's file.
        validation: clean images with labels; None if there are none.
        pictures: clean images without labels; None if there are none.
        scale: the pixel range; None finds it.
        detectors: the detectors, in the order in which they run.
        classes: the classes to examine; None examines all.
        seed: seed of all random numbers.
        fail_on: the outcome from which the status is 4; None always gives 0.
        out: the output folder.
        overwrite: whether to replace results in it.
        is_json: whether to print JSON instead of text.
        command_line: the arguments typed after `python main.py`.
        how_read: keys of images and labels, and the order of the labels.
    """

    model: Path
    validation: Path | None
    pictures: Path | None
    scale: Scale | None
    detectors: tuple[Detector, ...]
    classes: tuple[int, ...] | None
    seed: int
    fail_on: Outcome | None
    out: Path
    overwrite: bool
    is_json: bool
    command_line: tuple[str, ...]
    how_read: DataOptions = field(default_factory=DataOptions)

    @property
    def unlabelled(self) -> tuple[Path, DataChoice] | None:
        """The images without labels, and what was chosen of them."""
        return None if self.pictures is None else (self.pictures, self.how_read.choice(PICTURES))


def detect(options: DetectOptions, monitor: Monitor) -> Status:
    """Examine a network, write the results, print the verdict; the status is `FOUND` for what `fail_on` names.

    Raises:
        InspectorError: an input was refused, no detector suits it, or the results cannot be written.
        Cancelled: the job was cancelled; nothing is written.
    """
    given = [each for each in (options.model, options.validation, options.pictures) if each is not None]
    with OutputFolder(options.out, names=FILES, overwrite=options.overwrite, inputs=given) as folder:
        validation = () if options.validation is None else ((options.validation, options.how_read.choice(VALIDATION)),)
        check_files_early(
            models=[options.model],
            data=validation,
            unlabelled=options.unlabelled,
            architecture=options.how_read.architecture,
            monitor=monitor,
        )
        start_keras(monitor)
        report = _examine(options, monitor)
        names = [*FILES, *report.file_names]
        folder.expect(report.file_names)
        write_detection_files(folder.staging, report, names=names, monitor=monitor)
        folder.commit()
    print_results(options, results=detection_as_dict(report, files=names), text=detection_text(report), files=names)
    is_found = options.fail_on is not None and is_at_least(report.verdict.outcome, options.fail_on)
    return Status.FOUND if is_found else Status.DONE


def _examine(options: DetectOptions, monitor: Monitor) -> DetectionReport:
    from core.detect.job import check_suits, checked_verdict, estimate_seconds  # noqa: PLC0415  # these import Keras
    from core.detect.job import detect as run_detectors  # noqa: PLC0415

    request, finding = _request(options, monitor)
    check_suits(request)
    seconds = run_aside(lambda: estimate_seconds(request), while_waiting=monitor.stop_if_asked)
    say(estimate_sentence(seconds))
    found = run_detectors(request, monitor)
    return describe_detection(
        found,
        checked_verdict(found),
        scale_finding=finding,
        is_scale_given=options.scale is not None,
        command_line=options.command_line,
        monitor=monitor,
    )


def _request(options: DetectOptions, monitor: Monitor) -> "tuple[DetectionRequest, ScaleFinding | None]":
    from core.detect.job import DetectionRequest, scale_of_images  # noqa: PLC0415  # these import Keras
    from core.network.network import open_network  # noqa: PLC0415

    network = open_network(options.model, monitor=monitor, architecture=options.how_read.architecture)
    say_notes(network)
    has_labels = options.validation is not None
    dataset = _open_images(network, options, monitor)
    check_any_suits(
        options.detectors,
        class_count=network.class_count,
        image_count=0 if dataset is None else dataset.image_count,
        has_labels=has_labels,
    )
    scale, finding = options.scale, None
    if scale is None:
        scale, finding = scale_of_images(network, dataset, has_labels=has_labels, monitor=monitor)
    request = DetectionRequest(
        network,
        scale,
        dataset=dataset,
        has_labels=has_labels,
        detectors=options.detectors,
        classes=options.classes,
        seed=options.seed,
    )
    return request, finding


def _open_images(network: "Network", options: DetectOptions, monitor: Monitor) -> Dataset | None:
    """Open the images that are given; None if there are none."""
    if options.unlabelled is not None:
        path, choice = options.unlabelled
        dataset = open_dataset(path, input_shape=network.input_shape, has_labels=False, choice=choice, monitor=monitor)
        for note in dataset.notes:
            say(note)
        return dataset
    opened = open_each(
        network,
        validation=options.validation,
        test=None,
        poisoned=(),
        how_read=options.how_read,
        scale=options.scale,
        monitor=monitor,
    )
    return opened.validation
