"""Fine-pruning: pruning, then training.

Source: Kang Liu, Brendan Dolan-Gavitt, Siddharth Garg: Fine-Pruning: Defending Against Backdooring Attacks on Deep
Neural Networks, 2018. It prunes the last convolution; which layers are pruned is free here.
"""

from core.repair.method import OwnPlan, TrainingMethod

FINE_PRUNING = TrainingMethod(
    name="fine-pruning",
    title="Fine-pruning",
    help="Prunes, then trains with the pruned channels held at zero.",
    is_pruning=True,
    plans=(OwnPlan(2, "fine-pruning", threshold=0.04),),
)
