"""The least active channels first.

Source: Liu, Dolan-Gavitt, Garg, "Fine-Pruning: Defending Against Backdooring Attacks on Deep Neural Networks", 2018,
section 4.1.
"""

from core.order.order import PruningOrder

ASCENDING = PruningOrder(
    name="ascending",
    title="least active first",
    help="By mean activation on clean validation images (Fine-Pruning, 2018)",
    detail="least active pruned first",
)
