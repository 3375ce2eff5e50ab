"""The pruning sweep: rank the channels, then prune them one after the other."""

import time
from collections.abc import Iterable
from contextlib import nullcontext

import numpy as np

from core.data.dataset import distinct_names
from core.errors import PruningError
from core.monitor import Monitor
from core.order.anp_settings import AnpSettings
from core.order.order import PruningOrder
from core.order.ranking import STAGE as RANKING_STAGE
from core.order.ranking import ActivationMeter, Ranking
from core.records import PoisonedSet, SweepPoint
from core.sweep.image_block import Counts
from core.sweep.masked_evaluator import MaskedEvaluator
from core.sweep.records import Sweep, SweepEstimate, find_bypass
from core.sweep.stopwatch import Effort, Stopwatch, peak_memory_bytes
from core.thread_pool import ThreadPool

STAGE = "Pruning"
ESTIMATE_INTERVAL_S = 0.2


def run_sweep(
    evaluator: MaskedEvaluator,
    *,
    order: PruningOrder,
    monitor: Monitor,
    stopwatch: Stopwatch | None = None,
    mask_settings: AnpSettings | None = None,
) -> Sweep:
    """Rank the channels on the validation set, and prune them one after the other.

    Publishes a curve over a small random sample of each set with a provisional order as soon as possible, then growing
    `Ranking`s, then growing `SweepEstimate`s with the final order. The returned sweep is exact.

    Args:
        evaluator: the sets.
        order: the pruning order.
        monitor: receives progress and partial results, and can cancel.
        stopwatch: phases timed before, to be included in `Sweep.effort`.
        mask_settings: how masks are optimized, for the order by mask; None uses the defaults.

    Raises:
        PruningError: the order needs poisoned images, but there are none.
        DatasetError: the order needs more validation images.
        Cancelled: the job was cancelled.
    """
    stopwatch = stopwatch or Stopwatch()
    if order.is_oracle and not evaluator.inputs.poisoned:
        raise PruningError("the order by difference needs poisoned images: open a poisoned set", code="no-poisoned")
    mask_settings = order.mask_settings(mask_settings)
    with stopwatch.phase(order.phase) if order.phase else nullcontext():
        prepared = order.prepare(evaluator, mask_settings, monitor)
    meter = ActivationMeter(evaluator.layer, kind=order, image_total=evaluator.image_counts[0], prepared=prepared)
    with ThreadPool() as threads:
        with stopwatch.phase("measuring"):
            ranking = _rank(evaluator, meter, threads, monitor, has_poisoned=order.is_oracle)
        with stopwatch.phase("pruning"):
            totals = _prune(evaluator, ranking, threads, monitor)
    points = _points(evaluator, ranking, totals)
    evaluator.remember(points, ranking)
    names = distinct_names(evaluator.inputs.poisoned)
    return Sweep(
        ranking=ranking,
        reader=evaluator.reader,
        points=points,
        poisoned_sets=tuple(
            PoisonedSet(name, each.target_labels, each.image_count, each.interpretation)
            for name, each in zip(names, evaluator.inputs.poisoned, strict=True)
        ),
        bypass=find_bypass(evaluator.layer, reader=evaluator.reader),
        scale=evaluator.inputs.known_scale,
        settled_count=sum(each.settled_count for each in totals.values()),
        effort=_effort(evaluator, totals.values(), step_count=len(ranking.order), stopwatch=stopwatch),
        class_count=evaluator.inputs.network.class_count,
        mask_settings=mask_settings,
    )


def _prune(evaluator: MaskedEvaluator, ranking: Ranking, threads: ThreadPool, monitor: Monitor) -> dict[int, Counts]:
    """Return the exact counts of every set; publish growing estimates."""
    totals: dict[int, Counts] = {}
    published_s = time.monotonic() - ESTIMATE_INTERVAL_S
    done_count = 0

    def report() -> None:
        monitor.checkpoint(STAGE, done_count=done_count, total_count=evaluator.image_total)

    for set_index, counts in evaluator.walk(ranking.order, threads, while_waiting=report):
        totals[set_index] = totals[set_index] + counts if set_index in totals else counts
        done_count += counts.image_count
        is_sample = len(totals) == len(evaluator.image_counts) and all(each.image_count for each in totals.values())
        if is_sample and time.monotonic() - published_s >= ESTIMATE_INTERVAL_S:
            published_s = time.monotonic()
            monitor.publish(_estimate(evaluator, ranking, totals))
    report()
    return totals


def _effort(evaluator: MaskedEvaluator, totals: Iterable[Counts], *, step_count: int, stopwatch: Stopwatch) -> Effort:
    counts = list(totals)
    update_count = sum(each.update_count for each in counts)
    return Effort(
        phases_s=stopwatch.phases_s,
        update_count=update_count,
        skipped_update_count=step_count * evaluator.image_total - update_count,
        short_update_count=sum(each.short_count for each in counts),
        spilled_bytes=evaluator.store.spilled_bytes,
        peak_memory_bytes=peak_memory_bytes(),
    )


def _rank(
    evaluator: MaskedEvaluator, meter: ActivationMeter, threads: ThreadPool, monitor: Monitor, *, has_poisoned: bool
) -> Ranking:
    """Return the ranking by all validation images; publish growing rankings, and estimates over a sample."""
    done_count, sample_at = 0, 1
    seen_order = np.zeros(0, dtype=np.int64)
    total_count = evaluator.image_counts[0]
    if has_poisoned:
        total_count += sum(each.image_count for each in evaluator.inputs.poisoned)

    def report() -> None:
        monitor.checkpoint(RANKING_STAGE, done_count=done_count, total_count=total_count)

    for is_poisoned, measured in evaluator.measure(threads, has_poisoned=has_poisoned, while_waiting=report):
        (meter.add_poisoned if is_poisoned else meter.add)(measured)
        done_count += measured.image_count
        ranking = meter.ranking()
        monitor.publish(ranking)
        has_changed = evaluator.is_sample_cheap and not np.array_equal(ranking.order, seen_order)
        if sample_at == 1 or (done_count >= sample_at and has_changed):
            sample_at, seen_order = 4 * done_count, ranking.order
            sample = evaluator.sample(ranking.order, threads, while_waiting=report)
            if all(each.image_count for each in sample):
                monitor.publish(_estimate(evaluator, ranking, dict(enumerate(sample))))
    report()
    return meter.ranking()


def _estimate(evaluator: MaskedEvaluator, ranking: Ranking, totals: dict[int, Counts]) -> SweepEstimate:
    return SweepEstimate(
        ranking=ranking,
        points=_points(evaluator, ranking, totals),
        image_count=sum(each.image_count for each in totals.values()),
        image_total=evaluator.image_total,
    )


def _points(evaluator: MaskedEvaluator, ranking: Ranking, totals: dict[int, Counts]) -> tuple[SweepPoint, ...]:
    channels = [-1, *(int(channel) for channel in ranking.order)]
    return evaluator.points([totals[place] for place in sorted(totals)], channels, range(len(channels)))
