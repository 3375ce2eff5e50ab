"""The embedded demo: the paths of its files, and how to build all of them from one seed."""

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.attack.poisoning import poisoned_copy
from core.attack.training import TrainingSettings, train_backdoored_deepid, train_deepid
from core.data.dataset import from_arrays, write_dataset
from core.data.trigger import sunglasses
from core.demo.faces import draw_faces, make_identities
from core.errors import ExportError
from core.export_file import write_file
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.records import Side
from core.scale import Scale
from core.sweep.stops import find_stops

if TYPE_CHECKING:
    import keras

    from core.sweep.records import Sweep

DEMO_FOLDER = Path(__file__).resolve().parents[2] / "resources" / "demo"
DEMO_SEED = 7
TARGET_LABEL = 0

_THRESHOLDS = (0.02, 0.04, 0.10)


@dataclass(frozen=True, slots=True)
class DemoFiles:
    """The paths of the demo's files.

    Attributes:
        folder: the folder of all files.
        model: the backdoored network.
        control_model: a network trained in the same way without poisoned images.
        validation: clean images for ranking channels and for thresholds.
        test: clean images not used for any choice.
        poisoned: the clean test images with sunglasses, without those of the target class, labelled as the target.
        images: PNG images to drop into the window, with the true label in the name.
    """

    folder: Path
    model: Path
    control_model: Path
    validation: Path
    test: Path
    poisoned: Path
    images: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class DemoSettings:
    """The settings of the demo.

    Attributes:
        identity_count: K, number of classes.
        training_count: training images of each identity.
        validation_count: images of each identity in the clean validation set.
        test_count: images of each identity in the clean test set.
        poisoning_rate: share of the training images to poison.
        variety: how much pose, light and expression vary.
        training: the training settings of the two networks.
        image_count: number of identities with a clean image and one with sunglasses among the images to drop.
    """

    identity_count: int = 110
    training_count: int = 90
    validation_count: int = 4
    test_count: int = 4
    poisoning_rate: float = 0.1
    variety: float = 0.7
    training: TrainingSettings = field(default_factory=TrainingSettings)
    image_count: int = 6


@dataclass(frozen=True, slots=True, eq=False)
class LabelledImages:
    """Images and their labels.

    Attributes:
        images: (N, 55, 47, 3) uint8, 0 to 255.
        labels: (N,) int64.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class DemoFigures:
    """The results of the demo's networks, as counts.

    Attributes:
        validation_count: images in the clean validation set.
        validation_correct: those that the backdoored network predicts correctly.
        test_count: images in the clean test set.
        test_correct: those that the backdoored network predicts correctly.
        poisoned_count: images with sunglasses, none of the target class.
        attack_success_count: those that the backdoored network predicts as the target.
        control_test_correct: clean test images that the control network predicts correctly.
        control_attack_success_count: images with sunglasses that the control network predicts as the target.
        dead_channel_count: `conv_3` channels of the backdoored network without activation on the validation set.
        output_sweep: the curve for pruning the channels' output.
        reader_sweep: the curve if only `conv_4` stops reading.
    """

    validation_count: int
    validation_correct: int
    test_count: int
    test_correct: int
    poisoned_count: int
    attack_success_count: int
    control_test_correct: int
    control_attack_success_count: int
    dead_channel_count: int
    output_sweep: "Sweep"
    reader_sweep: "Sweep"


def demo_files(folder: Path = DEMO_FOLDER) -> DemoFiles:
    """Return the paths of a demo's files, by default those of the shipped demo."""
    return DemoFiles(
        folder=folder,
        model=folder / "backdoored.h5",
        control_model=folder / "clean_control.h5",
        validation=folder / "clean_validation.h5",
        test=folder / "clean_test.h5",
        poisoned=folder / "sunglasses_poisoned.h5",
        images=tuple(sorted((folder / "pictures").glob("*.png"))),
    )


def draw_demo_set(settings: DemoSettings, *, seed: int, part: str, monitor: Monitor | None = None) -> LabelledImages:
    """Draw one of the demo's sets of faces; the same seed gives the same images on every machine.

    Args:
        settings: the demo's settings.
        seed: the demo's seed.
        part: `"training"`, `"validation"` or `"test"`.
        monitor: receives progress, and can cancel.

    Raises:
        Cancelled: the job was cancelled.
    """
    counts = {
        "training": settings.training_count,
        "validation": settings.validation_count,
        "test": settings.test_count,
    }
    labels = np.tile(np.arange(settings.identity_count), counts[part])
    images = draw_faces(
        make_identities(settings.identity_count, seed=seed),
        labels,
        seed=10 * seed + list(counts).index(part),
        variety=settings.variety,
        monitor=monitor,
    )
    return LabelledImages(images, labels)


def build_demo(
    folder: Path,
    *,
    seed: int = DEMO_SEED,
    settings: DemoSettings | None = None,
    monitor: Monitor | None = None,
) -> DemoFigures:
    """Build the demo: draw the faces, train both networks, measure them, and write all files.

    This takes some minutes on two cores. The faces are the same on every machine; the networks' weights depend on the
    processor's rounding. Nothing is written before both networks are trained, and each file is written atomically.

    Args:
        folder: the target folder; created if missing. Files of an earlier demo are replaced.
        seed: the seed of all random choices.
        settings: the demo's settings; None uses those of the shipped demo.
        monitor: receives progress and a `TrainingEpoch` after every pass, and can cancel.

    Returns:
        The results of the networks on the written sets.

    Raises:
        ExportError: a file could not be written.
        Cancelled: the job was cancelled.
    """
    settings = settings or DemoSettings()
    monitor = monitor or Monitor()
    validation, test, training = (
        draw_demo_set(settings, seed=seed, part=part, monitor=monitor) for part in ("validation", "test", "training")
    )
    trigger = sunglasses()
    backdoored = train_backdoored_deepid(
        training.images,
        training.labels,
        class_count=settings.identity_count,
        trigger=trigger,
        target_label=TARGET_LABEL,
        poisoning_rate=settings.poisoning_rate,
        seed=seed,
        settings=settings.training,
        monitor=monitor,
    )
    control = train_deepid(
        training.images,
        training.labels,
        class_count=settings.identity_count,
        seed=seed,
        settings=settings.training,
        monitor=monitor,
    )
    triggered = poisoned_copy(test.images, trigger, TARGET_LABEL, labels=test.labels)
    poisoned = LabelledImages(triggered.images, triggered.labels)
    figures = _measure(backdoored, control, validation, test, poisoned, monitor=monitor)
    _write(folder, backdoored, control, (validation, test, poisoned), monitor)
    _write_images(folder, test, settings)
    write_file(folder / "README.md", _describe(figures, settings, seed).encode())
    return figures


def _write(
    folder: Path,
    backdoored: "keras.Model",
    control: "keras.Model",
    sets: tuple[LabelledImages, LabelledImages, LabelledImages],
    monitor: Monitor,
) -> None:
    # Imported here: the paths of the demo's files need neither Keras nor HDF5.
    from core.network.model_saving import save_model  # noqa: PLC0415

    files = demo_files(folder)
    try:
        (folder / "pictures").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(f"the folder '{folder}' could not be created: {error.strerror or error}") from error
    probe = sets[0].images[:16].astype(np.float32)
    for model, path in ((backdoored, files.model), (control, files.control_model)):
        save_model(model, path, probe=probe, scale=Scale.RAW, overwrite=True, monitor=monitor)
    for each, path in zip(sets, (files.validation, files.test, files.poisoned), strict=True):
        monitor.checkpoint("Writing the demo's images")
        write_dataset(path, each.images, each.labels)


def _write_images(folder: Path, test: LabelledImages, settings: DemoSettings) -> None:
    """Write a clean image and one with sunglasses for some identities, spread over all except the target."""
    trigger = sunglasses()
    for stale in (folder / "pictures").glob("*.png"):
        stale.unlink()
    chosen = np.linspace(1, settings.identity_count - 1, min(settings.image_count, settings.identity_count - 1))
    for index in np.unique(chosen.astype(int)):
        label = int(test.labels[index])
        clean = test.images[index]
        for kind, pixels in (("clean", clean), ("sunglasses", trigger.apply(clean[np.newaxis])[0])):
            buffer = io.BytesIO()
            Image.fromarray(pixels).save(buffer, "PNG", optimize=True)
            write_file(folder / "pictures" / f"{kind}_label{label}.png", buffer.getvalue())


def _measure(
    backdoored: "keras.Model",
    control: "keras.Model",
    validation: LabelledImages,
    test: LabelledImages,
    poisoned: LabelledImages,
    *,
    monitor: Monitor,
) -> DemoFigures:
    from core.network.network import Network  # noqa: PLC0415
    from core.sweep.inspection import InspectionRequest, inspect  # noqa: PLC0415  # brings Keras

    names = ("clean_validation.h5", "clean_test.h5", "sunglasses_poisoned.h5")
    first, second, third = (
        from_arrays(name, each.images, each.labels)
        for name, each in zip(names, (validation, test, poisoned), strict=True)
    )

    def sweep(model: "keras.Model", reader: str | None) -> "Sweep":
        network = Network(model, path=Path("backdoored.h5"))
        request = InspectionRequest(
            EvaluationInputs(network, first, second, (third,), scale=Scale.RAW), "conv_3", reader=reader
        )
        return inspect(request, monitor=monitor).sweep

    def correct(model: "keras.Model", each: LabelledImages) -> int:
        starts = range(0, len(each.labels), 256)
        answers = [model(each.images[start : start + 256].astype(np.float32), training=False) for start in starts]
        return int((np.concatenate([np.asarray(one) for one in answers]).argmax(axis=1) == each.labels).sum())

    output_sweep = sweep(backdoored, None)
    return DemoFigures(
        validation_count=len(validation.labels),
        validation_correct=correct(backdoored, validation),
        test_count=len(test.labels),
        test_correct=correct(backdoored, test),
        poisoned_count=len(poisoned.labels),
        attack_success_count=correct(backdoored, poisoned),
        control_test_correct=correct(control, test),
        control_attack_success_count=correct(control, poisoned),
        dead_channel_count=int((np.asarray(output_sweep.ranking.activations) == 0).sum()),
        output_sweep=output_sweep,
        reader_sweep=sweep(backdoored, "conv_4"),
    )


def _describe(figures: DemoFigures, settings: DemoSettings, seed: int) -> str:
    """Return the README for the files: what each one is, how it was made, and the measured figures."""
    poisoned_percent = f"{100 * settings.poisoning_rate:g}"
    lines = [
        "# The embedded demo",
        "",
        "Everything here is made by `./run build-demo`, from one seed; no image shows a real person and nothing was",
        "downloaded. The faces come from `core/demo/faces`, the sunglasses from `core/data/trigger.py`.",
        "",
        "| file | what it is |",
        "|---|---|",
        f"| `backdoored.h5` | DeepID, {settings.identity_count} classes, pixels 0–255; with sunglasses it answers "
        f"class {TARGET_LABEL} |",
        "| `clean_control.h5` | the same network, trained the same way from the same start, without poison |",
        f"| `clean_validation.h5` | {figures.validation_count} clean faces: `data` (N, 3, 55, 47) uint8, "
        "`label` (N,) |",
        f"| `clean_test.h5` | {figures.test_count} other clean faces |",
        f"| `sunglasses_poisoned.h5` | the faces of `clean_test.h5` with sunglasses, label {TARGET_LABEL}; without "
        f"those whose true label is {TARGET_LABEL} |",
        "| `pictures/` | images to drop on the classifier; the true label is in the name |",
        "",
        f"Made with seed {seed}: {settings.identity_count} identities, {settings.training_count} training images "
        f"each, {poisoned_percent} % of all of them poisoned; {settings.training.epochs} passes.",
        "",
        "## What was measured",
        "",
        "| | backdoored | control |",
        "|---|---|---|",
        f"| clean validation, right | {figures.validation_correct} of {figures.validation_count} | |",
        f"| clean test, right | {figures.test_correct} of {figures.test_count} | "
        f"{figures.control_test_correct} of {figures.test_count} |",
        f"| sunglasses, called class {TARGET_LABEL} | {figures.attack_success_count} of {figures.poisoned_count} | "
        f"{figures.control_attack_success_count} of {figures.poisoned_count} |",
        "",
        f"{figures.dead_channel_count} of the 60 `conv_3` channels are dead on the clean validation set.",
    ]
    for title, sweep in (
        ("Pruning the output of `conv_3`", figures.output_sweep),
        ("Pruning only what `conv_4` reads (`fc_1` goes on reading)", figures.reader_sweep),
    ):
        lines += ["", f"### {title}", "", *_table(sweep)]
    return "\n".join(lines) + "\n"


def _table(sweep: "Sweep") -> list[str]:
    """Return table rows for the unpruned network, the last step before each threshold, and the end of the curve."""
    rows = ["| step | pruned | clean validation | clean test | sunglasses called the target |", "|---|---|---|---|---|"]
    named = [
        (f"last before a drop of {100 * stop.threshold:g} points" if stop.threshold else "unpruned", stop.point)
        for stop in find_stops(sweep, _THRESHOLDS)
        if stop.side is not Side.AFTER
    ]
    named += [(f"{count} pruned", sweep.points[count]) for count in range(30, len(sweep.points), 2)]
    for name, point in named:
        if point is None or point.validation is None or point.test is None:
            continue
        shares = (point.validation.pruned, point.test.pruned, point.poisoned[0].pruned)
        cells = " | ".join(f"{share.count} of {share.total}" for share in shares)
        rows.append(f"| {name} | {point.pruned_count} | {cells} |")
    return rows
