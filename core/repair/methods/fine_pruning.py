"""Fine-pruning: pruning, then training.

Source: Kang Liu, Brendan Dolan-Gavitt, Siddharth Garg: Fine-Pruning: Defending Against Backdooring Attacks on Deep
Neural Networks, 2018. The paper prunes the last convolution; here the layers can be chosen.
"""

from core.repair.method import MethodPlan, TrainingMethod

FINE_PRUNING = TrainingMethod(
    name="fine-pruning",
    title="Fine-pruning",
    help="Prunes, then trains with the pruned channels held at zero.",
    is_pruning=True,
    plans=(MethodPlan(2, "fine-pruning", threshold=0.04),),
)
