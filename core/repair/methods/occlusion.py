"""Occlusion consistency: trains B′ to predict on occluded images what B predicts on plain ones."""

from core.refit.records import Augmentation, Mixing, Occlusion, RefitSettings
from core.repair.method import FREE, MethodPlan, TrainingMethod

STEPS = 2000

OCCLUSION = TrainingMethod(
    name="occlusion",
    title="Occlusion",
    help="Refits so that images with random patches get the answers that B gives without them.",
    training=RefitSettings(
        least_steps=STEPS,
        batch_size=64,
        learning_rate=2e-3,
        distillation_weight=1.0,
        temperature=4.0,
        rollback_margin=1.0,
        choice_tolerance=0.01,
        averaging=0.99,
        augmentation=Augmentation(shift=0.06, light=0.15, turn=0.01, zoom=0.1),
        mixing=Mixing(),
        occlusion=Occlusion(),
    ),
    plans=(
        MethodPlan(3, "occlusion", threshold=FREE, is_for_patches=True),
        MethodPlan(5, "occlusion, twice as long", threshold=FREE, least_steps=2 * STEPS, is_for_patches=True),
    ),
)
