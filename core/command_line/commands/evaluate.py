"""`evaluate`: the figures of a network as it is."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from core.command_line.console import Status, put
from core.command_line.data_options import DataOptions
from core.command_line.early_checks import check_files_early
from core.command_line.open_sets import open_chosen, say_notes
from core.command_line.run_options import chosen_data
from core.data.cautions import find_cautions
from core.data.dataset import Dataset, distinct_names
from core.data.interpretation_text import set_notes, target_words
from core.errors import DatasetError
from core.intake.sandbox.in_use import sandbox_state
from core.metrics.figures import ATTACK, by_set, figures_of
from core.metrics.network_scores import NetworkScores, SetRole, SetScore
from core.monitor import Monitor
from core.network.start_keras import start_keras
from core.records import Share, Target
from core.report.json_values import (
    Json,
    figures_as_dict,
    interpretation_as_dict,
    scale_as_dict,
    share_as_dict,
    share_or_none,
)
from core.report.text_table import aligned
from core.scale import Scale
from core.version import versions
from core.words import GIVEN, STORED, bounds, percent, printable, scale_text


@dataclass(frozen=True, slots=True)
class EvaluateOptions:
    """The options of the command: files, pixel range (None finds it on clean images), output, and how data are read."""

    model: Path
    validation: Path | None
    test: Path | None
    scale: Scale | None
    is_json: bool
    how_read: DataOptions = field(default_factory=DataOptions)
    poisoned: tuple[Path, ...] = ()
    targets: tuple[Target, ...] = ()


def evaluate(options: EvaluateOptions, monitor: Monitor) -> Status:
    """Print clean accuracies and attack success rates of a network; for a repaired one, also what it flags.

    Raises:
        InspectorError: an input was refused.
        Cancelled: the job was cancelled.
    """
    data = chosen_data(options.validation, options.test, options.poisoned, options.how_read)
    check_files_early(
        models=[options.model],
        data=data,
        architecture=options.how_read.architecture,
        triggers=options.how_read.trigger_paths,
        monitor=monitor,
    )
    start_keras(monitor)
    from core.metrics import evaluation  # noqa: PLC0415  # these import Keras
    from core.metrics.interpretation import interpret_sets  # noqa: PLC0415
    from core.metrics.scale_search import clean_images, find_scale  # noqa: PLC0415
    from core.network.network import open_network  # noqa: PLC0415

    network = open_network(options.model, monitor=monitor, architecture=options.how_read.architecture)
    say_notes(network)

    opened = open_chosen(network, options, monitor)
    validation, test = opened.validation, opened.test
    scale, finding = options.scale, None
    if scale is None:
        known = clean_images(validation, test) if validation is not None else test
        finding = None if known is None else find_scale(network, known, monitor=monitor)
        scale = network.summary.scale if finding is None else finding.scale
    if scale is None:
        raise DatasetError(
            f"'{options.model.name}' does not say what its network reads for a pixel, and there are no clean images to "
            f"find it on: give --validation, --test, or --scale",
            code="no-scale",
        )
    clean = [each for each in (validation, test) if each is not None]
    poisoned = interpret_sets(network, opened.poisoned, clean=clean, scale=scale, monitor=monitor)
    summary = network.summary

    def scored(dataset: "Dataset") -> SetScore:
        labels = evaluation.predict_labels(network, dataset, scale=scale, monitor=monitor)
        flagged = int((labels == network.class_count - 1).sum()) if summary.is_repaired else None
        return SetScore(
            Share(int((labels == dataset.labels).sum()), dataset.image_count),
            None if flagged is None else Share(flagged, dataset.image_count),
        )

    on_clean = {SetRole.VALIDATION: validation, SetRole.TEST: test}
    by_role = {role: [scored(each)] for role, each in on_clean.items() if each is not None}
    clean_score = next((score for (score,) in by_role.values()), None)
    scores = NetworkScores(by_role | {SetRole.POISONED: [scored(each) for each in poisoned]})
    figures = by_set(figures_of())
    names = [printable(each) for each in distinct_names(poisoned)]
    notes = set_notes(distinct_names(poisoned), [each.interpretation for each in poisoned])
    cautions = find_cautions(
        class_count=network.class_count,
        validation=validation,
        test=test,
        poisoned=poisoned,
        scale_finding=finding,
        clean_share=clean_score.predicted if clean_score is not None else None,
        given_scale=options.scale,
    )
    if options.is_json:
        answer = {
            "cautions": list(cautions),
            "model": {
                "path": str(options.model),
                "sha256": summary.sha256,
                "class_count": summary.class_count,
                "is_repaired": summary.is_repaired,
            },
            **scale_as_dict(scale, finding),
            **figures_as_dict([each for each in figures if not each.is_of_many], scores),
            ATTACK.key: [
                {
                    "path": str(each.path),
                    "sha256": each.sha256,
                    "is_estimated": each.is_estimated,
                    "target_labels": list(each.target_labels),
                    "interpretation": interpretation_as_dict(each.interpretation),
                }
                | _set_as_dict(scores, place)
                for place, each in enumerate(poisoned)
            ],
            "labels": options.how_read.labels,
            "notes": list(notes),
            "versions": versions(),
            "sandbox": sandbox_state().sentence,
        }
        put(json.dumps(answer, indent=2))
        return Status.DONE
    rows = [["", "rate", "images", "95 % interval"]]
    targets = [target_words(each.interpretation, each.target_labels) for each in poisoned]
    for figure in figures:
        labels = [figure.title if figure.is_of_flags else figure.curve_title]
        if figure.is_of_many:
            labels = [f"{figure.title}, {name}" for name in names]
        if figure is ATTACK:
            labels = [f"{label} ({target})" for label, target in zip(labels, targets, strict=True)]
        rows += [_row(label, share) for label, share in zip(labels, figure.shares(scores), strict=True) if share]
    lines = [
        *(f"Caution: {each}" for each in cautions),
        *([""] if cautions else []),
        scale_text(scale, finding, given=GIVEN if options.scale is not None else STORED),
    ]
    if summary.is_repaired:
        lines.append(f"This is a repaired network G: its last class, {network.class_count - 1}, says “backdoored”.")
    put("\n".join([*lines, "", *aligned(rows), *(["", *notes] if notes else [])]))
    return Status.DONE


def _set_as_dict(scores: NetworkScores, place: int) -> Json:
    """Return attack success on a poisoned set, and the other figures of the set by key."""
    others = [each for each in figures_of() if each.is_of_many and each is not ATTACK]
    return share_as_dict(scores.of(SetRole.POISONED)[place].predicted) | {
        each.key: share_or_none(each.shares(scores)[place]) for each in others
    }


def _row(label: str, share: Share) -> list[str]:
    return [label, percent(share), str(share), bounds(share)]
