"""FT-SAM: training for a flat minimum.

It differs from the authors' code (BackdoorBench: radius 2, label smoothing 0.1, gradient descent with momentum):
it uses Adam and a smaller radius, because theirs diverges to NaN on a network that takes pixels of 0 to 255.
"""

from core.refit.records import RefitSettings
from core.repair.method import TrainingMethod

FT_SAM = TrainingMethod(
    name="ft-sam",
    title="FT-SAM",
    help="Trains on clean images towards weights for which small changes hardly change the loss.",
    training=RefitSettings(learning_rate=1e-3, perturbation_radius=0.5, rollback_margin=1.0),
)
