"""A repair's results as JSON, its history as CSV, and its page."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from core.export_file import write_file
from core.metrics.figures import figures_of
from core.metrics.measures import FOOLING
from core.metrics.network_scores import EPOCH_ROLES, SWEEP_ROLES, NetworkKind, NetworkScores, SetRole
from core.records import Share, SweepPoint
from core.refit.records import RefitEpoch
from core.report.csv_cells import figure_cells, figure_columns, interpretation_cells, interpretation_columns, write_csv
from core.report.image_uri import image_uri
from core.report.json_values import (
    Json,
    by_confidence_as_dict,
    figures_as_dict,
    input_as_dict,
    origin_as_dict,
    repaired_as_dict,
    scale_as_dict,
    write_json,
)
from core.report.page import render
from core.report.repair.history_chart import BOX, draw_history
from core.report.repair.recipe_text import HEADER, HELD_OUT_MEANING, recipe_as_dict, recipe_rows
from core.report.repair.record import COLUMNS, RepairReport, epoch_scores, rate_or_none, repair_sentences, table_rows
from core.report.repair.settings_text import Rows, mask_rows, own_rows, refit_rows, rows_text
from core.report.text_table import aligned, share_cell
from core.words import printable, scale_text


def write_history_csv(path: Path, report: RepairReport) -> None:
    """Write one row per epoch, epoch 0 before training; empty if a set is not loaded or a figure does not exist.

    Raises:
        ExportError: the file could not be written.
    """
    names = report.poisoned_names
    figures = [each for each in figures_of(NetworkKind.PRUNED, roles=EPOCH_ROLES) if names or not each.is_of_many]
    header = ["epoch", "loss", "learning_rate", *figure_columns(figures, names)]
    header += ["relative_trigger_size", "is_rolled_back", "is_kept", *(interpretation_columns(names) if names else [])]
    rows: list[list[object]] = []
    understood = interpretation_cells([each.interpretation for each in report.origin.poisoned]) if names else []
    for each in report.refit.history if report.refit else ():
        row = [str(each.epoch), "" if rate_or_none(each.loss) is None else repr(each.loss), repr(each.learning_rate)]
        row += figure_cells(figures, epoch_scores(each))
        is_kept = report.refit is not None and each.epoch == report.refit.kept_epoch
        row.append(repr(min(each.relative_sizes)) if each.relative_sizes else "")
        rows.append([*row, int(each.is_rolled_back), int(is_kept), *understood])
    write_csv(path, header, rows)


def write_repair_json(path: Path, report: RepairReport, *, files: Sequence[str]) -> None:
    """Write `repair_as_dict` as JSON.

    Raises:
        ExportError: the file could not be written.
    """
    write_json(path, repair_as_dict(report, files=files))


def repair_as_dict(report: RepairReport, *, files: Sequence[str] = ()) -> Json:
    """Return the whole report as plain JSON values; shares as in `results_as_dict`.

    Args:
        report: the report.
        files: names of the files that are written together.
    """
    refit = report.refit
    origin = origin_as_dict(report.origin, files=files)
    unlabelled = input_as_dict(report.unlabelled) if report.unlabelled else None
    return {
        **origin,
        "inputs": {**origin["inputs"], "unlabelled": unlabelled},
        "scale": scale_as_dict(report.scale, report.origin.scale_finding),
        "method": report.method.name,
        **_own_values(report),
        **({"given_suspects": list(report.given_suspects)} if report.given_suspects else {}),
        "pruning": {
            "threshold": report.threshold,
            "order": report.method.order.name,
            "masks": _masks(report),
            "tensor": report.tensor.value if report.tensor is not None else None,
            "layers": [{"layer": name, "pruned_channels": list(channels)} for name, channels in report.pruned],
        }
        if report.threshold is not None
        else None,
        "bounded_layers": list(report.bounded_layers),
        "verdict": {
            "outcome": report.verdict.outcome.value if report.verdict.outcome is not None else None,
            "reasons": list(report.verdict.reasons),
        },
        "recipe": recipe_as_dict(report.recipe, report.open_sets) if report.recipe else None,
        "refit": {
            "settings": asdict(refit.settings),
            "training_count": refit.training_count,
            "kept_epoch": refit.kept_epoch,
            "is_cut_short": refit.is_cut_short,
            "history": [_epoch(each, report) for each in refit.history],
        }
        if refit
        else None,
        "base_network": _network(report.before, report.held_out[0], report),
        "pruned_network": _network(report.by_agreement, report.held_out[1], report),
        "repaired_network": repaired_as_dict(report.by_agreement, report.poisoned_names),
        "repaired_network_by_confidence": by_confidence_as_dict(
            report.by_confidence, report.level, report.poisoned_names, is_held_out=report.is_level_held_out
        ),
        "notes": [*repair_sentences(report), *report.origin.notes],
    }


def repair_text(report: RepairReport) -> str:
    """Format what was done and the results table as plain text."""
    rows = [["", *COLUMNS]]
    rows += [[printable(name), *(share_cell(share) for share in shares)] for name, shares in table_rows(report)]
    lines = [*report.origin.caution_lines, *report.origin.not_saved, *([""] if report.origin.not_saved else [])]
    tried = aligned([HEADER, *recipe_rows(report.recipe)]) if report.recipe else []
    lines += [*tried, *([""] if tried else [])]
    tables = [rows_text(title, values) for title, values in _settings(report)]
    lines += [
        *([f"{report.verdict.heading}: {' '.join(report.verdict.reasons)}"] if report.recipe is None else []),
        *repair_sentences(report),
        *tables,
        scale_text(report.scale, report.origin.scale_finding),
        "",
        *aligned(rows),
    ]
    return "\n".join([*lines, *(["", *report.origin.notes] if report.origin.notes else [])])


def write_repair_html(path: Path, report: RepairReport) -> None:
    """Write the page; it is self-contained, and every untrusted name is escaped.

    Raises:
        ExportError: the file could not be written.
    """
    write_file(path, repair_page_text(report))


def repair_page_text(report: RepairReport) -> str:
    """Return the page as HTML text."""
    examples = report.examples
    return render(
        "repair.html.j2",
        report.origin,
        report=report,
        sentences=repair_sentences(report),
        tried=recipe_rows(report.recipe) if report.recipe else (),
        tried_header=HEADER,
        columns=COLUMNS,
        figures=table_rows(report),
        more_words=_more_words(report),
        settings=_settings(report),
        chart=draw_history(report) if report.refit else None,
        examples=[(image_uri(each.pixels), f"{each.base} → {each.pruned}") for each in examples.images]
        if examples
        else [],
        box=BOX,
        scale_text=scale_text(report.scale, report.origin.scale_finding),
    )


def _more_words(report: RepairReport) -> list[str]:
    """Return definitions of further words on the page."""
    words = [HELD_OUT_MEANING] if any(report.held_out) or report.recipe else []
    return [*words, FOOLING.sentence] if report.recipe else words


def _settings(report: RepairReport) -> list[tuple[str, Rows]]:
    """Return all settings that were used, by title."""
    masks, refit = report.mask_settings, report.refit
    tables = [(f"Settings of {report.method.title}", own_rows(report.own_values))] if report.own_values else []
    tables += [("Settings of the masks", mask_rows(masks))] if masks else []
    return [*tables, ("Settings of training", refit_rows(refit.settings))] if refit else tables


def _own_values(report: RepairReport) -> Json:
    """Return the method's own settings; no key if it has none."""
    if not report.own_values:
        return {}
    return {"own_settings": {setting.name: value for setting, value in report.own_values}}


def _masks(report: RepairReport) -> Json | None:
    """Return how masks were optimized, and the masks of each convolution; null if the order does not use masks."""
    if report.mask_settings is None:
        return None
    values: dict[str, list[float]] = {}
    for ranking in (sweep.ranking for sweep in report.sweeps):
        assert ranking.scores is not None
        for channel, mask in enumerate(ranking.scores):
            values.setdefault(ranking.layer.locate(channel)[0], []).append(float(mask))
    return {"settings": asdict(report.mask_settings), "values": values}


def _network(point: SweepPoint, held_out: Share | None, report: RepairReport) -> Json:
    """Return the figures of B or B′, including held-out accuracy; null if none were held out."""
    figures = figures_of(NetworkKind.PRUNED, roles=(SetRole.HELD_OUT, *SWEEP_ROLES))
    scores = NetworkScores.of_point(point, NetworkKind.PRUNED, held_out=held_out)
    return figures_as_dict(figures, scores, report.poisoned_names)


def _epoch(epoch: RefitEpoch, report: RepairReport) -> Json:
    return {
        "epoch": epoch.epoch,
        "loss": rate_or_none(epoch.loss),
        "learning_rate": epoch.learning_rate,
        **figures_as_dict(
            figures_of(NetworkKind.PRUNED, roles=EPOCH_ROLES), epoch_scores(epoch), report.poisoned_names
        ),
        "relative_trigger_sizes": list(epoch.relative_sizes),
        "suspected_classes": list(epoch.suspects),
        "is_rolled_back": epoch.is_rolled_back,
    }
