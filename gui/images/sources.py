"""What answers the images of a share: of a run, a repair, or a network of the comparison."""

from collections.abc import Sequence
from dataclasses import replace

from core.data.held_out import split_held_out
from core.images.answers import Who
from core.network.inputs import EvaluationInputs
from gui.images.request import MaskSource, NetworkSource
from gui.state.compared import ComparedNetwork
from gui.state.repairs import KeptRepair
from gui.state.session import Session

OF_ROW = (Who.BASE, Who.PRUNED, Who.AGREEMENT, Who.CONFIDENCE)
"""The network of each row of a repair's table."""


def source_at_step(session: Session, step: int) -> MaskSource | None:
    """Return what answers at a step of the shown run; None if it is not complete."""
    run = session.run
    if session.network is None or run is None or run.inspection is None or run.ranking is None:
        return None
    channel_mask = run.ranking.channel_mask(step)
    return MaskSource(
        session.network,
        run.inspection.evaluator,
        session.poisoned,
        channel_mask,
        f"{step} of {channel_mask.size} channels pruned" if step else "nothing pruned",
    )


def source_on_screen(session: Session) -> MaskSource | None:
    """Return what answers as the network on the screen does: at the cursor, or pruned by hand."""
    source, channel_mask = source_at_step(session, session.step), session.channel_mask
    if source is None or channel_mask is None:
        return None
    return replace(source, channel_mask=channel_mask.copy(), text=session.step_text)


def source_of_repair(kept: KeptRepair, compared: Sequence[ComparedNetwork]) -> NetworkSource:
    """Return what answers in a repair."""
    settings = kept.inputs.settings.refit
    inputs = replace(kept.inputs.evaluation, scale=kept.repair.scale)
    held_out = None
    total = _held_out_total(kept)
    if total:
        _, rows = split_held_out(inputs.validation.labels, share=settings.held_out_share, seed=settings.seed)
        held_out = rows if len(rows) == total else None
    return NetworkSource(
        inputs,
        kept.pruned,
        kept.repair.level.level,
        kept.name,
        held_out=held_out,
        compared=next((each for each in compared if each.kept is kept), None),
    )


def source_of_compared(inputs: EvaluationInputs, network: ComparedNetwork | None) -> NetworkSource:
    """Return what answers as a network of the comparison does; None as `network` is B itself."""
    if network is None:
        return NetworkSource(inputs, None, None, "nothing changed")
    row = network.row_on(inputs)
    level = row.level.level if row is not None and row.level is not None else network.level
    return NetworkSource(inputs, network.pruned, level, network.name, compared=network)


def _held_out_total(kept: KeptRepair) -> int:
    shares = [share for share in kept.repair.held_out if share is not None]
    return shares[0].total if shares else 0
