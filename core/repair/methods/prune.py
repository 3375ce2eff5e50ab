"""Pruning: the least active channels, up to an allowed drop of clean validation accuracy."""

from core.repair.method import MethodPlan, PruningMethod

PRUNE = PruningMethod(
    name="prune",
    title="Pruning",
    help="Switches off the least active channels, up to the drop that you allow. The fastest.",
    plans=(MethodPlan(1, "pruning", threshold=0.02),),
)
