"""Fine-tuning: training on clean images."""

from core.repair.method import TrainingMethod

FINETUNE = TrainingMethod(
    name="finetune",
    title="Fine-tuning",
    help="Trains on clean images. The backdoor often survives it.",
)
